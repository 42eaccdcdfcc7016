//! Memory that this process and a Python process share, and where in it which array lies.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::AsRawFd;
use std::ptr::{NonNull, null_mut};

/// What is in a row of the arrays, in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowSizes {
    pub(crate) tasks: usize,
    /// 0 where states cannot be set.
    pub(crate) states: usize,
    pub(crate) observations: usize,
    pub(crate) actions: usize,
}

/// The arrays, in numbers from the beginning: `Arrays` in worker.py has the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Row and step that Python works on `[2]`.
    pub(crate) place: Range<usize>,
    /// `[W]`; 0: leave it alone. To begin: 1 from the seed, 2 in the state; to step: 1.
    pub(crate) flags: Range<usize>,
    /// Seeds of `reset` `[W]`.
    pub(crate) seeds: Range<usize>,
    /// `[W, K]`.
    pub(crate) tasks: Range<usize>,
    /// `[W, D]`.
    pub(crate) states: Range<usize>,
    /// `[W, S]`.
    pub(crate) observations: Range<usize>,
    /// `[W, A]`.
    pub(crate) actions: Range<usize>,
    /// Reward, 1 where the rules ended the episode and 2 where a time limit did, success `[W, 3]`.
    pub(crate) outcomes: Range<usize>,
}

impl Layout {
    pub(crate) fn new(width: usize, sizes: RowSizes) -> Self {
        let mut end = 0;
        let mut next = |count: usize| {
            let start = end;
            end += count;
            start..end
        };
        Layout {
            place: next(2),
            flags: next(width),
            seeds: next(width),
            tasks: next(width * sizes.tasks),
            states: next(width * sizes.states),
            observations: next(width * sizes.observations),
            actions: next(width * sizes.actions),
            outcomes: next(width * 3),
        }
    }

    /// Numbers in all.
    pub(crate) fn len(&self) -> usize {
        self.outcomes.end
    }
}

/// Shared numbers, mapped for as long as this lives. Both sides take turns: whoever was asked last may write.
pub(crate) struct Shared {
    start: NonNull<f64>,
    len: usize,
}

// SAFETY: it is the only pointer of this process to the mapping, and gives it out by its own borrows.
unsafe impl Send for Shared {}

impl Shared {
    /// Maps the first `len` numbers of `file`, which is made that long; what was there stays.
    pub(crate) fn new(file: &File, len: usize) -> io::Result<Self> {
        let bytes = len * size_of::<f64>();
        if file.metadata()?.len() < bytes as u64 {
            file.set_len(bytes as u64)?;
        }
        let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED);
        // SAFETY: a new mapping of a file of ours that is at least that long and never made shorter.
        let start = unsafe { libc::mmap(null_mut(), bytes, protection, flags, file.as_raw_fd(), 0) };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let start = NonNull::new(start.cast()).ok_or_else(|| io::Error::other("mapped nowhere"))?;
        Ok(Self { start, len })
    }

    pub(crate) fn of(&self, range: &Range<usize>) -> &[f64] {
        assert!(range.end <= self.len, "an array beyond the mapping");
        // SAFETY: inside the mapping, which page alignment aligns; the other side writes only while this one waits in `ask`.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr().add(range.start), range.len()) }
    }

    pub(crate) fn of_mut(&mut self, range: &Range<usize>) -> &mut [f64] {
        assert!(range.end <= self.len, "an array beyond the mapping");
        // SAFETY: as in `of`, and borrowed alone.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr().add(range.start), range.len()) }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: the mapping of `new`, of which no borrow is left.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.len * size_of::<f64>()) };
    }
}
