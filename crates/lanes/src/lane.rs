//! The arithmetic that lane code may use.

use core::ops::{Add, Div, Mul, Neg, Sub};

/// `N` numbers computed together. Every operation acts lane by lane and never mixes lanes.
///
/// Host values are `f64`: [`splat`](Lane::splat), [`load`](Lane::load), [`store`](Lane::store), [`get`](Lane::get) and
/// [`set`](Lane::set) convert, rounding to nearest when the lanes are `f32`.
///
/// The elementary functions are polynomial and free of branches. Their bits depend on whether the instantiation has a
/// fused multiply-add, on nothing else. Accuracies below are the largest errors over dense grids (see `tests/`).
///
/// # Safety
/// Lanes must be plain data of which every bit pattern is a value, and zeros `splat(0.0)`.
pub unsafe trait Lane:
    Copy
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// Number of lanes.
    const N: usize;

    /// The number type of a lane.
    type Number: Copy + Default + Into<f64> + Send + Sync + 'static;

    /// Lanes of `f64` on the same instructions, at most 8 and a divisor of `N`: what needs double precision whatever
    /// its caller computes in works on `N / Double::N` blocks of these.
    type Double: Lane<Double = Self::Double>;

    /// Runs `kernel` in a function of its own, compiled once for this lane type with its CPU instructions. The bits are
    /// those of the inlined code. For kernels so large that a copy in every caller costs more than a call.
    fn outlined<K: LaneKernel<Self>>(kernel: K) -> K::Output;

    /// `x` in every lane.
    fn splat(x: f64) -> Self;

    /// The first `N` entries of `from`, which must have at least that many.
    fn load(from: &[f64]) -> Self;

    /// Writes the lanes to the first `N` entries of `to`, which must have at least that many.
    fn store(self, to: &mut [f64]);

    /// [`load`](Lane::load) of numbers of the lanes' own type, which are not converted.
    fn read(from: &[Self::Number]) -> Self;

    /// [`store`](Lane::store) to numbers of the lanes' own type.
    fn write(self, to: &mut [Self::Number]);

    /// The value of one lane, `lane < N`.
    fn get(self, lane: usize) -> f64;

    /// Replaces the value of one lane, `lane < N`.
    fn set(&mut self, lane: usize, x: f64);

    /// `self * b + c`, rounded once where the instantiation has a fused multiply-add, twice otherwise.
    fn mul_add(self, b: Self, c: Self) -> Self;

    /// `self < o ? self : o`. A NaN on either side gives `o`.
    fn min(self, o: Self) -> Self;

    /// `self > o ? self : o`. A NaN on either side gives `o`.
    fn max(self, o: Self) -> Self;

    /// Absolute value.
    fn abs(self) -> Self;

    /// Square root, correctly rounded; NaN below zero.
    fn sqrt(self) -> Self;

    /// `a < b ? then : otherwise`. A NaN in `a` or `b` gives `otherwise`.
    fn select_lt(a: Self, b: Self, then: Self, otherwise: Self) -> Self;

    /// Whether `a < b` in at least one lane.
    fn any_lt(a: Self, b: Self) -> bool;

    /// Hyperbolic tangent.
    fn tanh(self) -> Self;

    /// Natural exponential. Results below the normal range are zero, above it infinite.
    fn exp(self) -> Self;

    /// Natural logarithm; `-inf` at zero, NaN below. Subnormal arguments count as zero.
    fn ln(self) -> Self;

    /// `(sin 2 pi x, cos 2 pi x)`, for |x| up to 2^48 (`f64`) or 2^20 (`f32`); exact at multiples of 1/4.
    fn sin_cos_turns(self) -> (Self, Self);

    /// Two independent uniforms per lane from four random 32-bit words per lane (`words[w][lane]`, at least `N` long).
    /// The first lies in (0, 1], the second in [0, 1). `f64` lanes use 53 bits of words 0, 1 and of words 2, 3;
    /// `f32` lanes use 24 bits of words 0 and 2, so that both precisions see the same draw to rounding.
    fn uniforms(words: &[[u32; 16]; 4]) -> (Self, Self);
}

/// A computation on lanes `L`; see [`Lane::outlined`]. `run` and what it calls per element must be `#[inline(always)]`.
pub trait LaneKernel<L: Lane> {
    /// What the computation returns.
    type Output;
    /// The computation.
    fn run(self) -> Self::Output;
}
