//! A few eigenpairs of an operator as a preconditioner for the whole of it.

use crate::vector;

/// Writes `M^-1 r`, `M^-1 = I + U ((tail + damping)(values + damping)^-1 - I) U'`: near the inverse of
/// `(A + damping I) / (tail + damping)` where `U diag(values) U'` is near A on the span of U and A about `tail` beside it.
///
/// `basis` orthonormal columns `[k][P]`; `values` `[k]`, at least 0, with their greatest first. Positive definite for any damping of
/// at least 0.
pub(crate) fn solve(basis: &[Vec<f64>], values: &[f64], tail: f64, damping: f64, r: &[f64], out: &mut [f64]) {
    out.copy_from_slice(r);
    let floor = values.first().map_or(0.0, |first| 1e-12 * (first + damping));
    if floor == 0.0 {
        return;
    }
    let tail = (tail + damping).max(floor);
    for (value, column) in values.iter().zip(basis) {
        let factor = tail / (value + damping).max(floor) - 1.0;
        vector::axpy(factor * vector::dot(column, r), column, out);
    }
}
