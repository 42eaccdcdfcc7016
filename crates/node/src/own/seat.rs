//! Memory that a crossing uses: written by whoever asks, then by JavaScript, then read by whoever asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use napi::bindgen_prelude::{Float64Array, Uint8Array, Uint32Array};
use napi_derive::napi;
use xmrl_envs::Rows;

/// Arrays of a seat, row-major, as long as its rows allow.
#[napi(object)]
pub struct SeatViews {
    /// `[C, K]`.
    pub tasks: Float64Array,
    /// `[C, D]`.
    pub states: Float64Array,
    /// `[C, A]`.
    pub actions: Float64Array,
    /// `[C, S]`.
    pub observations: Float64Array,
    /// `[C]`.
    pub rewards: Float64Array,
    /// `[C]`.
    pub terminated: Uint8Array,
    /// `[C]`.
    pub success: Uint8Array,
    /// `[C, 4]` two words of a stream's key, a task's number, an episode's.
    pub draws: Uint32Array,
}

/// An array that stays where it is until nobody has it.
struct Fixed<T>(*mut [T]);

// SAFETY: it owns its memory; that two threads do not use it at a time is for a seat's owner to see to.
unsafe impl<T: Send> Send for Fixed<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Fixed<T> {}

impl<T: Clone + Default> Fixed<T> {
    fn new(len: usize) -> Self {
        // At least one entry, so that there is an address to show.
        Fixed(Box::into_raw(vec![T::default(); len.max(1)].into_boxed_slice()))
    }

    fn load(&self, from: &[T]) {
        // SAFETY: the owner of the seat alone has it now, and rows are no more than its capacity.
        unsafe { (&mut *self.0)[..from.len()].clone_from_slice(from) }
    }

    fn unload(&self, to: &mut [T]) {
        // SAFETY: as above.
        unsafe { to.clone_from_slice(&(&*self.0)[..to.len()]) }
    }
}

impl<T> Drop for Fixed<T> {
    fn drop(&mut self) {
        // SAFETY: made by `Box::into_raw`, and nobody has it any more.
        drop(unsafe { Box::from_raw(self.0) });
    }
}

/// Room for some rows. One crossing has it at a time; JavaScript keeps its memory alive as long as it has arrays of it.
pub(super) struct Seat {
    pub(super) id: u32,
    pub(super) capacity: usize,
    shown: AtomicBool,
    tasks: Fixed<f64>,
    states: Fixed<f64>,
    actions: Fixed<f64>,
    observations: Fixed<f64>,
    rewards: Fixed<f64>,
    terminated: Fixed<u8>,
    success: Fixed<u8>,
    draws: Fixed<u32>,
}

impl Seat {
    /// A seat of `capacity` rows as long as those of `like`, which has at least one.
    pub(super) fn new(id: u32, capacity: usize, like: &Rows) -> Self {
        let size = |array: &[f64]| array.len() / like.count * capacity;
        Seat {
            id,
            capacity,
            shown: AtomicBool::new(false),
            tasks: Fixed::new(size(&like.tasks)),
            states: Fixed::new(size(&like.states)),
            actions: Fixed::new(size(&like.actions)),
            observations: Fixed::new(size(&like.observations)),
            rewards: Fixed::new(capacity),
            terminated: Fixed::new(capacity),
            success: Fixed::new(capacity),
            draws: Fixed::new(4 * capacity),
        }
    }

    pub(super) fn load(&self, rows: &Rows) {
        self.tasks.load(&rows.tasks);
        self.states.load(&rows.states);
        self.actions.load(&rows.actions);
        self.observations.load(&rows.observations);
        self.rewards.load(&rows.rewards);
        self.terminated.load(&rows.terminated);
        self.success.load(&rows.success);
        self.draws.load(&rows.draws);
    }

    /// What JavaScript may have written.
    pub(super) fn unload(&self, rows: &mut Rows) {
        self.states.unload(&mut rows.states);
        self.observations.unload(&mut rows.observations);
        self.rewards.unload(&mut rows.rewards);
        self.terminated.unload(&mut rows.terminated);
        self.success.unload(&mut rows.success);
    }

    /// Its arrays, the first time.
    pub(super) fn views(self: &Arc<Self>) -> Option<SeatViews> {
        if self.shown.swap(true, Ordering::AcqRel) {
            return None;
        }
        Some(SeatViews {
            tasks: self.floats(&self.tasks),
            states: self.floats(&self.states),
            actions: self.floats(&self.actions),
            observations: self.floats(&self.observations),
            rewards: self.floats(&self.rewards),
            terminated: self.bytes(&self.terminated),
            success: self.bytes(&self.success),
            draws: self.words(&self.draws),
        })
    }

    fn floats(self: &Arc<Self>, array: &Fixed<f64>) -> Float64Array {
        let keeper = Arc::clone(self);
        // SAFETY: the memory stays where it is while the seat lives, which the finalizer keeps alive.
        unsafe { Float64Array::with_external_data(array.0.cast(), array.0.len(), move |_, _| drop(keeper)) }
    }

    fn bytes(self: &Arc<Self>, array: &Fixed<u8>) -> Uint8Array {
        let keeper = Arc::clone(self);
        // SAFETY: as above.
        unsafe { Uint8Array::with_external_data(array.0.cast(), array.0.len(), move |_, _| drop(keeper)) }
    }

    fn words(self: &Arc<Self>, array: &Fixed<u32>) -> Uint32Array {
        let keeper = Arc::clone(self);
        // SAFETY: as above.
        unsafe { Uint32Array::with_external_data(array.0.cast(), array.0.len(), move |_, _| drop(keeper)) }
    }
}
