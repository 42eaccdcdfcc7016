//! Working memory that several owners use in turn.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{ThreadId, current};

/// Pieces of working memory that are lent for one call at a time, so that there are as many as threads and they stay in their
/// caches. Their contents mean nothing between loans.
pub(crate) struct Shelf<S: ?Sized>(Mutex<Vec<(ThreadId, Box<S>)>>);

impl<S: ?Sized> Default for Shelf<S> {
    fn default() -> Self {
        Shelf(Mutex::new(Vec::new()))
    }
}

impl<S: ?Sized> Shelf<S> {
    /// A free piece, the one that this thread had last where that is free; or a new one.
    pub(crate) fn take(&self, make: impl FnOnce() -> Box<S>) -> Box<S> {
        let me = current().id();
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = free.iter().position(|&(whose, _)| whose == me);
        let piece = own.or(free.len().checked_sub(1)).map(|at| free.swap_remove(at).1);
        drop(free);
        piece.unwrap_or_else(make)
    }

    /// Puts a piece back for others.
    pub(crate) fn give_back(&self, piece: Box<S>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((current().id(), piece));
    }
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
