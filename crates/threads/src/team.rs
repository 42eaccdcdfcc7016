//! Threads that help their caller with pieces of tens of microseconds.

use std::any::Any;
use std::hint::spin_loop;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle, available_parallelism};
use std::time::{Duration, Instant};

use crate::owner::{Owner, enter};
use crate::part::Part;

/// For so long a thread looks out before it sleeps: about what it takes to wake one, so that work that comes in quick succession never
/// waits for the system, and a pause costs no more than a wake would.
const LOOKOUT: Duration = Duration::from_micros(50);

/// The caller and helpers that work on the items of a slice, each on its part of it and then on what others have not got to, so that a
/// thread finds in its caches what it worked on in the last call. A pool's fork and join cost tens of microseconds, because whoever calls
/// sleeps until others were woken; here the caller works too, begins at once, and never waits for a helper that has not begun.
///
/// Helpers work for the owner of the thread that made the team. Dropping it ends them.
#[derive(Debug)]
pub struct Team {
    shared: Arc<Shared>,
    helpers: Vec<JoinHandle<()>>,
    /// Of the present call; kept, so that calls allocate nothing.
    parts: Vec<Part>,
}

#[derive(Debug, Default)]
struct Shared {
    gate: Mutex<Gate>,
    /// Jobs so far: what helpers look out for.
    jobs: AtomicUsize,
    /// Helpers at work on the present one: what the caller looks out for.
    active: AtomicUsize,
    to_helpers: Condvar,
    to_caller: Condvar,
}

#[derive(Debug, Default)]
struct Gate {
    /// The job that helpers may join.
    job: Option<Shown>,
    /// Helpers that have to be woken.
    asleep: usize,
    /// Whether the caller has to be.
    awaited: bool,
    over: bool,
}

/// One call of [`Team::each`].
struct Job<'a> {
    /// What nobody has begun of each thread's part, the caller's first.
    parts: &'a [Part],
    work: &'a (dyn Fn(usize) + Sync),
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

/// A job as helpers find it. Its lifetime is that of the call: helpers join under the gate's lock and only while the job stands there,
/// and the call takes it down and waits until nobody is at work before it returns.
#[derive(Clone, Copy, Debug)]
struct Shown(*const Job<'static>);

// SAFETY: a job is shared by reference only, and all that it holds is Sync.
unsafe impl Send for Shown {}

impl Team {
    /// A team of `count` threads with the caller (0: one for every CPU); its helpers are called `name-1`, `name-2`, …
    ///
    /// # Errors
    /// What the system says where it refuses to start them.
    pub fn new(count: usize, name: &str) -> io::Result<Self> {
        let count = if count == 0 { available_parallelism().map_or(1, usize::from) } else { count };
        let mut team = Self { shared: Arc::default(), helpers: Vec::new(), parts: Vec::new() };
        for number in 1..count {
            let (shared, owner) = (Arc::clone(&team.shared), Owner::of_this_thread());
            // A team that could not be finished ends the helpers that it has where it is dropped.
            team.helpers.push(Builder::new().name(format!("{name}-{number}")).spawn(move || {
                enter(owner);
                help(&shared, number);
            })?);
        }
        Ok(team)
    }

    /// Calls `work` once with every item and its index, on the caller's thread and the helpers', in no order; returns when all are done.
    ///
    /// # Panics
    /// Where `work` does, with one of the panics, once the threads have left their items; some items are then left out. For 2³² items or
    /// more.
    pub fn each<T: Send>(&mut self, items: &mut [T], work: impl Fn(usize, &mut T) + Sync) {
        /// The first item, for all threads.
        struct First<T>(*mut T);
        // SAFETY: what is shared is a place; each index is handed out once, so each item is one thread's.
        unsafe impl<T: Send> Sync for First<T> {}
        impl<T> First<T> {
            /// # Safety
            /// `at` is the index of an item that nobody else has.
            unsafe fn item(&self, at: usize) -> *mut T {
                // SAFETY: inside the slice, by the caller's word.
                unsafe { self.0.add(at) }
            }
        }
        let (count, first) = (items.len(), First(items.as_mut_ptr()));
        let one = |at: usize| {
            // SAFETY: parts do not overlap, and each gives an index once.
            work(at, unsafe { &mut *first.item(at) });
        };
        self.run(count, &one);
    }

    fn run(&mut self, count: usize, work: &(dyn Fn(usize) + Sync)) {
        assert!(u32::try_from(count).is_ok(), "{count} items");
        let threads = if count < 2 { 1 } else { 1 + self.helpers.len() };
        self.parts.resize_with(threads, Part::default);
        for (at, part) in self.parts.iter_mut().enumerate() {
            part.fill(count * at / threads..count * (at + 1) / threads);
        }
        let job = Job { parts: &self.parts, work, panic: Mutex::new(None) };
        if threads == 1 {
            job.work_off(0);
        } else {
            let shared = &*self.shared;
            let shown = (&raw const job).cast::<Job<'static>>();
            let mut gate = shared.gate();
            gate.job = Some(Shown(shown));
            shared.jobs.fetch_add(1, Ordering::Release);
            let asleep = gate.asleep > 0;
            drop(gate);
            if asleep {
                shared.to_helpers.notify_all();
            }
            // Catches what the work throws, so the job stays until everybody has left it.
            job.work_off(0);
            shared.gate().job = None;
            shared.look_out(|| shared.active.load(Ordering::Acquire) == 0);
            let mut gate = shared.gate();
            while shared.active.load(Ordering::Acquire) > 0 {
                gate.awaited = true;
                gate = shared.to_caller.wait(gate).unwrap_or_else(PoisonError::into_inner);
            }
            gate.awaited = false;
        }
        if let Some(panic) = job.panic.into_inner().unwrap_or_else(PoisonError::into_inner) {
            resume_unwind(panic);
        }
    }
}

impl Job<'_> {
    /// Works on what nobody has begun until there is no more, its own part first: what a thread worked on is still near it in the next call.
    /// After a panic there is no more for anybody.
    fn work_off(&self, thread: usize) {
        let count = self.parts.len();
        for other in 0..count {
            let part = &self.parts[(thread + other) % count];
            while let Some(at) = if other == 0 { part.first() } else { part.last() } {
                if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (self.work)(at))) {
                    self.parts.iter().for_each(Part::clear);
                    *self.panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic);
                }
            }
        }
    }
}

impl Shared {
    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when `seen` is, or after the time of a look-out.
    fn look_out(&self, seen: impl Fn() -> bool) {
        let from = Instant::now();
        while !seen() && from.elapsed() < LOOKOUT {
            (0..4).for_each(|_| spin_loop());
        }
    }
}

/// A helper's life.
fn help(shared: &Shared, number: usize) {
    let mut seen = 0;
    loop {
        shared.look_out(|| shared.jobs.load(Ordering::Acquire) != seen);
        let mut gate = shared.gate();
        while shared.jobs.load(Ordering::Acquire) == seen && !gate.over {
            gate.asleep += 1;
            gate = shared.to_helpers.wait(gate).unwrap_or_else(PoisonError::into_inner);
            gate.asleep -= 1;
        }
        if gate.over {
            return;
        }
        seen = shared.jobs.load(Ordering::Acquire);
        let Some(Shown(job)) = gate.job else { continue };
        shared.active.fetch_add(1, Ordering::AcqRel);
        drop(gate);
        // SAFETY: it stood in the gate while that was locked, and its call does not return while `active` counts this thread.
        unsafe { &*job }.work_off(number);
        let gate = shared.gate();
        shared.active.fetch_sub(1, Ordering::AcqRel);
        let awaited = gate.awaited;
        drop(gate);
        if awaited {
            shared.to_caller.notify_one();
        }
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.shared.gate().over = true;
        // A helper between its look-out and its sleep holds the gate, so none misses this.
        self.shared.to_helpers.notify_all();
        for helper in self.helpers.drain(..) {
            drop(helper.join());
        }
    }
}
