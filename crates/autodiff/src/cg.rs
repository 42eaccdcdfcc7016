//! Conjugate gradients with damping, a warm start and a curvature report.

use crate::error::{AutodiffError, check_finite, check_length, check_not_negative};
use crate::info::SolveInfo;
use crate::{tridiagonal, vector};

/// How long and how far [`conjugate_gradient`] goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CgOptions {
    /// Most operator products after the start. @default 10, TRPO's number
    pub max_iterations: usize,
    /// Stop where `|b - (A + damping I) x| <= tolerance |b|`. @default 1e-10
    pub tolerance: f64,
    /// Multiple of the identity added to the operator. @default 1e-5
    pub damping: f64,
}

impl Default for CgOptions {
    fn default() -> Self {
        Self { max_iterations: 10, tolerance: 1e-10, damping: 1e-5 }
    }
}

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
    let mut info = SolveInfo::start(options.damping);
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
        info.finish(0.0, true);
        return Ok((x, info));
    }
    let mut scratch = vec![0.0; if precondition.is_some() { n } else { 0 }];
    let mut rr = vector::dot(&r, &r);
    info.record(rr.sqrt() / target);
    let mut converged = rr.sqrt() <= options.tolerance * target;
    let mut p = preconditioned(&mut precondition, &r, &mut scratch)?.to_vec();
    let mut rz = if precondition.is_some() { vector::dot(&r, &p) } else { rr };
    let (mut diagonal, mut off) = (Vec::new(), Vec::new());
    let mut carried = 0.0; // beta_{k-1} / alpha_{k-1}

    while !converged && info.iterations < options.max_iterations {
        damped(&p, &mut product)?;
        info.iterations += 1;
        let curvature = vector::dot(&p, &product);
        let inverse_step = curvature / rz;
        diagonal.push(inverse_step + carried);
        if curvature <= 0.0 {
            info.negative_curvature = true;
            break;
        }
        let step = rz / curvature;
        vector::axpy(step, &p, &mut x);
        vector::axpy(-step, &product, &mut r);
        rr = vector::dot(&r, &r);
        info.record(rr.sqrt() / target);
        converged = rr.sqrt() <= options.tolerance * target;
        let z = preconditioned(&mut precondition, &r, &mut scratch)?;
        let next = if precondition.is_some() { vector::dot(&r, z) } else { rr };
        let beta = next / rz;
        carried = beta / step;
        off.push(beta.sqrt() / step);
        vector::xpby(z, beta, &mut p);
        rz = next;
    }
    off.truncate(diagonal.len().saturating_sub(1));
    if precondition.is_none()
        && let Some(ritz) = tridiagonal::eigenvalues(&diagonal, &off)
    {
        info.lambda_min = ritz.first().map(|r| r.value - options.damping);
        info.lambda_max = ritz.last().map(|r| r.value - options.damping);
    }
    info.finish(rr.sqrt() / target, converged);
    Ok((x, info))
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
