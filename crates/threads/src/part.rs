//! What is left of a thread's part of a slice.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// Indices that nobody has begun, the first and the end in one number, so that neither is taken twice. A cache line of its own: threads
/// that are at their own parts do not wait for each other.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Part(AtomicU64);

impl Part {
    /// Begins anew with these, which end below 2³².
    pub(crate) fn fill(&mut self, range: Range<usize>) {
        *self.0.get_mut() = Self::packed(range.start as u32, range.end as u32);
    }

    /// Leaves nothing for anybody.
    pub(crate) fn clear(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// Takes its first index, for the thread whose part it is.
    pub(crate) fn first(&self) -> Option<usize> {
        self.take(|first, end| Self::packed(first + 1, end)).map(|(first, _)| first as usize)
    }

    /// Takes its last index, for others.
    pub(crate) fn last(&self) -> Option<usize> {
        self.take(|first, end| Self::packed(first, end - 1)).map(|(_, end)| end as usize - 1)
    }

    fn take(&self, left: impl Fn(u32, u32) -> u64) -> Option<(u32, u32)> {
        let ends = |packed: u64| ((packed >> 32) as u32, packed as u32);
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |packed| {
            let (first, end) = ends(packed);
            (first < end).then(|| left(first, end))
        });
        taken.ok().map(ends)
    }

    fn packed(first: u32, end: u32) -> u64 {
        u64::from(first) << 32 | u64::from(end)
    }
}
