//! One whole meta-iteration: collect, adapt, collect again, weigh, step.

use std::borrow::Cow;
use std::time::Instant;

use xmrl_autodiff::SolveInfo;
use xmrl_envs::MixCounts;
use xmrl_envs::rng::Purpose;
use xmrl_policy::Number;
use xmrl_rollout::Precision;

use crate::calculus::{Calculus, Engine, FusedCalculus};
use crate::clock::{StepSeconds, timed};
use crate::data::{MetaData, meta_data};
use crate::error::{MetaError, Result, Stage, check_finite, check_len};
use crate::gaussian::GaussianProblem;
use crate::monitor::{Monitor, monitor};
use crate::posterior::{Posterior, PosteriorStats};
use crate::request::{DataRequest, StepRequest};
use crate::streams::{Draws, Usage};
use crate::transfers::Transfers;
use crate::trpo::trpo_step;

/// What a meta-iteration did.
#[derive(Debug, Clone)]
pub struct StepOutcome {
    /// The new meta vector `[Q]`.
    pub meta: Vec<f64>,
    /// Figures of the iteration.
    pub stats: StepStats,
}

/// What a meta-iteration of a Gaussian did.
#[derive(Debug, Clone)]
pub struct GaussianOutcome {
    /// The step; its meta vector is the new mu `[Q]`.
    pub step: StepOutcome,
    /// The new `ln sigma [Q]`.
    pub log_std: Vec<f64>,
    /// Figures of the new Gaussian.
    pub posterior: PosteriorStats,
}

/// Figures of one meta-iteration.
#[derive(Debug, Clone)]
pub struct StepStats {
    /// Env steps of everything below, guard 4 included.
    pub env_steps: usize,
    /// Env steps of the support episodes.
    pub support_steps: usize,
    /// Env steps of the query episodes.
    pub query_steps: usize,
    /// Mean return of the support episodes (unadapted policy; the support start law and horizon, so not comparable with
    /// `return_post`).
    pub return_pre: f64,
    /// Mean return of the query episodes of the query law (adapted policies).
    pub return_post: f64,
    /// Their success share.
    pub success_post: f64,
    /// `[N]` mean return of the query episodes of each task.
    pub task_returns: Vec<f64>,
    /// `[N]` success share of each task.
    pub task_success: Vec<f64>,
    /// `[N]` [`MetaData::query_advantages`] of each task.
    pub task_advantages: Vec<f64>,
    /// Weighted surrogate before the step.
    pub surrogate_before: f64,
    /// Weighted surrogate after it, on the same data.
    pub surrogate_after: f64,
    /// KL of the adapted policies, nats.
    pub kl: f64,
    /// KL of the unadapted policy, nats (guard 3).
    pub kl_unadapted: f64,
    /// Whether the line search accepted a candidate.
    pub accepted: bool,
    /// Candidates it refused.
    pub backtracks: usize,
    /// The conjugate-gradient solve.
    pub cg: SolveInfo,
    /// Norm of the meta-gradient.
    pub gradient_norm: f64,
    /// Mean log-std in force of the new unadapted policy.
    pub mean_log_std: f64,
    /// `[G]` inner rates of the new meta vector.
    pub rates: Vec<f64>,
    /// Infeasible mixtures and what became of them.
    pub mix_counts: MixCounts,
    /// Constraint solves of all episodes (bodies), guard 4's included, that met the bound on their iterations. A solve is one of
    /// a block of lanes: it counts once however many of its episodes were not done.
    pub capped_solves: u64,
    /// Guard 4, on the iterations that run it.
    pub monitor: Option<Monitor>,
    /// What crossed between host and device for its derivatives.
    pub transfers: Transfers,
    /// Where its time went.
    pub seconds: StepSeconds,
}

/// One meta-iteration of MAML with a trust-region outer step.
///
/// Support episodes of the unadapted policy give the inner advantages and the adapted policies; their query episodes give the
/// outer advantages; [`trpo_step`] moves the meta vector. Every draw is keyed by (seed, purpose, iteration; task, episode,
/// step), so the outcome has the same bits for any number of threads.
///
/// # Errors
/// Bad shapes, tasks or options; whatever is not finite, with its stage, task and name.
pub fn meta_step(request: &StepRequest<'_>) -> Result<StepOutcome> {
    Ok(dispatch(request, None)?.0)
}

/// [`meta_step`] of a Gaussian over the meta vector with mean `request.meta`: one draw of the meta vector collects the data,
/// and the step moves mean and log standard deviations; see [`GaussianProblem`]. Guard 4 does not run.
///
/// # Errors
/// As [`meta_step`] and [`Posterior::validate`].
pub fn gaussian_step(request: &StepRequest<'_>, posterior: &Posterior) -> Result<GaussianOutcome> {
    posterior.validate(request.context.spec.parameters())?;
    request.context.spec.check_meta(Stage::Prepare, request.meta)?;
    let (step, log_std) = dispatch(request, Some(posterior))?;
    let posterior = PosteriorStats::of(posterior, &step.meta, &log_std);
    Ok(GaussianOutcome { step, log_std, posterior })
}

/// The step, and the new log standard deviations (none without a Gaussian).
fn dispatch(request: &StepRequest<'_>, posterior: Option<&Posterior>) -> Result<(StepOutcome, Vec<f64>)> {
    let fused = FusedCalculus { pool: request.context.pool };
    match &request.options.engine {
        Engine::Fused(Precision::F64) => step::<f64>(request, posterior, &fused),
        Engine::Fused(Precision::F32) => step::<f32>(request, posterior, &fused),
        Engine::Other(calculus) => step(request, posterior, &**calculus),
    }
}

/// [`dispatch`] with rows stored as `T`.
fn step<T: Number>(
    request: &StepRequest<'_>,
    posterior: Option<&Posterior>,
    calculus: &dyn Calculus<T>,
) -> Result<(StepOutcome, Vec<f64>)> {
    let StepRequest { context, meta, tasks, options, .. } = *request;
    let from = Instant::now();
    // Before anything flies: the rest is checked where it is used.
    options.trpo.validate()?;
    let count = tasks.len() / context.env.spec().task_size.max(1);
    let task_ids: Vec<u32> = (0..count).map(|task| u32::try_from(task).unwrap_or(u32::MAX)).collect();
    let uniform = vec![1.0 / count.max(1) as f64; count];
    let given = request.weights.unwrap_or(&uniform);
    check_len("weights", "[N]", given.len(), count)?;
    check_finite(Stage::Prepare, None, "weights", given)?;
    check_tail(options.tail, request.weights)?;
    if count == 0 {
        return Err(MetaError::Option { key: "tasks", got: "0".to_owned(), fix: "give at least one task" });
    }
    let draws = Draws::new(request.seed, Usage::Train, request.iteration);
    let gaussian = posterior.map(|posterior| (posterior, noise(draws, meta.len())));
    let flown =
        gaussian.as_ref().map_or(Cow::Borrowed(meta), |(posterior, noise)| posterior.sample(meta, noise).into());
    let request = &StepRequest { meta: &flown, ..*request };
    let collected = meta_data(&DataRequest {
        context,
        meta: &flown,
        tasks,
        task_ids: &task_ids,
        mixed_episodes: request.mixed_episodes,
        law: request.law,
        options: &options.data,
        draws,
    })?;
    let mix_counts = collected.mix_counts();
    let MetaData {
        data,
        inner,
        support_returns,
        query_returns,
        query_success,
        query_advantages,
        support_steps,
        query_steps,
        capped_solves,
        mut seconds,
        ..
    } = collected;
    let worst = options.tail.map(|share| tail_weights(&query_returns, share));
    let weights = worst.as_deref().unwrap_or(given);
    let mut problem = timed(&mut seconds.gradient, || calculus.problem(context.spec, &data, &flown, Some(inner)))?;
    let mut outcome = match &gaussian {
        None => trpo_step(&mut *problem, meta, Some(weights), &options.trpo)?,
        Some((posterior, noise)) => {
            let from = [meta, &posterior.log_std].concat();
            trpo_step(&mut GaussianProblem::new(&mut *problem, posterior, noise)?, &from, Some(weights), &options.trpo)?
        }
    };
    let log_std_of_meta = outcome.meta.split_off(meta.len());
    let due = request.iteration > 0 && request.iteration.is_multiple_of(options.monitor_every);
    let monitor = if due && outcome.accepted && gaussian.is_none() {
        Some(monitor(request, &task_ids, weights, &mut *problem, &outcome)?)
    } else {
        None
    };
    seconds += outcome.seconds;
    let log_std = context.spec.policy.effective_log_std(context.spec.theta(&outcome.meta));
    let stats = StepStats {
        env_steps: support_steps + query_steps + monitor.as_ref().map_or(0, |m| m.env_steps),
        support_steps,
        query_steps,
        return_pre: mean(&support_returns),
        return_post: mean(&query_returns),
        success_post: mean(&query_success),
        task_returns: query_returns,
        task_success: query_success,
        task_advantages: query_advantages,
        surrogate_before: outcome.surrogate_before,
        surrogate_after: outcome.surrogate_after,
        kl: outcome.kl,
        kl_unadapted: outcome.kl_unadapted,
        accepted: outcome.accepted,
        backtracks: outcome.backtracks,
        cg: outcome.cg,
        gradient_norm: outcome.gradient_norm,
        mean_log_std: mean(&log_std),
        rates: context.spec.rates(&outcome.meta),
        mix_counts,
        capped_solves: capped_solves + monitor.as_ref().map_or(0, |m| m.capped_solves),
        monitor,
        transfers: problem.transfers(),
        seconds: StepSeconds { whole: from.elapsed().as_secs_f64(), ..seconds },
    };
    Ok((StepOutcome { meta: outcome.meta, stats }, log_std_of_meta))
}

/// That the worst share is one, and that nobody else weighs the tasks.
fn check_tail(tail: Option<f64>, weights: Option<&[f64]>) -> Result<()> {
    let Some(share) = tail else { return Ok(()) };
    if !(share > 0.0 && share <= 1.0) {
        return Err(MetaError::Option { key: "tail", got: share.to_string(), fix: "give a number in (0,1]" });
    }
    if weights.is_some() {
        let got = format!("{share} beside weights");
        return Err(MetaError::Option { key: "tail", got, fix: "give weights or a tail" });
    }
    Ok(())
}

/// `[N]` weights of the CVaR of a meta-batch: 1/n on the n = ceil(share · N) tasks (at least one) with the lowest `returns [N]`, of
/// equal returns the earlier place, and 0 on the others. They weigh the surrogates alone, as any weights do: the trust region,
/// its curvature and its KL are means over all tasks.
/// Source: the objective of Tamar, Glassner, Mannor, "Optimizing the CVaR via sampling", AAAI 2015, over tasks.
#[must_use]
pub fn tail_weights(returns: &[f64], share: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..returns.len()).collect();
    order.sort_by(|&a, &b| returns[a].total_cmp(&returns[b]));
    // A product such as .07 · 100 lies a rounding above its whole number.
    let whole = (share * returns.len() as f64 - 1e-9).ceil().max(1.0);
    let worst = order.len().min(whole as usize);
    let mut weights = vec![0.0; returns.len()];
    order[..worst].iter().for_each(|&task| weights[task] = 1.0 / worst as f64);
    weights
}

/// The standard normals `[Q]` that one iteration draws its meta vector with.
fn noise(draws: Draws, parameters: usize) -> Vec<f64> {
    let stream = draws.stream(Purpose::MetaNoise);
    (0..u32::try_from(parameters).unwrap_or(u32::MAX)).map(|entry| stream.normal(0, 0, entry, 0)).collect()
}

/// Mean of the entries; 0 for none.
pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
