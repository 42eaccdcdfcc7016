//! Whom a thread works for, whether that one still wants the work, and what its panics said.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, resume_unwind, set_hook, take_hook};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};

/// Panics whose place is kept: rayon hands on one of several, so a few may never be asked for.
const KEPT: usize = 16;

thread_local! {
    static OWNER: RefCell<Option<Owner>> = const { RefCell::new(None) };
}

/// A handle to an owner; clones are the same one.
#[derive(Clone, Debug)]
pub struct Owner(Arc<State>);

#[derive(Debug, Default)]
struct State {
    stopped: AtomicBool,
    panics: Mutex<Vec<Panic>>,
}

/// What a panic said, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panic {
    /// Its message.
    pub text: String,
    /// File, line and column, such as `crates/meta/src/step.rs:12:5`.
    pub place: String,
}

/// Why work has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The owner was stopped.
    Stopped,
    /// It panicked, on its own thread or on one of a pool.
    Panicked(Panic),
}

/// What unwinds a thread whose owner was stopped; not a panic, so no hook hears of it.
struct Stopped;

impl Owner {
    /// A new owner, not stopped.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "two of them are not equal")]
    pub fn new() -> Self {
        keep_panics();
        Self(Arc::default())
    }

    /// Whom the present thread works for.
    #[must_use]
    pub fn of_this_thread() -> Option<Self> {
        OWNER.try_with(|owner| owner.try_borrow().ok()?.clone()).ok().flatten()
    }

    /// Makes every thread that works for this owner leave its work where it next asks. For good.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::Release);
    }

    /// Whether it was stopped.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::Acquire)
    }

    /// Runs `work` for this owner on the present thread, and afterwards lets the thread work for whom it did before.
    ///
    /// # Errors
    /// [`Ended`] where the owner was stopped or the work panicked; what it had borrowed is as the unwinding left it.
    pub fn work<T>(&self, work: impl FnOnce() -> T) -> Result<T, Ended> {
        let before = enter(Some(self.clone()));
        let done = catch_unwind(AssertUnwindSafe(work));
        enter(before);
        done.map_err(|payload| self.ended(&*payload))
    }

    fn ended(&self, payload: &(dyn Any + Send)) -> Ended {
        if payload.is::<Stopped>() {
            return Ended::Stopped;
        }
        let text = text_of(payload);
        let mut panics = self.0.panics.lock().unwrap_or_else(PoisonError::into_inner);
        // Other work of the owner may have panicked too: the place goes with the words.
        let at = panics.iter().rposition(|panic| panic.text == text);
        let place = at.map_or_else(|| "a place unknown".to_owned(), |at| panics.remove(at).place);
        Ended::Panicked(Panic { text, place })
    }

    fn keep(&self, info: &PanicHookInfo<'_>) {
        let place = info.location().map_or_else(String::new, ToString::to_string);
        let mut panics = self.0.panics.lock().unwrap_or_else(PoisonError::into_inner);
        if panics.len() == KEPT {
            panics.remove(0);
        }
        panics.push(Panic { text: text_of(info.payload()), place });
    }
}

/// Makes the present thread work for another; returns for whom it did.
pub(crate) fn enter(owner: Option<Owner>) -> Option<Owner> {
    OWNER.with(|slot| slot.replace(owner))
}

/// Leaves the present work by unwinding where the thread's owner was stopped; else returns at once (a few nanoseconds). To
/// be called between pieces of work that take milliseconds, never while a caller's data are half written.
pub fn leave_if_stopped() {
    let stopped = OWNER.with(|owner| owner.borrow().as_ref().is_some_and(Owner::is_stopped));
    if stopped {
        resume_unwind(Box::new(Stopped));
    }
}

fn text_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without words").to_owned()
}

/// Keeps panics of threads that work for somebody off standard error and with their owner, who reports them. All others go
/// to the hook that was there. Each library that links the standard library has a hook of its own: nobody else's changes.
fn keep_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| match Owner::of_this_thread() {
            Some(owner) => owner.keep(info),
            None => before(info),
        }));
    });
}
