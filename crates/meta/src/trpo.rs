//! Trust-region policy optimisation of the meta vector, over any [`MetaProblem`].

use xmrl_autodiff::{CgOptions, RitzPairs, SolveInfo, conjugate_gradient, preconditioned_gradient, ritz_pairs, vector};

use crate::clock::{StepSeconds, timed};
use crate::error::{MetaError, Result, Stage, check_finite, check_len};
use crate::problem::{MetaProblem, Value};

/// Constants of the trust-region step.
#[derive(Debug, Clone, PartialEq)]
pub struct TrpoOptions {
    /// Bound on `kl_adapted + unadapted_weight * kl_unadapted`, nats. Default 0.01.
    pub delta: f64,
    /// Conjugate-gradient iterations. Default 8.
    pub cg_iterations: usize,
    /// Relative residual at which conjugate gradients stop early. Default 1e-10.
    pub cg_tolerance: f64,
    /// Added to the diagonal of the curvature. Default 0.05.
    pub damping: f64,
    /// Factor between candidates of the line search, in (0,1). Default 0.8.
    pub backtrack: f64,
    /// Candidates tried. Default 15.
    pub tries: usize,
    /// Weight of the unadapted policy's KL in the trust region (guard 3). Default 0.5.
    pub unadapted_weight: f64,
    /// What saves conjugate-gradient iterations; nothing by default.
    pub preconditioner: Option<Preconditioner>,
}

/// A preconditioner of the trust region's curvature: Ritz pairs of the curvature on a few of its rows, in the Krylov space of the
/// gradient ([`ritz_pairs`]). Made anew in every step, so that a step depends on nothing but its own data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preconditioner {
    /// Pairs, and products with the curvature on `rows`.
    pub rank: usize,
    /// Rows a task and phase, of those of the curvature.
    pub rows: usize,
}

impl Default for TrpoOptions {
    fn default() -> Self {
        Self {
            delta: 0.01,
            cg_iterations: 8,
            cg_tolerance: 1e-10,
            damping: 0.05,
            backtrack: 0.8,
            tries: 15,
            unadapted_weight: 0.5,
            preconditioner: None,
        }
    }
}

impl TrpoOptions {
    /// Checks every constant.
    ///
    /// # Errors
    /// [`MetaError::Option`] naming the first one out of range.
    pub fn validate(&self) -> Result<()> {
        let positive = |x: f64| x.is_finite() && x > 0.0;
        let not_negative = |x: f64| x.is_finite() && x >= 0.0;
        let (rank, rows) = self.preconditioner.map_or((1, 1), |of| (of.rank, of.rows));
        let checks = [
            ("trpo.preconditioner.rank", rank as f64, rank > 0, "give at least 1, or no preconditioner"),
            ("trpo.preconditioner.rows", rows as f64, rows > 0, "give at least 1"),
            ("trpo.delta", self.delta, positive(self.delta), "give a positive finite number"),
            ("trpo.cgIterations", self.cg_iterations as f64, self.cg_iterations > 0, "give at least 1"),
            ("trpo.cgTolerance", self.cg_tolerance, not_negative(self.cg_tolerance), "give a number >= 0"),
            ("trpo.damping", self.damping, not_negative(self.damping), "give a number >= 0"),
            (
                "trpo.backtrack",
                self.backtrack,
                positive(self.backtrack) && self.backtrack < 1.0,
                "give a number in (0,1)",
            ),
            ("trpo.tries", self.tries as f64, self.tries > 0, "give at least 1"),
            ("trpo.unadaptedWeight", self.unadapted_weight, not_negative(self.unadapted_weight), "give a number >= 0"),
        ];
        match checks.into_iter().find(|(_, _, fine, _)| !fine) {
            None => Ok(()),
            Some((key, got, _, fix)) => Err(MetaError::Option { key, got: got.to_string(), fix }),
        }
    }
}

/// One trust-region step.
#[derive(Debug, Clone)]
pub struct TrpoOutcome {
    /// The new meta vector `[Q]`; the old one, bit for bit, where no candidate was accepted.
    pub meta: Vec<f64>,
    /// Whether a candidate was accepted.
    pub accepted: bool,
    /// Weighted surrogate at the old meta vector.
    pub surrogate_before: f64,
    /// Weighted surrogate at the returned one, on the same data.
    pub surrogate_after: f64,
    /// KL of the adapted policies at the returned meta vector.
    pub kl: f64,
    /// KL of the unadapted policy at the returned meta vector.
    pub kl_unadapted: f64,
    /// Candidates refused before the accepted one (all of them where none was).
    pub backtracks: usize,
    /// How the conjugate gradients ended.
    pub cg: SolveInfo,
    /// Euclidean norm of the weighted meta-gradient.
    pub gradient_norm: f64,
    /// Where its time went; the phases of the collection are 0.
    pub seconds: StepSeconds,
}

/// Solves `max_x sum_i w_i J_i(meta + x)` to first order inside `1/2 x^T C x <= delta`, then searches along the line.
///
/// `(C + damping) x = g` by conjugate gradients, with a [`Preconditioner`] or without; the first candidate is `x sqrt(2 delta / x^T (C + damping) x)`, later ones
/// shrink by `backtrack`. A candidate is accepted if the surrogate improves **and** `kl_adapted + w kl_unadapted <= delta`,
/// both exact on the full data. A candidate at which the policy is no longer finite counts as refused.
///
/// `weights [N]`: task weights of the surrogate, 1/N where `None`. The trust region always averages over all tasks.
/// Source: Schulman et al. 2015, appendix C; the unadapted term is departure "guard 3".
///
/// # Errors
/// Bad options or lengths; a NaN or infinity in the gradient, the curvature or the surrogate at `meta`.
pub fn trpo_step(
    problem: &mut dyn MetaProblem,
    meta: &[f64],
    weights: Option<&[f64]>,
    options: &TrpoOptions,
) -> Result<TrpoOutcome> {
    options.validate()?;
    let (size, tasks) = (problem.parameters(), problem.tasks());
    check_len("meta", "[Q]", meta.len(), size)?;
    let uniform = vec![1.0 / tasks.max(1) as f64; tasks];
    let weights = weights.unwrap_or(&uniform);
    check_len("weights", "[N]", weights.len(), tasks)?;
    check_finite(Stage::Gradient, None, "weights", weights)?;

    let mut seconds = StepSeconds::default();
    let gradient = timed(&mut seconds.gradient, || weighted_gradient(problem, meta, weights))?;
    let gradient_norm = vector::norm(&gradient);
    let before = timed(&mut seconds.gradient, || problem.value(meta))?;
    let surrogate_before = vector::dot(weights, &before.surrogates);
    check_finite(Stage::Gradient, None, "surrogate", &[surrogate_before])?;

    let (direction, cg) = timed(&mut seconds.curvature, || direction(problem, &gradient, options))?;
    let mut outcome = TrpoOutcome {
        meta: meta.to_vec(),
        accepted: false,
        surrogate_before,
        surrogate_after: surrogate_before,
        kl: 0.0,
        kl_unadapted: 0.0,
        backtracks: 0,
        cg,
        gradient_norm,
        seconds,
    };
    // The conjugate-gradient residual is orthogonal to the solution, with a preconditioner as without, so x^T g = x^T (C + damping) x.
    let quadratic = vector::dot(&direction, &gradient);
    if quadratic > 0.0 {
        let scale = (2.0 * options.delta / quadratic).sqrt();
        let search = || line_search(problem, &direction, scale, weights, options, &mut outcome);
        timed(&mut seconds.line_search, search)?;
        outcome.seconds = seconds;
    }
    Ok(outcome)
}

/// Solves `(C + damping) x = gradient`; returns x `[Q]` and how that went.
fn direction(problem: &mut dyn MetaProblem, gradient: &[f64], options: &TrpoOptions) -> Result<(Vec<f64>, SolveInfo)> {
    let TrpoOptions { damping, cg_iterations, cg_tolerance, unadapted_weight: weight, .. } = *options;
    let cg = CgOptions { max_iterations: cg_iterations, tolerance: cg_tolerance, damping };
    let finite = |out: &[f64]| check_finite(Stage::Curvature, None, "curvature product", out);
    // A gradient of 0 spans no space, and its answer is known.
    let preconditioner = options.preconditioner.filter(|_| gradient.iter().any(|g| *g != 0.0));
    let pairs: Option<RitzPairs> = preconditioner
        .map(|Preconditioner { rank, rows }| {
            let coarse = |v: &[f64], out: &mut [f64]| -> Result<()> {
                problem.coarse_curvature(rows, v, weight, out)?;
                finite(out)
            };
            ritz_pairs(coarse, gradient, rank)
        })
        .transpose()?;
    let apply = |v: &[f64], out: &mut [f64]| -> Result<()> {
        problem.curvature(v, weight, out)?;
        finite(out)
    };
    match pairs {
        None => conjugate_gradient(apply, gradient, None, cg),
        Some(pairs) => preconditioned_gradient(apply, |r, out| pairs.solve(damping, r, out), gradient, None, cg),
    }
}

/// Tries `meta + scale * backtrack^k * direction` for k = 0, 1, ...; writes the first acceptable one into `outcome`.
fn line_search(
    problem: &mut dyn MetaProblem,
    direction: &[f64],
    mut scale: f64,
    weights: &[f64],
    options: &TrpoOptions,
    outcome: &mut TrpoOutcome,
) -> Result<()> {
    for _ in 0..options.tries {
        let candidate: Vec<f64> = outcome.meta.iter().zip(direction).map(|(m, d)| m + scale * d).collect();
        if let Some(Value { surrogates, kl_adapted, kl_unadapted }) = finite_value(problem, &candidate)? {
            let surrogate = vector::dot(weights, &surrogates);
            let within = kl_adapted + options.unadapted_weight * kl_unadapted <= options.delta;
            if within && surrogate > outcome.surrogate_before {
                outcome.meta = candidate;
                outcome.accepted = true;
                outcome.surrogate_after = surrogate;
                (outcome.kl, outcome.kl_unadapted) = (kl_adapted, kl_unadapted);
                return Ok(());
            }
        }
        outcome.backtracks += 1;
        scale *= options.backtrack;
    }
    Ok(())
}

/// The value at a candidate, or `None` where it is not finite there (a smaller step may be).
fn finite_value(problem: &mut dyn MetaProblem, candidate: &[f64]) -> Result<Option<Value>> {
    match problem.value(candidate) {
        Ok(value) => Ok(Some(value)),
        Err(MetaError::NonFinite { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

/// `sum_i w_i dJ_i [Q]`, in task order.
///
/// # Errors
/// As [`MetaProblem::gradients`].
pub fn weighted_gradient(problem: &mut dyn MetaProblem, meta: &[f64], weights: &[f64]) -> Result<Vec<f64>> {
    let gradients = problem.gradients(meta)?;
    check_len("gradients", "[N,Q]", gradients.len(), weights.len() * meta.len())?;
    let mut sum = vec![0.0; meta.len()];
    for (row, &weight) in gradients.chunks_exact(meta.len().max(1)).zip(weights) {
        vector::axpy(weight, row, &mut sum);
    }
    check_finite(Stage::Gradient, None, "meta-gradient", &sum)?;
    Ok(sum)
}
