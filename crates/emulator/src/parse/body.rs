//! Instructions and declarations of a function.

use std::collections::HashMap;

use super::Reader;
use crate::error::Reason;
use crate::lex;
use crate::symbols::Symbols;
use crate::syntax::{Function, Operand, Parameter, Register, Statement, Type};

impl Reader {
    pub(crate) fn body(
        &mut self,
        name: String,
        kernel: bool,
        parameters: Vec<Parameter>,
        results: Vec<Parameter>,
        mut symbols: Symbols,
    ) -> Result<Function, Reason> {
        let (mut body, mut labels, mut tables) = (Vec::new(), HashMap::new(), HashMap::new());
        let outside = symbols.depth();
        symbols.open();
        while symbols.depth() > outside {
            if self.peek_after() == ":" {
                let label = self.next()?;
                self.expect(":")?;
                if self.take(".branchtargets") {
                    tables.insert(label, self.names()?);
                } else if self.take(".callprototype") {
                    while self.next()? != ";" {}
                } else if labels.insert(label.clone(), body.len()).is_some() {
                    return Err(format!("the label {label} stands twice"));
                }
                continue;
            }
            match self.peek() {
                "{" => {
                    self.next()?;
                    symbols.open();
                }
                "}" => {
                    self.next()?;
                    symbols.close();
                }
                word if word.starts_with('.') => {
                    self.declaration(&mut symbols)?;
                }
                _ => body.push(self.statement(&symbols)?),
            }
        }
        Ok(Function {
            name,
            kernel,
            parameters,
            results,
            declared: symbols.declared,
            registers: symbols.registers,
            parameter_bytes: symbols.parameter_bytes,
            local_bytes: symbols.local_bytes,
            body,
            labels,
            tables,
        })
    }

    fn names(&mut self) -> Result<Vec<String>, Reason> {
        let mut names = vec![self.next()?];
        while self.take(",") {
            names.push(self.next()?);
        }
        self.expect(";")?;
        Ok(names)
    }

    fn declaration(&mut self, symbols: &mut Symbols) -> Result<(), Reason> {
        match self.next()?.as_str() {
            ".pragma" => {
                self.next()?;
            }
            ".reg" => {
                let kind = self.next()?;
                let bits = Type::named(&kind[1..]).ok_or_else(|| format!("`{kind}` is no type"))?.bits;
                loop {
                    let name = self.next()?;
                    if self.take("<") {
                        let count = self.integer()?;
                        self.expect(">")?;
                        (0..count).try_for_each(|at| symbols.register(&format!("{name}{at}"), bits))?;
                    } else {
                        symbols.register(&name, bits)?;
                    }
                    if !self.take(",") {
                        break;
                    }
                }
            }
            ".param" => {
                let (name, bytes, align) = self.variable()?;
                symbols.parameter(&name, bytes, align)?;
            }
            ".local" => {
                let (name, bytes, align) = self.variable()?;
                symbols.local(&name, bytes, align)?;
            }
            other => return Err(format!("`{other}` is not understood in a function")),
        }
        self.expect(";")
    }

    fn statement(&mut self, symbols: &Symbols) -> Result<Statement, Reason> {
        let guard = if self.take("@") {
            let negated = self.take("!");
            let name = self.next()?;
            Some((predicate(symbols.meaning(&name)?)?, negated))
        } else {
            None
        };
        let opcode = self.next()?;
        let line = self.line();
        let mut operands = Vec::new();
        if !self.take(";") {
            loop {
                operands.push(self.operand(symbols)?);
                if self.take(";") {
                    break;
                }
                self.expect(",")?;
            }
        }
        Ok(Statement { line, guard, opcode, operands })
    }

    fn list(&mut self, symbols: &Symbols, end: &str) -> Result<Vec<Operand>, Reason> {
        let mut all = Vec::new();
        while !self.take(end) {
            if !all.is_empty() {
                self.expect(",")?;
            }
            all.push(self.operand(symbols)?);
        }
        Ok(all)
    }

    fn operand(&mut self, symbols: &Symbols) -> Result<Operand, Reason> {
        let word = self.next()?;
        match word.as_str() {
            "[" => {
                let base = self.operand(symbols)?;
                self.expect("]")?;
                return Ok(match base {
                    Operand::Memory(..) => base,
                    base => Operand::Memory(Box::new(base), 0),
                });
            }
            "{" => return self.list(symbols, "}").map(Operand::Vector),
            "(" => return self.list(symbols, ")").map(Operand::List),
            "_" => return Ok(Operand::Sink),
            "!" => {
                let name = self.next()?;
                return predicate(symbols.meaning(&name)?).map(Operand::Not);
            }
            "-" => return Ok(Operand::Integer(self.integer()?.wrapping_neg())),
            _ => {}
        }
        if let Some((bits, float)) = lex::number(&word) {
            return Ok(if float { Operand::Float(bits) } else { Operand::Integer(bits) });
        }
        let meaning = symbols.meaning(&word)?;
        match self.peek() {
            "|" => {
                self.next()?;
                let second = self.next()?;
                Ok(Operand::Pair(predicate(meaning)?, predicate(symbols.meaning(&second)?)?))
            }
            sign @ ("+" | "-") => {
                let negative = sign == "-";
                self.next()?;
                let minus = self.take("-");
                let distance = self.integer()?.cast_signed();
                Ok(Operand::Memory(Box::new(meaning), if negative ^ minus { -distance } else { distance }))
            }
            _ => Ok(meaning),
        }
    }
}

fn predicate(operand: Operand) -> Result<Register, Reason> {
    match operand {
        Operand::Register(register) if register.bits == 1 => Ok(register),
        other => Err(format!("a predicate expected, {other:?} found")),
    }
}
