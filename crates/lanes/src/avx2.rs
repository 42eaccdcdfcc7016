//! 256-bit registers: AVX2 and FMA.

use core::arch::x86_64::*;

use crate::lane::{Lane, LaneKernel};
use crate::register::Register;

/// Four `f64`. The CPU must have AVX2 and FMA.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Wide64(__m256d);

/// Eight `f32`. The CPU must have AVX2 and FMA.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Wide32(__m256);

/// The operations that are one intrinsic each. SAFETY of every block: a value of the register exists only where the CPU has
/// AVX2 and FMA; the caller of what makes one vouches for them (contract of [`Register`]).
macro_rules! operations {
    (
        $mantissa:literal, $last:literal, $cast_to_int:ident, $cast_from_int:ident, $compare:ident, $blend:ident,
        $mask:ident, $splat:ident, $add_bits:ident, $left:ident, $right:ident,
        { $($binary:ident: $binary_intrinsic:ident),* }, $mul_add:ident, $sqrt:ident
    ) => {
        $(
            #[inline(always)]
            fn $binary(self, o: Self) -> Self {
                Self(unsafe { $binary_intrinsic(self.0, o.0) })
            }
        )*
        #[inline(always)]
        unsafe fn splat(x: Self::Float) -> Self {
            Self(unsafe { $splat(x) })
        }
        #[inline(always)]
        unsafe fn outlined<L: Lane, F: LaneKernel<L>>(kernel: F) -> F::Output {
            unsafe { outlined(kernel) }
        }
        #[inline(always)]
        fn mul_add(self, b: Self, c: Self) -> Self {
            Self(unsafe { $mul_add(self.0, b.0, c.0) })
        }
        #[inline(always)]
        fn sqrt(self) -> Self {
            Self(unsafe { $sqrt(self.0) })
        }
        #[inline(always)]
        fn select_lt(a: Self, b: Self, then: Self, otherwise: Self) -> Self {
            Self(unsafe { $blend(otherwise.0, then.0, $compare::<_CMP_LT_OQ>(a.0, b.0)) })
        }
        #[inline(always)]
        fn any_lt(a: Self, b: Self) -> bool {
            unsafe { $mask($compare::<_CMP_LT_OQ>(a.0, b.0)) != 0 }
        }
        #[inline(always)]
        fn add_bits(self, o: Self) -> Self {
            Self(unsafe { $cast_from_int($add_bits($cast_to_int(self.0), $cast_to_int(o.0))) })
        }
        #[inline(always)]
        fn to_exponent(self) -> Self {
            Self(unsafe { $cast_from_int($left::<$mantissa>($cast_to_int(self.0))) })
        }
        #[inline(always)]
        fn exponent(self) -> Self {
            Self(unsafe { $cast_from_int($right::<$mantissa>($cast_to_int(self.0))) })
        }
        #[inline(always)]
        fn sign_of_bit_1(self) -> Self {
            Self(unsafe { $cast_from_int($left::<$last>($right::<1>($cast_to_int(self.0)))) })
        }
    };
}

// SAFETY: transparent over four f64.
unsafe impl Register for Wide64 {
    type Float = f64;
    const WIDTH: usize = 4;

    operations! {
        52, 63, _mm256_castpd_si256, _mm256_castsi256_pd, _mm256_cmp_pd, _mm256_blendv_pd, _mm256_movemask_pd,
        _mm256_set1_pd, _mm256_add_epi64, _mm256_slli_epi64, _mm256_srli_epi64,
        {
            add: _mm256_add_pd, sub: _mm256_sub_pd, mul: _mm256_mul_pd, div: _mm256_div_pd,
            min: _mm256_min_pd, max: _mm256_max_pd,
            and: _mm256_and_pd, and_not: _mm256_andnot_pd, or: _mm256_or_pd, xor: _mm256_xor_pd
        }, _mm256_fmadd_pd, _mm256_sqrt_pd
    }

    #[inline(always)]
    unsafe fn narrowed(from: &[f64]) -> Self {
        let from = &from[..4];
        // SAFETY: four entries, checked on the line above; the caller vouches for AVX2.
        Self(unsafe { _mm256_loadu_pd(from.as_ptr()) })
    }
    #[inline(always)]
    fn widened(self, to: &mut [f64]) {
        let to = &mut to[..4];
        // SAFETY: four entries, checked on the line above.
        unsafe { _mm256_storeu_pd(to.as_mut_ptr(), self.0) }
    }
    #[inline(always)]
    unsafe fn uniform(high: &[u32], low: &[u32]) -> Self {
        let (high, low) = (&high[..4], &low[..4]);
        // A 32-bit integer in the low bits of 2^52, less 2^52, is that integer as a float.
        // SAFETY: four words each, checked on the line above; the caller vouches for AVX2 and FMA.
        unsafe {
            let exponent = _mm256_set1_epi64x(0x4330_0000_0000_0000);
            let two_52 = _mm256_set1_pd(4_503_599_627_370_496.0);
            let high = _mm256_cvtepu32_epi64(_mm_loadu_si128(high.as_ptr().cast()));
            let low = _mm256_srli_epi64::<11>(_mm256_cvtepu32_epi64(_mm_loadu_si128(low.as_ptr().cast())));
            let high = _mm256_sub_pd(_mm256_castsi256_pd(_mm256_or_si256(high, exponent)), two_52);
            let low = _mm256_sub_pd(_mm256_castsi256_pd(_mm256_or_si256(low, exponent)), two_52);
            let bits = _mm256_fmadd_pd(high, _mm256_set1_pd(2_097_152.0), low);
            Self(_mm256_mul_pd(bits, _mm256_set1_pd(1.0 / 9_007_199_254_740_992.0)))
        }
    }
}

// SAFETY: transparent over eight f32.
unsafe impl Register for Wide32 {
    type Float = f32;
    const WIDTH: usize = 8;

    operations! {
        23, 31, _mm256_castps_si256, _mm256_castsi256_ps, _mm256_cmp_ps, _mm256_blendv_ps, _mm256_movemask_ps,
        _mm256_set1_ps, _mm256_add_epi32, _mm256_slli_epi32, _mm256_srli_epi32,
        {
            add: _mm256_add_ps, sub: _mm256_sub_ps, mul: _mm256_mul_ps, div: _mm256_div_ps,
            min: _mm256_min_ps, max: _mm256_max_ps,
            and: _mm256_and_ps, and_not: _mm256_andnot_ps, or: _mm256_or_ps, xor: _mm256_xor_ps
        }, _mm256_fmadd_ps, _mm256_sqrt_ps
    }

    #[inline(always)]
    unsafe fn narrowed(from: &[f64]) -> Self {
        let from = &from[..8];
        // SAFETY: eight entries, checked on the line above; the caller vouches for AVX2.
        unsafe {
            let low = _mm256_cvtpd_ps(_mm256_loadu_pd(from.as_ptr()));
            let high = _mm256_cvtpd_ps(_mm256_loadu_pd(from.as_ptr().add(4)));
            Self(_mm256_set_m128(high, low))
        }
    }
    #[inline(always)]
    fn widened(self, to: &mut [f64]) {
        let to = &mut to[..8];
        // SAFETY: eight entries, checked on the line above.
        unsafe {
            _mm256_storeu_pd(to.as_mut_ptr(), _mm256_cvtps_pd(_mm256_castps256_ps128(self.0)));
            _mm256_storeu_pd(to.as_mut_ptr().add(4), _mm256_cvtps_pd(_mm256_extractf128_ps::<1>(self.0)));
        }
    }
    #[inline(always)]
    unsafe fn uniform(high: &[u32], _low: &[u32]) -> Self {
        let high = &high[..8];
        // SAFETY: eight words, checked on the line above; the caller vouches for AVX2.
        unsafe {
            let bits = _mm256_srli_epi32::<8>(_mm256_loadu_si256(high.as_ptr().cast()));
            Self(_mm256_mul_ps(_mm256_cvtepi32_ps(bits), _mm256_set1_ps(1.0 / 16_777_216.0)))
        }
    }
}

/// # Safety
/// The CPU has AVX2 and FMA.
#[inline(never)]
#[target_feature(enable = "avx2,fma")]
unsafe fn outlined<L: Lane, F: LaneKernel<L>>(kernel: F) -> F::Output {
    kernel.run()
}
