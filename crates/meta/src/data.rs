//! One collection for the meta-objective: support episodes, inner step, query episodes (some from mixed states), coefficients.

use xmrl_envs::MixCounts;
use xmrl_envs::rng::Purpose;
use xmrl_policy::Number;

use crate::adapt::{Inner, Keep, inner_steps};
use crate::advantage::{join, outer_coefficients};
use crate::clock::{StepSeconds, timed};
use crate::error::{Result, Stage, check_finite};
use crate::mixing::MixedStart;
use crate::problem::TaskData;
use crate::query::{QueryEpisodes, fly_query, mixed_counts};
use crate::request::DataRequest;
use crate::support::{Support, in_order, sample_rows, support_rows};

/// What a collection gives.
#[derive(Debug, Clone)]
pub struct MetaData<T = f64> {
    /// `[N]` rows and coefficients of every task.
    pub data: Vec<TaskData<T>>,
    /// The inner steps: adapted policies and the gradients that made them.
    pub inner: Inner<T>,
    /// `[N]` mean return of the support episodes (unadapted policy, the support start law and horizon).
    pub support_returns: Vec<f64>,
    /// `[N]` mean return of the query episodes that start by the query law.
    pub query_returns: Vec<f64>,
    /// `[N]` their success share.
    pub query_success: Vec<f64>,
    /// `[N]` mean over all query rows of a task, mixed ones included, of `|A|`, A the raw advantages that the outer coefficients
    /// are made of (in the unit of returns).
    pub query_advantages: Vec<f64>,
    /// `[N]` the mixed starts, in episode order.
    pub mixed: Vec<Vec<MixedStart>>,
    /// Env steps of the support episodes.
    pub support_steps: usize,
    /// Env steps of the query episodes.
    pub query_steps: usize,
    /// [`capped_solves`](xmrl_rollout::TaskBatch::capped_solves) of all episodes.
    pub capped_solves: u64,
    /// Where its time went; the phases of the outer step are 0.
    pub seconds: StepSeconds,
}

impl<T> MetaData<T> {
    /// Infeasible mixtures and what became of them, over all tasks.
    #[must_use]
    pub fn mix_counts(&self) -> MixCounts {
        let mut counts = MixCounts::default();
        self.mixed.iter().flatten().for_each(|start| counts += start.counts);
        counts
    }
}

/// Collects support and query data of every task at `meta`, with the coefficients of the surrogates, rows stored as `T`.
///
/// # Errors
/// Bad shapes, tasks or options; whatever is not finite, with its stage, task and name.
pub fn meta_data<T: Number>(request: &DataRequest<'_>) -> Result<MetaData<T>> {
    let DataRequest { context, meta, options, .. } = *request;
    let count = context.check(request.tasks, request.task_ids)?;
    options.validate()?;
    context.spec.check_meta(Stage::Support, meta)?;
    let mixed_episodes = mixed_counts(request.mixed_episodes, count, options.query_episodes)?;

    let theta = context.spec.theta(meta);
    let mut seconds = StepSeconds::default();
    let Support { rows: supports, returns: support_returns, steps: support_steps, capped_solves } =
        support_rows(context, theta, request.tasks, request.task_ids, options, request.draws, &mut seconds)?;
    let inner = timed(&mut seconds.adapt, || {
        inner_steps(context.spec, theta, &context.spec.rates(meta), &supports, Keep::Means, context.pool)
    })?;

    let observation_size = context.spec.policy.observation_size;
    let subsample = request.draws.stream(Purpose::Subsample);
    let flown = timed(&mut seconds.query, || fly_query(request, &mixed_episodes, &inner.adapted))?;
    let query_steps = flown.iter().map(|q| q.plain.env_steps() + q.mixed.env_steps()).sum();
    let capped_solves =
        capped_solves + flown.iter().map(|q| q.plain.capped_solves + q.mixed.capped_solves).sum::<u64>();
    let query_returns = flown.iter().map(|q| q.plain.mean_return()).collect();
    let query_success = flown.iter().map(|q| q.plain.success_rate()).collect();
    let mixed = flown.iter().map(|q| q.starts.clone()).collect();
    let coefficients = |task: usize, flown: QueryEpisodes<T>| {
        let mut phases = Vec::with_capacity(2);
        let mut size = 0.0;
        for batch in [flown.plain, flown.mixed] {
            if batch.rows() > 0 {
                let c = outer_coefficients(&batch, options.query_episodes, observation_size, &options.advantage);
                check_finite(Stage::Advantages, Some(task), "query coefficients", &c)?;
                size += c.iter().map(|coefficient| coefficient.abs()).sum::<f64>();
                phases.push((batch, c));
            }
        }
        let mut rows = join(phases);
        rows.curvature = sample_rows(&subsample, request.task_ids[task], 1, rows.rows(), options.curvature_rows.1);
        rows.check(Stage::Query, task, &context.spec.policy)?;
        // A coefficient is an advantage over the number of query episodes.
        let advantage = size * options.query_episodes as f64 / rows.rows() as f64;
        Ok((rows, advantage))
    };
    let weighed = timed(&mut seconds.advantages, || in_order(context.pool, flown, coefficients))?;
    let (queries, query_advantages): (Vec<_>, Vec<_>) = weighed.into_iter().unzip();
    let data = supports.into_iter().zip(queries).map(|(support, query)| TaskData { support, query }).collect();
    Ok(MetaData {
        data,
        inner,
        support_returns,
        query_returns,
        query_success,
        query_advantages,
        mixed,
        support_steps,
        query_steps,
        capped_solves,
        seconds,
    })
}
