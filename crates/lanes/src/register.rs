//! One machine register of floats: what `Pack` is made of and the elementary functions are written in.
//!
//! Explicit registers rather than loops over arrays: whether LLVM turns an unrolled loop back into vectors depends on
//! the code around it (the logarithm stayed scalar in one build profile and not in the other).

/// A register of `WIDTH` floats. Bit operations act on the representation; integer addition wraps.
///
/// # Safety
/// Implementations may use CPU instructions beyond the target's baseline. Values of such types exist only inside the
/// instantiations that `isa.rs` enters after detecting them; the types are not nameable outside this crate.
/// An implementation must be plain data of `WIDTH` consecutive `Float`s, valid for every bit pattern.
pub unsafe trait Register: Copy + Send + Sync + 'static {
    /// `f64` or `f32`.
    type Float: Copy + Into<f64>;
    /// The unsigned integer of the same size.
    type Bits: Copy;
    /// Floats in a register.
    const WIDTH: usize;

    fn narrow(x: f64) -> Self::Float;
    fn splat(x: Self::Float) -> Self;
    /// Converts the first `WIDTH` entries.
    fn load(from: &[f64]) -> Self;
    fn store(self, to: &mut [f64]);
    /// The first `WIDTH` entries as they are.
    #[inline(always)]
    fn read(from: &[Self::Float]) -> Self {
        let from = &from[..Self::WIDTH];
        // SAFETY: `WIDTH` floats, checked on the line above, are what a register is (contract of this trait).
        unsafe { from.as_ptr().cast::<Self>().read_unaligned() }
    }
    /// Writes the first `WIDTH` entries.
    #[inline(always)]
    fn write(self, to: &mut [Self::Float]) {
        let to = &mut to[..Self::WIDTH];
        // SAFETY: as in `read`.
        unsafe { to.as_mut_ptr().cast::<Self>().write_unaligned(self) }
    }
    /// Uniforms in [0, 1) from the first `WIDTH` words of `high` (and, for `f64`, the high 21 bits of `low`).
    fn uniform(high: &[u32], low: &[u32]) -> Self;

    fn add(self, o: Self) -> Self;
    fn sub(self, o: Self) -> Self;
    fn mul(self, o: Self) -> Self;
    fn div(self, o: Self) -> Self;
    fn mul_add(self, b: Self, c: Self) -> Self;
    fn sqrt(self) -> Self;
    /// `self < o ? self : o`.
    fn min(self, o: Self) -> Self;
    /// `self > o ? self : o`.
    fn max(self, o: Self) -> Self;
    fn select_lt(a: Self, b: Self, then: Self, otherwise: Self) -> Self;
    fn any_lt(a: Self, b: Self) -> bool;

    fn splat_bits(x: Self::Bits) -> Self;
    fn and(self, o: Self) -> Self;
    /// `!self & o`.
    fn and_not(self, o: Self) -> Self;
    fn or(self, o: Self) -> Self;
    fn xor(self, o: Self) -> Self;
    fn add_bits(self, o: Self) -> Self;
    fn shift_left<const BY: i32>(self) -> Self;
    fn shift_right<const BY: i32>(self) -> Self;
}

/// One float, for the portable instantiation (`FMA` false) and for single values with the bits of the fused ones.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Scalar<T, const FMA: bool>(T);

macro_rules! scalar {
    ($float:ident, $bits:ident, $uniform:expr) => {
        // SAFETY: only baseline instructions; transparent over one float.
        unsafe impl<const FMA: bool> Register for Scalar<$float, FMA> {
            type Float = $float;
            type Bits = $bits;
            const WIDTH: usize = 1;

            #[inline(always)]
            fn narrow(x: f64) -> $float {
                x as $float
            }
            #[inline(always)]
            fn splat(x: $float) -> Self {
                Scalar(x)
            }
            #[inline(always)]
            fn load(from: &[f64]) -> Self {
                Scalar(from[0] as $float)
            }
            #[inline(always)]
            fn store(self, to: &mut [f64]) {
                to[0] = f64::from(self.0);
            }
            #[inline(always)]
            fn uniform(high: &[u32], low: &[u32]) -> Self {
                let uniform: fn(u32, u32) -> $float = $uniform;
                Scalar(uniform(high[0], low[0]))
            }
            #[inline(always)]
            fn add(self, o: Self) -> Self {
                Scalar(self.0 + o.0)
            }
            #[inline(always)]
            fn sub(self, o: Self) -> Self {
                Scalar(self.0 - o.0)
            }
            #[inline(always)]
            fn mul(self, o: Self) -> Self {
                Scalar(self.0 * o.0)
            }
            #[inline(always)]
            fn div(self, o: Self) -> Self {
                Scalar(self.0 / o.0)
            }
            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                Scalar(if FMA { self.0.mul_add(b.0, c.0) } else { self.0 * b.0 + c.0 })
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                Scalar(self.0.sqrt())
            }
            #[inline(always)]
            fn min(self, o: Self) -> Self {
                Scalar(if self.0 < o.0 { self.0 } else { o.0 })
            }
            #[inline(always)]
            fn max(self, o: Self) -> Self {
                Scalar(if self.0 > o.0 { self.0 } else { o.0 })
            }
            #[inline(always)]
            fn select_lt(a: Self, b: Self, then: Self, otherwise: Self) -> Self {
                if a.0 < b.0 { then } else { otherwise }
            }
            #[inline(always)]
            fn any_lt(a: Self, b: Self) -> bool {
                a.0 < b.0
            }
            #[inline(always)]
            fn splat_bits(x: $bits) -> Self {
                Scalar($float::from_bits(x))
            }
            #[inline(always)]
            fn and(self, o: Self) -> Self {
                Scalar($float::from_bits(self.0.to_bits() & o.0.to_bits()))
            }
            #[inline(always)]
            fn and_not(self, o: Self) -> Self {
                Scalar($float::from_bits(!self.0.to_bits() & o.0.to_bits()))
            }
            #[inline(always)]
            fn or(self, o: Self) -> Self {
                Scalar($float::from_bits(self.0.to_bits() | o.0.to_bits()))
            }
            #[inline(always)]
            fn xor(self, o: Self) -> Self {
                Scalar($float::from_bits(self.0.to_bits() ^ o.0.to_bits()))
            }
            #[inline(always)]
            fn add_bits(self, o: Self) -> Self {
                Scalar($float::from_bits(self.0.to_bits().wrapping_add(o.0.to_bits())))
            }
            #[inline(always)]
            fn shift_left<const BY: i32>(self) -> Self {
                Scalar($float::from_bits(self.0.to_bits() << BY))
            }
            #[inline(always)]
            fn shift_right<const BY: i32>(self) -> Self {
                Scalar($float::from_bits(self.0.to_bits() >> BY))
            }
        }
    };
}

// 53 bits: the integer high * 2^21 + (low >> 11) is exact, as is its scaling. 24 bits for f32.
scalar!(f64, u64, |high, low| (f64::from(high) * 2_097_152.0 + f64::from(low >> 11)) * (1.0 / 9_007_199_254_740_992.0));
scalar!(f32, u32, |high, _| (high >> 8) as f32 * (1.0 / 16_777_216.0));
