//! One collection for the meta-objective: support flights, inner step, query flights (some from mixed states), coefficients.

use rayon::ThreadPool;
use rayon::prelude::*;
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Environment, MixCounts, MixRule, Start};
use xmrl_lanes::Float;
use xmrl_policy::Number;
use xmrl_rollout::{Precision, Record, Request, Starts, TaskBatch, collect};
use xmrl_threads::leave_if_stopped;

use crate::adapt::{Inner, Keep, inner_steps};
use crate::advantage::{AdvantageOptions, inner_coefficients, join, outer_coefficients};
use crate::clock::{StepSeconds, timed};
use crate::error::{MetaError, Result, Stage, check_finite, check_len};
use crate::mixing::{LambdaLaw, MixedStart};
use crate::problem::{MetaSpec, PreparedRows, TaskData};
use crate::query::{Flown, fly_query, mixed_counts};
use crate::streams::Draws;

/// How much is flown, and how it becomes coefficients.
#[derive(Debug, Clone, PartialEq)]
pub struct DataOptions {
    /// Support flights per task. Default 40.
    pub support_flights: usize,
    /// Query flights per task. Default 20.
    pub query_flights: usize,
    /// Rows per task on which curvature is measured, (support, query). Default (120, 100).
    pub curvature_rows: (usize, usize),
    /// Arithmetic of the rollouts. Default f64.
    pub precision: Precision,
    /// How states are mixed; the environment's own rule where `None`, the default.
    pub mixing: Option<MixRule>,
    /// Most steps of a flight from a mixed state; as many as the environment allows where `None`, the default.
    pub mixed_horizon: Option<usize>,
    /// Baseline and advantages.
    pub advantage: AdvantageOptions,
}

impl Default for DataOptions {
    fn default() -> Self {
        Self {
            support_flights: 40,
            query_flights: 20,
            curvature_rows: (120, 100),
            precision: Precision::F64,
            mixing: None,
            mixed_horizon: None,
            advantage: AdvantageOptions::default(),
        }
    }
}

impl DataOptions {
    /// Checks every constant.
    ///
    /// # Errors
    /// [`MetaError::Option`] naming the first one out of range.
    pub fn validate(&self) -> Result<()> {
        self.advantage.validate()?;
        let counts = [
            ("supportFlights", self.support_flights),
            ("queryFlights", self.query_flights),
            ("curvatureRows.support", self.curvature_rows.0),
            ("curvatureRows.query", self.curvature_rows.1),
            ("mixedHorizon", self.mixed_horizon.unwrap_or(usize::MAX)),
        ];
        match counts.into_iter().find(|(_, count)| *count == 0) {
            None => Ok(()),
            Some((key, _)) => Err(MetaError::Option { key, got: "0".to_owned(), fix: "give at least 1" }),
        }
    }
}

/// Who flies: world, policy and threads, the same for every phase of a collection.
#[derive(Clone, Copy)]
pub struct Crew<'a> {
    /// The environment.
    pub env: &'a Environment,
    /// The policy and its inner step.
    pub spec: &'a MetaSpec,
    /// The threads; results do not depend on their number.
    pub pool: &'a ThreadPool,
}

impl Crew<'_> {
    /// Checks the spec against the environment, and the tasks; returns N.
    ///
    /// # Errors
    /// [`MetaError::Shape`], [`MetaError::Task`] naming the first bad task.
    pub(crate) fn check(&self, tasks: &[f64], task_ids: &[u32]) -> Result<usize> {
        self.spec.validate()?;
        let world = self.env.spec();
        let policy = &self.spec.policy;
        check_len("policy.observationSize", "S", policy.observation_size, world.observation_size)?;
        check_len("policy.actionSize", "A", policy.action_size, world.action_size)?;
        let count = task_ids.len();
        check_len("tasks", "[N,K]", tasks.len(), count * world.task_size)?;
        for (task, values) in tasks.chunks_exact(world.task_size.max(1)).enumerate() {
            self.env.check_task(values).map_err(|source| MetaError::Task { task, source })?;
        }
        Ok(count)
    }

    /// Flies one phase of every task.
    pub(crate) fn fly<T: Float>(&self, phase: &Phase<'_>) -> Result<Vec<TaskBatch<T>>> {
        let world = self.env.spec();
        let (start, horizon, start_purpose, noise_purpose) = match phase.stage {
            Stage::Support => (Start::Support, world.support_horizon, Purpose::SupportStart, Purpose::SupportNoise),
            _ => (Start::Query, world.horizon, Purpose::QueryStart, Purpose::QueryNoise),
        };
        let request = Request {
            env: self.env,
            policy: &self.spec.policy,
            tasks: phase.tasks,
            task_ids: phase.task_ids,
            params: phase.params,
            episodes: phase.episodes,
            first_episode: phase.first_episode,
            horizon: horizon.min(phase.most_steps),
            starts: phase.states.map_or(Starts::Law(start), Starts::States),
            start_stream: phase.draws.stream(start_purpose),
            noise_stream: phase.draws.stream(noise_purpose),
            precision: phase.precision,
            deterministic: false,
            record: phase.record,
        };
        collect(&request, self.pool).map_err(|source| MetaError::Rollout { stage: phase.stage, source })
    }
}

/// One call of the rollout: who flies what, from where, how often.
pub(crate) struct Phase<'a> {
    pub(crate) stage: Stage,
    pub(crate) tasks: &'a [f64],
    pub(crate) task_ids: &'a [u32],
    pub(crate) params: &'a [f64],
    pub(crate) episodes: usize,
    pub(crate) first_episode: u32,
    pub(crate) states: Option<&'a [f64]>,
    /// Bound on the steps of a flight, beside the environment's.
    pub(crate) most_steps: usize,
    pub(crate) draws: Draws,
    pub(crate) precision: Precision,
    pub(crate) record: Record,
}

/// A collection for some tasks at one meta vector.
#[derive(Clone, Copy)]
pub struct DataRequest<'a> {
    /// Who flies.
    pub crew: Crew<'a>,
    /// The meta vector `[Q]`.
    pub meta: &'a [f64],
    /// The tasks `[N,K]`.
    pub tasks: &'a [f64],
    /// `[N]` stream ids: slot numbers in training (a task may fill two slots), pool ids elsewhere.
    pub task_ids: &'a [u32],
    /// `[N]` how many of a task's query flights start at mixed states; empty for none.
    pub mixed_episodes: &'a [usize],
    /// Law of the mixing coefficient.
    pub law: &'a dyn LambdaLaw,
    /// How much is flown.
    pub options: &'a DataOptions,
    /// Which random numbers.
    pub draws: Draws,
}

/// What a collection gives.
#[derive(Debug, Clone)]
pub struct MetaData<T = f64> {
    /// `[N]` rows and coefficients of every task.
    pub data: Vec<TaskData<T>>,
    /// The inner steps: adapted policies and the gradients that made them.
    pub inner: Inner<T>,
    /// `[N]` mean return of the support flights (unadapted policy, the support start law and horizon).
    pub support_returns: Vec<f64>,
    /// `[N]` mean return of the query flights that start by the query law.
    pub query_returns: Vec<f64>,
    /// `[N]` their success share.
    pub query_success: Vec<f64>,
    /// `[N]` the mixed starts, in flight order.
    pub mixed: Vec<Vec<MixedStart>>,
    /// Env steps of the support flights.
    pub support_steps: usize,
    /// Env steps of the query flights.
    pub query_steps: usize,
    /// Constraint solves of all flights that met the bound on their iterations; see [`TaskBatch::capped_solves`].
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
    let DataRequest { crew, meta, options, .. } = *request;
    let count = crew.check(request.tasks, request.task_ids)?;
    options.validate()?;
    crew.spec.check_meta(Stage::Support, meta)?;
    let mixed_episodes = mixed_counts(request.mixed_episodes, count, options.query_flights)?;

    let theta = crew.spec.theta(meta);
    let mut seconds = StepSeconds::default();
    let Support { rows: supports, returns: support_returns, steps: support_steps, capped_solves } =
        support_rows(crew, theta, request.tasks, request.task_ids, options, request.draws, &mut seconds)?;
    let inner = timed(&mut seconds.adapt, || {
        inner_steps(crew.spec, theta, &crew.spec.rates(meta), &supports, Keep::Means, crew.pool)
    })?;

    let observation_size = crew.spec.policy.observation_size;
    let subsample = request.draws.stream(Purpose::Subsample);
    let flown = timed(&mut seconds.query, || fly_query(request, &mixed_episodes, &inner.adapted))?;
    let query_steps = flown.iter().map(|q| q.plain.env_steps() + q.mixed.env_steps()).sum();
    let capped_solves =
        capped_solves + flown.iter().map(|q| q.plain.capped_solves + q.mixed.capped_solves).sum::<u64>();
    let query_returns = flown.iter().map(|q| q.plain.mean_return()).collect();
    let query_success = flown.iter().map(|q| q.plain.success_rate()).collect();
    let mixed = flown.iter().map(|q| q.starts.clone()).collect();
    let coefficients = |task: usize, flown: Flown<T>| {
        let mut phases = Vec::with_capacity(2);
        for batch in [flown.plain, flown.mixed] {
            if batch.rows() > 0 {
                let c = outer_coefficients(&batch, options.query_flights, observation_size, &options.advantage);
                check_finite(Stage::Advantages, Some(task), "query coefficients", &c)?;
                phases.push((batch, c));
            }
        }
        let mut rows = join(phases);
        rows.curvature = sample_rows(&subsample, request.task_ids[task], 1, rows.rows(), options.curvature_rows.1);
        rows.check(Stage::Query, task, &crew.spec.policy)?;
        Ok(rows)
    };
    let queries = timed(&mut seconds.advantages, || in_order(crew.pool, flown, coefficients))?;
    let data = supports.into_iter().zip(queries).map(|(support, query)| TaskData { support, query }).collect();
    Ok(MetaData {
        data,
        inner,
        support_returns,
        query_returns,
        query_success,
        mixed,
        support_steps,
        query_steps,
        capped_solves,
        seconds,
    })
}

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
    crew: Crew<'_>,
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
        episodes: options.support_flights,
        first_episode: 0,
        states: None,
        most_steps: usize::MAX,
        draws,
        precision: options.precision,
        record: Record::Learning,
    };
    let batches = timed(&mut seconds.support, || crew.fly(&phase))?;
    let steps = batches.iter().map(|batch| batch.env_steps()).sum();
    let capped_solves = batches.iter().map(|batch| batch.capped_solves).sum();
    let returns = batches.iter().map(|batch| batch.mean_return()).collect();
    let subsample = draws.stream(Purpose::Subsample);
    let coefficients = |task: usize, batch: TaskBatch<T>| {
        let coefficients = inner_coefficients(&batch, crew.spec.policy.observation_size, &options.advantage);
        check_finite(Stage::Advantages, Some(task), "support coefficients", &coefficients)?;
        let mut rows = join(vec![(batch, coefficients)]);
        rows.curvature = sample_rows(&subsample, task_ids[task], 0, rows.rows(), options.curvature_rows.0);
        rows.check(Stage::Support, task, &crew.spec.policy)?;
        Ok(rows)
    };
    let rows = timed(&mut seconds.advantages, || in_order(crew.pool, batches, coefficients))?;
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
