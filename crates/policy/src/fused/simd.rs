//! One vector register of numbers, as intrinsics.
//!
//! The dense products keep a dozen accumulators in registers over a loop; intrinsics guarantee it, where a loop over an
//! array of lanes leaves it to the optimiser.

/// A register of `LANES` numbers. Every method may only run where the CPU has the register's instruction set.
pub trait Register<T>: Copy {
    /// Numbers in a register.
    const LANES: usize;
    /// # Safety
    /// The CPU has the instruction set.
    unsafe fn splat(x: T) -> Self;
    /// # Safety
    /// The CPU has the instruction set; `from` is readable for `LANES` numbers.
    unsafe fn load(from: *const T) -> Self;
    /// # Safety
    /// The CPU has the instruction set; `to` is writable for `LANES` numbers.
    unsafe fn store(self, to: *mut T);
    /// `self * b + c`: rounded once by the registers with a fused multiply-add, twice by the portable one.
    /// # Safety
    /// The CPU has the instruction set.
    unsafe fn mul_add(self, b: Self, c: Self) -> Self;
}

/// 16 bytes, any CPU, no fused multiply-add.
#[derive(Debug, Clone, Copy)]
#[repr(align(16))]
pub struct Portable<T, const N: usize>([T; N]);

macro_rules! portable {
    ($float:ident, $lanes:literal) => {
        impl Register<$float> for Portable<$float, $lanes> {
            const LANES: usize = $lanes;

            #[inline(always)]
            unsafe fn splat(x: $float) -> Self {
                Self([x; $lanes])
            }
            #[inline(always)]
            unsafe fn load(from: *const $float) -> Self {
                // SAFETY: the caller vouches for the numbers.
                Self(unsafe { from.cast::<[$float; $lanes]>().read_unaligned() })
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut $float) {
                // SAFETY: the caller vouches for the numbers.
                unsafe { to.cast::<[$float; $lanes]>().write_unaligned(self.0) }
            }
            #[inline(always)]
            unsafe fn mul_add(self, b: Self, c: Self) -> Self {
                let mut sums = c;
                for i in 0..$lanes {
                    sums.0[i] += self.0[i] * b.0[i];
                }
                sums
            }
        }
    };
}
portable!(f64, 2);
portable!(f32, 4);

#[cfg(target_arch = "x86_64")]
mod x86 {
    use core::arch::x86_64::{
        __m256, __m256d, __m512, __m512d, _mm256_fmadd_pd, _mm256_fmadd_ps, _mm256_loadu_pd, _mm256_loadu_ps,
        _mm256_set1_pd, _mm256_set1_ps, _mm256_storeu_pd, _mm256_storeu_ps, _mm512_fmadd_pd, _mm512_fmadd_ps,
        _mm512_loadu_pd, _mm512_loadu_ps, _mm512_set1_pd, _mm512_set1_ps, _mm512_storeu_pd, _mm512_storeu_ps,
    };

    use super::Register;

    macro_rules! register {
        ($float:ty, $type:ty, $lanes:expr, $splat:ident, $load:ident, $store:ident, $mul_add:ident) => {
            impl Register<$float> for $type {
                const LANES: usize = $lanes;

                #[inline(always)]
                unsafe fn splat(x: $float) -> Self {
                    // SAFETY: the caller vouches for the instruction set.
                    unsafe { $splat(x) }
                }
                #[inline(always)]
                unsafe fn load(from: *const $float) -> Self {
                    // SAFETY: the caller vouches for the instruction set and the numbers.
                    unsafe { $load(from) }
                }
                #[inline(always)]
                unsafe fn store(self, to: *mut $float) {
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

    register!(f64, __m256d, 4, _mm256_set1_pd, _mm256_loadu_pd, _mm256_storeu_pd, _mm256_fmadd_pd);
    register!(f64, __m512d, 8, _mm512_set1_pd, _mm512_loadu_pd, _mm512_storeu_pd, _mm512_fmadd_pd);
    register!(f32, __m256, 8, _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_fmadd_ps);
    register!(f32, __m512, 16, _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_fmadd_ps);
}
