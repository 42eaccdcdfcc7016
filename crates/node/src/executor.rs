//! The one thread on which every learning job runs, in order, guarded.
//!
//! Tensors are `Send` but not `Sync`, and libtorch's grad mode and thread counts belong to a thread: one executor
//! keeps all of that in one place, and JavaScript's own thread never waits for mathematics.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, Once, OnceLock};
use std::thread::{Builder, JoinHandle};

use napi::Env;
use napi::bindgen_prelude::{Object, ToNapiValue};

use crate::error::{Result, SeamError};

type Job = Box<dyn FnOnce() + Send>;

const THREAD: &str = "xmrl-executor";

struct Executor {
    jobs: Sender<Job>,
    thread: JoinHandle<()>,
}

static EXECUTOR: OnceLock<Mutex<Option<Executor>>> = OnceLock::new();
static HOOK: Once = Once::new();

thread_local! {
    /// Where and why the last caught panic on this thread happened.
    static LAST_PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps the executor's panics off standard error: they become `ERR_NATIVE` with the same text. Other threads keep
/// the hook that was there.
fn install_hook() {
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if std::thread::current().name().is_some_and(|name| name.starts_with("xmrl")) {
                LAST_PANIC.with_borrow_mut(|text| *text = info.to_string().replace('\n', " "));
            } else {
                before(info);
            }
        }));
    });
}

fn start() -> std::io::Result<Executor> {
    install_hook();
    let (jobs, queue) = channel::<Job>();
    let thread = Builder::new().name(THREAD.to_owned()).spawn(move || queue.into_iter().for_each(|job| job()))?;
    Ok(Executor { jobs, thread })
}

/// Runs `work`, turning a panic into `ERR_NATIVE`.
pub(crate) fn guard<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let text = LAST_PANIC.with_borrow_mut(std::mem::take);
        Err(SeamError::new("ERR_NATIVE", format!("internal failure, please report it: {text}")))
    })
}

/// Queues `work` on the executor; returns the promise of its result. Jobs run one after another in the order queued.
///
/// # Errors
/// `ERR_NATIVE` when no thread can be started or the process is shutting down.
pub(crate) fn submit<'env, T, F>(env: &'env Env, work: F) -> napi::Result<Object<'env>>
where
    T: ToNapiValue + Send + 'static,
    F: FnOnce() -> Result<T> + Send + 'static,
{
    let slot = EXECUTOR.get_or_init(|| Mutex::new(start().ok()));
    let slot = slot.lock().map_err(|_| SeamError::new("ERR_NATIVE", "the executor is gone"))?;
    let executor = slot.as_ref().ok_or_else(|| SeamError::new("ERR_NATIVE", "the executor is stopped"))?;
    let (deferred, promise) = env.create_deferred()?;
    let job: Job = Box::new(move || match guard(work) {
        Ok(value) => deferred.resolve(move |_| Ok(value)),
        Err(error) => deferred.reject(error.into()),
    });
    executor.jobs.send(job).map_err(|_| SeamError::new("ERR_NATIVE", "the executor is stopped"))?;
    Ok(promise)
}

/// Finishes the jobs already queued and joins the thread: a thread inside libtorch while the process exits crashes it.
pub(crate) fn shut_down() {
    let Some(slot) = EXECUTOR.get() else { return };
    let Ok(mut slot) = slot.lock() else { return };
    if let Some(Executor { jobs, thread }) = slot.take() {
        drop(jobs);
        // The executor's jobs are guarded, so the thread itself does not panic.
        drop(thread.join());
    }
}
