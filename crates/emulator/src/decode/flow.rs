//! Branches, calls, ends, barriers.

use super::Decoder;
use crate::error::Reason;
use crate::memory::FUNCTIONS;
use crate::operation::{Call, Operation};
use crate::syntax::{Class, Operand, Space, Type};

impl Decoder<'_> {
    pub(crate) fn flow(&mut self, parts: &[&str], operands: &[Operand]) -> Result<(), Reason> {
        let unknown = || format!("{} is not understood", parts.join("."));
        let operation = match (parts, operands) {
            (["bra"] | ["bra", "uni"], [Operand::Symbol(label)]) => Operation::Branch { to: self.label(label)? },
            (["brx", "idx"] | ["brx", "idx", "uni"], [index, Operand::Symbol(table)]) => {
                let word = Type { class: Class::Unsigned, bits: 32 };
                let index = self.value(index, word, false)?;
                let names = self.function.tables.get(table).ok_or_else(|| format!("no list of branches {table}"))?;
                let to = names.iter().map(|name| self.label(name)).collect::<Result<_, _>>()?;
                Operation::BranchIndex { index, to }
            }
            (["call"] | ["call", "uni"], operands) => self.call(operands)?,
            (["ret"] | ["ret", "uni"], []) => Operation::Return,
            (["exit"], []) => Operation::Exit,
            (["trap"], []) => Operation::Trap,
            // The first barrier, for all threads of the block.
            (["bar" | "barrier", "sync"] | ["barrier", "sync", "aligned"], [Operand::Integer(0)]) => Operation::Barrier,
            // Threads run one after another: everybody sees everything in order.
            (["membar", ..] | ["fence", ..], []) => Operation::Nothing,
            _ => return Err(unknown()),
        };
        self.push(operation);
        Ok(())
    }

    /// The statement of a label.
    fn label(&self, name: &str) -> Result<u32, Reason> {
        self.function.labels.get(name).map(|&at| at as u32).ok_or_else(|| format!("no label {name}"))
    }

    fn call(&mut self, operands: &[Operand]) -> Result<Operation, Reason> {
        let (results, rest) = match operands {
            [Operand::List(results), rest @ ..] => (&results[..], rest),
            rest => (&[][..], rest),
        };
        let (target, arguments) = match rest {
            [target] => (target, &[][..]),
            // A call by address names its prototype last.
            [target, Operand::List(arguments)] | [target, Operand::List(arguments), Operand::Symbol(_)] => {
                (target, &arguments[..])
            }
            _ => return Err("a call of another form than the ABI's".to_owned()),
        };
        let call = Call { arguments: self.places(arguments)?, results: self.places(results)? };
        match target {
            Operand::Symbol(name) => {
                let address = self.symbols.get(name).copied().unwrap_or(0);
                let index = address.checked_sub(FUNCTIONS).filter(|at| at >> 32 == 0);
                let function = index.ok_or_else(|| format!("the module has no function {name}"))? as u32;
                Ok(Operation::Call { function, call })
            }
            Operand::Register(register) if register.bits == 64 => {
                Ok(Operation::CallIndirect { slot: register.slot, call })
            }
            other => Err(format!("{other:?} is no function")),
        }
    }

    /// Offsets and sizes of `.param` variables.
    fn places(&self, operands: &[Operand]) -> Result<Vec<(u32, u32)>, Reason> {
        let place = |operand: &Operand| match operand {
            Operand::Frame(Space::Param, offset) => {
                let declared = self.function.declared.iter().rfind(|declared| declared.offset == *offset);
                declared.map(|declared| (*offset, declared.bytes)).ok_or_else(|| "no such parameter".to_owned())
            }
            other => Err(format!("{other:?} is handed over, which must be a .param")),
        };
        operands.iter().map(place).collect()
    }
}
