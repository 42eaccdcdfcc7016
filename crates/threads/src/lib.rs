//! Threads that belong to an owner: work on them can be told to stop, and a panic keeps its words and its place.
//!
//! An [`Owner`] is whoever work is done for: one environment of Node, one batch of worlds. A thread works for at most one
//! owner at a time, and the threads of a [`WorkerPool`] or a [`Team`] work for the owner of the thread that made the pool. So nothing has to be
//! handed down to a loop that wants to know whether it is still wanted: it calls [`leave_if_stopped`]. Threads without an
//! owner (tests, benches) are never stopped, and their panics are reported as if this crate were not there.

mod owner;
mod part;
mod pool;
mod team;

pub use owner::{Ended, Owner, Panic, leave_if_stopped};
pub use pool::WorkerPool;
pub use team::Team;
