//! Tokens to a module.

mod body;
mod global;

use crate::error::{EmulatorError, Reason};
use crate::lex::{self, Token};
use crate::symbols::Symbols;
use crate::syntax::{Function, Module, Parameter, Type};

/// Reads a file.
///
/// # Errors
/// [`EmulatorError::Text`] for the first line that is not understood.
pub(crate) fn module(text: &str) -> Result<Module, EmulatorError> {
    let said = |line: usize, reason: Reason| EmulatorError::Text {
        line,
        reason,
        text: text.lines().nth(line.saturating_sub(1)).unwrap_or_default().trim().to_owned(),
    };
    let tokens = lex::tokens(text).map_err(|(line, reason)| said(line, reason))?;
    let mut reader = Reader { tokens, at: 0 };
    reader.module().map_err(|reason| said(reader.line(), reason))
}

/// Tokens, and which is next.
pub(crate) struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

impl Reader {
    /// The line of the token that was read last.
    pub(crate) fn line(&self) -> usize {
        self.tokens.get(self.at.saturating_sub(1)).map_or(1, |token| token.line)
    }

    pub(crate) fn peek(&self) -> &str {
        self.tokens.get(self.at).map_or("", |token| &token.text)
    }

    pub(crate) fn peek_after(&self) -> &str {
        self.tokens.get(self.at + 1).map_or("", |token| &token.text)
    }

    pub(crate) fn next(&mut self) -> Result<String, Reason> {
        let token = self.tokens.get(self.at).ok_or("the file ends in the middle of something")?;
        self.at += 1;
        Ok(token.text.clone())
    }

    /// Takes the next token if it is this one.
    pub(crate) fn take(&mut self, text: &str) -> bool {
        let there = self.peek() == text;
        self.at += usize::from(there);
        there
    }

    pub(crate) fn expect(&mut self, text: &str) -> Result<(), Reason> {
        let found = self.next()?;
        if found == text { Ok(()) } else { Err(format!("`{text}` expected, `{found}` found")) }
    }

    /// A whole number that is no float.
    pub(crate) fn integer(&mut self) -> Result<u64, Reason> {
        let word = self.next()?;
        match lex::number(&word) {
            Some((bits, false)) => Ok(bits),
            _ => Err(format!("a whole number expected, `{word}` found")),
        }
    }

    fn small(&mut self) -> Result<u32, Reason> {
        u32::try_from(self.integer()?).map_err(|error| error.to_string())
    }

    fn module(&mut self) -> Result<Module, Reason> {
        let mut module = Module::default();
        while !self.peek().is_empty() {
            match self.next()?.as_str() {
                ".version" | ".address_size" => drop(self.next()?),
                ".target" => {
                    self.next()?;
                    while self.take(",") {
                        self.next()?;
                    }
                }
                ".visible" | ".weak" | ".extern" => {}
                kind @ (".entry" | ".func") => {
                    let kernel = kind == ".entry";
                    if let Some(function) = self.function(kernel)? {
                        module.functions.push(function);
                    }
                }
                ".global" => module.globals.push(self.global(crate::syntax::Space::Global)?),
                // Constant memory is global memory that nobody writes to: `st` knows no `.const`.
                ".const" => module.globals.push(self.global(crate::syntax::Space::Global)?),
                ".shared" => module.globals.push(self.global(crate::syntax::Space::Shared)?),
                other => return Err(format!("`{other}` is not understood here")),
            }
        }
        Ok(module)
    }

    /// A kernel or function; none where it is only announced.
    fn function(&mut self, kernel: bool) -> Result<Option<Function>, Reason> {
        let mut symbols = Symbols::default();
        symbols.open();
        let results = if self.peek() == "(" { self.parameters(&mut symbols)? } else { Vec::new() };
        let name = self.next()?;
        let parameters = if self.peek() == "(" { self.parameters(&mut symbols)? } else { Vec::new() };
        loop {
            match self.next()?.as_str() {
                ";" => return Ok(None),
                "{" => break,
                ".noreturn" => {}
                // Bounds on the launch, which change no bits.
                ".maxntid" | ".minnctapersm" | ".maxnreg" | ".maxnctapersm" | ".reqntid" => {
                    self.integer()?;
                    while self.take(",") {
                        self.integer()?;
                    }
                }
                other => return Err(format!("`{other}` is not understood of a function")),
            }
        }
        self.body(name, kernel, parameters, results, symbols).map(Some)
    }

    /// `(.param .align 8 .b8 name[24], …)`.
    fn parameters(&mut self, symbols: &mut Symbols) -> Result<Vec<Parameter>, Reason> {
        self.expect("(")?;
        let mut found = Vec::new();
        while !self.take(")") {
            if !found.is_empty() {
                self.expect(",")?;
            }
            match self.next()?.as_str() {
                ".param" => {}
                other => return Err(format!("`.param` expected, `{other}` found")),
            }
            let (name, bytes, align) = self.variable()?;
            found.push(symbols.parameter(&name, bytes, align)?);
        }
        Ok(found)
    }

    /// `.align 8 .b8 name[24]` or `.u64 .ptr .global .align 8 name`: name, bytes, alignment.
    pub(crate) fn variable(&mut self) -> Result<(String, u32, u32), Reason> {
        let mut align = None;
        let mut kind: Option<Type> = None;
        loop {
            let word = self.next()?;
            match word.as_str() {
                // After a type it is that of what a pointer points to.
                ".align" => {
                    let given = self.small()?;
                    if kind.is_none() {
                        align = Some(given);
                    }
                }
                ".ptr" | ".global" | ".local" | ".shared" | ".const" if kind.is_some() => {}
                word if word.starts_with('.') => {
                    let named = Type::named(&word[1..]).ok_or_else(|| format!("`{word}` is no type"))?;
                    kind = Some(named);
                }
                name => {
                    let element = kind.ok_or("a variable without a type")?.bytes();
                    let mut bytes = element;
                    while self.take("[") {
                        bytes = bytes.checked_mul(self.small()?).ok_or("more than 4 GiB")?;
                        self.expect("]")?;
                    }
                    return Ok((name.to_owned(), bytes, align.unwrap_or(element)));
                }
            }
        }
    }
}
