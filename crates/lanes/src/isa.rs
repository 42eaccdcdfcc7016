//! Which instruction set this process uses, and the instantiation of kernels for it.

use std::sync::OnceLock;

use crate::lane::Lane;
use crate::pack::{Pack, PortableF32x16, PortableF64x1, PortableF64x8};

/// An instruction set that kernels are instantiated for, from the narrowest to the widest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Isa {
    /// The target's baseline, without a fused multiply-add.
    Portable,
    /// 256-bit vectors with fused multiply-add.
    Avx2,
    /// 512-bit vectors with fused multiply-add.
    Avx512,
}

/// The instruction set in use: the widest that this CPU has, detected once per process.
///
/// `XMRL_ISA=portable|avx2|avx512` in the environment lowers it (it never raises it; other values are ignored).
/// `Avx2` and `Avx512` give equal bits.
pub fn isa() -> Isa {
    static ISA: OnceLock<Isa> = OnceLock::new();
    *ISA.get_or_init(|| match std::env::var("XMRL_ISA").as_deref() {
        Ok("portable") => Isa::Portable,
        Ok("avx2") => detected().min(Isa::Avx2),
        _ => detected(),
    })
}

fn detected() -> Isa {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("fma") {
            if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") {
                return Isa::Avx512;
            }
            if is_x86_feature_detected!("avx2") {
                return Isa::Avx2;
            }
        }
    }
    Isa::Portable
}

/// A computation over whole batches that is written once for every lane type.
///
/// `run` and everything it calls per element must be `#[inline(always)]`: what is not inlined is compiled for the
/// baseline, where a fused multiply-add is a slow library call.
pub trait Kernel {
    /// What the computation returns.
    type Output;
    /// The computation with lanes `L`.
    fn run<L: Lane>(self) -> Self::Output;
}

macro_rules! dispatcher {
    ($(#[$doc:meta])* $name:ident, $portable:ty, $fused:ty) => {
        $(#[$doc])*
        pub fn $name<K: Kernel>(kernel: K) -> K::Output {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512dq,avx2,fma")]
                fn avx512<K: Kernel>(kernel: K) -> K::Output {
                    kernel.run::<$fused>()
                }
                #[target_feature(enable = "avx2,fma")]
                fn avx2<K: Kernel>(kernel: K) -> K::Output {
                    kernel.run::<$fused>()
                }
                match isa() {
                    // SAFETY: isa() returns these two only after the CPU's features were detected.
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
    /// Runs `kernel` with 8 lanes of `f64`, instantiated for [`isa`].
    dispatch_f64, PortableF64x8, Pack<crate::avx2::Wide64, 2>
}
dispatcher! {
    /// Runs `kernel` with 16 lanes of `f32`, instantiated for [`isa`].
    dispatch_f32, PortableF32x16, Pack<crate::avx2::Wide32, 2>
}
dispatcher! {
    /// Runs `kernel` with one `f64` at a time: the bits of [`dispatch_f64`], for single values and as a reference.
    dispatch_scalar, PortableF64x1, Pack<crate::register::Scalar<f64, true>, 1>
}
