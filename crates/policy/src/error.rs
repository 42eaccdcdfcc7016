//! What can be wrong with a policy: sizes, shapes, values.

/// A policy that cannot be built or evaluated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// A size of the network is zero.
    #[error("policy.{key} is 0; every layer needs at least one unit")]
    EmptyLayer {
        /// The key of the spec, for example `hidden[1]`.
        key: String,
    },
    /// A number of the spec is NaN, infinite, or out of its range.
    #[error("policy.{key} is {value}; {fix}")]
    Value {
        /// The key of the spec.
        key: &'static str,
        /// What was given.
        value: f64,
        /// What would be accepted.
        fix: &'static str,
    },
    /// A slice does not have the size that the spec demands.
    #[error("{name} has {got} entries; {shape} needs {expected}")]
    Shape {
        /// The argument.
        name: &'static str,
        /// The expected shape in the house's letters, for example `[R,S]`.
        shape: &'static str,
        /// Entries expected.
        expected: usize,
        /// Entries given.
        got: usize,
    },
    /// A parameter is NaN or infinite.
    #[error("parameter {parameter} is {value}; the last update diverged (lower the step size or the trust region)")]
    NonFinite {
        /// The parameter's place, for example `W2[0,31]` or `log_std[1]`.
        parameter: String,
        /// The value found.
        value: f64,
    },
}
