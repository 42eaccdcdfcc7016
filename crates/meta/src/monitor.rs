//! Guard 4: what the surrogate promised, and what the new policies earn.

use xmrl_autodiff::vector;
use xmrl_rollout::{Record, TaskBatch};

use crate::adapt::adapt;
use crate::clock::StepSeconds;
use crate::error::{Result, Stage};
use crate::problem::MetaProblem;
use crate::request::{Phase, StepRequest};
use crate::streams::{Draws, Usage};
use crate::support::{Support, support_rows};
use crate::trpo::TrpoOutcome;

/// Three figures for one outer step, in units of return per query episode, weighted as the objective is.
///
/// LVC ignores that theta moves the support data. Where `readapted` falls while the others rise, the step is fitting the
/// support data at hand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Monitor {
    /// Gain of the surrogate on the iteration's data.
    pub predicted: f64,
    /// Gain in flown return of the policies adapted on the iteration's support data.
    pub frozen: f64,
    /// Gain in flown return of policies adapted on fresh support data of the new and of the old unadapted policy.
    pub readapted: f64,
    /// Env steps that the two flown figures took.
    pub env_steps: usize,
    /// Their constraint solves that met the bound on their iterations; see [`TaskBatch::capped_solves`].
    pub capped_solves: u64,
}

/// Measures the step from `request.meta` to `outcome.meta`.
///
/// Old and new policies fly with common random numbers, in query episodes independent of the iteration's.
pub(crate) fn monitor(
    request: &StepRequest<'_>,
    task_ids: &[u32],
    weights: &[f64],
    problem: &mut dyn MetaProblem,
    outcome: &TrpoOutcome,
) -> Result<Monitor> {
    let draws = Draws::new(request.seed, Usage::Monitor, request.iteration);
    let (mut env_steps, mut capped_solves) = (0, 0);
    let mut flown = |params: &[f64]| -> Result<f64> {
        let batches = request.context.fly::<f64>(&Phase {
            stage: Stage::Query,
            tasks: request.tasks,
            task_ids,
            params,
            episodes: request.options.data.query_episodes,
            first_episode: 0,
            states: None,
            most_steps: usize::MAX,
            draws,
            precision: request.options.data.precision,
            record: Record::Returns,
        })?;
        env_steps += batches.iter().map(TaskBatch::env_steps).sum::<usize>();
        capped_solves += batches.iter().map(|batch| batch.capped_solves).sum::<u64>();
        let returns: Vec<f64> = batches.iter().map(TaskBatch::mean_return).collect();
        Ok(vector::dot(weights, &returns))
    };
    let frozen_old = flown(&problem.adapt(request.meta)?)?;
    let frozen_new = flown(&problem.adapt(&outcome.meta)?)?;
    let (old, old_support) = fresh(request, task_ids, draws, request.meta)?;
    let (new, new_support) = fresh(request, task_ids, draws, &outcome.meta)?;
    let readapted = -flown(&old)? + flown(&new)?;
    Ok(Monitor {
        predicted: outcome.surrogate_after - outcome.surrogate_before,
        frozen: frozen_new - frozen_old,
        readapted,
        env_steps: env_steps + old_support.steps + new_support.steps,
        capped_solves: capped_solves + old_support.capped_solves + new_support.capped_solves,
    })
}

/// Policies `[N,P]` adapted from `meta` on fresh support episodes of its own, and those episodes.
fn fresh(request: &StepRequest<'_>, task_ids: &[u32], draws: Draws, meta: &[f64]) -> Result<(Vec<f64>, Support<f64>)> {
    let context = request.context;
    let data = &request.options.data;
    let support = support_rows(
        context,
        context.spec.theta(meta),
        request.tasks,
        task_ids,
        data,
        draws,
        &mut StepSeconds::default(),
    )?;
    Ok((adapt(context.spec, meta, &support.rows, context.pool)?, support))
}
