//! Bit fields, bytes put in another order, funnel shifts, look-up tables.

use crate::operation::{Quaternary, Ternary};
use crate::syntax::{Class, Type};

/// `bfe`: a field of `a` from bit `b` on, `c` bits long; of a signed type filled up with the field's (or the number's) top bit.
pub(crate) fn extract(bits: u32, signed: bool) -> Option<Ternary> {
    match (bits, signed) {
        (32, false) => Some(|a, b, c| field(a, b, c, 32, false)),
        (32, true) => Some(|a, b, c| field(a, b, c, 32, true)),
        (64, false) => Some(|a, b, c| field(a, b, c, 64, false)),
        (64, true) => Some(|a, b, c| field(a, b, c, 64, true)),
        _ => None,
    }
}

fn field(a: u64, from: u64, length: u64, bits: u64, signed: bool) -> u64 {
    let (from, length) = (from & 0xFF, length & 0xFF);
    let top = if signed && length > 0 { (a >> (from + length - 1).min(bits - 1)) & 1 } else { 0 };
    (0..bits).fold(0, |all, at| {
        let bit = if at < length && from + at < bits { (a >> (from + at)) & 1 } else { top };
        all | bit << at
    })
}

/// `bfi`: the low `d` bits of `a` put into `b` from bit `c` on. `lop3`: any function of three bits.
pub(crate) fn quaternary(name: &str, of: Type) -> Option<Quaternary> {
    match (name, of.class, of.bits) {
        ("bfi", Class::Bits, 32) => Some(|a, b, c, d| insert(a, b, c, d, 32)),
        ("bfi", Class::Bits, 64) => Some(|a, b, c, d| insert(a, b, c, d, 64)),
        ("lop3", Class::Bits, 32) => Some(|a, b, c, table| {
            (0..32).fold(0, |all, at| {
                let index = ((a >> at) & 1) << 2 | ((b >> at) & 1) << 1 | ((c >> at) & 1);
                all | ((table >> index) & 1) << at
            })
        }),
        _ => None,
    }
}

fn insert(a: u64, b: u64, from: u64, length: u64, bits: u64) -> u64 {
    let (from, length) = (from & 0xFF, length & 0xFF);
    (0..length).take_while(|at| from + at < bits).fold(b, |all, at| {
        let place = from + at;
        (all & !(1 << place)) | ((a >> at.min(63)) & 1) << place
    })
}

/// `prmt`: each nibble of `c` takes a byte of `b:a`, or its top bit eight times.
pub(crate) fn permute(a: u64, b: u64, c: u64) -> u64 {
    let bytes = (a | b << 32).to_le_bytes();
    (0..4).fold(0, |all, at| {
        let selector = (c >> (4 * at)) & 0xF;
        let byte = bytes[(selector & 7) as usize];
        let byte = if selector & 8 == 0 {
            byte
        } else if byte & 0x80 == 0 {
            0
        } else {
            0xFF
        };
        all | u64::from(byte) << (8 * at)
    })
}

/// The upper word of `b:a` shifted left by `by` of at most 32.
pub(crate) fn funnel_left(a: u64, b: u64, by: u64) -> u64 {
    ((a | b << 32) << by) >> 32
}

/// The lower word of `b:a` shifted right by `by` of at most 32.
pub(crate) fn funnel_right(a: u64, b: u64, by: u64) -> u64 {
    ((a | b << 32) >> by) & u64::from(u32::MAX)
}
