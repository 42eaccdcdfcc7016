//! Square root and fused multiply-add of one float, which `core` has on no stable Rust: the scalar instructions of x86-64,
//! `core`'s unstable functions where the target needs a nightly compiler anyway (NVPTX), else the standard library's.

/// One float.
pub(crate) trait Single: Copy {
    /// Correctly rounded.
    fn root(self) -> Self;
    /// `self * b + c`, rounded once.
    ///
    /// # Safety
    /// On x86-64 the CPU has FMA.
    unsafe fn fused(self, b: Self, c: Self) -> Self;
}

#[cfg(target_arch = "x86_64")]
mod x86_64 {
    use core::arch::x86_64::*;

    use super::Single;

    macro_rules! single {
        ($float:ident, $set:ident, $get:ident, $root:ident, $fused:ident) => {
            impl Single for $float {
                #[inline(always)]
                fn root(self) -> Self {
                    // SAFETY: SSE2 is the baseline of x86-64.
                    unsafe { $get($root($set(self), $set(self))) }
                }
                #[inline(always)]
                unsafe fn fused(self, b: Self, c: Self) -> Self {
                    // SAFETY: SSE2 is the baseline; the caller vouches for FMA.
                    unsafe { $get($fused($set(self), $set(b), $set(c))) }
                }
            }
        };
    }
    /// `_mm_sqrt_ss` with the operands of `_mm_sqrt_sd`.
    #[inline(always)]
    unsafe fn sqrt_ss(_: __m128, x: __m128) -> __m128 {
        // SAFETY: SSE is the baseline of x86-64.
        unsafe { _mm_sqrt_ss(x) }
    }
    single!(f64, _mm_set_sd, _mm_cvtsd_f64, _mm_sqrt_sd, _mm_fmadd_sd);
    single!(f32, _mm_set_ss, _mm_cvtss_f32, sqrt_ss, _mm_fmadd_ss);
}

#[cfg(target_arch = "nvptx64")]
mod nvptx64 {
    use super::Single;

    macro_rules! single {
        ($float:ident) => {
            impl Single for $float {
                #[inline(always)]
                fn root(self) -> Self {
                    core::$float::math::sqrt(self)
                }
                #[inline(always)]
                unsafe fn fused(self, b: Self, c: Self) -> Self {
                    core::$float::math::mul_add(self, b, c)
                }
            }
        };
    }
    single!(f64);
    single!(f32);
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "nvptx64")))]
mod other {
    #[cfg(not(feature = "std"))]
    compile_error!("feature `std` is off: square roots of this target come from the standard library");

    use super::Single;

    macro_rules! single {
        ($float:ident) => {
            impl Single for $float {
                #[inline(always)]
                fn root(self) -> Self {
                    self.sqrt()
                }
                #[inline(always)]
                unsafe fn fused(self, b: Self, c: Self) -> Self {
                    self.mul_add(b, c)
                }
            }
        };
    }
    single!(f64);
    single!(f32);
}
