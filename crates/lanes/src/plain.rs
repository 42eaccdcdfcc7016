//! Registers of the baseline: arrays of a few floats.

use crate::constants::Constants;
use crate::lane::{Lane, LaneKernel};
use crate::register::Register;
use crate::single::Single;

/// `N` floats from baseline instructions, which LLVM may join; with `FUSED` and a fused multiply-add, for which the CPU must
/// have AVX2 and FMA on x86-64: one number with the bits of the wide registers.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Plain<T, const N: usize, const FUSED: bool>([T; N]);

/// `Plain([e(0), e(1), ..])` given a first value. A plain loop: closures are not certain to be inlined.
macro_rules! each {
    ($from:expr, $i:ident, $e:expr) => {{
        let mut floats = $from.0;
        for $i in 0..N {
            floats[$i] = $e;
        }
        Plain(floats)
    }};
}

macro_rules! plain {
    ($float:ident, $mantissa:literal, $uniform:expr) => {
        // SAFETY: transparent over N floats.
        unsafe impl<const N: usize, const FUSED: bool> Register for Plain<$float, N, FUSED> {
            type Float = $float;
            const WIDTH: usize = N;

            #[inline(always)]
            unsafe fn splat(x: $float) -> Self {
                Plain([x; N])
            }
            #[inline(always)]
            unsafe fn narrowed(from: &[f64]) -> Self {
                let from = &from[..N];
                each!(Self([0.0; N]), i, <$float as Constants>::round(from[i]))
            }
            #[inline(always)]
            fn widened(self, to: &mut [f64]) {
                let to = &mut to[..N];
                for i in 0..N {
                    to[i] = f64::from(self.0[i]);
                }
            }
            #[inline(always)]
            unsafe fn uniform(high: &[u32], low: &[u32]) -> Self {
                let (high, low) = (&high[..N], &low[..N]);
                let uniform: fn(u32, u32) -> $float = $uniform;
                each!(Self([0.0; N]), i, uniform(high[i], low[i]))
            }
            #[inline(always)]
            unsafe fn outlined<L: Lane, F: LaneKernel<L>>(kernel: F) -> F::Output {
                if FUSED {
                    // SAFETY: the caller vouches for the instructions of the fused ones.
                    unsafe { outlined_fused(kernel) }
                } else {
                    outlined(kernel)
                }
            }

            #[inline(always)]
            fn add(self, o: Self) -> Self {
                each!(self, i, self.0[i] + o.0[i])
            }
            #[inline(always)]
            fn sub(self, o: Self) -> Self {
                each!(self, i, self.0[i] - o.0[i])
            }
            #[inline(always)]
            fn mul(self, o: Self) -> Self {
                each!(self, i, self.0[i] * o.0[i])
            }
            #[inline(always)]
            fn div(self, o: Self) -> Self {
                each!(self, i, self.0[i] / o.0[i])
            }
            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                if FUSED {
                    // SAFETY: values of fused ones exist only where the CPU has FMA (contract of `splat`).
                    each!(self, i, unsafe { self.0[i].fused(b.0[i], c.0[i]) })
                } else {
                    each!(self, i, self.0[i] * b.0[i] + c.0[i])
                }
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                each!(self, i, self.0[i].root())
            }
            #[inline(always)]
            fn min(self, o: Self) -> Self {
                each!(self, i, if self.0[i] < o.0[i] { self.0[i] } else { o.0[i] })
            }
            #[inline(always)]
            fn max(self, o: Self) -> Self {
                each!(self, i, if self.0[i] > o.0[i] { self.0[i] } else { o.0[i] })
            }
            #[inline(always)]
            fn select_lt(a: Self, b: Self, then: Self, otherwise: Self) -> Self {
                each!(a, i, if a.0[i] < b.0[i] { then.0[i] } else { otherwise.0[i] })
            }
            #[inline(always)]
            fn any_lt(a: Self, b: Self) -> bool {
                let mut any = false;
                for i in 0..N {
                    any |= a.0[i] < b.0[i];
                }
                any
            }

            #[inline(always)]
            fn and(self, o: Self) -> Self {
                each!(self, i, $float::from_bits(self.0[i].to_bits() & o.0[i].to_bits()))
            }
            #[inline(always)]
            fn and_not(self, o: Self) -> Self {
                each!(self, i, $float::from_bits(!self.0[i].to_bits() & o.0[i].to_bits()))
            }
            #[inline(always)]
            fn or(self, o: Self) -> Self {
                each!(self, i, $float::from_bits(self.0[i].to_bits() | o.0[i].to_bits()))
            }
            #[inline(always)]
            fn xor(self, o: Self) -> Self {
                each!(self, i, $float::from_bits(self.0[i].to_bits() ^ o.0[i].to_bits()))
            }
            #[inline(always)]
            fn add_bits(self, o: Self) -> Self {
                each!(self, i, $float::from_bits(self.0[i].to_bits().wrapping_add(o.0[i].to_bits())))
            }
            #[inline(always)]
            fn to_exponent(self) -> Self {
                each!(self, i, $float::from_bits(self.0[i].to_bits() << $mantissa))
            }
            #[inline(always)]
            fn exponent(self) -> Self {
                each!(self, i, $float::from_bits(self.0[i].to_bits() >> $mantissa))
            }
            #[inline(always)]
            fn sign_of_bit_1(self) -> Self {
                each!(self, i, $float::from_bits(self.0[i].to_bits() >> 1 << (8 * size_of::<$float>() - 1)))
            }
        }
    };
}

// 53 bits: the integer high * 2^21 + (low >> 11) is exact, as is its scaling. 24 bits for f32.
plain!(f64, 52, |high, low| (f64::from(high) * 2_097_152.0 + f64::from(low >> 11)) * f64::RESOLUTION);
plain!(f32, 23, |high, _| (high >> 8) as f32 * f32::RESOLUTION);

#[inline(never)]
fn outlined<L: Lane, F: LaneKernel<L>>(kernel: F) -> F::Output {
    kernel.run()
}

/// # Safety
/// On x86-64 the CPU has AVX2 and FMA.
#[inline(never)]
#[cfg_attr(all(target_arch = "x86_64", not(xmrl_device)), target_feature(enable = "avx2,fma"))]
unsafe fn outlined_fused<L: Lane, F: LaneKernel<L>>(kernel: F) -> F::Output {
    kernel.run()
}
