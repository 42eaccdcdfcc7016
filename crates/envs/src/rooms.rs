//! Working memory of the threads that step worlds.

use std::any::Any;
use std::sync::{Mutex, PoisonError};

/// Working memory that is lent to a chunk at a time, so that there is as much as threads and it stays in their caches. Its
/// contents mean nothing between loans.
#[derive(Default)]
pub(crate) struct Rooms(Mutex<Vec<Box<dyn Any + Send>>>);

/// Lanes and scratch of one world type.
pub(crate) struct Room<S, L> {
    pub(crate) scratch: S,
    pub(crate) lanes: Vec<L>,
}

impl Rooms {
    /// A free room of this type, or a new one.
    pub(crate) fn take<T: Any + Send>(&self, make: impl FnOnce() -> T) -> Box<T> {
        let free = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        free.and_then(|room| room.downcast().ok()).unwrap_or_else(|| Box::new(make()))
    }

    pub(crate) fn give_back<T: Any + Send>(&self, room: Box<T>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(room);
    }
}
