//! PTX interpreted on the CPU: what proves kernels where there is no card. For tests only; nothing about speed follows from it.
//!
//! The subset that LLVM's NVPTX back end emits, with IEEE semantics to the bit. What is not understood is an error that names the
//! line, never skipped; so are operations whose bits a card may choose: additions and products without `.rn` (an assembler may
//! fuse them), `.approx`, `.ftz`. [`Program::load`] decodes once, into operations on register slots; [`Program::launch`] runs the
//! threads of a grid one after another, those of a block in lockstep between barriers.
//!
//! Memory that nothing was written to holds ones in every bit (a NaN as a number), and every access must be aligned and lie in one
//! allocation: a card would be more lenient.

mod arithmetic;
mod code;
mod compare;
mod convert;
mod decode;
mod error;
mod lex;
mod memory;
mod operation;
mod parse;
mod program;
mod run;
mod symbols;
mod syntax;
mod thread;
mod transfer;

pub use code::Launch;
pub use error::EmulatorError;
pub use memory::Memory;
pub use program::Program;
