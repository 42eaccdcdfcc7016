//! Trust-region policy optimisation of the meta vector, over any [`MetaProblem`].

use xmrl_autodiff::{SolveInfo, vector};

use crate::ascent::HostAscent;
use crate::clock::{StepSeconds, timed};
use crate::error::{MetaError, Result, Stage, check_finite, check_len};
use crate::problem::{Ascent, MetaProblem, Slope, Value};
use crate::trust::TrpoOptions;

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
/// `(C + damping) x = g` by conjugate gradients, with a [`Preconditioner`](crate::Preconditioner) or without; the first candidate is `x sqrt(2 delta / x^T (C + damping) x)`, later ones
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

    match problem.ascent()? {
        Some(ascent) => climb(ascent, meta, weights, options),
        None => climb(&mut HostAscent::new(problem), meta, weights, options),
    }
}

/// [`trpo_step`] of what holds the vectors.
fn climb(ascent: &mut dyn Ascent, meta: &[f64], weights: &[f64], options: &TrpoOptions) -> Result<TrpoOutcome> {
    let mut seconds = StepSeconds::default();
    let Slope { surrogates, norm } = timed(&mut seconds.gradient, || ascent.begin(meta, weights))?;
    let surrogate_before = vector::dot(weights, &surrogates);
    check_finite(Stage::Gradient, None, "surrogate", &[surrogate_before])?;

    let (quadratic, cg) = timed(&mut seconds.curvature, || ascent.solve(options))?;
    let mut outcome = TrpoOutcome {
        meta: meta.to_vec(),
        accepted: false,
        surrogate_before,
        surrogate_after: surrogate_before,
        kl: 0.0,
        kl_unadapted: 0.0,
        backtracks: 0,
        cg,
        gradient_norm: norm,
        seconds,
    };
    // The conjugate-gradient residual is orthogonal to the solution, with a preconditioner as without, so x^T g = x^T (C + damping) x.
    if quadratic > 0.0 {
        let scale = (2.0 * options.delta / quadratic).sqrt();
        timed(&mut seconds.line_search, || line_search(ascent, scale, weights, options, &mut outcome))?;
        outcome.seconds = seconds;
    }
    Ok(outcome)
}

/// Tries `meta + scale * backtrack^k * direction` for k = 0, 1, ...; writes the first acceptable one into `outcome`.
fn line_search(
    ascent: &mut dyn Ascent,
    mut scale: f64,
    weights: &[f64],
    options: &TrpoOptions,
    outcome: &mut TrpoOutcome,
) -> Result<()> {
    for _ in 0..options.tries {
        if let Some(Value { surrogates, kl_adapted, kl_unadapted }) = finite_value(ascent, scale)? {
            let surrogate = vector::dot(weights, &surrogates);
            let within = kl_adapted + options.unadapted_weight * kl_unadapted <= options.delta;
            if within && surrogate > outcome.surrogate_before {
                outcome.meta = ascent.candidate(scale)?;
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
fn finite_value(ascent: &mut dyn Ascent, scale: f64) -> Result<Option<Value>> {
    match ascent.value(scale) {
        Ok(value) => Ok(Some(value)),
        Err(MetaError::NonFinite { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}
