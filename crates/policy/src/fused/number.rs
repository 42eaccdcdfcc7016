//! The number types that derivatives are computed in, and functions over them for each instruction set.

use xmrl_lanes::{Detected, Float, Isa, Register};

/// `f64`, or `f32` (twice as many a register; sums over many rows are then carried on in `f64`).
///
/// Implemented for these two alone.
pub trait Number: Float {
    /// `self * b + c`, rounded once. Only for code compiled with a fused multiply-add: elsewhere it is a library call.
    #[must_use]
    fn fused_mul_add(self, b: Self, c: Self) -> Self;
}

impl Number for f64 {
    #[inline(always)]
    fn fused_mul_add(self, b: Self, c: Self) -> Self {
        self.mul_add(b, c)
    }
}

impl Number for f32 {
    #[inline(always)]
    fn fused_mul_add(self, b: Self, c: Self) -> Self {
        self.mul_add(b, c)
    }
}

/// Registers side by side in a tile of a dense product.
pub(super) const ABREAST: usize = 2;

/// Columns of a panel: the width of a tile.
pub(super) fn panel<T: Number>(isa: Detected) -> usize {
    ABREAST
        * match isa.isa() {
            Isa::Portable => T::Portable::WIDTH,
            Isa::Avx2 => T::Avx2::WIDTH,
            Isa::Avx512 => T::Avx512::WIDTH,
        }
}

/// Compiles a function over numbers once per instruction set. Its body sees `FMA`, whether there is a fused multiply-add.
macro_rules! per_isa {
    ($(#[$doc:meta])* $vis:vis fn $name:ident<$t:ident>($($arg:ident: $type:ty),* $(,)?) $(-> $output:ty)? $body:block) => {
        $(#[$doc])*
        #[allow(clippy::allow_attributes, clippy::too_many_arguments, reason = "rows of several buffers")]
        $vis fn $name<$t: $crate::fused::number::Number>(isa: xmrl_lanes::Detected, $($arg: $type),*) $(-> $output)? {
            #[inline(always)]
            #[allow(clippy::allow_attributes, clippy::extra_unused_type_parameters, reason = "not every body asks")]
            fn body<$t: $crate::fused::number::Number, const FMA: bool>($($arg: $type),*) $(-> $output)? $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma")]
                fn wide<$t: $crate::fused::number::Number>($($arg: $type),*) $(-> $output)? {
                    body::<$t, true>($($arg),*)
                }
                if isa > xmrl_lanes::Detected::PORTABLE {
                    // SAFETY: `Detected` is above portable only where the CPU has AVX2 and FMA.
                    return unsafe { wide::<$t>($($arg),*) };
                }
            }
            body::<$t, false>($($arg),*)
        }
    };
}
pub(super) use per_isa;
