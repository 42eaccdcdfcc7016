//! Variables outside functions, and their initial values.

use super::Reader;
use crate::error::Reason;
use crate::lex;
use crate::syntax::{Global, Initial, Space, Type};

impl Reader {
    /// What follows `.global`, `.const` or `.shared`, up to its semicolon.
    pub(crate) fn global(&mut self, space: Space) -> Result<Global, Reason> {
        let line = self.line();
        let (mut align, mut kind) = (None, None);
        let name = loop {
            match self.next()?.as_str() {
                ".align" => align = Some(u32::try_from(self.integer()?).map_err(|error| error.to_string())?),
                word if word.starts_with('.') => {
                    kind = Some(Type::named(&word[1..]).ok_or_else(|| format!("`{word}` is no type"))?);
                }
                name => break name.to_owned(),
            }
        };
        let element = kind.ok_or("a variable without a type")?.bytes();
        let mut count: Option<u64> = None;
        let mut open = false;
        while self.take("[") {
            if self.take("]") {
                open = true;
                continue;
            }
            let of = self.integer()?;
            count = Some(count.unwrap_or(1).checked_mul(of).ok_or("an array beyond all memory")?);
            self.expect("]")?;
        }
        let initial = if self.take("=") { self.initial()? } else { Vec::new() };
        self.expect(";")?;
        let all = if open { initial.len() as u64 } else { count.unwrap_or(1) };
        if initial.len() as u64 > all {
            return Err(format!("{name} has {all} elements and {} initial values", initial.len()));
        }
        let bytes = all.checked_mul(element.into()).ok_or("an array beyond all memory")?;
        Ok(Global { line, name, space, align: align.unwrap_or(element), element, bytes, initial })
    }

    fn initial(&mut self) -> Result<Vec<Initial>, Reason> {
        if !self.take("{") {
            return Ok(vec![self.value()?]);
        }
        let mut values = Vec::new();
        loop {
            if self.peek() == "{" {
                values.extend(self.initial()?);
            } else {
                values.push(self.value()?);
            }
            if self.take("}") {
                return Ok(values);
            }
            self.expect(",")?;
        }
    }

    /// A number, an address (`name+8`, `generic(name)+8`), or one byte of an address (`0xFF00(generic(name))`).
    fn value(&mut self) -> Result<Initial, Reason> {
        let negative = self.take("-");
        let word = self.next()?;
        if let Some((bits, _)) = lex::number(&word) {
            if !self.take("(") {
                return Ok(Initial::Number(if negative { bits.wrapping_neg() } else { bits }));
            }
            let Initial::Address(name, offset, 0) = self.value()? else {
                return Err("a mask of what is no address".to_owned());
            };
            self.expect(")")?;
            let shift = bits.trailing_zeros();
            return if bits == 0xFF << shift && shift.is_multiple_of(8) {
                Ok(Initial::Address(name, offset, shift))
            } else {
                Err(format!("the mask {bits:#x} takes no byte"))
            };
        }
        let name = if word == "generic" {
            self.expect("(")?;
            let name = self.next()?;
            self.expect(")")?;
            name
        } else {
            word
        };
        let offset = match self.peek() {
            "+" => {
                self.next()?;
                self.integer()?.cast_signed()
            }
            "-" => {
                self.next()?;
                self.integer()?.cast_signed().wrapping_neg()
            }
            _ => 0,
        };
        Ok(Initial::Address(name, offset, 0))
    }
}
