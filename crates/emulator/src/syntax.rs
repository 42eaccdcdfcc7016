//! What a module says, names of registers and of frames resolved, nothing decoded.

/// What a type's bits mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Unsigned,
    Signed,
    Bits,
    Float,
    Predicate,
}

/// `.u32`, `.f64`, `.pred`…
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Type {
    pub(crate) class: Class,
    pub(crate) bits: u32,
}

impl Type {
    /// The type of this name, without its dot.
    pub(crate) fn named(name: &str) -> Option<Self> {
        if name == "pred" {
            return Some(Self { class: Class::Predicate, bits: 1 });
        }
        let (letter, bits) = name.split_at_checked(1)?;
        let class = match letter {
            "u" => Class::Unsigned,
            "s" => Class::Signed,
            "b" => Class::Bits,
            "f" => Class::Float,
            _ => return None,
        };
        let bits = bits.parse().ok().filter(|bits| [8, 16, 32, 64].contains(bits))?;
        Some(Self { class, bits })
    }

    pub(crate) fn bytes(self) -> u32 {
        self.bits.div_ceil(8)
    }
}

/// Where an address points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Space {
    Generic,
    Global,
    Shared,
    Local,
    Param,
}

/// A register: its slot in the frame, and its width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Register {
    pub(crate) slot: u32,
    pub(crate) bits: u32,
}

/// What an instruction works on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    Register(Register),
    Not(Register),
    /// `%p|%q`.
    Pair(Register, Register),
    Integer(u64),
    /// Bits of a literal `0f…` or `0d…`.
    Float(u64),
    /// `%tid.x`…
    Special(String),
    /// Something in the frame's parameters or local memory, by its offset there.
    Frame(Space, u32),
    /// A label, a global, a function.
    Symbol(String),
    Memory(Box<Operand>, i64),
    Vector(Vec<Operand>),
    List(Vec<Operand>),
    /// `_`.
    Sink,
}

/// An instruction.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) line: usize,
    /// The predicate it waits for, and whether for its opposite.
    pub(crate) guard: Option<(Register, bool)>,
    pub(crate) opcode: String,
    pub(crate) operands: Vec<Operand>,
}

/// A parameter or a result: its place in the frame's parameters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameter {
    pub(crate) offset: u32,
    pub(crate) bytes: u32,
}

/// A kernel or a function.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) kernel: bool,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) results: Vec<Parameter>,
    /// Every `.param` that its calls declare, by its offset.
    pub(crate) declared: Vec<Parameter>,
    pub(crate) registers: u32,
    pub(crate) parameter_bytes: u32,
    pub(crate) local_bytes: u32,
    pub(crate) body: Vec<Statement>,
    /// Label → index in the body.
    pub(crate) labels: std::collections::HashMap<String, usize>,
    /// Label → the labels that it lists.
    pub(crate) tables: std::collections::HashMap<String, Vec<String>>,
}

/// A piece of a global's initial value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Initial {
    Number(u64),
    /// Address of a symbol plus an offset, shifted right by so many bits (of which the element's width is kept).
    Address(String, i64, u32),
}

/// A variable outside functions.
#[derive(Debug, Clone)]
pub(crate) struct Global {
    pub(crate) line: usize,
    pub(crate) name: String,
    pub(crate) space: Space,
    pub(crate) align: u32,
    pub(crate) element: u32,
    /// Bytes of all; none for dynamic shared memory.
    pub(crate) bytes: u64,
    pub(crate) initial: Vec<Initial>,
}

/// A file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Module {
    pub(crate) globals: Vec<Global>,
    pub(crate) functions: Vec<Function>,
}
