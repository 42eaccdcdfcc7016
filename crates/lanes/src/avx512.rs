//! 512-bit registers: AVX-512 F and DQ. The bits are those of the 256-bit ones.

use core::arch::x86_64::*;

use crate::lane::{Lane, LaneKernel};
use crate::register::Register;

/// Eight `f64`. The CPU must have AVX-512 F and DQ, AVX2 and FMA.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Widest64(__m512d);

/// Sixteen `f32`. The CPU must have AVX-512 F and DQ, AVX2 and FMA.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Widest32(__m512);

/// The operations that are one intrinsic each. SAFETY of every block: a value of the register exists only where the CPU has
/// AVX-512 F and DQ; the caller of what makes one vouches for them (contract of [`Register`]).
macro_rules! operations {
    (
        $mantissa:literal, $last:literal, $cast_to_int:ident, $cast_from_int:ident, $compare:ident, $blend:ident,
        $splat:ident, $add_bits:ident, $left:ident, $right:ident,
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
            Self(unsafe { $blend($compare::<_CMP_LT_OQ>(a.0, b.0), otherwise.0, then.0) })
        }
        #[inline(always)]
        fn any_lt(a: Self, b: Self) -> bool {
            unsafe { $compare::<_CMP_LT_OQ>(a.0, b.0) != 0 }
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

// SAFETY: transparent over eight f64.
unsafe impl Register for Widest64 {
    type Float = f64;
    const WIDTH: usize = 8;

    operations! {
        52, 63, _mm512_castpd_si512, _mm512_castsi512_pd, _mm512_cmp_pd_mask, _mm512_mask_blend_pd,
        _mm512_set1_pd, _mm512_add_epi64, _mm512_slli_epi64, _mm512_srli_epi64,
        {
            add: _mm512_add_pd, sub: _mm512_sub_pd, mul: _mm512_mul_pd, div: _mm512_div_pd,
            min: _mm512_min_pd, max: _mm512_max_pd,
            and: _mm512_and_pd, and_not: _mm512_andnot_pd, or: _mm512_or_pd, xor: _mm512_xor_pd
        }, _mm512_fmadd_pd, _mm512_sqrt_pd
    }

    #[inline(always)]
    unsafe fn narrowed(from: &[f64]) -> Self {
        let from = &from[..8];
        // SAFETY: eight entries, checked on the line above; the caller vouches for AVX-512.
        Self(unsafe { _mm512_loadu_pd(from.as_ptr()) })
    }
    #[inline(always)]
    fn widened(self, to: &mut [f64]) {
        let to = &mut to[..8];
        // SAFETY: eight entries, checked on the line above.
        unsafe { _mm512_storeu_pd(to.as_mut_ptr(), self.0) }
    }
    #[inline(always)]
    unsafe fn uniform(high: &[u32], low: &[u32]) -> Self {
        let (high, low) = (&high[..8], &low[..8]);
        // SAFETY: eight words each, checked on the line above; the caller vouches for AVX-512.
        unsafe {
            let high = _mm512_cvtepu32_pd(_mm256_loadu_si256(high.as_ptr().cast()));
            let low = _mm512_cvtepu32_pd(_mm256_srli_epi32::<11>(_mm256_loadu_si256(low.as_ptr().cast())));
            let bits = _mm512_fmadd_pd(high, _mm512_set1_pd(2_097_152.0), low);
            Self(_mm512_mul_pd(bits, _mm512_set1_pd(1.0 / 9_007_199_254_740_992.0)))
        }
    }
}

// SAFETY: transparent over sixteen f32.
unsafe impl Register for Widest32 {
    type Float = f32;
    const WIDTH: usize = 16;

    operations! {
        23, 31, _mm512_castps_si512, _mm512_castsi512_ps, _mm512_cmp_ps_mask, _mm512_mask_blend_ps,
        _mm512_set1_ps, _mm512_add_epi32, _mm512_slli_epi32, _mm512_srli_epi32,
        {
            add: _mm512_add_ps, sub: _mm512_sub_ps, mul: _mm512_mul_ps, div: _mm512_div_ps,
            min: _mm512_min_ps, max: _mm512_max_ps,
            and: _mm512_and_ps, and_not: _mm512_andnot_ps, or: _mm512_or_ps, xor: _mm512_xor_ps
        }, _mm512_fmadd_ps, _mm512_sqrt_ps
    }

    #[inline(always)]
    unsafe fn narrowed(from: &[f64]) -> Self {
        let from = &from[..16];
        // SAFETY: sixteen entries, checked on the line above; the caller vouches for AVX-512.
        unsafe {
            let low = _mm512_cvtpd_ps(_mm512_loadu_pd(from.as_ptr()));
            let high = _mm512_cvtpd_ps(_mm512_loadu_pd(from.as_ptr().add(8)));
            Self(_mm512_insertf32x8::<1>(_mm512_castps256_ps512(low), high))
        }
    }
    #[inline(always)]
    fn widened(self, to: &mut [f64]) {
        let to = &mut to[..16];
        // SAFETY: sixteen entries, checked on the line above.
        unsafe {
            _mm512_storeu_pd(to.as_mut_ptr(), _mm512_cvtps_pd(_mm512_castps512_ps256(self.0)));
            _mm512_storeu_pd(to.as_mut_ptr().add(8), _mm512_cvtps_pd(_mm512_extractf32x8_ps::<1>(self.0)));
        }
    }
    #[inline(always)]
    unsafe fn uniform(high: &[u32], _low: &[u32]) -> Self {
        let high = &high[..16];
        // SAFETY: sixteen words, checked on the line above; the caller vouches for AVX-512.
        unsafe {
            let bits = _mm512_srli_epi32::<8>(_mm512_loadu_si512(high.as_ptr().cast()));
            Self(_mm512_mul_ps(_mm512_cvtepi32_ps(bits), _mm512_set1_ps(1.0 / 16_777_216.0)))
        }
    }
}

/// # Safety
/// The CPU has AVX-512 F and DQ, AVX2 and FMA.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512dq,avx2,fma")]
unsafe fn outlined<L: Lane, F: LaneKernel<L>>(kernel: F) -> F::Output {
    kernel.run()
}
