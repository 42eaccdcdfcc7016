//! Names inside a function: registers, parameters, local memory, in scopes.

use std::collections::HashMap;

use crate::error::Reason;
use crate::syntax::{Operand, Parameter, Register, Space};

/// What the names of a function mean while it is read.
#[derive(Default)]
pub(crate) struct Symbols {
    scopes: Vec<HashMap<String, Operand>>,
    pub(crate) registers: u32,
    pub(crate) parameter_bytes: u32,
    pub(crate) local_bytes: u32,
    pub(crate) declared: Vec<Parameter>,
}

impl Symbols {
    pub(crate) fn open(&mut self) {
        self.scopes.push(HashMap::new());
    }

    /// Whether a scope was open.
    pub(crate) fn close(&mut self) -> bool {
        self.scopes.pop().is_some()
    }

    pub(crate) fn depth(&self) -> usize {
        self.scopes.len()
    }

    fn name(&mut self, name: &str, operand: Operand) -> Result<(), Reason> {
        let scope = self.scopes.last_mut().ok_or("a declaration outside a function")?;
        match scope.insert(name.to_owned(), operand) {
            None => Ok(()),
            Some(_) => Err(format!("{name} is declared twice")),
        }
    }

    /// A register of so many bits.
    pub(crate) fn register(&mut self, name: &str, bits: u32) -> Result<(), Reason> {
        let slot = self.registers;
        self.registers += 1;
        self.name(name, Operand::Register(Register { slot, bits }))
    }

    /// A parameter, which gets its place.
    pub(crate) fn parameter(&mut self, name: &str, bytes: u32, align: u32) -> Result<Parameter, Reason> {
        let offset = self.parameter_bytes.next_multiple_of(align.max(1));
        self.parameter_bytes = offset.checked_add(bytes).ok_or("parameters beyond 4 GiB")?;
        let parameter = Parameter { offset, bytes };
        self.declared.push(parameter);
        // Prototypes leave the name out.
        if name != "_" {
            self.name(name, Operand::Frame(Space::Param, offset))?;
        }
        Ok(parameter)
    }

    /// Local memory.
    pub(crate) fn local(&mut self, name: &str, bytes: u32, align: u32) -> Result<(), Reason> {
        let offset = self.local_bytes.next_multiple_of(align.max(1));
        self.local_bytes = offset.checked_add(bytes).ok_or("local memory beyond 4 GiB")?;
        self.name(name, Operand::Frame(Space::Local, offset))
    }

    /// What a name means: the innermost declaration, a special register, or something of the module.
    pub(crate) fn meaning(&self, name: &str) -> Result<Operand, Reason> {
        if let Some(operand) = self.scopes.iter().rev().find_map(|scope| scope.get(name)) {
            return Ok(operand.clone());
        }
        if name.starts_with('%') {
            let known = ["%tid.", "%ntid.", "%ctaid.", "%nctaid."];
            let special =
                known.iter().any(|start| name.strip_prefix(start).is_some_and(|axis| ["x", "y", "z"].contains(&axis)));
            return if special { Ok(Operand::Special(name.to_owned())) } else { Err(format!("no register {name}")) };
        }
        Ok(Operand::Symbol(name.to_owned()))
    }
}
