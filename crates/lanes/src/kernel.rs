//! Computations that are written once for every lane type.

use crate::lane::Lane;

/// A computation over whole batches that is written once for every lane type.
///
/// `run` and everything it calls per element must be `#[inline(always)]`: what is not inlined is compiled for the
/// baseline, where every intrinsic is a call.
pub trait Kernel {
    /// What the computation returns.
    type Output;
    /// The computation with lanes `L`.
    fn run<L: Lane>(self) -> Self::Output;
}
