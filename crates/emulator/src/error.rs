//! What can go wrong.

/// Text that is not understood, or a thread that did what it may not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EmulatorError {
    /// A line that is no PTX, or PTX outside the subset.
    #[error("line {line}: {reason}: `{text}`")]
    Text {
        /// From 1.
        line: usize,
        /// What is wrong.
        reason: String,
        /// The line.
        text: String,
    },
    /// A thread that reached for memory that is not its own, trapped, or did not end.
    #[error("thread {thread:?} of block {block:?}, line {line}: {reason}: `{text}`")]
    Thread {
        /// Its index in the block.
        thread: [u32; 3],
        /// The block's in the grid.
        block: [u32; 3],
        /// From 1.
        line: usize,
        /// What happened.
        reason: String,
        /// The line.
        text: String,
    },
    /// The module has no such kernel.
    #[error("no kernel `{name}`; the module has {there}")]
    Kernel {
        /// What was asked for.
        name: String,
        /// What there is.
        there: String,
    },
    /// Parameters that do not fill the kernel's.
    #[error("kernel `{name}` takes {expected} bytes of parameters, {got} were given")]
    Parameters {
        /// The kernel.
        name: String,
        /// Its size.
        expected: usize,
        /// What was given.
        got: usize,
    },
    /// Addresses of the host's side that are not in one allocation.
    #[error("{bytes} bytes at {address:#x} are in no allocation")]
    Address {
        /// The first.
        address: u64,
        /// How many.
        bytes: usize,
    },
}

/// A reason, before it is known which line it belongs to.
pub(crate) type Reason = String;
