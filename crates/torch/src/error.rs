//! What can go wrong on libtorch.

use tch::TchError;
use xmrl_meta::MetaError;

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, TorchError>;

/// A fact about an input or about libtorch that stops a computation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TorchError {
    /// A slice has another length than the call needs.
    #[error("{what}: expected {expected} numbers, found {found}")]
    Length {
        /// The argument's name.
        what: &'static str,
        /// The length the call needs.
        expected: usize,
        /// The length it was given.
        found: usize,
    },
    /// A tensor does not have the shape or dtype that the spec demands.
    #[error("{name} is {got}; expected {expected}")]
    TensorShape {
        /// The argument.
        name: &'static str,
        /// The shapes accepted.
        expected: String,
        /// The shape (and dtype) given.
        got: String,
    },
    /// A derivative was asked for with respect to a tensor that does not record one.
    #[error("input {index} does not require a gradient; make it a leaf with requires_grad before building the graph")]
    NoGradient {
        /// Position among the inputs.
        index: usize,
    },
    /// The meta-objective refused an input, or a number is not finite.
    #[error(transparent)]
    Meta(#[from] MetaError),
    /// A device has no memory left; the first line of what libtorch said.
    #[error("libtorch: {message}; take fewer tasks or episodes, or fewer rows of curvature, or the CPU (device cpu)")]
    Memory {
        /// The first line of libtorch's message.
        message: String,
    },
    /// libtorch refused an operation; the first line of what it said.
    #[error("libtorch: {message}")]
    Torch {
        /// The first line of libtorch's message.
        message: String,
    },
}

impl From<TchError> for TorchError {
    /// Keeps the first line of a C++ message; what follows is a stack trace.
    fn from(error: TchError) -> Self {
        let text = match error {
            TchError::Torch(message) => message,
            other => other.to_string(),
        };
        let message = text.lines().next().unwrap_or_default().to_owned();
        if message.contains("out of memory") { Self::Memory { message } } else { Self::Torch { message } }
    }
}

impl From<TorchError> for MetaError {
    fn from(error: TorchError) -> Self {
        match error {
            TorchError::Meta(error) => error,
            other => Self::Calculus(other.to_string()),
        }
    }
}

/// `Ok` where `found` numbers are what `what` needs.
pub(crate) fn check_length(what: &'static str, expected: usize, found: usize) -> Result<()> {
    if expected == found { Ok(()) } else { Err(TorchError::Length { what, expected, found }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_a_device_lacks_is_told_from_the_rest_with_what_to_do() {
        let said = "CUDA out of memory. Tried to allocate 2.00 GiB.\nException raised from malloc";
        let text = TorchError::from(TchError::Torch(said.to_owned())).to_string();
        assert!(text.starts_with("libtorch: CUDA out of memory. Tried to allocate 2.00 GiB.; take fewer"), "{text}");
        let other = TorchError::from(TchError::Torch("no such operator\n at x.cpp".to_owned())).to_string();
        assert_eq!(other, "libtorch: no such operator");
    }
}
