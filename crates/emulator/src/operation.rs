//! What an instruction is once it is decoded: numbers of register slots, and functions on 64 bits.
//!
//! A register holds its value with zeros above its width. Literals are registers too, behind the declared ones.

use crate::syntax::{Space, Type};

pub(crate) type Unary = fn(u64) -> u64;
pub(crate) type Binary = fn(u64, u64) -> u64;
pub(crate) type Ternary = fn(u64, u64, u64) -> u64;
pub(crate) type Quaternary = fn(u64, u64, u64, u64) -> u64;

/// A slot that means none.
pub(crate) const NONE: u32 = u32::MAX;

/// Bytes from one frame to another: from, to, how many.
pub(crate) type Copy3 = (u32, u32, u32);

/// Where a load or store goes: a slot (or the frame's own start in its space), and an offset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Address {
    pub(crate) space: Space,
    /// [`NONE`]: the frame's start.
    pub(crate) base: u32,
    pub(crate) offset: i64,
    /// What the address of the whole access must be a multiple of, less one; it lies so many bytes before this part.
    pub(crate) mask: u64,
    pub(crate) before: u64,
}

/// How a call hands over.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Offsets of the caller's arguments and results, in order.
    pub(crate) arguments: Vec<(u32, u32)>,
    pub(crate) results: Vec<(u32, u32)>,
}

#[derive(Debug, Clone)]
pub(crate) enum Operation {
    Unary {
        f: Unary,
        d: u32,
        a: u32,
    },
    Binary {
        f: Binary,
        d: u32,
        a: u32,
        b: u32,
    },
    Ternary {
        f: Ternary,
        d: u32,
        a: u32,
        b: u32,
        c: u32,
    },
    Quaternary {
        f: Quaternary,
        d: u32,
        a: u32,
        b: u32,
        c: u32,
        e: u32,
    },
    Move {
        d: u32,
        a: u32,
    },
    /// `c ? a : b`.
    Select {
        d: u32,
        a: u32,
        b: u32,
        c: u32,
    },
    /// `d = f(a, b)` and `q = not f(a, b)`, each joined with `c` (negated where asked).
    Compare {
        f: Binary,
        join: Binary,
        d: u32,
        q: u32,
        a: u32,
        b: u32,
        c: u32,
        negated: bool,
    },
    /// `a + b` (or `a - b`) with the carry that the last one left.
    Carry {
        subtract: bool,
        bits: u32,
        takes: bool,
        leaves: bool,
        d: u32,
        a: u32,
        b: u32,
    },
    Convert {
        from: Type,
        to: Type,
        rounding: Rounding,
        saturate: bool,
        d: u32,
        a: u32,
        mask: u64,
    },
    /// Several registers to one, and the other way round; each part has so many bits.
    Pack {
        d: u32,
        parts: [u32; 4],
        count: u32,
        bits: u32,
    },
    Unpack {
        a: u32,
        parts: [u32; 4],
        count: u32,
        bits: u32,
    },
    Special {
        d: u32,
        which: Special,
    },
    FrameAddress {
        d: u32,
        space: Space,
        offset: u32,
    },
    /// Adds the start of a window, or takes it away.
    Window {
        d: u32,
        a: u32,
        space: Space,
        generic: bool,
    },
    /// Sign-extends from so many bits where `signed`, then keeps `mask`.
    Load {
        address: Address,
        bytes: u32,
        signed: bool,
        d: u32,
        mask: u64,
    },
    Store {
        address: Address,
        bytes: u32,
        a: u32,
    },
    Branch {
        to: u32,
    },
    BranchIndex {
        index: u32,
        to: Vec<u32>,
    },
    Call {
        function: u32,
        call: Call,
    },
    CallIndirect {
        slot: u32,
        call: Call,
    },
    Return,
    Exit,
    Trap,
    Barrier,
    Nothing,
}

/// A special register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Special {
    Thread(usize),
    Threads(usize),
    Block(usize),
    Blocks(usize),
}

/// How a number becomes another type's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rounding {
    /// Exact, or integers to integers.
    None,
    /// To the nearest number of a float type, ties to even.
    Nearest,
    /// To a whole number: to even, to zero, down, up.
    WholeEven,
    WholeZero,
    WholeDown,
    WholeUp,
}

/// An instruction with the slot of the predicate it waits for.
#[derive(Debug, Clone)]
pub(crate) struct Instruction {
    /// [`NONE`]: always.
    pub(crate) guard: u32,
    pub(crate) negated: bool,
    pub(crate) operation: Operation,
}
