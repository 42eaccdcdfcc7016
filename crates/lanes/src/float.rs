//! The number types that data is stored in, their registers, and elementary functions over slices of them.

use core::fmt::Debug;
use core::ops::{Add, Mul, Sub};

use crate::constants::Constants;
use crate::isa::Detected;
use crate::math;
use crate::plain::Plain;
use crate::register::Register;

/// `f64`, or `f32` for half the memory and twice the lanes.
pub trait Float:
    Constants + Debug + PartialEq + PartialOrd + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self>
{
    /// `float64` or `float32`.
    const NAME: &'static str;

    /// 128 bits of baseline instructions, without a fused multiply-add.
    type Portable: Register<Float = Self>;
    /// The register of [`Isa::Avx2`](crate::Isa::Avx2), where the target has one.
    type Avx2: Register<Float = Self>;
    /// The register of [`Isa::Avx512`](crate::Isa::Avx512), where the target has one.
    type Avx512: Register<Float = Self>;

    /// `x <- tanh x`, the bits of [`Lane::tanh`](crate::Lane::tanh) with these instructions. The length is a multiple of 16.
    fn tanh(values: &mut [Self], isa: Detected);

    /// `x <- exp x`, likewise.
    fn exp(values: &mut [Self], isa: Detected);
}

/// An elementary function of registers.
trait Function {
    fn of<R: Register>(x: R) -> R;
}

struct Tanh;
impl Function for Tanh {
    #[inline(always)]
    fn of<R: Register>(x: R) -> R {
        math::tanh(x)
    }
}

struct Exp;
impl Function for Exp {
    #[inline(always)]
    fn of<R: Register>(x: R) -> R {
        math::exp(x)
    }
}

/// Two registers at a time: the steps of one polynomial wait for each other, those of two do not. The length is a multiple of
/// one register.
///
/// # Safety
/// The CPU has `R`'s instructions.
#[inline(always)]
unsafe fn map<F: Function, R: Register>(values: &mut [R::Float]) {
    let mut pairs = values.chunks_exact_mut(2 * R::WIDTH);
    for pair in &mut pairs {
        let (low, high) = pair.split_at_mut(R::WIDTH);
        // SAFETY: both halves are one register long; the caller vouches for the instructions.
        unsafe {
            let (a, b) = (F::of(R::load(low.as_ptr())), F::of(R::load(high.as_ptr())));
            a.store(low.as_mut_ptr());
            b.store(high.as_mut_ptr());
        }
    }
    let last = pairs.into_remainder();
    if last.len() == R::WIDTH {
        // SAFETY: one register long; the caller vouches for the instructions.
        unsafe { F::of(R::load(last.as_ptr())).store(last.as_mut_ptr()) }
    }
}

macro_rules! float {
    ($float:ident, $name:literal, $lanes:literal, $avx2:ident, $avx512:ident) => {
        impl Float for $float {
            const NAME: &'static str = $name;

            type Portable = Plain<$float, $lanes, false>;
            #[cfg(target_arch = "x86_64")]
            type Avx2 = crate::avx2::$avx2;
            #[cfg(target_arch = "x86_64")]
            type Avx512 = crate::avx512::$avx512;
            #[cfg(not(target_arch = "x86_64"))]
            type Avx2 = Self::Portable;
            #[cfg(not(target_arch = "x86_64"))]
            type Avx512 = Self::Portable;

            fn tanh(values: &mut [Self], isa: Detected) {
                dispatch::$float::<Tanh>(values, isa);
            }
            fn exp(values: &mut [Self], isa: Detected) {
                dispatch::$float::<Exp>(values, isa);
            }
        }
    };
}
float!(f64, "float64", 2, Wide64, Widest64);
float!(f32, "float32", 4, Wide32, Widest32);

mod dispatch {
    use super::{Detected, Function, Plain, map};
    #[cfg(target_arch = "x86_64")]
    use crate::{avx2, avx512, isa::Isa};

    macro_rules! dispatch {
        ($float:ident, $wide:ident, $widest:ident) => {
            pub(super) fn $float<F: Function>(values: &mut [$float], isa: Detected) {
                assert!(values.len().is_multiple_of(16), "{} values are no multiple of 16", values.len());
                #[cfg(target_arch = "x86_64")]
                {
                    #[target_feature(enable = "avx2,fma")]
                    fn wide<F: Function>(values: &mut [$float]) {
                        // SAFETY: this function has the instructions.
                        unsafe { map::<F, avx2::$wide>(values) }
                    }
                    #[target_feature(enable = "avx512f,avx512dq,avx2,fma")]
                    fn widest<F: Function>(values: &mut [$float]) {
                        // SAFETY: this function has the instructions.
                        unsafe { map::<F, avx512::$widest>(values) }
                    }
                    match isa.isa() {
                        // SAFETY: `Detected` holds these two only after the CPU's features were detected.
                        Isa::Avx512 => return unsafe { widest::<F>(values) },
                        Isa::Avx2 => return unsafe { wide::<F>(values) },
                        Isa::Portable => {}
                    }
                }
                let _ = isa;
                // SAFETY: every CPU has the baseline.
                unsafe { map::<F, Plain<$float, 1, false>>(values) }
            }
        };
    }
    dispatch!(f64, Wide64, Widest64);
    dispatch!(f32, Wide32, Widest32);
}
