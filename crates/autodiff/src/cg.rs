//! Conjugate gradients with damping, a warm start and a curvature report.

use crate::error::{AutodiffError, check_finite, check_length, check_not_negative};
use crate::info::SolveInfo;
use crate::recurrence::{CgOptions, CgRecurrence};
use crate::vector;

/// Solves `(A + damping I) x = b` for symmetric `A`; returns `x` `[P]` and what happened.
///
/// `apply(v, out)` writes `A v`. `x0` is a warm start and costs one more product. Where a direction `p` has
/// `p'(A + damping I) p <= 0` the system is not positive definite: the iterate before that step is returned with
/// `negative_curvature` set and `converged` unset (an exact solution met earlier keeps its own flags).
/// `lambda_min` and `lambda_max` are the extreme Ritz values of `A` (damping taken off) that the run yields for free:
/// the tridiagonal matrix of its coefficients, no further product.
///
/// Errors: wrong lengths, options out of range, non-finite `b`, `x0` or products, and whatever `apply` returns.
/// Source: Hestenes and Stiefel 1952; the Lanczos link as in Golub and Van Loan, section 11.3.
pub fn conjugate_gradient<E: From<AutodiffError>>(
    apply: impl FnMut(&[f64], &mut [f64]) -> Result<(), E>,
    b: &[f64],
    x0: Option<&[f64]>,
    options: CgOptions,
) -> Result<(Vec<f64>, SolveInfo), E> {
    iterate(apply, None, b, x0, options)
}

/// [`conjugate_gradient`] with `precondition(r, out)`, which writes `M^-1 r` for a symmetric positive definite M near
/// `A + damping I`: as many steps fewer as `M^-1 (A + damping I)` is better conditioned. The tolerance is still on the
/// residual itself. `lambda_min` and `lambda_max` stay `None`: the coefficients of this run belong to another matrix.
///
/// Errors: as [`conjugate_gradient`], and non-finite results of `precondition`.
/// Source: Golub and Van Loan, section 11.5.
pub fn preconditioned_gradient<E: From<AutodiffError>>(
    apply: impl FnMut(&[f64], &mut [f64]) -> Result<(), E>,
    mut precondition: impl FnMut(&[f64], &mut [f64]),
    b: &[f64],
    x0: Option<&[f64]>,
    options: CgOptions,
) -> Result<(Vec<f64>, SolveInfo), E> {
    iterate(apply, Some(&mut precondition), b, x0, options)
}

type Precondition<'a> = Option<&'a mut dyn FnMut(&[f64], &mut [f64])>;

fn iterate<E: From<AutodiffError>>(
    mut apply: impl FnMut(&[f64], &mut [f64]) -> Result<(), E>,
    mut precondition: Precondition<'_>,
    b: &[f64],
    x0: Option<&[f64]>,
    options: CgOptions,
) -> Result<(Vec<f64>, SolveInfo), E> {
    let n = b.len();
    check_finite("right-hand side", b)?;
    check_not_negative("damping", options.damping)?;
    check_not_negative("tolerance", options.tolerance)?;
    let target = vector::norm(b);
    let mut product = vec![0.0; n];
    let mut damped = |v: &[f64], out: &mut [f64]| -> Result<(), E> {
        apply(v, out)?;
        vector::axpy(options.damping, v, out);
        check_finite("operator product", out).map_err(E::from)
    };

    let mut r = b.to_vec();
    let mut x = vec![0.0; n];
    if let Some(start) = x0 {
        check_length("warm start", n, start.len())?;
        check_finite("warm start", start)?;
        x.copy_from_slice(start);
        damped(&x, &mut product)?;
        vector::axpy(-1.0, &product, &mut r);
    }
    if target == 0.0 {
        // b = 0 has the exact answer 0; a relative residual would divide by nothing.
        x.fill(0.0);
        return Ok((x, SolveInfo::exact(options.damping)));
    }
    let rr = vector::dot(&r, &r);
    let mut scratch = vec![0.0; if precondition.is_some() { n } else { 0 }];
    let mut p = preconditioned(&mut precondition, &r, &mut scratch)?.to_vec();
    let rz = precondition.is_some().then(|| vector::dot(&r, &p));
    let mut run = CgRecurrence::new(options, target, rr, rz);
    while run.goes_on() {
        damped(&p, &mut product)?;
        let Some(step) = run.step(vector::dot(&p, &product)) else { break };
        vector::axpy(step, &p, &mut x);
        vector::axpy(-step, &product, &mut r);
        let rr = vector::dot(&r, &r);
        let z = preconditioned(&mut precondition, &r, &mut scratch)?;
        let rz = precondition.is_some().then(|| vector::dot(&r, z));
        let beta = run.turn(rr, rz);
        vector::xpby(z, beta, &mut p);
    }
    Ok((x, run.finish()))
}

/// `M^-1 r`, in `scratch`; `r` itself without a preconditioner.
fn preconditioned<'a>(
    precondition: &mut Precondition<'_>,
    r: &'a [f64],
    scratch: &'a mut [f64],
) -> Result<&'a [f64], AutodiffError> {
    let Some(precondition) = precondition else { return Ok(r) };
    precondition(r, scratch);
    check_finite("preconditioned residual", scratch)?;
    Ok(scratch)
}
