//! A module that is ready to run.

use std::collections::HashMap;

use crate::code::{Code, Launch, Loaded};
use crate::decode;
use crate::error::EmulatorError;
use crate::memory::{FUNCTIONS, Memory};
use crate::operation::Operation;
use crate::parse;
use crate::run::Grid;
use crate::syntax::{Global, Initial, Parameter, Space};

/// A module whose variables lie in a device's memory.
#[derive(Debug)]
pub struct Program {
    loaded: Loaded,
    shared_bytes: u32,
    variables: Vec<(u64, u64)>,
}

impl Program {
    /// Reads a file, puts its variables into `memory`, decodes.
    ///
    /// # Errors
    /// [`EmulatorError::Text`] for the first line that is not understood.
    pub fn load(text: &str, memory: &mut Memory) -> Result<Self, EmulatorError> {
        let module = parse::module(text)?;
        let source: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
        let said = |line: usize, reason: String| EmulatorError::Text {
            line,
            reason,
            text: source.get(line.saturating_sub(1)).cloned().unwrap_or_default(),
        };
        let mut shared_bytes = 0;
        let mut symbols = HashMap::new();
        for (at, function) in module.functions.iter().enumerate() {
            symbols.insert(function.name.clone(), FUNCTIONS + at as u64);
        }
        let mut variables = Vec::new();
        for global in &module.globals {
            let address = match global.space {
                Space::Shared => {
                    let start = u64::from(shared_bytes).next_multiple_of(global.align.max(1).into());
                    let end = start + global.bytes;
                    shared_bytes = u32::try_from(end).map_err(|error| said(global.line, error.to_string()))?;
                    start
                }
                _ => {
                    let address = memory.allocate(global.bytes as usize);
                    variables.push((address, global.bytes));
                    address
                }
            };
            symbols.insert(global.name.clone(), address);
        }
        for global in module.globals.iter().filter(|global| global.space != Space::Shared) {
            let bytes = contents(global, &symbols).map_err(|reason| said(global.line, reason))?;
            memory.write(symbols[&global.name], &bytes)?;
        }
        let codes = module
            .functions
            .iter()
            .map(|function| decode::function(function, &symbols).map_err(|(line, reason)| said(line, reason)));
        let codes = codes.collect::<Result<_, _>>()?;
        let loaded = Loaded { codes, source };
        check_calls(&loaded)?;
        Ok(Self { loaded, shared_bytes, variables })
    }

    /// Names of the kernels, in the order of the file.
    pub fn kernels(&self) -> impl Iterator<Item = &str> {
        self.loaded.codes.iter().filter(|code| code.kernel).map(|code| code.name.as_str())
    }

    /// Bytes of a kernel's parameters; none where there is no such kernel.
    #[must_use]
    pub fn parameter_bytes(&self, kernel: &str) -> Option<usize> {
        self.loaded.codes.iter().find(|code| code.kernel && code.name == kernel).map(entry_bytes)
    }

    /// Bytes of local memory that a kernel's own frame has, without those of what it calls.
    #[must_use]
    pub fn local_bytes(&self, kernel: &str) -> Option<usize> {
        self.loaded.codes.iter().find(|code| code.kernel && code.name == kernel).map(|code| code.local_bytes as usize)
    }

    /// Address and bytes of every variable that lies in global memory.
    pub fn variables(&self) -> impl Iterator<Item = (u64, u64)> {
        self.variables.iter().copied()
    }

    /// Runs a kernel; the instructions that its threads executed.
    ///
    /// # Errors
    /// A kernel that is not there, other parameters than its own, and [`EmulatorError::Thread`] for the first thread that did
    /// what it may not; what was written until then stays.
    pub fn launch(&self, memory: &mut Memory, launch: &Launch<'_>) -> Result<u64, EmulatorError> {
        let found = self.loaded.codes.iter().position(|code| code.kernel && code.name == launch.kernel);
        let entry = found.ok_or_else(|| EmulatorError::Kernel {
            name: launch.kernel.to_owned(),
            there: self.kernels().collect::<Vec<_>>().join(", "),
        })?;
        let (expected, got) = (entry_bytes(&self.loaded.codes[entry]), launch.parameters.len());
        if expected != got {
            return Err(EmulatorError::Parameters { name: launch.kernel.to_owned(), expected, got });
        }
        let shared = vec![0xFF; self.shared_bytes.next_multiple_of(16) as usize + launch.shared as usize];
        Grid { program: &self.loaded, memory, shared, launch, entry, executed: 0 }.run()
    }
}

/// That callers and functions agree on what is handed over.
fn check_calls(loaded: &Loaded) -> Result<(), EmulatorError> {
    let agree = |given: &[(u32, u32)], taken: &[Parameter]| {
        given.len() == taken.len() && given.iter().zip(taken).all(|(given, taken)| given.1 == taken.bytes)
    };
    for code in &loaded.codes {
        for (instruction, &line) in code.instructions.iter().zip(&code.lines) {
            let Operation::Call { function, call } = &instruction.operation else {
                continue;
            };
            let called = &loaded.codes[*function as usize];
            if !agree(&call.arguments, &called.parameters) || !agree(&call.results, &called.results) {
                let reason = format!("{} takes or gives something else", called.name);
                return Err(EmulatorError::Text { line, reason, text: loaded.line(line) });
            }
        }
    }
    Ok(())
}

fn entry_bytes(code: &Code) -> usize {
    code.parameters.last().map_or(0, |last| (last.offset + last.bytes) as usize)
}

/// A variable's bytes; zeros where nothing is said.
fn contents(global: &Global, symbols: &HashMap<String, u64>) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(global.bytes as usize);
    for value in &global.initial {
        let value = match value {
            Initial::Number(value) => *value,
            Initial::Address(name, offset, shift) => {
                let address = symbols.get(name).ok_or_else(|| format!("nothing is called {name}"))?;
                address.wrapping_add_signed(*offset) >> shift
            }
        };
        bytes.extend_from_slice(&value.to_le_bytes()[..global.element as usize]);
    }
    bytes.resize(global.bytes as usize, 0);
    Ok(bytes)
}
