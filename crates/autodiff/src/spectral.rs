//! A few eigenpairs of an operator as a preconditioner for the whole of it.

use crate::vector;

/// Writes `M^-1 r`, `M^-1 = I + U ((tail + damping)(values + damping)^-1 - I) U'`: near the inverse of
/// `(A + damping I) / (tail + damping)` where `U diag(values) U'` is near A on the span of U and A about `tail` beside it.
///
/// `basis` orthonormal columns `[k][P]`; `values` `[k]`, at least 0, with their greatest first. Positive definite for any damping of
/// at least 0.
pub(crate) fn solve(basis: &[Vec<f64>], values: &[f64], tail: f64, damping: f64, r: &[f64], out: &mut [f64]) {
    out.copy_from_slice(r);
    for (factor, column) in factors(values, tail, damping).iter().zip(basis) {
        vector::axpy(factor * vector::dot(column, r), column, out);
    }
}

/// The diagonal of `(tail + damping)(values + damping)^-1 - I` in [`solve`]; empty where all of it is 0.
pub(crate) fn factors(values: &[f64], tail: f64, damping: f64) -> Vec<f64> {
    let floor = values.first().map_or(0.0, |first| 1e-12 * (first + damping));
    if floor == 0.0 {
        return Vec::new();
    }
    let tail = (tail + damping).max(floor);
    values.iter().map(|value| tail / (value + damping).max(floor) - 1.0).collect()
}
