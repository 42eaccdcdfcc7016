//! What runs, and what it is run with.

use crate::operation::Instruction;
use crate::syntax::Parameter;

/// A kernel or function, decoded.
#[derive(Debug)]
pub(crate) struct Code {
    pub(crate) name: String,
    pub(crate) kernel: bool,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) results: Vec<Parameter>,
    pub(crate) parameter_bytes: u32,
    pub(crate) local_bytes: u32,
    /// What registers hold when a frame begins: zeros, then literals.
    pub(crate) template: Vec<u64>,
    pub(crate) instructions: Vec<Instruction>,
    /// Line of each instruction.
    pub(crate) lines: Vec<usize>,
}

/// Kernels and functions, and the lines that they were read from.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) codes: Vec<Code>,
    pub(crate) source: Vec<String>,
}

impl Loaded {
    /// The text of a line.
    pub(crate) fn line(&self, line: usize) -> String {
        self.source.get(line.saturating_sub(1)).cloned().unwrap_or_default()
    }
}

/// A grid of threads.
#[derive(Debug, Clone, Copy)]
pub struct Launch<'a> {
    /// The kernel.
    pub kernel: &'a str,
    /// Blocks along x, y, z.
    pub blocks: [u32; 3],
    /// Threads of a block along x, y, z.
    pub threads: [u32; 3],
    /// Bytes of dynamic shared memory.
    pub shared: u32,
    /// Bytes of the parameters, laid out as the kernel's.
    pub parameters: &'a [u8],
    /// Most instructions of a thread, so that nothing hangs.
    pub most_instructions: u64,
}
