//! The instruction set of this process, and the instantiation of kernels for it.

use std::sync::OnceLock;

use crate::isa::{Detected, Isa};
use crate::kernel::Kernel;
use crate::pack::{PortableF32x16, PortableF64x1, PortableF64x8};
#[cfg(target_arch = "x86_64")]
use crate::{avx2, avx512};
use crate::{pack::Pack, plain::Plain};

/// The instruction set in use: the widest that this CPU has, detected once per process.
///
/// `XMRL_ISA=portable|avx2|avx512` in the environment lowers it (it never raises it; other values are ignored).
/// `Avx2` and `Avx512` give equal bits.
pub fn detected() -> Detected {
    static DETECTED: OnceLock<Detected> = OnceLock::new();
    *DETECTED.get_or_init(|| match std::env::var("XMRL_ISA").as_deref() {
        Ok("portable") => Detected::PORTABLE,
        Ok("avx2") => Detected::widest().at_most(Isa::Avx2),
        _ => Detected::widest(),
    })
}

/// [`detected`] as a name.
pub fn isa() -> Isa {
    detected().isa()
}

macro_rules! dispatcher {
    ($(#[$doc:meta])* $name:ident, $on:ident, $portable:ty, $avx2:ty, $avx512:ty) => {
        $(#[$doc])*
        pub fn $name<K: Kernel>(kernel: K) -> K::Output {
            $on(detected(), kernel)
        }

        fn $on<K: Kernel>(instructions: Detected, kernel: K) -> K::Output {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512dq,avx2,fma")]
                fn avx512<K: Kernel>(kernel: K) -> K::Output {
                    kernel.run::<$avx512>()
                }
                #[target_feature(enable = "avx2,fma")]
                fn avx2<K: Kernel>(kernel: K) -> K::Output {
                    kernel.run::<$avx2>()
                }
                match instructions.isa() {
                    // SAFETY: `Detected` holds these two only after the CPU's features were detected.
                    Isa::Avx512 => return unsafe { avx512(kernel) },
                    Isa::Avx2 => return unsafe { avx2(kernel) },
                    Isa::Portable => {}
                }
            }
            kernel.run::<$portable>()
        }
    };
}

dispatcher! {
    /// Runs `kernel` with 8 lanes of `f64`, instantiated for [`detected`].
    dispatch_f64, f64_on, PortableF64x8, Pack<avx2::Wide64, 2>, Pack<avx512::Widest64, 1>
}
dispatcher! {
    /// Runs `kernel` with 16 lanes of `f32`, instantiated for [`detected`].
    dispatch_f32, f32_on, PortableF32x16, Pack<avx2::Wide32, 2>, Pack<avx512::Widest32, 1>
}
dispatcher! {
    /// Runs `kernel` with one `f64` at a time: the bits of [`dispatch_f64`], for single values and as a reference.
    dispatch_scalar, scalar_on, PortableF64x1, Pack<Plain<f64, 1, true>, 1>, Pack<Plain<f64, 1, true>, 1>
}
dispatcher! {
    /// Runs `kernel` with one `f32` at a time: the bits of [`dispatch_f32`].
    dispatch_scalar_f32, scalar_f32_on, Pack<Plain<f32, 1, false>, 1>, Pack<Plain<f32, 1, true>, 1>, Pack<Plain<f32, 1, true>, 1>
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests;
