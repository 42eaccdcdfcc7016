//! What can go wrong in explaining and augmenting, as facts: the argument, its value or place, and the fix.

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, XmrlError>;

/// An error of the two stages.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum XmrlError {
    /// A vector of the wrong length.
    #[error("{name} has {got} entries where {shape} = {expected} are needed")]
    Shape {
        /// The argument.
        name: String,
        /// Its shape in letters, such as `[N,P]`.
        shape: &'static str,
        /// Entries needed.
        expected: usize,
        /// Entries given.
        got: usize,
    },
    /// A NaN or an infinity.
    #[error("{name} is {value} at entry {index}")]
    NonFinite {
        /// The argument or tensor.
        name: String,
        /// The first offending entry.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// An option outside its range.
    #[error("{key} is {got}; {fix}")]
    Option {
        /// The option's name.
        key: &'static str,
        /// The value given.
        got: String,
        /// What is allowed.
        fix: &'static str,
    },
    /// A mixing family that does not exist.
    #[error(
        "unknown mixing family `{given}`; did you mean `{nearest}`? (uniform, kumaraswamy, logit-normal, beta, mixture)"
    )]
    UnknownFamily {
        /// The name given.
        given: String,
        /// The nearest name that exists.
        nearest: &'static str,
    },
    /// A posterior covariance that is not positive definite.
    #[error(
        "I + K is not positive definite (pivot {pivot} is {value}); raise augment.delta or solve Sigma more tightly"
    )]
    NotPositive {
        /// Row of the failing pivot.
        pivot: usize,
        /// Its value.
        value: f64,
    },
    /// The calculus refused an input, or an operator returned a number that is not finite.
    #[error(transparent)]
    Autodiff(#[from] xmrl_autodiff::AutodiffError),
    /// The meta-objective refused an input.
    #[error(transparent)]
    Meta(#[from] xmrl_meta::MetaError),
}

/// Checks that `got` entries are `expected`.
///
/// # Errors
/// [`XmrlError::Shape`].
pub(crate) fn check_len(name: &str, shape: &'static str, got: usize, expected: usize) -> Result<()> {
    if got == expected {
        return Ok(());
    }
    Err(XmrlError::Shape { name: name.to_owned(), shape, expected, got })
}

/// Checks that every entry is finite.
///
/// # Errors
/// [`XmrlError::NonFinite`] naming the first entry that is not.
pub(crate) fn check_finite(name: &str, values: &[f64]) -> Result<()> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(index) => Err(XmrlError::NonFinite { name: name.to_owned(), index, value: values[index] }),
    }
}
