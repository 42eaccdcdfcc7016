//! Rules in JavaScript: rows go to the thread that they live in, and whoever sent them waits.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{ThreadId, current};
use std::time::Duration;

use napi::bindgen_prelude::{FnArgs, Function, FunctionRef};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Status};
use napi_derive::napi;
use xmrl_envs::{Errand, Fault, Host, Rows, Start};
use xmrl_threads::leave_if_stopped;

use super::seat::{Seat, SeatViews};

/// What went wrong in a world's own code.
#[napi(object)]
pub struct NativeFault {
    /// What happened.
    pub text: String,
    /// Lines of its stack.
    pub stack: String,
}

pub(super) type Arguments = FnArgs<(u32, u32, u32, f64, Option<SeatViews>)>;
type Serve = ThreadsafeFunction<Errands, Option<NativeFault>, Arguments, Status, false, true>;

/// One call.
struct Errands {
    seat: Arc<Seat>,
    errand: Errand,
    count: u32,
}

/// How often a waiting thread looks whether anybody still wants its work.
const LOOK: Duration = Duration::from_millis(20);
/// Rows that are tried one after the other to find the one at fault.
const MOST_TRIED: usize = 4096;

/// What a call came to.
type Answer = std::result::Result<(), Fault>;

#[derive(Default)]
struct Slot {
    answer: Mutex<Option<Answer>>,
    there: Condvar,
}

/// A world's functions in the thread of JavaScript that gave them.
pub(super) struct JsHost {
    home: ThreadId,
    /// Address of the environment of Node; used in its own thread alone.
    env: usize,
    here: FunctionRef<Arguments, Option<NativeFault>>,
    there: Serve,
    free: Mutex<Vec<Arc<Seat>>>,
    seats: AtomicU32,
}

/// What is behind these locks is whole between statements.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The number of an errand, and its lambda.
fn numbered(errand: Errand) -> (u32, f64) {
    match errand {
        Errand::Reset(Start::Query) => (0, 0.0),
        Errand::Reset(Start::Support) => (1, 0.0),
        Errand::Observe => (2, 0.0),
        Errand::Step => (3, 0.0),
        Errand::Mix(lambda) => (4, lambda),
        Errand::Feasible => (5, 0.0),
    }
}

fn arguments(Errands { seat, errand, count }: Errands) -> Arguments {
    let (number, lambda) = numbered(errand);
    (number, seat.id, count, lambda, seat.views()).into()
}

fn answer(errand: Errand, returned: napi::Result<Option<NativeFault>>) -> Answer {
    match returned {
        Ok(None) => Ok(()),
        Ok(Some(NativeFault { text, stack })) => Err(Fault { text, stack, row: None }),
        Err(error) => Err(Fault { text: format!("{} ended: {}", errand.name(), error.reason), ..Fault::default() }),
    }
}

impl JsHost {
    pub(super) fn new(env: &Env, serve: &Function<'_, Arguments, Option<NativeFault>>) -> napi::Result<Self> {
        let there = serve
            .build_threadsafe_function::<Errands>()
            .weak::<true>()
            .callee_handled::<false>()
            .build_callback(|context| Ok(arguments(context.value)))?;
        Ok(Self {
            home: current().id(),
            env: env.raw() as usize,
            here: serve.create_ref()?,
            there,
            free: Mutex::default(),
            seats: AtomicU32::new(0),
        })
    }

    /// The smallest free seat for these rows, or a new one.
    fn take(&self, rows: &Rows) -> Arc<Seat> {
        let mut free = lock(&self.free);
        let fits = |(_, seat): &(usize, &Arc<Seat>)| seat.capacity >= rows.count;
        let best = free.iter().enumerate().filter(fits).min_by_key(|(_, seat)| seat.capacity).map(|(at, _)| at);
        match best {
            Some(at) => free.swap_remove(at),
            None => {
                let capacity = rows.count.next_power_of_two().max(8);
                Arc::new(Seat::new(self.seats.fetch_add(1, Ordering::Relaxed), capacity, rows))
            }
        }
    }

    /// Calls in this very thread.
    fn call_here(&self, errand: Errands) -> Answer {
        let kind = errand.errand;
        let env = Env::from_raw(self.env as napi::sys::napi_env);
        answer(kind, self.here.borrow_back(&env).and_then(|serve| serve.call(arguments(errand))))
    }

    /// Calls in the thread of the functions, and waits.
    fn call_there(&self, errand: Errands) -> Answer {
        let kind = errand.errand;
        let slot = Arc::new(Slot::default());
        let theirs = Arc::clone(&slot);
        let status =
            self.there.call_with_return_value(errand, ThreadsafeFunctionCallMode::NonBlocking, move |returned, _| {
                *lock(&theirs.answer) = Some(answer(kind, returned));
                theirs.there.notify_one();
                Ok(())
            });
        if status != Status::Ok {
            leave_if_stopped();
            let text = format!("{} was not called: its thread is ending ({status})", kind.name());
            return Err(Fault { text, ..Fault::default() });
        }
        let mut there = lock(&slot.answer);
        loop {
            if let Some(answer) = there.take() {
                return answer;
            }
            there = slot.there.wait_timeout(there, LOOK).unwrap_or_else(PoisonError::into_inner).0;
            if there.is_none() {
                // The seat stays with JavaScript, which may yet write to it.
                leave_if_stopped();
            }
        }
    }
}

impl JsHost {
    fn cross(&self, errand: Errand, rows: &mut Rows) -> Answer {
        let seat = self.take(rows);
        seat.load(rows);
        let call = Errands { seat: Arc::clone(&seat), errand, count: rows.count as u32 };
        let done = if current().id() == self.home { self.call_here(call) } else { self.call_there(call) };
        if done.is_ok() {
            seat.unload(rows);
        }
        lock(&self.free).push(seat);
        done
    }

    /// Which of the rows fails alone too, for whoever looks for the fault.
    fn at_fault(&self, errand: Errand, rows: &Rows) -> Option<usize> {
        match errand {
            Errand::Mix(_) | Errand::Feasible => None,
            _ if rows.count > MOST_TRIED => None,
            _ => (0..rows.count).find(|&row| self.cross(errand, &mut rows.one(row)).is_err()),
        }
    }
}

impl Host for JsHost {
    fn run(&self, errand: Errand, rows: &mut Rows) -> Answer {
        self.cross(errand, rows).map_err(|fault| Fault { row: self.at_fault(errand, rows), ..fault })
    }
}
