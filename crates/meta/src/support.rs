//! The support phase: episodes of a policy, and their rows with the coefficients of the inner objective.

use rayon::ThreadPool;
use rayon::prelude::*;
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_policy::Number;
use xmrl_rollout::{Record, TaskBatch};
use xmrl_threads::leave_if_stopped;

use crate::advantage::{inner_coefficients, join};
use crate::clock::{StepSeconds, timed};
use crate::error::{Result, Stage, check_finite};
use crate::problem::PreparedRows;
use crate::request::{Context, DataOptions, Phase};
use crate::streams::Draws;

/// Support rows of some tasks.
pub(crate) struct Support<T> {
    /// `[N]` rows with inner coefficients.
    pub(crate) rows: Vec<PreparedRows<T>>,
    /// `[N]` mean returns.
    pub(crate) returns: Vec<f64>,
    /// Env steps.
    pub(crate) steps: usize,
    /// Capped solves.
    pub(crate) capped_solves: u64,
}

/// Flies the support phase with `params` (`[P]`, or `[N,P]` when a later inner step adapts already adapted policies).
pub(crate) fn support_rows<T: Number>(
    context: Context<'_>,
    params: &[f64],
    tasks: &[f64],
    task_ids: &[u32],
    options: &DataOptions,
    draws: Draws,
    seconds: &mut StepSeconds,
) -> Result<Support<T>> {
    let phase = Phase {
        stage: Stage::Support,
        tasks,
        task_ids,
        params,
        episodes: options.support_episodes,
        first_episode: 0,
        states: None,
        most_steps: usize::MAX,
        draws,
        precision: options.precision,
        record: Record::Learning,
    };
    let batches = timed(&mut seconds.support, || context.fly(&phase))?;
    let steps = batches.iter().map(|batch| batch.env_steps()).sum();
    let capped_solves = batches.iter().map(|batch| batch.capped_solves).sum();
    let returns = batches.iter().map(|batch| batch.mean_return()).collect();
    let subsample = draws.stream(Purpose::Subsample);
    let coefficients = |task: usize, batch: TaskBatch<T>| {
        let coefficients = inner_coefficients(&batch, context.spec.policy.observation_size, &options.advantage);
        check_finite(Stage::Advantages, Some(task), "support coefficients", &coefficients)?;
        let mut rows = join(vec![(batch, coefficients)]);
        rows.curvature = sample_rows(&subsample, task_ids[task], 0, rows.rows(), options.curvature_rows.0);
        rows.check(Stage::Support, task, &context.spec.policy)?;
        Ok(rows)
    };
    let rows = timed(&mut seconds.advantages, || in_order(context.pool, batches, coefficients))?;
    Ok(Support { rows, returns, steps, capped_solves })
}

/// `wanted` of `rows` row indices without replacement, ascending; all of them where there are no more.
pub(crate) fn sample_rows(stream: &Stream, task: u32, phase: u32, rows: usize, wanted: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    if rows > wanted {
        for at in 0..wanted {
            let draw = stream.uniform(task, phase, u32::try_from(at).unwrap_or(u32::MAX), 0);
            // Below rows - at for every draw in [0,1).
            order.swap(at, at + (draw * (rows - at) as f64) as usize);
        }
        order.truncate(wanted);
        order.sort_unstable();
    }
    order
}

/// Maps every item on the pool; results and the first error in task order, whatever the threads did first.
pub(crate) fn in_order<T: Send, U: Send>(
    pool: &ThreadPool,
    items: Vec<T>,
    map: impl Fn(usize, T) -> Result<U> + Sync,
) -> Result<Vec<U>> {
    let one = |task: usize, item: T| {
        leave_if_stopped();
        map(task, item)
    };
    let results: Vec<Result<U>> =
        pool.install(|| items.into_par_iter().enumerate().map(|(task, item)| one(task, item)).collect());
    results.into_iter().collect()
}
