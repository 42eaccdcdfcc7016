//! The damped solve that answers negative curvature.

use crate::cg::{conjugate_gradient, preconditioned_gradient};
use crate::error::AutodiffError;
use crate::info::SolveInfo;
use crate::nystrom::Nystrom;
use crate::recurrence::CgOptions;

/// Options of [`solve_damped`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DampedOptions {
    /// The solve itself; `cg.damping` is where the damping starts.
    pub cg: CgOptions,
    /// Most doublings before the answer so far is returned with `negative_curvature` set. @default 40
    pub max_restarts: usize,
}

impl Default for DampedOptions {
    fn default() -> Self {
        Self { cg: CgOptions::default(), max_restarts: 40 }
    }
}

/// [`conjugate_gradient`] on `(A + damping I) x = b`, doubling the damping and starting over at each negative curvature.
///
/// A start at damping 0 continues at twice the size of the most negative curvature found. The report adds the products of
/// all attempts, keeps the widest eigenvalue estimates (they are of `A`, whatever the damping) and has
/// `negative_curvature` set where any attempt met it; `converged` says whether the last attempt, at `damping`, succeeded.
///
/// Errors: as [`conjugate_gradient`].
pub fn solve_damped<E: From<AutodiffError>>(
    apply: impl FnMut(&[f64], &mut [f64]) -> Result<(), E>,
    b: &[f64],
    x0: Option<&[f64]>,
    options: DampedOptions,
) -> Result<(Vec<f64>, SolveInfo), E> {
    restarted(apply, None, b, x0, options)
}

/// [`solve_damped`] preconditioned by an approximation of `A`, with the damping of each attempt. Without a free estimate
/// of the spectrum (see [`preconditioned_gradient`]) the damping doubles from where it starts, from 2 for a start at 0.
///
/// Errors: as [`conjugate_gradient`].
pub fn solve_preconditioned<E: From<AutodiffError>>(
    apply: impl FnMut(&[f64], &mut [f64]) -> Result<(), E>,
    approximation: &Nystrom,
    b: &[f64],
    x0: Option<&[f64]>,
    options: DampedOptions,
) -> Result<(Vec<f64>, SolveInfo), E> {
    restarted(apply, Some(approximation), b, x0, options)
}

fn restarted<E: From<AutodiffError>>(
    mut apply: impl FnMut(&[f64], &mut [f64]) -> Result<(), E>,
    approximation: Option<&Nystrom>,
    b: &[f64],
    x0: Option<&[f64]>,
    options: DampedOptions,
) -> Result<(Vec<f64>, SolveInfo), E> {
    let mut cg = options.cg;
    let (mut iterations, mut restarts) = (0, 0);
    let (mut lambda_min, mut lambda_max): (Option<f64>, Option<f64>) = (None, None);
    loop {
        let (x, mut info) = match approximation {
            None => conjugate_gradient(&mut apply, b, x0, cg)?,
            Some(near) => {
                let inverse = |r: &[f64], out: &mut [f64]| near.solve(cg.damping, r, out);
                preconditioned_gradient(&mut apply, inverse, b, x0, cg)?
            }
        };
        iterations += info.iterations;
        lambda_min = wider(lambda_min, info.lambda_min, f64::min);
        lambda_max = wider(lambda_max, info.lambda_max, f64::max);
        if info.negative_curvature && restarts < options.max_restarts {
            restarts += 1;
            cg.damping =
                if cg.damping > 0.0 { 2.0 * cg.damping } else { -2.0 * lambda_min.unwrap_or(-1.0).min(-f64::EPSILON) };
            continue;
        }
        info.negative_curvature |= restarts > 0;
        info.iterations = iterations;
        info.restarts = restarts;
        info.lambda_min = lambda_min;
        info.lambda_max = lambda_max;
        return Ok((x, info));
    }
}

fn wider(known: Option<f64>, found: Option<f64>, choose: fn(f64, f64) -> f64) -> Option<f64> {
    match (known, found) {
        (Some(a), Some(b)) => Some(choose(a, b)),
        (a, b) => a.or(b),
    }
}
