//! `cvt`: numbers of one type to another.

use crate::arithmetic::{bits32, single};
use crate::operation::Rounding;
use crate::syntax::{Class, Type};

/// The value as the other type has it; a signed one comes sign-extended to 64 bits, for registers that are wider than it.
pub(crate) fn convert(value: u64, from: Type, to: Type, rounding: Rounding, saturate: bool) -> u64 {
    match (from.class == Class::Float, to.class == Class::Float) {
        (false, false) => fit(integer(value, from), to, saturate),
        (false, true) => {
            let value = integer(value, from);
            if to.bits == 32 { bits32(value as f32) } else { (value as f64).to_bits() }
        }
        (true, false) => whole_to_integer(value, from, to, rounding),
        (true, true) => float(value, from, to, rounding, saturate),
    }
}

/// The value of an integer's bits.
fn integer(value: u64, of: Type) -> i128 {
    let unused = 64 - of.bits;
    if of.class == Class::Signed {
        i128::from((value << unused).cast_signed() >> unused)
    } else {
        i128::from((value << unused) >> unused)
    }
}

/// The least and the largest number of a type.
fn range(of: Type) -> (i128, i128) {
    if of.class == Class::Signed { (-(1 << (of.bits - 1)), (1 << (of.bits - 1)) - 1) } else { (0, (1 << of.bits) - 1) }
}

fn fit(value: i128, to: Type, saturate: bool) -> u64 {
    let (least, most) = range(to);
    let value = if saturate { value.clamp(least, most) } else { value };
    integer(value as u64, to) as u64
}

fn whole_to_integer(value: u64, from: Type, to: Type, rounding: Rounding) -> u64 {
    let value = wide(value, from);
    if value.is_nan() {
        // Zero, but where either side has 64 bits the number with the top bit alone.
        let top = from.bits == 64 || to.bits == 64;
        return if top { integer(1 << (to.bits - 1), to) as u64 } else { 0 };
    }
    // `as` saturates at the ends of i128; every type's range lies within.
    fit(whole(value, rounding) as i128, to, true)
}

/// The number in double precision, which is exact.
fn wide(value: u64, of: Type) -> f64 {
    if of.bits == 32 { single(value).into() } else { f64::from_bits(value) }
}

fn whole(value: f64, rounding: Rounding) -> f64 {
    match rounding {
        Rounding::WholeEven => value.round_ties_even(),
        Rounding::WholeZero => value.trunc(),
        Rounding::WholeDown => value.floor(),
        Rounding::WholeUp => value.ceil(),
        Rounding::None | Rounding::Nearest => value,
    }
}

fn float(value: u64, from: Type, to: Type, rounding: Rounding, saturate: bool) -> u64 {
    let mut value = whole(wide(value, from), rounding);
    if saturate {
        // A NaN becomes a zero.
        value = if value > 0.0 { value.min(1.0) } else { 0.0 };
    }
    if to.bits == 32 { bits32(value as f32) } else { value.to_bits() }
}
