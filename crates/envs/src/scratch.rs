//! Working memory that several owners use in turn.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Places of a shelf. Threads beyond so many share one.
const PLACES: usize = 16;

/// Pieces of working memory that are lent for one call at a time, so that there are as many as threads and they stay in their
/// caches. Their contents mean nothing between loans.
///
/// A thread looks in its own place, whose lock no other core has touched: fetching a lock that another thread had last takes longer than
/// some worlds' steps.
pub(crate) struct Shelf<S: ?Sized>([Place<S>; PLACES]);

/// Cache lines of its own.
#[repr(align(128))]
struct Place<S: ?Sized>(Mutex<Vec<Box<S>>>);

impl<S: ?Sized> Default for Shelf<S> {
    fn default() -> Self {
        Shelf(std::array::from_fn(|_| Place(Mutex::new(Vec::new()))))
    }
}

impl<S: ?Sized> Shelf<S> {
    /// A free piece, the one that this thread had last where no other has it; or a new one.
    pub(crate) fn take(&self, make: impl FnOnce() -> Box<S>) -> Box<S> {
        let free = self.place().lock().unwrap_or_else(PoisonError::into_inner).pop();
        free.unwrap_or_else(make)
    }

    /// Puts a piece back for others.
    pub(crate) fn give_back(&self, piece: Box<S>) {
        self.place().lock().unwrap_or_else(PoisonError::into_inner).push(piece);
    }

    fn place(&self) -> &Mutex<Vec<Box<S>>> {
        &self.0[number() % PLACES].0
    }
}

/// The number of this thread, of those that ever asked.
fn number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: usize = NEXT.fetch_add(1, Ordering::Relaxed);
    }
    NUMBER.with(|number| *number)
}

/// Where one block's working memory comes from.
pub(crate) enum Scratch<S: ?Sized> {
    /// Its own, absent while it is in use.
    Own(Option<Box<S>>),
    /// A shelf that it shares with other blocks.
    Shared(Arc<Shelf<S>>),
}

impl<S: ?Sized> Scratch<S> {
    /// Takes a piece.
    #[inline(always)]
    pub(crate) fn take(&mut self, make: impl FnOnce() -> Box<S>) -> Box<S> {
        match self {
            Scratch::Own(own) => own.take().unwrap_or_else(make),
            Scratch::Shared(shelf) => shelf.take(make),
        }
    }

    /// Gives it back.
    #[inline(always)]
    pub(crate) fn give_back(&mut self, piece: Box<S>) {
        match self {
            Scratch::Own(own) => *own = Some(piece),
            Scratch::Shared(shelf) => shelf.give_back(piece),
        }
    }
}
