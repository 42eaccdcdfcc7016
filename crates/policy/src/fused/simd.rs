//! One vector register of `f64`, as intrinsics.
//!
//! The dense products keep a dozen accumulators in registers over a loop; intrinsics guarantee it, where a loop over an
//! array of lanes leaves it to the optimiser. Elementwise work uses `xmrl_lanes` instead.

/// A register of `LANES` numbers. Every method may only run where the CPU has the register's instruction set.
pub(super) trait Register: Copy {
    const LANES: usize;
    /// # Safety
    /// The CPU has the instruction set.
    unsafe fn splat(x: f64) -> Self;
    /// # Safety
    /// The CPU has the instruction set; `from` is readable for `LANES` numbers.
    unsafe fn load(from: *const f64) -> Self;
    /// # Safety
    /// The CPU has the instruction set; `to` is writable for `LANES` numbers.
    unsafe fn store(self, to: *mut f64);
    /// `self * b + c`: rounded once by the registers with a fused multiply-add, twice by the portable one.
    /// # Safety
    /// The CPU has the instruction set.
    unsafe fn mul_add(self, b: Self, c: Self) -> Self;
}

/// Two numbers, any CPU, no fused multiply-add.
#[derive(Clone, Copy)]
#[repr(align(16))]
pub(super) struct Portable([f64; 2]);

impl Register for Portable {
    const LANES: usize = 2;

    #[inline(always)]
    unsafe fn splat(x: f64) -> Self {
        Self([x; 2])
    }
    #[inline(always)]
    unsafe fn load(from: *const f64) -> Self {
        // SAFETY: the caller vouches for the two numbers.
        Self(unsafe { from.cast::<[f64; 2]>().read_unaligned() })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f64) {
        // SAFETY: the caller vouches for the two numbers.
        unsafe { to.cast::<[f64; 2]>().write_unaligned(self.0) }
    }
    #[inline(always)]
    unsafe fn mul_add(self, b: Self, c: Self) -> Self {
        Self([self.0[0] * b.0[0] + c.0[0], self.0[1] * b.0[1] + c.0[1]])
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use core::arch::x86_64::{
        __m256d, __m512d, _mm256_fmadd_pd, _mm256_loadu_pd, _mm256_set1_pd, _mm256_storeu_pd, _mm512_fmadd_pd,
        _mm512_loadu_pd, _mm512_set1_pd, _mm512_storeu_pd,
    };

    use super::Register;

    macro_rules! register {
        ($type:ty, $lanes:expr, $splat:ident, $load:ident, $store:ident, $mul_add:ident) => {
            impl Register for $type {
                const LANES: usize = $lanes;

                #[inline(always)]
                unsafe fn splat(x: f64) -> Self {
                    // SAFETY: the caller vouches for the instruction set.
                    unsafe { $splat(x) }
                }
                #[inline(always)]
                unsafe fn load(from: *const f64) -> Self {
                    // SAFETY: the caller vouches for the instruction set and the numbers.
                    unsafe { $load(from) }
                }
                #[inline(always)]
                unsafe fn store(self, to: *mut f64) {
                    // SAFETY: the caller vouches for the instruction set and the numbers.
                    unsafe { $store(to, self) }
                }
                #[inline(always)]
                unsafe fn mul_add(self, b: Self, c: Self) -> Self {
                    // SAFETY: the caller vouches for the instruction set.
                    unsafe { $mul_add(self, b, c) }
                }
            }
        };
    }

    register!(__m256d, 4, _mm256_set1_pd, _mm256_loadu_pd, _mm256_storeu_pd, _mm256_fmadd_pd);
    register!(__m512d, 8, _mm512_set1_pd, _mm512_loadu_pd, _mm512_storeu_pd, _mm512_fmadd_pd);
}
