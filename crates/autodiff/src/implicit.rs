//! Implicit differentiation through a regularised lower-level maximum.
//!
//! The lower level is `theta*(omega) = argmax sum_i omega_i J_i(theta) - delta/2 |theta - theta_0|^2`. Differentiating its
//! stationarity `sum_i omega_i grad J_i(theta*) = delta (theta* - theta_0)` gives, for any upper value `L(theta*)`,
//! `dL/domega_i = <grad J_i(theta*), v>` with `A v = grad L(theta*)` and `A = delta I - sum_i omega_i hess J_i(theta*)`.
//! Source: Pedregosa 2016; the lower level as in Rajeswaran et al. 2019.

use crate::error::{AutodiffError, check_finite, check_length, check_not_negative};
use crate::info::SolveInfo;
use crate::lanczos::{lanczos_bounds, spread_start};
use crate::neumann::{NeumannOptions, neumann};
use crate::nystrom::Nystrom;
use crate::recurrence::CgOptions;
use crate::solve::{DampedOptions, solve_damped, solve_preconditioned};
use crate::vector;

/// Products behind a Neumann series' own step.
const LANCZOS_STEPS: usize = 12;

/// How `A v = grad L` is solved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LinearSolver {
    /// Damped conjugate gradients; negative curvature doubles delta. The default.
    ConjugateGradient,
    /// Truncated Neumann series.
    Neumann {
        /// Step `a < 2 / lambda_max(A)`; `None` measures the ends of the spectrum first (12 Lanczos products), doubles delta
        /// until it exceeds `-lambda_min` and takes `1 / (delta + lambda_max)`.
        step: Option<f64>,
    },
}

/// Options of [`adjoint`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ImplicitOptions {
    /// Weight of the lower level's proximal term; where the damping starts.
    pub delta: f64,
    /// Relative residual to stop at. @default 1e-10
    pub tolerance: f64,
    /// Most Hessian-vector products of one attempt. @default 200
    pub max_iterations: usize,
    /// Most doublings of delta. @default 40
    pub max_restarts: usize,
    /// @default conjugate gradients
    pub solver: LinearSolver,
}

impl Default for ImplicitOptions {
    fn default() -> Self {
        Self {
            delta: 1.0,
            tolerance: 1e-10,
            max_iterations: 200,
            max_restarts: 40,
            solver: LinearSolver::ConjugateGradient,
        }
    }
}

/// The solution `v` of the adjoint system and how it was reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Adjoint {
    /// `v` `[P]`.
    pub v: Vec<f64>,
    /// The solve. Its operator is `-sum_i omega_i hess J_i`, so `lambda_min` and `lambda_max` are that operator's and
    /// `damping` is the delta in use: `A` is positive definite where `damping > -lambda_min`.
    /// For conjugate gradients and the series, `residual` is recomputed from `v` with one more product.
    pub info: SolveInfo,
}

/// Solves `(delta I - sum_i omega_i hess J_i) v = upper_gradient` for `v` `[P]`.
///
/// `weighted_hvp(u, out)` writes `sum_i omega_i (hess J_i) u`. `warm` is an earlier `v`. A delta that leaves `A`
/// indefinite is doubled (conjugate gradients only); `info.damping` holds the one used.
///
/// Errors: wrong lengths, options out of range, non-finite numbers, and whatever `weighted_hvp` returns.
pub fn adjoint<E: From<AutodiffError>>(
    weighted_hvp: impl FnMut(&[f64], &mut [f64]) -> Result<(), E>,
    upper_gradient: &[f64],
    warm: Option<&[f64]>,
    options: ImplicitOptions,
) -> Result<Adjoint, E> {
    adjoint_preconditioned(weighted_hvp, None, upper_gradient, warm, options)
}

/// [`adjoint`] with conjugate gradients preconditioned by an approximation of `-sum_i omega_i hess J_i`; the other solvers
/// do not use it.
///
/// Errors: as [`adjoint`].
pub fn adjoint_preconditioned<E: From<AutodiffError>>(
    mut weighted_hvp: impl FnMut(&[f64], &mut [f64]) -> Result<(), E>,
    approximation: Option<&Nystrom>,
    upper_gradient: &[f64],
    warm: Option<&[f64]>,
    options: ImplicitOptions,
) -> Result<Adjoint, E> {
    check_not_negative("delta", options.delta)?;
    let ImplicitOptions { delta, tolerance, max_iterations, max_restarts, solver } = options;
    let mut apply = |u: &[f64], out: &mut [f64]| -> Result<(), E> {
        weighted_hvp(u, out)?;
        vector::scale(-1.0, out);
        Ok(())
    };
    let (v, mut info) = match solver {
        LinearSolver::ConjugateGradient => {
            let damped = DampedOptions { cg: CgOptions { max_iterations, tolerance, damping: delta }, max_restarts };
            match approximation {
                None => solve_damped(&mut apply, upper_gradient, warm, damped)?,
                Some(near) => solve_preconditioned(&mut apply, near, upper_gradient, warm, damped)?,
            }
        }
        LinearSolver::Neumann { step } => {
            let (damping, step, met) = match step {
                Some(step) => (delta, step, SolveInfo::default()),
                None => safe_step(&mut apply, upper_gradient.len(), delta, max_restarts)?,
            };
            let options = NeumannOptions { max_iterations, tolerance, damping, step };
            let (v, info) = neumann(&mut apply, upper_gradient, options)?;
            let iterations = info.iterations + met.iterations;
            (
                v,
                SolveInfo {
                    iterations,
                    damping,
                    residual: info.residual,
                    converged: info.converged,
                    history: info.history,
                    ..met
                },
            )
        }
    };
    // Recurrences drift from the residual they stand for; the one printed with an explanation is the true one.
    let target = vector::norm(upper_gradient);
    if target > 0.0 {
        let mut product = vec![0.0; v.len()];
        apply(&v, &mut product)?;
        vector::axpy(info.damping, &v, &mut product);
        check_finite("operator product", &product)?;
        info.residual = vector::norm(&vector::difference(upper_gradient, &product)) / target;
        info.converged &= info.residual <= (10.0 * tolerance).max(1e-12);
    }
    Ok(Adjoint { v, info })
}

/// A delta that the measured spectrum leaves definite, the series' step for it, and what measuring found.
fn safe_step<E: From<AutodiffError>>(
    apply: impl FnMut(&[f64], &mut [f64]) -> Result<(), E>,
    size: usize,
    delta: f64,
    max_restarts: usize,
) -> Result<(f64, f64, SolveInfo), E> {
    let ends = lanczos_bounds(apply, &spread_start(size), LANCZOS_STEPS)?;
    let mut info = SolveInfo {
        iterations: ends.steps,
        lambda_min: Some(ends.lambda_min),
        lambda_max: Some(ends.lambda_max),
        ..SolveInfo::default()
    };
    let mut damping = delta;
    // A Ritz value is never below the least eigenvalue, which lies within its error: the series needs the true one covered.
    let least = ends.lambda_min - ends.lambda_min_error;
    while damping + least <= 0.0 && info.restarts < max_restarts {
        damping = if damping > 0.0 { 2.0 * damping } else { -2.0 * least };
        info.restarts += 1;
        info.negative_curvature = true;
    }
    // 1 / 0 (the zero operator without damping) is refused by the series as a step that is not finite.
    Ok((damping, 1.0 / (damping + ends.lambda_max + ends.lambda_max_error), info))
}

/// `s_i = <grad J_i, v>` of task gradients `[N, P]` row-major, in task order; `[N]`.
///
/// Errors: a length that is no multiple of `v`'s.
pub fn scores(task_gradients: &[f64], v: &[f64]) -> Result<Vec<f64>, AutodiffError> {
    let tasks = task_gradients.len().checked_div(v.len()).unwrap_or(0);
    check_length("task gradients", tasks * v.len(), task_gradients.len())?;
    Ok(task_gradients.chunks_exact(v.len().max(1)).map(|row| vector::dot(row, v)).collect())
}

/// How far the lower level is from stationary, seen along `v`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NonStationarity {
    /// `sum_i omega_i s_i`.
    pub left: f64,
    /// `delta <theta* - theta_0, v>`.
    pub right: f64,
    /// `|left - right|` over the greater of `sum_i |omega_i s_i|` and `|right|`; 0 where both vanish.
    pub defect: f64,
}

/// Compares `sum_i omega_i s_i` with `delta <theta* - theta_0, v>`.
///
/// The two agree for **every** `v` at a stationary point of the lower level with this `delta`, so a defect says how far
/// `theta*` is from one. It says nothing of the solve that made `v`; and where `theta*` is `theta_0` itself (a score at the
/// start) the right side is 0 and the defect is `|sum_i omega_i s_i| / sum_i |omega_i s_i|`. `delta` is the lower level's own,
/// not a damping that a solver raised.
///
/// Errors: wrong lengths.
pub fn non_stationarity(
    weights: &[f64],
    scores: &[f64],
    delta: f64,
    theta_star: &[f64],
    theta_0: &[f64],
    v: &[f64],
) -> Result<NonStationarity, AutodiffError> {
    check_length("scores", weights.len(), scores.len())?;
    check_length("theta*", v.len(), theta_star.len())?;
    check_length("theta_0", v.len(), theta_0.len())?;
    let left = vector::dot(weights, scores);
    let right = delta * vector::dot(&vector::difference(theta_star, theta_0), v);
    let mass: f64 = weights.iter().zip(scores).map(|(w, s)| (w * s).abs()).sum();
    let size = mass.max(right.abs());
    Ok(NonStationarity { left, right, defect: if size > 0.0 { (left - right).abs() / size } else { 0.0 } })
}

/// `omega_i = exp(eta_i) / sum_j exp(eta_j)`, shifted by the greatest entry.
pub fn softmax(eta: &[f64]) -> Vec<f64> {
    let top = eta.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut weights: Vec<f64> = eta.iter().map(|x| (x - top).exp()).collect();
    let total = vector::sum(&weights);
    vector::scale(1.0 / total, &mut weights);
    weights
}

/// `dL/deta_i = omega_i (s_i - sum_j omega_j s_j)` from `omega = softmax(eta)` and `s_i = dL/domega_i`; `[N]`.
///
/// Errors: wrong lengths.
pub fn softmax_pullback(weights: &[f64], scores: &[f64]) -> Result<Vec<f64>, AutodiffError> {
    check_length("scores", weights.len(), scores.len())?;
    let mean = vector::dot(weights, scores);
    Ok(weights.iter().zip(scores).map(|(w, s)| w * (s - mean)).collect())
}
