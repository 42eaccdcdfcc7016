//! The number types that derivatives are computed in, each with its registers.

use xmrl_lanes::{Float, Isa};

use super::simd::{Portable, Register};

/// `f64`, or `f32` (twice as many a register; sums over many rows are then carried on in `f64`).
///
/// Implemented for these two alone.
pub trait Number: Float {
    #[doc(hidden)]
    type Portable: Register<Self>;
    #[doc(hidden)]
    #[cfg(target_arch = "x86_64")]
    type Avx2: Register<Self>;
    #[doc(hidden)]
    #[cfg(target_arch = "x86_64")]
    type Avx512: Register<Self>;
}

#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::{__m256, __m256d, __m512, __m512d};

impl Number for f64 {
    type Portable = Portable<f64, 2>;
    #[cfg(target_arch = "x86_64")]
    type Avx2 = __m256d;
    #[cfg(target_arch = "x86_64")]
    type Avx512 = __m512d;
}

impl Number for f32 {
    type Portable = Portable<f32, 4>;
    #[cfg(target_arch = "x86_64")]
    type Avx2 = __m256;
    #[cfg(target_arch = "x86_64")]
    type Avx512 = __m512;
}

/// Registers side by side in a tile of a dense product.
pub(super) const ABREAST: usize = 2;

/// Columns of a panel: the width of a tile.
pub(super) fn panel<T: Number>(isa: Isa) -> usize {
    let lanes = match isa {
        Isa::Portable => T::Portable::LANES,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => T::Avx2::LANES,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => T::Avx512::LANES,
        #[cfg(not(target_arch = "x86_64"))]
        _ => T::Portable::LANES,
    };
    ABREAST * lanes
}

/// Compiles a function over numbers once per instruction set. Its body sees `FMA`, whether there is a fused multiply-add.
macro_rules! per_isa {
    ($(#[$doc:meta])* $vis:vis fn $name:ident<$t:ident>($($arg:ident: $type:ty),* $(,)?) $(-> $output:ty)? $body:block) => {
        $(#[$doc])*
        #[allow(clippy::allow_attributes, clippy::too_many_arguments, reason = "rows of several buffers")]
        $vis fn $name<$t: $crate::fused::number::Number>(isa: xmrl_lanes::Isa, $($arg: $type),*) $(-> $output)? {
            #[inline(always)]
            #[allow(clippy::allow_attributes, clippy::extra_unused_type_parameters, reason = "not every body asks")]
            fn body<$t: $crate::fused::number::Number, const FMA: bool>($($arg: $type),*) $(-> $output)? $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma")]
                fn wide<$t: $crate::fused::number::Number>($($arg: $type),*) $(-> $output)? {
                    body::<$t, true>($($arg),*)
                }
                if isa != xmrl_lanes::Isa::Portable {
                    // SAFETY: callers pass an instruction set that the CPU has; all above Portable have AVX2 and FMA.
                    return unsafe { wide::<$t>($($arg),*) };
                }
            }
            body::<$t, false>($($arg),*)
        }
    };
}
pub(super) use per_isa;
