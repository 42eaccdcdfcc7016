//! The number types that data is stored in, and elementary functions over slices of them.

use core::fmt::Debug;
use core::ops::{Add, Mul, Neg, Sub};

use crate::isa::{Isa, isa};
use crate::pack::Elementary;
use crate::register::Scalar;

/// `f64`, or `f32` for half the memory and twice the lanes.
pub trait Float:
    Copy
    + Debug
    + Default
    + PartialEq
    + PartialOrd
    + Send
    + Sync
    + Into<f64>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
    + 'static
{
    /// `float64` or `float32`.
    const NAME: &'static str;

    /// The nearest number of this type.
    fn round(x: f64) -> Self;

    /// `self * b + c`, rounded once. Only for code compiled with a fused multiply-add: elsewhere it is a library call.
    #[must_use]
    fn fused_mul_add(self, b: Self, c: Self) -> Self;

    /// `x <- tanh x`, the bits of [`Lane::tanh`](crate::Lane::tanh), with `isa` lowered to what the CPU has. The length is
    /// a multiple of 16.
    fn tanh(values: &mut [Self], isa: Isa);

    /// `x <- exp x`, likewise.
    fn exp(values: &mut [Self], isa: Isa);
}

/// An elementary function of registers.
trait Function {
    fn of<R: Elementary>(x: R) -> R;
}

struct Tanh;
impl Function for Tanh {
    #[inline(always)]
    fn of<R: Elementary>(x: R) -> R {
        x.tanh()
    }
}

struct Exp;
impl Function for Exp {
    #[inline(always)]
    fn of<R: Elementary>(x: R) -> R {
        x.exp()
    }
}

/// Two registers at a time: the steps of one polynomial wait for each other, those of two do not.
#[inline(always)]
fn map<F: Function, R: Elementary>(values: &mut [R::Float]) {
    for pair in values.chunks_exact_mut(2 * R::WIDTH) {
        let (low, high) = pair.split_at_mut(R::WIDTH);
        let (a, b) = (F::of(R::read(low)), F::of(R::read(high)));
        a.write(low);
        b.write(high);
    }
}

macro_rules! float {
    ($float:ident, $name:literal) => {
        impl Float for $float {
            const NAME: &'static str = $name;

            #[inline(always)]
            fn round(x: f64) -> Self {
                x as Self
            }
            #[inline(always)]
            fn fused_mul_add(self, b: Self, c: Self) -> Self {
                self.mul_add(b, c)
            }
            fn tanh(values: &mut [Self], isa: Isa) {
                dispatch::$float::<Tanh>(values, isa);
            }
            fn exp(values: &mut [Self], isa: Isa) {
                dispatch::$float::<Exp>(values, isa);
            }
        }
    };
}
float!(f64, "float64");
float!(f32, "float32");

mod dispatch {
    use super::{Function, Isa, Scalar, isa, map};

    macro_rules! dispatch {
        ($float:ident, $wide:ident) => {
            pub(super) fn $float<F: Function>(values: &mut [$float], wanted: Isa) {
                assert!(values.len().is_multiple_of(16), "{} values are no multiple of 16", values.len());
                #[cfg(target_arch = "x86_64")]
                {
                    #[target_feature(enable = "avx2,fma")]
                    fn wide<F: Function>(values: &mut [$float]) {
                        map::<F, crate::avx2::$wide>(values);
                    }
                    if wanted.min(isa()) != Isa::Portable {
                        // SAFETY: isa() is above Portable only after AVX2 and FMA were detected.
                        return unsafe { wide::<F>(values) };
                    }
                }
                map::<F, Scalar<$float, false>>(values);
            }
        };
    }
    dispatch!(f64, Wide64);
    dispatch!(f32, Wide32);
}
