//! Lanes as a few registers, with a loop over the registers inside every operator.

use core::ops::{Add, Div, Mul, Neg, Sub};

use crate::lane::{Lane, LaneKernel};
use crate::register::{Register, Scalar};
use crate::{math32, math64};

/// `K` registers, computed together.
///
/// Fused packs are not nameable outside this crate: only the dispatchers make them, where the CPU has the instructions.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub struct Pack<R, const K: usize>([R; K]);

/// 8 lanes of `f64` from baseline instructions, without fused multiply-add.
pub type PortableF64x8 = Pack<Scalar<f64, false>, 8>;
/// 16 lanes of `f32` from baseline instructions, without fused multiply-add.
pub type PortableF32x16 = Pack<Scalar<f32, false>, 16>;
/// One `f64` from baseline instructions: the bits of one lane of [`PortableF64x8`].
pub type PortableF64x1 = Pack<Scalar<f64, false>, 1>;

/// `Pack([e(0), e(1), ..])` given a first value. A plain loop: closures are not certain to be inlined.
macro_rules! each {
    ($from:expr, $i:ident, $e:expr) => {{
        let mut registers = $from.0;
        for $i in 0..K {
            registers[$i] = $e;
        }
        Pack(registers)
    }};
}

macro_rules! operator {
    ($trait:ident, $method:ident) => {
        impl<R: Register, const K: usize> $trait for Pack<R, K> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, o: Self) -> Self {
                each!(self, i, self.0[i].$method(o.0[i]))
            }
        }
    };
}
operator!(Add, add);
operator!(Sub, sub);
operator!(Mul, mul);
operator!(Div, div);

impl<R: Register, const K: usize> Neg for Pack<R, K> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        let sign = R::splat(R::narrow(-0.0));
        each!(self, i, self.0[i].xor(sign))
    }
}

/// The elementary functions of a register's float type.
pub trait Elementary: Register<Float: Default + Send + Sync + 'static> {
    /// [`Lane::outlined`] of packs of this register.
    fn outlined<L: Lane, F: LaneKernel<L>>(kernel: F) -> F::Output;
    fn tanh(self) -> Self;
    fn exp(self) -> Self;
    fn ln(self) -> Self;
    fn sin_cos_turns(self) -> (Self, Self);
    /// Spacing of [`Register::uniform`].
    const RESOLUTION: f64;
}

/// The pack of `f64` on the same registers' instructions, at most 8 lanes.
pub trait Doubled {
    type Double: Lane<Double = Self::Double>;
}

impl<const K: usize> Doubled for Pack<Scalar<f64, false>, K> {
    type Double = Self;
}
impl Doubled for Pack<Scalar<f64, true>, 1> {
    type Double = Self;
}
impl Doubled for PortableF32x16 {
    type Double = PortableF64x8;
}
#[cfg(target_arch = "x86_64")]
impl Doubled for Pack<crate::avx2::Wide64, 2> {
    type Double = Self;
}
#[cfg(target_arch = "x86_64")]
impl Doubled for Pack<crate::avx2::Wide32, 2> {
    type Double = Pack<crate::avx2::Wide64, 2>;
}

impl<R: Elementary, const K: usize> Lane for Pack<R, K>
where
    Self: Doubled,
{
    const N: usize = K * R::WIDTH;
    type Double = <Self as Doubled>::Double;
    type Number = R::Float;

    #[inline(always)]
    fn outlined<F: LaneKernel<Self>>(kernel: F) -> F::Output {
        R::outlined(kernel)
    }

    #[inline(always)]
    fn splat(x: f64) -> Self {
        Pack([R::splat(R::narrow(x)); K])
    }
    #[inline(always)]
    fn load(from: &[f64]) -> Self {
        let from = &from[..Self::N];
        each!(Self::splat(0.0), i, R::load(&from[i * R::WIDTH..]))
    }
    #[inline(always)]
    fn store(self, to: &mut [f64]) {
        let to = &mut to[..Self::N];
        for i in 0..K {
            self.0[i].store(&mut to[i * R::WIDTH..]);
        }
    }
    #[inline(always)]
    fn read(from: &[R::Float]) -> Self {
        let from = &from[..Self::N];
        each!(Self::splat(0.0), i, R::read(&from[i * R::WIDTH..]))
    }
    #[inline(always)]
    fn write(self, to: &mut [R::Float]) {
        let to = &mut to[..Self::N];
        for i in 0..K {
            self.0[i].write(&mut to[i * R::WIDTH..]);
        }
    }
    #[inline(always)]
    fn get(self, lane: usize) -> f64 {
        assert!(lane < Self::N);
        // SAFETY: registers are consecutive floats (contract of Register), and `lane` is one of them.
        unsafe { (*(&raw const self.0).cast::<R::Float>().add(lane)).into() }
    }
    #[inline(always)]
    fn set(&mut self, lane: usize, x: f64) {
        assert!(lane < Self::N);
        // SAFETY: as in `get`; every float is a valid register content.
        unsafe { *(&raw mut self.0).cast::<R::Float>().add(lane) = R::narrow(x) }
    }
    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        each!(self, i, self.0[i].mul_add(b.0[i], c.0[i]))
    }
    #[inline(always)]
    fn min(self, o: Self) -> Self {
        each!(self, i, self.0[i].min(o.0[i]))
    }
    #[inline(always)]
    fn max(self, o: Self) -> Self {
        each!(self, i, self.0[i].max(o.0[i]))
    }
    #[inline(always)]
    fn abs(self) -> Self {
        let sign = R::splat(R::narrow(-0.0));
        each!(self, i, sign.and_not(self.0[i]))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        each!(self, i, self.0[i].sqrt())
    }
    #[inline(always)]
    fn select_lt(a: Self, b: Self, then: Self, otherwise: Self) -> Self {
        each!(a, i, R::select_lt(a.0[i], b.0[i], then.0[i], otherwise.0[i]))
    }
    #[inline(always)]
    fn any_lt(a: Self, b: Self) -> bool {
        // No early exit: a branch per register costs more than its comparison.
        let mut any = false;
        for i in 0..K {
            any |= R::any_lt(a.0[i], b.0[i]);
        }
        any
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        each!(self, i, self.0[i].tanh())
    }
    #[inline(always)]
    fn exp(self) -> Self {
        each!(self, i, self.0[i].exp())
    }
    #[inline(always)]
    fn ln(self) -> Self {
        each!(self, i, self.0[i].ln())
    }
    #[inline(always)]
    fn sin_cos_turns(self) -> (Self, Self) {
        let (mut sin, mut cos) = (self, self);
        for i in 0..K {
            (sin.0[i], cos.0[i]) = self.0[i].sin_cos_turns();
        }
        (sin, cos)
    }
    #[inline(always)]
    fn uniforms(words: &[[u32; 16]; 4]) -> (Self, Self) {
        let step = R::splat(R::narrow(R::RESOLUTION));
        let zero = Self::splat(0.0);
        (
            each!(zero, i, R::uniform(&words[0][i * R::WIDTH..], &words[1][i * R::WIDTH..]).add(step)),
            each!(zero, i, R::uniform(&words[2][i * R::WIDTH..], &words[3][i * R::WIDTH..])),
        )
    }
}

/// Joins a register type to the functions of its float type.
macro_rules! elementary {
    ($outlined:path, $math:ident, $resolution:expr, $register:ty) => {
        impl Elementary for $register {
            #[inline(always)]
            fn outlined<L: Lane, F: LaneKernel<L>>(kernel: F) -> F::Output {
                $outlined(kernel)
            }
            #[inline(always)]
            fn tanh(self) -> Self {
                $math::tanh(self)
            }
            #[inline(always)]
            fn exp(self) -> Self {
                $math::exp(self)
            }
            #[inline(always)]
            fn ln(self) -> Self {
                $math::ln(self)
            }
            #[inline(always)]
            fn sin_cos_turns(self) -> (Self, Self) {
                $math::sin_cos_turns(self)
            }
            const RESOLUTION: f64 = $resolution;
        }
    };
}
elementary!(outlined_baseline, math32, 1.0 / 16_777_216.0, Scalar<f32, false>);
elementary!(outlined_baseline, math64, 1.0 / 9_007_199_254_740_992.0, Scalar<f64, false>);
elementary!(outlined_fused, math64, 1.0 / 9_007_199_254_740_992.0, Scalar<f64, true>);
#[cfg(target_arch = "x86_64")]
elementary!(outlined_fused, math64, 1.0 / 9_007_199_254_740_992.0, crate::avx2::Wide64);
#[cfg(target_arch = "x86_64")]
elementary!(outlined_fused, math32, 1.0 / 16_777_216.0, crate::avx2::Wide32);

#[inline(never)]
fn outlined_baseline<L: Lane, F: LaneKernel<L>>(kernel: F) -> F::Output {
    kernel.run()
}

/// For registers that only the dispatchers make.
#[inline(always)]
fn outlined_fused<L: Lane, F: LaneKernel<L>>(kernel: F) -> F::Output {
    #[cfg(target_arch = "x86_64")]
    {
        #[inline(never)]
        #[target_feature(enable = "avx2,fma")]
        fn fused<L: Lane, F: LaneKernel<L>>(kernel: F) -> F::Output {
            kernel.run()
        }
        // SAFETY: packs of these registers exist only where isa.rs has detected AVX2 and FMA.
        unsafe { fused(kernel) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    outlined_baseline(kernel)
}
