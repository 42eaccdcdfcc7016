//! The one thread of every environment of Node on which its learning jobs run, in order, guarded.
//!
//! Tensors are `Send` but not `Sync`, and libtorch's grad mode and thread counts belong to a thread: one executor keeps all of
//! that in one place, and JavaScript's own thread never waits for mathematics. An environment (the main thread's, or a
//! worker thread's) has an executor of its own, so that none waits for, sees or ends another's jobs; it ends with its environment.
//!
//! A process must not run its static destructors, libtorch's among them, while a thread is inside libtorch. So every way out
//! stops the jobs first and waits for their threads ([`Executor::end`]): the clean-up hook of an environment, Node's own
//! `exit` event, and, for whoever ends the process without either, what the C library does first ([`WayOut`]).

use std::cell::RefCell;
use std::os::raw::{c_int, c_void};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use napi::Env;
use napi::bindgen_prelude::{Object, ToNapiValue};
use xmrl_threads::{Ended, Owner};

use crate::error::{Result, SeamError};

type Job = Box<dyn FnOnce() + Send>;

/// How long the end of an environment, or of the process, waits for a job that was told to stop. Jobs ask some hundred times a
/// second whether they were; what is not done by then is inside a long call of libtorch.
const PATIENCE: Duration = Duration::from_millis(500);

struct Executor {
    owner: Owner,
    /// Absent once it is ending.
    jobs: Mutex<Option<Sender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    idle_for_good: (Mutex<bool>, Condvar),
}

/// The executors of the environments of one thread. `exit` destroys what is local to its thread before it runs any other
/// destructor, those included that libtorch registers while it works: that is when they must have ended.
#[derive(Default)]
struct WayOut(RefCell<Vec<Weak<Executor>>>);

impl Drop for WayOut {
    fn drop(&mut self) {
        let until = Instant::now() + PATIENCE;
        // Each is told to end, also after one that did not.
        let mut ended = true;
        for executor in self.0.get_mut().iter().filter_map(Weak::upgrade) {
            ended &= executor.end(until);
        }
        if !ended {
            before_destructors();
        }
    }
}

thread_local! {
    static WAY_OUT: WayOut = WayOut::default();
}

/// Every executor whose thread may still run, with the address of its environment (0: that one is gone).
static EXECUTORS: Mutex<Vec<(usize, Arc<Executor>)>> = Mutex::new(Vec::new());
/// Set when the process ends, after which no job begins.
static ENDING: AtomicBool = AtomicBool::new(false);

/// Everything behind these locks is whole between statements, so a panic elsewhere is no reason to stop.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Executor {
    /// The executor of an environment, started where it has none.
    fn of(env: &Env) -> Result<Arc<Self>> {
        if ENDING.load(Ordering::Acquire) {
            return Err(SeamError::new("ERR_NATIVE", "the process is ending"));
        }
        let key = env.raw() as usize;
        let mut all = lock(&EXECUTORS);
        if let Some((_, executor)) = all.iter().find(|(environment, _)| *environment == key) {
            return Ok(Arc::clone(executor));
        }
        let failed = |what: String| SeamError::new("ERR_NATIVE", format!("no thread for learning: {what}"));
        let executor = Self::start().map_err(|error| failed(error.to_string()))?;
        all.push((key, Arc::clone(&executor)));
        drop(all);
        WAY_OUT.with(|out| out.0.borrow_mut().push(Arc::downgrade(&executor)));
        let closing = Arc::clone(&executor);
        // Hooks run last in, first out: promises of later jobs are given up before this waits for the jobs.
        env.add_env_cleanup_hook(closing, |executor| executor.close()).map_err(|error| failed(error.reason.clone()))?;
        Ok(executor)
    }

    fn start() -> std::io::Result<Arc<Self>> {
        let (jobs, queue) = channel::<Job>();
        let executor = Arc::new(Self {
            owner: Owner::new(),
            jobs: Mutex::new(Some(jobs)),
            thread: Mutex::default(),
            idle_for_good: (Mutex::new(false), Condvar::new()),
        });
        let own = Arc::clone(&executor);
        let thread = Builder::new().name("xmrl-executor".to_owned()).spawn(move || {
            // What is queued when the end begins is dropped: nobody is left who could be told.
            queue.into_iter().take_while(|_| !own.owner.is_stopped()).for_each(|job| job());
            let (over, changed) = &own.idle_for_good;
            *lock(over) = true;
            changed.notify_all();
        })?;
        *lock(&executor.thread) = Some(thread);
        Ok(executor)
    }

    fn queue(&self, job: Job) -> Result<()> {
        let sent = lock(&self.jobs).as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        if sent { Ok(()) } else { Err(SeamError::new("ERR_NATIVE", "this thread is ending")) }
    }

    /// Tells the running job to stop and takes no more.
    fn stop(&self) {
        self.owner.stop();
        lock(&self.jobs).take();
    }

    /// Stops, and waits until the thread has ended or the time is up; whether it has ended.
    fn end(&self, until: Instant) -> bool {
        self.stop();
        let (over, changed) = &self.idle_for_good;
        let left = until.saturating_duration_since(Instant::now());
        let waited = changed.wait_timeout_while(lock(over), left, |over| !*over);
        if !*waited.unwrap_or_else(PoisonError::into_inner).0 {
            return false;
        }
        // All that is left of the thread is its way out; libtorch's thread-locals are part of it.
        if let Some(thread) = lock(&self.thread).take() {
            drop(thread.join());
        }
        true
    }

    /// Ends with the environment. A thread that does not come back in time goes on alone, touching nothing of Node's, and is
    /// waited for again when the process ends.
    fn close(self: Arc<Self>) {
        let ended = self.end(Instant::now() + PATIENCE);
        let mut all = lock(&EXECUTORS);
        if ended {
            all.retain(|(_, executor)| !Arc::ptr_eq(executor, &self));
        } else {
            // Another environment may get the same address.
            all.iter_mut().filter(|(_, executor)| Arc::ptr_eq(executor, &self)).for_each(|(key, _)| *key = 0);
            drop(all);
            before_destructors();
        }
    }
}

/// The owner of an environment's jobs, for whose threads these run.
pub(crate) fn owner(env: &Env) -> Result<Owner> {
    Ok(Executor::of(env)?.owner.clone())
}

/// Runs `work` for `owner`, turning a panic on any of its threads into `ERR_NATIVE` with its words and its place.
pub(crate) fn guard_for<T>(owner: &Owner, work: impl FnOnce() -> Result<T>) -> Result<T> {
    owner.work(work).unwrap_or_else(|ended| {
        Err(match ended {
            Ended::Stopped => SeamError::new("ERR_ABORTED", "the thread that asked for this has ended"),
            Ended::Panicked(panic) => {
                let text = format!("internal failure, please report it: {} ({})", panic.text, panic.place);
                SeamError::new("ERR_NATIVE", text.replace('\n', " "))
            }
        })
    })
}

/// [`guard_for`] work on JavaScript's own thread that starts no other.
pub(crate) fn guard<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    guard_for(&Owner::new(), work)
}

/// Queues `work` on the environment's executor; returns the promise of its result. Jobs run one after another in the order
/// queued.
///
/// # Errors
/// `ERR_NATIVE` when no thread can be started or the environment is ending.
pub(crate) fn submit<'env, T, F>(env: &'env Env, work: F) -> napi::Result<Object<'env>>
where
    T: ToNapiValue + Send + 'static,
    F: FnOnce() -> Result<T> + Send + 'static,
{
    let executor = Executor::of(env)?;
    let (deferred, promise) = env.create_deferred()?;
    let owner = executor.owner.clone();
    executor.queue(Box::new(move || match guard_for(&owner, work) {
        Ok(value) => deferred.resolve(move |_| Ok(value)),
        Err(error) => deferred.reject(error.into()),
    }))?;
    Ok(promise)
}

/// Stops an environment's jobs and waits for them, before its process runs any destructor. Later jobs are refused.
pub(crate) fn shut_down(env: &Env) {
    let key = env.raw() as usize;
    let found = lock(&EXECUTORS).iter().find(|(environment, _)| *environment == key).map(|(_, own)| Arc::clone(own));
    if let Some(executor) = found
        && !executor.end(Instant::now() + PATIENCE)
    {
        before_destructors();
    }
}

/// Has [`at_exit`] run before every destructor that has been registered so far: the newest come first. Those that libtorch
/// registers while a job runs are newer than the handler of when this addon was loaded, so one that is given up asks again.
pub(crate) fn before_destructors() {
    unsafe extern "C" {
        fn on_exit(function: extern "C" fn(c_int, *mut c_void), argument: *mut c_void) -> c_int;
    }
    // SAFETY: `at_exit` has the signature that is asked for, takes no argument, and stays where it is: the addon is linked so
    // that it is never unloaded (build.rs).
    unsafe { on_exit(at_exit, std::ptr::null_mut()) };
}

/// Stops all jobs of the process and waits for their threads; where one does not come back, ends the process at once with the
/// status it was to end with, which is what a destructor beneath a running thread would at best have come to.
extern "C" fn at_exit(status: c_int, _argument: *mut c_void) {
    ENDING.store(true, Ordering::Release);
    let all: Vec<Arc<Executor>> = lock(&EXECUTORS).iter().map(|(_, executor)| Arc::clone(executor)).collect();
    all.iter().for_each(|executor| executor.stop());
    let until = Instant::now() + PATIENCE;
    if !all.iter().all(|executor| executor.end(until)) {
        // SAFETY: ends the process; nothing of ours is left to be saved.
        unsafe { libc::_exit(status) };
    }
}
