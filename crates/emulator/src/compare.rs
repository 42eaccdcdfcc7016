//! Comparisons, as functions that give 0 or 1.

use std::cmp::Ordering;

use crate::arithmetic::single;
use crate::operation::Binary;
use crate::syntax::{Class, Type};

macro_rules! compare {
    ($read:expr, $name:expr, $($word:literal $op:tt),*) => {
        match $name {
            $($word => Some((|a, b| u64::from($read(a) $op $read(b))) as Binary),)*
            _ => None,
        }
    };
}

macro_rules! float {
    ($read:expr, $name:expr) => {
        match $name {
            // A NaN is equal to nothing, and less or greater than nothing.
            "ne" => Some((|a, b| u64::from($read(a).partial_cmp(&$read(b)).is_some_and(Ordering::is_ne))) as Binary),
            "num" => Some((|a, b| u64::from(!$read(a).is_nan() && !$read(b).is_nan())) as Binary),
            "nan" => Some((|a, b| u64::from($read(a).is_nan() || $read(b).is_nan())) as Binary),
            "equ" => Some((|a, b| u64::from($read(a).partial_cmp(&$read(b)).is_none_or(Ordering::is_eq))) as Binary),
            "neu" => Some((|a, b| u64::from($read(a) != $read(b))) as Binary),
            "ltu" => Some((|a, b| { let (a, b) = ($read(a), $read(b)); u64::from(a < b || a.is_nan() || b.is_nan()) }) as Binary),
            "leu" => Some((|a, b| { let (a, b) = ($read(a), $read(b)); u64::from(a <= b || a.is_nan() || b.is_nan()) }) as Binary),
            "gtu" => Some((|a, b| { let (a, b) = ($read(a), $read(b)); u64::from(a > b || a.is_nan() || b.is_nan()) }) as Binary),
            "geu" => Some((|a, b| { let (a, b) = ($read(a), $read(b)); u64::from(a >= b || a.is_nan() || b.is_nan()) }) as Binary),
            name => compare!($read, name, "eq" ==, "lt" <, "le" <=, "gt" >, "ge" >=),
        }
    };
}

/// The comparison of this name.
pub(crate) fn comparison(name: &str, of: Type) -> Option<Binary> {
    match (of.class, of.bits) {
        (Class::Float, 32) => float!(single, name),
        (Class::Float, 64) => float!(f64::from_bits, name),
        (Class::Signed, 16) => compare!((|a| a as i16), name, "eq" ==, "ne" !=, "lt" <, "le" <=, "gt" >, "ge" >=),
        (Class::Signed, 32) => compare!((|a| a as i32), name, "eq" ==, "ne" !=, "lt" <, "le" <=, "gt" >, "ge" >=),
        (Class::Signed, 64) => compare!(u64::cast_signed, name, "eq" ==, "ne" !=, "lt" <, "le" <=, "gt" >, "ge" >=),
        // Registers hold zeros above their width.
        (Class::Unsigned, _) => compare!(
            u64::from, name, "eq" ==, "ne" !=, "lt" <, "le" <=, "gt" >, "ge" >=, "lo" <, "ls" <=, "hi" >, "hs" >=
        ),
        (Class::Bits, _) => compare!(u64::from, name, "eq" ==, "ne" !=),
        _ => None,
    }
}

/// How a comparison is joined with a predicate.
pub(crate) fn joined(name: &str) -> Option<Binary> {
    match name {
        "and" => Some(|a, b| a & b),
        "or" => Some(|a, b| a | b),
        "xor" => Some(|a, b| a ^ b),
        _ => None,
    }
}
