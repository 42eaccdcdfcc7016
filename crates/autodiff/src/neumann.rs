//! The truncated Neumann series, kept for comparison with conjugate gradients.

use crate::error::{AutodiffError, check_finite, check_not_negative};
use crate::info::SolveInfo;
use crate::vector;

/// Options of [`neumann`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NeumannOptions {
    /// Terms of the series after the first. @default 200
    pub max_iterations: usize,
    /// Stop where the relative residual is at most this. @default 1e-10
    pub tolerance: f64,
    /// Multiple of the identity added to the operator. @default 0
    pub damping: f64,
    /// Step `a`; the series converges for `0 < a < 2 / lambda_max(A + damping I)` on a positive definite system.
    pub step: f64,
}

/// `x = a sum_k (I - a (A + damping I))^k b`, summed until the residual or the term count stops it.
///
/// The `k`-th term is `a` times the residual of the sum so far, so the series is Richardson's iteration and its residual
/// comes for free. Where the residual has grown past `1e8 |b|` the series diverges and the sum so far is returned.
/// An indefinite system is not detected as such: it shows as a residual that grows.
///
/// Errors: options out of range, non-finite `b` or products, and whatever `apply` returns.
pub fn neumann<E: From<AutodiffError>>(
    mut apply: impl FnMut(&[f64], &mut [f64]) -> Result<(), E>,
    b: &[f64],
    options: NeumannOptions,
) -> Result<(Vec<f64>, SolveInfo), E> {
    check_finite("right-hand side", b)?;
    check_not_negative("damping", options.damping)?;
    check_not_negative("tolerance", options.tolerance)?;
    if !(options.step.is_finite() && options.step > 0.0) {
        return Err(AutodiffError::Option { what: "Neumann step", value: options.step, requirement: "positive" }.into());
    }
    let mut info = SolveInfo::start(options.damping);
    let target = vector::norm(b);
    let mut x = vec![0.0; b.len()];
    if target == 0.0 {
        info.finish(0.0, true);
        return Ok((x, info));
    }
    let mut term = b.to_vec(); // the residual of the sum so far
    let mut product = vec![0.0; b.len()];
    info.record(1.0);
    while info.residual > options.tolerance && info.iterations < options.max_iterations && info.residual < 1e8 {
        vector::axpy(options.step, &term, &mut x);
        apply(&term, &mut product)?;
        vector::axpy(options.damping, &term, &mut product);
        check_finite("operator product", &product)?;
        vector::axpy(-options.step, &product, &mut term);
        info.iterations += 1;
        info.record(vector::norm(&term) / target);
    }
    let converged = info.residual <= options.tolerance;
    info.finish(info.residual, converged);
    Ok((x, info))
}
