//! What can go wrong in the calculus.

/// A fact about an input that stops a computation.
///
/// Slow or failed convergence is not among them: see [`crate::SolveInfo`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AutodiffError {
    /// A slice has another length than the operator needs.
    #[error("{what}: expected {expected} numbers, found {found}")]
    Length {
        /// The argument's name.
        what: &'static str,
        /// The length the call needs.
        expected: usize,
        /// The length it was given.
        found: usize,
    },
    /// A number is NaN or infinite.
    #[error("{what}: entry {index} is {value}; every entry must be finite")]
    NotFinite {
        /// The argument's or the operator's name.
        what: &'static str,
        /// Position of the first such entry.
        index: usize,
        /// The entry itself.
        value: f64,
    },
    /// An option lies outside its range.
    #[error("{what} is {value}; it must be {requirement}")]
    Option {
        /// The option's name.
        what: &'static str,
        /// What was given.
        value: f64,
        /// The range it has to lie in.
        requirement: &'static str,
    },
    /// A matrix without an inverse met a direct solver.
    #[error("the {size} x {size} matrix is singular at pivot {pivot}; add damping")]
    Singular {
        /// Rows of the matrix.
        size: usize,
        /// The column whose pivot vanished.
        pivot: usize,
    },
}

/// `Ok` where `found` numbers are what `what` needs.
pub(crate) fn check_length(what: &'static str, expected: usize, found: usize) -> Result<(), AutodiffError> {
    if expected == found { Ok(()) } else { Err(AutodiffError::Length { what, expected, found }) }
}

/// `Ok` where every entry of `x` is finite.
pub(crate) fn check_finite(what: &'static str, x: &[f64]) -> Result<(), AutodiffError> {
    match x.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(index) => Err(AutodiffError::NotFinite { what, index, value: x[index] }),
    }
}

/// `Ok` where `value` is a finite number, at least zero.
pub(crate) fn check_not_negative(what: &'static str, value: f64) -> Result<(), AutodiffError> {
    if value.is_finite() && value >= 0.0 {
        Ok(())
    } else {
        Err(AutodiffError::Option { what, value, requirement: "finite and at least 0" })
    }
}
