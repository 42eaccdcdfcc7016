//! Integer, bit and floating-point instructions as functions on the bits of registers.

mod bits;

use crate::operation::{Binary, Ternary, Unary};
use crate::syntax::{Class, Type};

pub(crate) use bits::quaternary;

/// A function of integers for each width: of unsigned or of signed numbers, with the result's bits.
macro_rules! integers {
    (unsigned $bits:expr, |$($a:ident),+| $e:expr) => {
        integers!(widths $bits, ($($a),+), $e, 16 u16 u16, 32 u32 u32, 64 u64 u64)
    };
    (signed $bits:expr, |$($a:ident),+| $e:expr) => {
        integers!(widths $bits, ($($a),+), $e, 16 i16 u16, 32 i32 u32, 64 i64 u64)
    };
    (widths $bits:expr, $names:tt, $e:expr, $($width:literal $t:ident $u:ident),*) => {
        match $bits { $($width => Some(integers!(one $names, $e, $t, $u)),)* _ => None }
    };
    (one ($a:ident), $e:expr, $t:ident, $u:ident) => {
        (|a: u64| { let $a = a as $t; u64::from(($e) as $u) }) as Unary
    };
    (one ($a:ident, $b:ident), $e:expr, $t:ident, $u:ident) => {
        (|a: u64, b: u64| { let ($a, $b) = (a as $t, b as $t); u64::from(($e) as $u) }) as Binary
    };
    (one ($a:ident, $b:ident, $c:ident), $e:expr, $t:ident, $u:ident) => {
        (|a: u64, b: u64, c: u64| { let ($a, $b, $c) = (a as $t, b as $t, c as $t); u64::from(($e) as $u) }) as Ternary
    };
}

/// A function of floats for each width; single-precision NaNs become the one that cards give.
macro_rules! floats {
    ($bits:expr, |$($a:ident),+| $e:expr) => {
        match $bits {
            32 => Some(floats!(single ($($a),+), $e)),
            64 => Some(floats!(double ($($a),+), $e)),
            _ => None,
        }
    };
    (single ($a:ident), $e:expr) => { (|a: u64| { let $a = single(a); bits32($e) }) as Unary };
    (single ($a:ident, $b:ident), $e:expr) => {
        (|a: u64, b: u64| { let ($a, $b) = (single(a), single(b)); bits32($e) }) as Binary
    };
    (single ($a:ident, $b:ident, $c:ident), $e:expr) => {
        (|a: u64, b: u64, c: u64| { let ($a, $b, $c) = (single(a), single(b), single(c)); bits32($e) }) as Ternary
    };
    (double ($a:ident), $e:expr) => { (|a: u64| { let $a = f64::from_bits(a); f64::to_bits($e) }) as Unary };
    (double ($a:ident, $b:ident), $e:expr) => {
        (|a: u64, b: u64| { let ($a, $b) = (f64::from_bits(a), f64::from_bits(b)); f64::to_bits($e) }) as Binary
    };
    (double ($a:ident, $b:ident, $c:ident), $e:expr) => {
        (|a: u64, b: u64, c: u64| {
            let ($a, $b, $c) = (f64::from_bits(a), f64::from_bits(b), f64::from_bits(c));
            f64::to_bits($e)
        }) as Ternary
    };
}

/// The NaN that single-precision instructions of a card give.
const NAN32: u32 = 0x7FFF_FFFF;

pub(crate) fn single(bits: u64) -> f32 {
    f32::from_bits(bits as u32)
}

pub(crate) fn bits32(value: f32) -> u64 {
    u64::from(if value.is_nan() { NAN32 } else { value.to_bits() })
}

/// `name.type d, a`.
pub(crate) fn unary(name: &str, of: Type) -> Option<Unary> {
    let bits = of.bits;
    match (name, of.class) {
        ("not", Class::Predicate) => Some(|a| a ^ 1),
        ("not", Class::Bits) => integers!(unsigned bits, |a| !a),
        ("cnot", Class::Bits) => integers!(unsigned bits, |a| if a == 0 { 1 } else { 0 }),
        ("neg", Class::Signed) => integers!(signed bits, |a| a.wrapping_neg()),
        ("abs", Class::Signed) => integers!(signed bits, |a| a.wrapping_abs()),
        ("popc", Class::Bits) => integers!(unsigned bits, |a| a.count_ones()),
        ("clz", Class::Bits) => integers!(unsigned bits, |a| a.leading_zeros()),
        ("brev", Class::Bits) => integers!(unsigned bits, |a| a.reverse_bits()),
        ("neg", Class::Float) if bits == 32 => Some(|a| a ^ (1 << 31)),
        ("neg", Class::Float) if bits == 64 => Some(|a| a ^ (1 << 63)),
        ("abs", Class::Float) if bits == 32 => Some(|a| a & (u64::MAX >> 33)),
        ("abs", Class::Float) if bits == 64 => Some(|a| a & (u64::MAX >> 1)),
        ("sqrt.rn", Class::Float) => floats!(bits, |a| a.sqrt()),
        ("rcp.rn", Class::Float) => floats!(bits, |a| 1.0 / a),
        _ => None,
    }
}

/// `name.type d, a, b`.
pub(crate) fn binary(name: &str, of: Type) -> Option<Binary> {
    match of.class {
        Class::Float => float_binary(name, of.bits),
        Class::Predicate | Class::Bits => match name {
            "and" => Some(|a, b| a & b),
            "or" => Some(|a, b| a | b),
            "xor" => Some(|a, b| a ^ b),
            "shl" if of.class == Class::Bits => match of.bits {
                16 => Some(|a, b| shifted(a << b.min(63), b, 16)),
                32 => Some(|a, b| shifted(a << b.min(63), b, 32)),
                64 => Some(|a, b| shifted(a << b.min(63), b, 64)),
                _ => None,
            },
            "shr" if of.class == Class::Bits => shift_right(of.bits, false),
            _ => None,
        },
        Class::Unsigned | Class::Signed => integer_binary(name, of),
    }
}

fn shifted(value: u64, by: u64, bits: u32) -> u64 {
    if by >= bits.into() { 0 } else { value & (u64::MAX >> (64 - bits)) }
}

fn shift_right(bits: u32, signed: bool) -> Option<Binary> {
    // Amounts beyond the width shift everything out.
    Some(match (bits, signed) {
        (16 | 32 | 64, false) => |a, b| if b > 63 { 0 } else { a >> b },
        (16, true) => |a, b| u64::from((a as i16 >> b.min(15)) as u16),
        (32, true) => |a, b| u64::from((a as i32 >> b.min(31)) as u32),
        (64, true) => |a, b| (a.cast_signed() >> b.min(63)).cast_unsigned(),
        _ => return None,
    })
}

fn integer_binary(name: &str, of: Type) -> Option<Binary> {
    let bits = of.bits;
    let signed = of.class == Class::Signed;
    match (name, signed) {
        ("add", _) => integers!(unsigned bits, |a, b| a.wrapping_add(b)),
        ("sub", _) => integers!(unsigned bits, |a, b| a.wrapping_sub(b)),
        ("mul.lo", _) => integers!(unsigned bits, |a, b| a.wrapping_mul(b)),
        ("mul.hi", false) => integers!(unsigned bits, |a, b| (u128::from(a) * u128::from(b)) >> bits_of(a)),
        ("mul.hi", true) => integers!(signed bits, |a, b| (i128::from(a) * i128::from(b)) >> bits_of(a)),
        ("mul.wide", false) if bits == 16 || bits == 32 => Some(|a, b| a * b),
        ("mul.wide", true) if bits == 16 => Some(|a, b| u64::from((i32::from(a as i16) * i32::from(b as i16)) as u32)),
        ("mul.wide", true) if bits == 32 => Some(|a, b| (i64::from(a as i32) * i64::from(b as i32)).cast_unsigned()),
        // Division by zero is left open by the language: all ones.
        ("div", false) => integers!(unsigned bits, |a, b| a.checked_div(b).unwrap_or(!0)),
        ("div", true) => integers!(signed bits, |a, b| if b == 0 { -1 } else { a.wrapping_div(b) }),
        ("rem", false) => integers!(unsigned bits, |a, b| a.checked_rem(b).unwrap_or(!0)),
        ("rem", true) => integers!(signed bits, |a, b| if b == 0 { -1 } else { a.wrapping_rem(b) }),
        ("min", false) => integers!(unsigned bits, |a, b| a.min(b)),
        ("min", true) => integers!(signed bits, |a, b| a.min(b)),
        ("max", false) => integers!(unsigned bits, |a, b| a.max(b)),
        ("max", true) => integers!(signed bits, |a, b| a.max(b)),
        ("shr", _) => shift_right(bits, signed),
        _ => None,
    }
}

fn bits_of<T>(_: T) -> u32 {
    8 * size_of::<T>() as u32
}

fn float_binary(name: &str, bits: u32) -> Option<Binary> {
    match name {
        "add.rn" => floats!(bits, |a, b| a + b),
        "sub.rn" => floats!(bits, |a, b| a - b),
        "mul.rn" => floats!(bits, |a, b| a * b),
        "div.rn" => floats!(bits, |a, b| a / b),
        "min" if bits == 32 => Some(|a, b| bits32(least(single(a).into(), single(b).into()) as f32)),
        "max" if bits == 32 => Some(|a, b| bits32(-least(-f64::from(single(a)), -f64::from(single(b))) as f32)),
        "min" if bits == 64 => Some(|a, b| least(f64::from_bits(a), f64::from_bits(b)).to_bits()),
        "max" if bits == 64 => Some(|a, b| (-least(-f64::from_bits(a), -f64::from_bits(b))).to_bits()),
        "min.NaN" if bits == 32 => Some(|a, b| {
            let (a, b) = (single(a), single(b));
            bits32(if a.is_nan() || b.is_nan() { f32::NAN } else { least(a.into(), b.into()) as f32 })
        }),
        "max.NaN" if bits == 32 => Some(|a, b| {
            let (a, b) = (single(a), single(b));
            bits32(if a.is_nan() || b.is_nan() { f32::NAN } else { -least(-f64::from(a), -f64::from(b)) as f32 })
        }),
        "copysign" if bits == 32 => Some(|a, b| (a & (1 << 31)) | (b & (u64::MAX >> 33))),
        "copysign" if bits == 64 => Some(|a, b| (a & (1 << 63)) | (b & (u64::MAX >> 1))),
        _ => None,
    }
}

/// The lesser; of zeros the negative one, of a NaN and a number the number.
fn least(a: f64, b: f64) -> f64 {
    match (a.is_nan(), b.is_nan()) {
        (true, _) => b,
        (_, true) => a,
        _ if a == 0.0 && b == 0.0 => {
            if a.is_sign_negative() {
                a
            } else {
                b
            }
        }
        _ => {
            if a < b {
                a
            } else {
                b
            }
        }
    }
}

/// `name.type d, a, b, c`.
pub(crate) fn ternary(name: &str, of: Type) -> Option<Ternary> {
    let bits = of.bits;
    let signed = of.class == Class::Signed;
    match (name, of.class) {
        ("fma.rn", Class::Float) => floats!(bits, |a, b, c| a.mul_add(b, c)),
        ("mad.lo", Class::Unsigned | Class::Signed) => {
            integers!(unsigned bits, |a, b, c| a.wrapping_mul(b).wrapping_add(c))
        }
        ("mad.hi", Class::Unsigned) => {
            integers!(unsigned bits, |a, b, c| ((u128::from(a) * u128::from(b)) >> bits_of(a)).wrapping_add(u128::from(c)))
        }
        ("mad.hi", Class::Signed) => {
            integers!(signed bits, |a, b, c| ((i128::from(a) * i128::from(b)) >> bits_of(a)).wrapping_add(i128::from(c)))
        }
        ("mad.wide", Class::Unsigned) if bits == 32 => Some(|a, b, c| (a * b).wrapping_add(c)),
        ("mad.wide", Class::Signed) if bits == 32 => {
            Some(|a, b, c| (i64::from(a as i32) * i64::from(b as i32)).wrapping_add(c.cast_signed()).cast_unsigned())
        }
        ("mad.wide", Class::Unsigned) if bits == 16 => Some(|a, b, c| (a * b).wrapping_add(c) & u64::from(u32::MAX)),
        ("mad.wide", Class::Signed) if bits == 16 => Some(|a, b, c| {
            u64::from((i32::from(a as i16) * i32::from(b as i16)).wrapping_add(c as i32).cast_unsigned())
        }),
        ("bfe", Class::Unsigned | Class::Signed) => bits::extract(bits, signed),
        ("prmt", Class::Bits) if bits == 32 => Some(bits::permute),
        ("shf.l.wrap", Class::Bits) if bits == 32 => Some(|a, b, c| bits::funnel_left(a, b, c & 31)),
        ("shf.l.clamp", Class::Bits) if bits == 32 => Some(|a, b, c| bits::funnel_left(a, b, c.min(32))),
        ("shf.r.wrap", Class::Bits) if bits == 32 => Some(|a, b, c| bits::funnel_right(a, b, c & 31)),
        ("shf.r.clamp", Class::Bits) if bits == 32 => Some(|a, b, c| bits::funnel_right(a, b, c.min(32))),
        _ => None,
    }
}

/// `a + b` or `a - b` in so many bits with a carry (or borrow) in, and the one that comes out.
pub(crate) fn carried(subtract: bool, bits: u32, a: u64, b: u64, carry: bool) -> (u64, bool) {
    let mask = u64::MAX >> (64 - bits);
    let carry = u128::from(carry);
    let (a, b) = (u128::from(a & mask), u128::from(b & mask));
    if subtract {
        (a.wrapping_sub(b).wrapping_sub(carry) as u64 & mask, a < b + carry)
    } else {
        let sum = a + b + carry;
        (sum as u64 & mask, sum > u128::from(mask))
    }
}
