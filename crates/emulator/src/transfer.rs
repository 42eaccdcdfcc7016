//! Loads, stores, moves, addresses of windows.

use crate::decode::{Decoder, mask, space, typed};
use crate::error::Reason;
use crate::operation::{Address, NONE, Operation};
use crate::syntax::{Class, Operand, Space, Type};

/// Cache hints and orders that change no value where threads run one after another.
const HINTS: [&str; 13] =
    ["weak", "volatile", "relaxed", "acquire", "release", "cta", "gpu", "sys", "nc", "ca", "cg", "cs", "wb"];

impl Decoder<'_> {
    pub(crate) fn load(&mut self, parts: &[&str], operands: &[Operand]) -> Result<(), Reason> {
        let (of, within, count) = access(parts)?;
        let [target, Operand::Memory(base, offset)] = operands else {
            return Err("a register and an address are needed".to_owned());
        };
        let targets = vector(target, count)?;
        let base = self.base(base, within)?;
        let mut loads = Vec::new();
        for (k, target) in targets.iter().enumerate() {
            if **target == Operand::Sink {
                continue;
            }
            let d = Self::target(target, of.bits, true)?;
            let address = part(base, within, *offset, of, count, k as u32);
            let signed = of.class == Class::Signed && of.bits < 64;
            loads.push((d.slot, Operation::Load { address, bytes: of.bytes(), signed, d: d.slot, mask: mask(d) }));
        }
        // A register that holds the address may be a target too: it is written last.
        loads.sort_by_key(|(d, _)| *d == base.0);
        loads.into_iter().for_each(|(_, load)| self.push(load));
        Ok(())
    }

    pub(crate) fn store(&mut self, parts: &[&str], operands: &[Operand]) -> Result<(), Reason> {
        if parts.contains(&"const") {
            return Err("constant memory is not written to".to_owned());
        }
        let (of, within, count) = access(parts)?;
        let [Operand::Memory(base, offset), value] = operands else {
            return Err("an address and a value are needed".to_owned());
        };
        let values = vector(value, count)?;
        let base = self.base(base, within)?;
        for (k, value) in values.iter().enumerate() {
            let a = self.value(value, of, true)?;
            let address = part(base, within, *offset, of, count, k as u32);
            self.push(Operation::Store { address, bytes: of.bytes(), a });
        }
        Ok(())
    }

    /// Slot (or [`NONE`], the frame's start) and offset of an address without what is added to it.
    fn base(&mut self, operand: &Operand, within: Space) -> Result<(u32, i64), Reason> {
        match operand {
            &Operand::Frame(space, offset) if space == within => Ok((NONE, offset.into())),
            Operand::Frame(space, _) => Err(format!("an address in {space:?} where {within:?} is meant")),
            Operand::Register(register) if register.bits == 64 => Ok((register.slot, 0)),
            Operand::Integer(address) => Ok((self.literal(*address), 0)),
            Operand::Symbol(name) => {
                let address = self.symbols.get(name).copied().ok_or_else(|| format!("nothing is called {name}"))?;
                Ok((self.literal(address), 0))
            }
            other => Err(format!("{other:?} is no address")),
        }
    }

    pub(crate) fn copy(&mut self, parts: &[&str], operands: &[Operand]) -> Result<(), Reason> {
        let ["mov", name] = parts else {
            return Err(format!("{} is not understood", parts.join(".")));
        };
        let of = typed(name)?;
        match operands {
            [d, Operand::Vector(from)] => {
                let (count, bits) = split(of, from.len())?;
                let mut parts = [NONE; 4];
                for (part, from) in parts.iter_mut().zip(from) {
                    *part = self.value(from, Type { class: Class::Bits, bits }, false)?;
                }
                let d = Self::target(d, of.bits, false)?.slot;
                self.push(Operation::Pack { d, parts, count, bits });
            }
            [Operand::Vector(to), a] => {
                let (count, bits) = split(of, to.len())?;
                let mut parts = [NONE; 4];
                for (part, to) in parts.iter_mut().zip(to).filter(|(_, to)| **to != Operand::Sink) {
                    *part = Self::target(to, bits, false)?.slot;
                }
                let a = self.value(a, of, false)?;
                self.push(Operation::Unpack { a, parts, count, bits });
            }
            [d, a] => {
                let d = Self::target(d, of.bits, false)?.slot;
                let a = self.value(a, of, false)?;
                self.push(Operation::Move { d, a });
            }
            _ => return Err("two operands are needed".to_owned()),
        }
        Ok(())
    }

    pub(crate) fn window(&mut self, parts: &[&str], operands: &[Operand]) -> Result<(), Reason> {
        let unknown = || format!("{} is not understood", parts.join("."));
        let (name, size, generic) = match parts {
            ["cvta", "to", name, size] => (name, size, false),
            ["cvta", name, size] => (name, size, true),
            _ => return Err(unknown()),
        };
        let space = space(name).filter(|_| *size == "u64" || *size == "b64").ok_or_else(unknown)?;
        let [d, a] = operands else {
            return Err("two operands are needed".to_owned());
        };
        let d = Self::target(d, 64, false)?.slot;
        let a = self.value(a, Type { class: Class::Unsigned, bits: 64 }, false)?;
        self.push(Operation::Window { d, a, space, generic });
        Ok(())
    }
}

/// Type, space and number of elements of a load or store.
fn access(parts: &[&str]) -> Result<(Type, Space, u32), Reason> {
    let (last, modifiers) = parts[1..].split_last().ok_or("no type")?;
    let (mut within, mut count) = (Space::Generic, 1);
    for modifier in modifiers {
        match *modifier {
            "v2" => count = 2,
            "v4" => count = 4,
            name => match space(name) {
                Some(space) => within = space,
                None if HINTS.contains(&name) => {}
                None => return Err(format!(".{name} is not understood of an access")),
            },
        }
    }
    let of = typed(last)?;
    if of.class == Class::Predicate { Err("predicates are not in memory".to_owned()) } else { Ok((of, within, count)) }
}

/// The operands of a vector, or the one.
fn vector(operand: &Operand, count: u32) -> Result<Vec<&Operand>, Reason> {
    match operand {
        Operand::Vector(all) if all.len() == count as usize => Ok(all.iter().collect()),
        Operand::Vector(all) => Err(format!("{} elements, not {count}", all.len())),
        one if count == 1 => Ok(vec![one]),
        _ => Err("a vector is needed".to_owned()),
    }
}

/// The address of element `k` of an access.
fn part((base, start): (u32, i64), space: Space, offset: i64, of: Type, count: u32, k: u32) -> Address {
    let before = u64::from(k * of.bytes());
    Address {
        space,
        base,
        offset: start + offset + before.cast_signed(),
        mask: u64::from(of.bytes() * count) - 1,
        before,
    }
}

/// How many parts of how many bits a register falls into.
fn split(of: Type, parts: usize) -> Result<(u32, u32), Reason> {
    let count = parts as u32;
    if [2, 4].contains(&count) && of.bits / count >= 8 {
        Ok((count, of.bits / count))
    } else {
        Err(format!("{count} parts"))
    }
}
