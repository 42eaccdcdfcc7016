//! Statements to operations, names to slots.

mod flow;

use std::collections::HashMap;

use crate::arithmetic;
use crate::code::Code;
use crate::compare;
use crate::error::Reason;
use crate::operation::{Instruction, NONE, Operation, Rounding, Special};
use crate::syntax::{Class, Function, Operand, Register, Space, Statement, Type};

/// Decodes a function; `symbols`: addresses of all that the module names.
pub(crate) fn function(function: &Function, symbols: &HashMap<String, u64>) -> Result<Code, (usize, Reason)> {
    let mut decoder = Decoder {
        function,
        symbols,
        template: vec![0; function.registers as usize],
        literals: HashMap::new(),
        instructions: Vec::new(),
        lines: Vec::new(),
        line: 0,
        guard: (NONE, false),
    };
    let mut starts = Vec::with_capacity(function.body.len() + 1);
    for statement in &function.body {
        starts.push(decoder.instructions.len() as u32);
        decoder.line = statement.line;
        decoder.statement(statement).map_err(|reason| (statement.line, reason))?;
    }
    starts.push(decoder.instructions.len() as u32);
    // Branches were decoded to statements.
    for instruction in &mut decoder.instructions {
        match &mut instruction.operation {
            Operation::Branch { to } => *to = starts[*to as usize],
            Operation::BranchIndex { to, .. } => to.iter_mut().for_each(|to| *to = starts[*to as usize]),
            _ => {}
        }
    }
    Ok(Code {
        name: function.name.clone(),
        kernel: function.kernel,
        parameters: function.parameters.clone(),
        results: function.results.clone(),
        parameter_bytes: function.parameter_bytes,
        local_bytes: function.local_bytes,
        template: decoder.template,
        instructions: decoder.instructions,
        lines: decoder.lines,
    })
}

/// A function while it is decoded.
pub(crate) struct Decoder<'a> {
    pub(crate) function: &'a Function,
    pub(crate) symbols: &'a HashMap<String, u64>,
    template: Vec<u64>,
    literals: HashMap<u64, u32>,
    instructions: Vec<Instruction>,
    lines: Vec<usize>,
    line: usize,
    guard: (u32, bool),
}

impl Decoder<'_> {
    pub(crate) fn push(&mut self, operation: Operation) {
        let (guard, negated) = self.guard;
        self.instructions.push(Instruction { guard, negated, operation });
        self.lines.push(self.line);
    }

    /// The slot of a literal.
    pub(crate) fn literal(&mut self, value: u64) -> u32 {
        *self.literals.entry(value).or_insert_with(|| {
            self.template.push(value);
            self.template.len() as u32 - 1
        })
    }

    /// A slot that nothing else uses.
    fn temporary(&mut self) -> u32 {
        self.template.push(0);
        self.template.len() as u32 - 1
    }

    /// The slot of a value of a type; registers may be wider where `wide`.
    pub(crate) fn value(&mut self, operand: &Operand, of: Type, wide: bool) -> Result<u32, Reason> {
        let mask = u64::MAX >> (64 - of.bits);
        match operand {
            Operand::Register(register) => {
                let fits = register.bits == of.bits || wide && register.bits > of.bits;
                if fits { Ok(register.slot) } else { Err(format!("a register of {} bits", register.bits)) }
            }
            Operand::Integer(_) if of.class == Class::Float => Err("a whole number where a float must be".to_owned()),
            // `true` is written as 1 or -1.
            Operand::Integer(value) if of.class == Class::Predicate => Ok(self.literal(u64::from(*value != 0))),
            Operand::Integer(value) => Ok(self.literal(value & mask)),
            Operand::Float(bits) if [Class::Float, Class::Bits].contains(&of.class) => Ok(self.literal(bits & mask)),
            other if of.bits >= 32 => self.address(other),
            other => Err(format!("{other:?} is no value of {} bits", of.bits)),
        }
    }

    /// The slot of a special register or of an address, within its space.
    fn address(&mut self, operand: &Operand) -> Result<u32, Reason> {
        match operand {
            Operand::Special(name) => {
                let d = self.temporary();
                self.push(Operation::Special { d, which: special(name)? });
                Ok(d)
            }
            &Operand::Frame(space, offset) => {
                let d = self.temporary();
                self.push(Operation::FrameAddress { d, space, offset });
                Ok(d)
            }
            Operand::Symbol(name) => {
                let address = self.symbols.get(name).ok_or_else(|| format!("nothing is called {name}"))?;
                Ok(self.literal(*address))
            }
            Operand::Memory(base, offset) => match &**base {
                &Operand::Frame(space, start) => {
                    let offset = i64::from(start) + offset;
                    let offset = u32::try_from(offset).map_err(|error| error.to_string())?;
                    self.address(&Operand::Frame(space, offset))
                }
                Operand::Symbol(name) => {
                    let address = self.symbols.get(name).ok_or_else(|| format!("nothing is called {name}"))?;
                    Ok(self.literal(address.wrapping_add_signed(*offset)))
                }
                other => Err(format!("{other:?} is no address")),
            },
            other => Err(format!("{other:?} is no value")),
        }
    }

    /// The register that a result goes to.
    pub(crate) fn target(operand: &Operand, bits: u32, wide: bool) -> Result<Register, Reason> {
        match operand {
            Operand::Register(register) if register.bits == bits || wide && register.bits > bits => Ok(*register),
            other => Err(format!("the result needs a register of {bits} bits, not {other:?}")),
        }
    }

    fn statement(&mut self, statement: &Statement) -> Result<(), Reason> {
        self.guard = statement.guard.map_or((NONE, false), |(register, negated)| (register.slot, negated));
        let parts: Vec<&str> = statement.opcode.split('.').collect();
        if let Some(loose) = parts.iter().find(|part| ["ftz", "approx", "full", "sat"].contains(*part))
            && !(parts[0] == "cvt" && *loose == "sat")
        {
            return Err(format!(".{loose} is not arithmetic that must give the same bits everywhere"));
        }
        let operands = &statement.operands[..];
        match parts[0] {
            "ld" | "ldu" => self.load(&parts, operands),
            "st" => self.store(&parts, operands),
            "mov" => self.copy(&parts, operands),
            "cvta" => self.window(&parts, operands),
            "cvt" => self.convert(&parts, operands),
            "setp" => self.compare(&parts, operands),
            "selp" => self.select(&parts, operands),
            "add" | "addc" | "sub" | "subc" if parts.len() == 3 && parts[1] == "cc" || parts[0].ends_with('c') => {
                self.carry(&parts, operands)
            }
            "bra" | "brx" | "call" | "ret" | "exit" | "trap" | "bar" | "barrier" | "membar" | "fence" => {
                self.flow(&parts, operands)
            }
            _ => self.arithmetic(&parts, operands),
        }
    }

    /// Instructions that are one function of their operands.
    fn arithmetic(&mut self, parts: &[&str], operands: &[Operand]) -> Result<(), Reason> {
        let (last, rest) = parts.split_last().ok_or("no instruction")?;
        let of = typed(last)?;
        let name = rest.join(".");
        if of.class == Class::Float && ["add", "sub", "mul"].contains(&name.as_str()) {
            return Err("without .rn an assembler may fuse it with another instruction, which changes bits".to_owned());
        }
        let word = Type { class: Class::Unsigned, bits: 32 };
        let out = match rest[0] {
            "popc" | "clz" => 32,
            _ if rest.get(1) == Some(&"wide") => 2 * of.bits,
            _ => of.bits,
        };
        let [d, inputs @ ..] = operands else {
            return Err("no operands".to_owned());
        };
        let d = Self::target(d, out, false)?.slot;
        let mut slots = [0; 4];
        if inputs.len() > 4 {
            return Err(format!("{} operands", operands.len()));
        }
        for (at, input) in inputs.iter().enumerate() {
            // Amounts of shifts, and what says which bits, are words whatever is shifted.
            let is_word = match rest[0] {
                "shl" | "shr" | "bfe" => at >= 1,
                "bfi" => at >= 2,
                _ => false,
            };
            let kind = match rest[0] {
                _ if is_word => word,
                "mad" if at == 2 => Type { bits: out, ..of },
                _ => of,
            };
            slots[at] = self.value(input, kind, false)?;
        }
        let [a, b, c, e] = slots;
        let unknown = || format!("{} with {} operands is not understood", parts.join("."), operands.len());
        let operation = match inputs.len() {
            1 => arithmetic::unary(&name, of).map(|f| Operation::Unary { f, d, a }),
            2 => arithmetic::binary(&name, of).map(|f| Operation::Binary { f, d, a, b }),
            3 => arithmetic::ternary(&name, of).map(|f| Operation::Ternary { f, d, a, b, c }),
            4 => arithmetic::quaternary(&name, of).map(|f| Operation::Quaternary { f, d, a, b, c, e }),
            _ => None,
        };
        self.push(operation.ok_or_else(unknown)?);
        Ok(())
    }

    fn carry(&mut self, parts: &[&str], operands: &[Operand]) -> Result<(), Reason> {
        let [d, a, b] = operands else {
            return Err("three operands are needed".to_owned());
        };
        let of = typed(parts[parts.len() - 1])?;
        if of.class == Class::Float {
            return Err("a carry of floats".to_owned());
        }
        let d = Self::target(d, of.bits, false)?.slot;
        let (a, b) = (self.value(a, of, false)?, self.value(b, of, false)?);
        self.push(Operation::Carry {
            subtract: parts[0].starts_with("sub"),
            bits: of.bits,
            takes: parts[0].ends_with('c'),
            leaves: parts[1] == "cc",
            d,
            a,
            b,
        });
        Ok(())
    }

    fn compare(&mut self, parts: &[&str], operands: &[Operand]) -> Result<(), Reason> {
        let unknown = || format!("{} is not understood", parts.join("."));
        let of = typed(parts[parts.len() - 1])?;
        let f = parts.get(1).and_then(|name| compare::comparison(name, of)).ok_or_else(unknown)?;
        let [target, a, b, with @ ..] = operands else {
            return Err("at least three operands are needed".to_owned());
        };
        let (d, q) = match target {
            Operand::Register(d) if d.bits == 1 => (d.slot, NONE),
            Operand::Pair(d, q) => (d.slot, q.slot),
            other => return Err(format!("{other:?} is no predicate")),
        };
        let (a, b) = (self.value(a, of, false)?, self.value(b, of, false)?);
        let (join, c, negated) = match (parts.len(), with) {
            (3, []) if q == NONE => {
                self.push(Operation::Binary { f, d, a, b });
                return Ok(());
            }
            (3, []) => ("and", self.literal(1), false),
            (4, [Operand::Register(c)]) if c.bits == 1 => (parts[2], c.slot, false),
            (4, [Operand::Not(c)]) => (parts[2], c.slot, true),
            _ => return Err(unknown()),
        };
        let join = compare::joined(join).ok_or_else(unknown)?;
        self.push(Operation::Compare { f, join, d, q, a, b, c, negated });
        Ok(())
    }

    fn select(&mut self, parts: &[&str], operands: &[Operand]) -> Result<(), Reason> {
        let of = typed(parts[parts.len() - 1])?;
        let [d, a, b, c] = operands else {
            return Err("four operands are needed".to_owned());
        };
        let d = Self::target(d, of.bits, false)?.slot;
        let (a, b) = (self.value(a, of, false)?, self.value(b, of, false)?);
        let c = Self::target(c, 1, false)?.slot;
        self.push(Operation::Select { d, a, b, c });
        Ok(())
    }

    fn convert(&mut self, parts: &[&str], operands: &[Operand]) -> Result<(), Reason> {
        let [modifiers @ .., to, from] = &parts[1..] else {
            return Err("two types are needed".to_owned());
        };
        let (to, from) = (typed(to)?, typed(from)?);
        let mut rounding = Rounding::None;
        let mut saturate = false;
        for modifier in modifiers {
            match *modifier {
                "rn" => rounding = Rounding::Nearest,
                "rni" => rounding = Rounding::WholeEven,
                "rzi" => rounding = Rounding::WholeZero,
                "rmi" => rounding = Rounding::WholeDown,
                "rpi" => rounding = Rounding::WholeUp,
                "sat" => saturate = true,
                other => return Err(format!("cvt.{other} is not understood")),
            }
        }
        let whole = !matches!(rounding, Rounding::None | Rounding::Nearest);
        let right = match (from.class == Class::Float, to.class == Class::Float) {
            (false, false) => rounding == Rounding::None,
            (false, true) => rounding == Rounding::Nearest,
            (true, false) => whole,
            (true, true) if from.bits > to.bits => rounding == Rounding::Nearest,
            (true, true) if from.bits < to.bits => rounding == Rounding::None,
            (true, true) => rounding != Rounding::Nearest,
        };
        if !right || from.bits == 1 || to.bits == 1 {
            return Err("this rounding does not go with these types".to_owned());
        }
        let [d, a] = operands else {
            return Err("two operands are needed".to_owned());
        };
        let d = Self::target(d, to.bits, true)?;
        let a = self.value(a, from, true)?;
        self.push(Operation::Convert { from, to, rounding, saturate, d: d.slot, a, mask: mask(d) });
        Ok(())
    }
}

/// Bits that a register has.
pub(crate) fn mask(register: Register) -> u64 {
    u64::MAX >> (64 - register.bits)
}

/// A type that arithmetic is done in.
pub(crate) fn typed(name: &str) -> Result<Type, Reason> {
    let of = Type::named(name).ok_or_else(|| format!(".{name} is no type that is understood"))?;
    if of.class == Class::Float && of.bits < 32 {
        return Err(format!(".{name} is not understood"));
    }
    Ok(of)
}

fn special(name: &str) -> Result<Special, Reason> {
    let (kind, axis) = name.rsplit_once('.').ok_or("no axis")?;
    let axis = ["x", "y", "z"].iter().position(|known| *known == axis).ok_or("no such axis")?;
    match kind {
        "%tid" => Ok(Special::Thread(axis)),
        "%ntid" => Ok(Special::Threads(axis)),
        "%ctaid" => Ok(Special::Block(axis)),
        "%nctaid" => Ok(Special::Blocks(axis)),
        _ => Err(format!("no register {name}")),
    }
}

/// The space of this name.
pub(crate) fn space(name: &str) -> Option<Space> {
    match name {
        "global" | "const" => Some(Space::Global),
        "shared" => Some(Space::Shared),
        "local" => Some(Space::Local),
        "param" => Some(Space::Param),
        _ => None,
    }
}
