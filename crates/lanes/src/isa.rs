//! Which instruction sets there are, and which of them this CPU has.

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

/// An instruction set that this CPU has: code for it may run. Made by [`detected`](crate::detected), or from
/// [`PORTABLE`](Detected::PORTABLE).
///
/// `Avx2` means AVX2 and FMA, `Avx512` AVX-512 F and DQ beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Detected(Isa);

impl Detected {
    /// What every CPU has.
    pub const PORTABLE: Detected = Detected(Isa::Portable);

    /// The instruction set.
    #[inline(always)]
    #[must_use]
    pub const fn isa(self) -> Isa {
        self.0
    }

    /// The narrower of the two: a CPU with the wider instruction set has the narrower one, too.
    #[inline(always)]
    #[must_use]
    pub fn at_most(self, isa: Isa) -> Detected {
        Detected(self.0.min(isa))
    }

    /// The widest that this CPU has.
    #[cfg(feature = "std")]
    pub(crate) fn widest() -> Detected {
        #[cfg(target_arch = "x86_64")]
        {
            use std::is_x86_feature_detected as has;
            if has!("avx2") && has!("fma") {
                let wide = has!("avx512f") && has!("avx512dq");
                return Detected(if wide { Isa::Avx512 } else { Isa::Avx2 });
            }
        }
        Self::PORTABLE
    }
}
