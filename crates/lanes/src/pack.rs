//! Lanes as a few registers, with a loop over the registers inside every operator.

use core::ops::{Add, Div, Mul, Neg, Sub};

#[cfg(target_arch = "x86_64")]
use crate::avx2::{Wide32, Wide64};
#[cfg(target_arch = "x86_64")]
use crate::avx512::{Widest32, Widest64};
use crate::constants::Constants;
use crate::lane::{Lane, LaneKernel};
use crate::math;
use crate::plain::Plain;
use crate::register::Register;

/// `K` registers, computed together; aligned as they are.
///
/// Packs of registers beyond the baseline are not nameable outside this crate: only the dispatchers hand them out, where the
/// CPU has the instructions. That is what every `unsafe` below relies on.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Pack<R, const K: usize>([R; K]);

/// 8 lanes of `f64` from baseline instructions, without fused multiply-add.
pub type PortableF64x8 = Pack<Plain<f64, 1, false>, 8>;
/// 16 lanes of `f32` from baseline instructions, without fused multiply-add.
pub type PortableF32x16 = Pack<Plain<f32, 1, false>, 16>;
/// One `f64` from baseline instructions: the bits of one lane of [`PortableF64x8`].
pub type PortableF64x1 = Pack<Plain<f64, 1, false>, 1>;
/// One `f64` with the fused multiply-add that every NVIDIA device has: the bits of `dispatch_scalar` on a CPU that has one.
#[cfg(xmrl_device)]
pub type FusedF64x1 = Pack<Plain<f64, 1, true>, 1>;
/// [`FusedF64x1`] in single precision.
#[cfg(xmrl_device)]
pub type FusedF32x1 = Pack<Plain<f32, 1, true>, 1>;

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
        each!(self, i, self.0[i].xor(self.0[i].number(-0.0)))
    }
}

/// The pack of `f64` on the same registers' instructions, at most 8 lanes.
pub trait Doubled {
    type Double: Lane<Double = Self::Double>;
}

impl<const K: usize> Doubled for Pack<Plain<f64, 1, false>, K> {
    type Double = Self;
}
impl Doubled for PortableF32x16 {
    type Double = PortableF64x8;
}
impl Doubled for Pack<Plain<f32, 1, false>, 1> {
    type Double = PortableF64x1;
}
impl Doubled for Pack<Plain<f32, 1, true>, 1> {
    type Double = Pack<Plain<f64, 1, true>, 1>;
}
impl<const K: usize> Doubled for Pack<Plain<f64, 1, true>, K> {
    type Double = Self;
}
#[cfg(target_arch = "x86_64")]
impl Doubled for Pack<Wide64, 2> {
    type Double = Self;
}
#[cfg(target_arch = "x86_64")]
impl Doubled for Pack<Wide32, 2> {
    type Double = Pack<Wide64, 2>;
}
#[cfg(target_arch = "x86_64")]
impl Doubled for Pack<Widest64, 1> {
    type Double = Self;
}
#[cfg(target_arch = "x86_64")]
impl Doubled for Pack<Widest32, 1> {
    type Double = Pack<Widest64, 1>;
}

// SAFETY: registers are plain floats (contract of Register).
unsafe impl<R: Register, const K: usize> Lane for Pack<R, K>
where
    Self: Doubled,
{
    const N: usize = K * R::WIDTH;
    type Number = R::Float;
    type Double = <Self as Doubled>::Double;

    #[inline(always)]
    fn outlined<F: LaneKernel<Self>>(kernel: F) -> F::Output {
        // SAFETY: only the dispatchers hand out packs (see `Pack`).
        unsafe { R::outlined(kernel) }
    }

    #[inline(always)]
    fn splat(x: f64) -> Self {
        // SAFETY: only the dispatchers hand out packs (see `Pack`).
        Pack(unsafe { [R::splat(R::Float::round(x)); K] })
    }
    #[inline(always)]
    fn load(from: &[f64]) -> Self {
        let from = &from[..Self::N];
        // SAFETY: only the dispatchers hand out packs (see `Pack`).
        each!(Self::splat(0.0), i, unsafe { R::narrowed(&from[i * R::WIDTH..]) })
    }
    #[inline(always)]
    fn store(self, to: &mut [f64]) {
        let to = &mut to[..Self::N];
        for i in 0..K {
            self.0[i].widened(&mut to[i * R::WIDTH..]);
        }
    }
    #[inline(always)]
    fn read(from: &[R::Float]) -> Self {
        let from = &from[..Self::N];
        // SAFETY: only the dispatchers hand out packs (see `Pack`); `N` numbers were checked on the line above.
        each!(Self::splat(0.0), i, unsafe { R::load(from[i * R::WIDTH..].as_ptr()) })
    }
    #[inline(always)]
    fn write(self, to: &mut [R::Float]) {
        let to = &mut to[..Self::N];
        for i in 0..K {
            // SAFETY: `N` numbers were checked above.
            unsafe { self.0[i].store(to[i * R::WIDTH..].as_mut_ptr()) }
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
        unsafe { *(&raw mut self.0).cast::<R::Float>().add(lane) = R::Float::round(x) }
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
        each!(self, i, self.0[i].number(-0.0).and_not(self.0[i]))
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
        each!(self, i, math::tanh(self.0[i]))
    }
    #[inline(always)]
    fn exp(self) -> Self {
        each!(self, i, math::exp(self.0[i]))
    }
    #[inline(always)]
    fn ln(self) -> Self {
        each!(self, i, math::ln(self.0[i]))
    }
    #[inline(always)]
    fn sin_cos_turns(self) -> (Self, Self) {
        let (mut sin, mut cos) = (self, self);
        for i in 0..K {
            (sin.0[i], cos.0[i]) = math::sin_cos_turns(self.0[i]);
        }
        (sin, cos)
    }
    #[inline(always)]
    fn uniforms(words: &[[u32; 16]; 4]) -> (Self, Self) {
        let zero = Self::splat(0.0);
        let step = zero.0[0].all(R::Float::RESOLUTION);
        // SAFETY: only the dispatchers hand out packs (see `Pack`).
        unsafe {
            (
                each!(zero, i, R::uniform(&words[0][i * R::WIDTH..], &words[1][i * R::WIDTH..]).add(step)),
                each!(zero, i, R::uniform(&words[2][i * R::WIDTH..], &words[3][i * R::WIDTH..])),
            )
        }
    }
}
