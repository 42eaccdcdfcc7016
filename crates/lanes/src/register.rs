//! One machine register of floats: what `Pack` is made of, what the elementary functions are written in, and what dense
//! products keep their sums in.
//!
//! Explicit registers rather than loops over arrays: whether LLVM turns an unrolled loop back into vectors depends on
//! the code around it (the logarithm stayed scalar in one build profile and not in the other).

use crate::constants::Constants;
use crate::lane::{Lane, LaneKernel};

/// A register of `WIDTH` floats. Bit operations act on the representation; integer addition wraps.
///
/// A value is the proof that this CPU has the register's instructions: making the first one is `unsafe`, what is done with it
/// is not, and [`all`](Register::all) and [`number`](Register::number) make more of it.
///
/// # Safety
/// An implementation must be plain data of `WIDTH` consecutive `Float`s, valid for every bit pattern. It may use CPU
/// instructions beyond the target's baseline; it must name those in its documentation.
pub unsafe trait Register: Copy + Send + Sync + 'static {
    /// `f64` or `f32`.
    type Float: Constants;
    /// Floats in a register.
    const WIDTH: usize;

    /// `x` everywhere.
    ///
    /// # Safety
    /// The CPU has the register's instructions.
    unsafe fn splat(x: Self::Float) -> Self;

    /// The floats at `from`, of any alignment.
    ///
    /// # Safety
    /// The CPU has the register's instructions; `from` is readable for `WIDTH` floats.
    #[inline(always)]
    unsafe fn load(from: *const Self::Float) -> Self {
        // SAFETY: `WIDTH` floats are what a register is (contract of this trait); the caller vouches for them.
        unsafe { from.cast::<Self>().read_unaligned() }
    }

    /// Writes the floats to `to`, of any alignment.
    ///
    /// # Safety
    /// `to` is writable for `WIDTH` floats.
    #[inline(always)]
    unsafe fn store(self, to: *mut Self::Float) {
        // SAFETY: as in `load`.
        unsafe { to.cast::<Self>().write_unaligned(self) }
    }

    /// Converts the first `WIDTH` entries, rounding to nearest.
    ///
    /// # Safety
    /// The CPU has the register's instructions.
    unsafe fn narrowed(from: &[f64]) -> Self;

    /// Converts to the first `WIDTH` entries.
    fn widened(self, to: &mut [f64]);

    /// Uniforms in [0, 1) from the first `WIDTH` words of `high` (and, for `f64`, the high 21 bits of `low`).
    ///
    /// # Safety
    /// The CPU has the register's instructions.
    unsafe fn uniform(high: &[u32], low: &[u32]) -> Self;

    /// [`Lane::outlined`] with the register's instructions.
    ///
    /// # Safety
    /// The CPU has the register's instructions.
    unsafe fn outlined<L: Lane, F: LaneKernel<L>>(kernel: F) -> F::Output;

    /// `x` everywhere.
    #[inline(always)]
    #[must_use]
    fn all(self, x: Self::Float) -> Self {
        // SAFETY: that `self` exists is the proof.
        unsafe { Self::splat(x) }
    }

    /// A number that `f32` holds exactly, everywhere.
    #[inline(always)]
    #[must_use]
    fn number(self, x: f32) -> Self {
        self.all(x.into())
    }

    /// `self + o`.
    #[must_use]
    fn add(self, o: Self) -> Self;
    /// `self - o`.
    #[must_use]
    fn sub(self, o: Self) -> Self;
    /// `self * o`.
    #[must_use]
    fn mul(self, o: Self) -> Self;
    /// `self / o`.
    #[must_use]
    fn div(self, o: Self) -> Self;
    /// `self * b + c`: rounded once by registers with a fused multiply-add, twice by others.
    #[must_use]
    fn mul_add(self, b: Self, c: Self) -> Self;
    /// Square root, correctly rounded.
    #[must_use]
    fn sqrt(self) -> Self;
    /// `self < o ? self : o`.
    #[must_use]
    fn min(self, o: Self) -> Self;
    /// `self > o ? self : o`.
    #[must_use]
    fn max(self, o: Self) -> Self;
    /// `a < b ? then : otherwise`.
    #[must_use]
    fn select_lt(a: Self, b: Self, then: Self, otherwise: Self) -> Self;
    /// Whether `a < b` anywhere.
    fn any_lt(a: Self, b: Self) -> bool;

    /// `self & o`.
    #[must_use]
    fn and(self, o: Self) -> Self;
    /// `!self & o`.
    #[must_use]
    fn and_not(self, o: Self) -> Self;
    /// `self | o`.
    #[must_use]
    fn or(self, o: Self) -> Self;
    /// `self ^ o`.
    #[must_use]
    fn xor(self, o: Self) -> Self;
    /// The sum of the representations as integers.
    #[must_use]
    fn add_bits(self, o: Self) -> Self;
    /// The low bits moved to where the exponent is.
    #[must_use]
    fn to_exponent(self) -> Self;
    /// Sign and exponent moved to the low bits.
    #[must_use]
    fn exponent(self) -> Self;
    /// Bit 1 as a sign, all else 0.
    #[must_use]
    fn sign_of_bit_1(self) -> Self;
}
