//! Square root and fused multiply-add of one float, which `core` has on no stable Rust: the scalar instructions of x86-64,
//! a device's own in a build for one, else the standard library's.

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

#[cfg(all(target_arch = "x86_64", not(xmrl_device)))]
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

#[cfg(xmrl_device)]
mod device {
    use super::Single;

    // Correctly rounded; the build of the kernels gives them bodies.
    unsafe extern "C" {
        safe fn xmrl_root_f64(x: f64) -> f64;
        safe fn xmrl_root_f32(x: f32) -> f32;
        safe fn xmrl_fused_f64(a: f64, b: f64, c: f64) -> f64;
        safe fn xmrl_fused_f32(a: f32, b: f32, c: f32) -> f32;
    }

    macro_rules! single {
        ($float:ident, $root:ident, $fused:ident) => {
            impl Single for $float {
                #[inline(always)]
                fn root(self) -> Self {
                    $root(self)
                }
                #[inline(always)]
                unsafe fn fused(self, b: Self, c: Self) -> Self {
                    $fused(self, b, c)
                }
            }
        };
    }
    single!(f64, xmrl_root_f64, xmrl_fused_f64);
    single!(f32, xmrl_root_f32, xmrl_fused_f32);
}

#[cfg(not(any(target_arch = "x86_64", xmrl_device)))]
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
