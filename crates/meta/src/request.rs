//! What is asked for: the world, policy and threads, how much is flown, and one meta-iteration's own data.

use rayon::ThreadPool;
use xmrl_envs::rng::Purpose;
use xmrl_envs::{Environment, MixRule, Start};
use xmrl_lanes::Float;
use xmrl_rollout::{Flights, Precision, Record, Request, Starts, TaskBatch, collect_by};

use crate::advantage::AdvantageOptions;
use crate::calculus::Engine;
use crate::error::{MetaError, Result, Stage, check_len};
use crate::mixing::LambdaLaw;
use crate::problem::MetaSpec;
use crate::streams::Draws;
use crate::trust::TrpoOptions;

/// What every step of a computation shares: world, policy and threads.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The environment.
    pub env: &'a Environment,
    /// The policy and its inner step.
    pub spec: &'a MetaSpec,
    /// The threads; results do not depend on their number.
    pub pool: &'a ThreadPool,
    /// Where episodes fly that it can take; on the threads where `None`. Bits do not depend on it.
    pub flights: Option<&'a dyn Flights>,
}

impl Context<'_> {
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
    pub(crate) fn fly<T: Float + Send>(&self, phase: &Phase<'_>) -> Result<Vec<TaskBatch<T>>> {
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
        collect_by(self.flights, &request, self.pool)
            .map_err(|source| MetaError::Rollout { stage: phase.stage, source })
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
    /// Bound on the steps of an episode, beside the environment's.
    pub(crate) most_steps: usize,
    pub(crate) draws: Draws,
    pub(crate) precision: Precision,
    pub(crate) record: Record,
}

/// How much is flown, and how it becomes coefficients.
#[derive(Debug, Clone, PartialEq)]
pub struct DataOptions {
    /// Support episodes per task. Default 40.
    pub support_episodes: usize,
    /// Query episodes per task. Default 20.
    pub query_episodes: usize,
    /// Rows per task on which curvature is measured, (support, query). Default (120, 100).
    pub curvature_rows: (usize, usize),
    /// Arithmetic of the rollouts. Default f64.
    pub precision: Precision,
    /// How states are mixed; the environment's own rule where `None`, the default.
    pub mixing: Option<MixRule>,
    /// Most steps of an episode from a mixed state; as many as the environment allows where `None`, the default.
    pub mixed_horizon: Option<usize>,
    /// Baseline and advantages.
    pub advantage: AdvantageOptions,
}

impl Default for DataOptions {
    fn default() -> Self {
        Self {
            support_episodes: 40,
            query_episodes: 20,
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
            ("supportEpisodes", self.support_episodes),
            ("queryEpisodes", self.query_episodes),
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

/// A collection for some tasks at one meta vector.
#[derive(Clone, Copy)]
pub struct DataRequest<'a> {
    /// Who flies.
    pub context: Context<'a>,
    /// The meta vector `[Q]`.
    pub meta: &'a [f64],
    /// The tasks `[N,K]`.
    pub tasks: &'a [f64],
    /// `[N]` stream ids: numbers within the meta-batch in training (where a task may stand twice), pool ids elsewhere.
    pub task_ids: &'a [u32],
    /// `[N]` how many of a task's query episodes start at mixed states; empty for none.
    pub mixed_episodes: &'a [usize],
    /// Law of the mixing coefficient.
    pub law: &'a dyn LambdaLaw,
    /// How much is flown.
    pub options: &'a DataOptions,
    /// Which random numbers.
    pub draws: Draws,
}

/// Tasks whose support rows are in memory at once.
pub(crate) const TASKS_AT_ONCE: usize = 32;

/// Constants of an evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluateOptions {
    /// Independent adaptations per task. Default 3.
    pub adaptations: usize,
    /// Support episodes per inner step. Default 400.
    pub support_episodes: usize,
    /// Query episodes per adaptation. Default 40.
    pub query_episodes: usize,
    /// Inner steps; the rate is halved after the first; 0 flies the unadapted policy. Default 1.
    pub steps: usize,
    /// Inner steps whose displacements are kept; those beyond `steps` are taken for them alone. Default 0.
    pub displacements: usize,
    /// Arithmetic of the rollouts. Default f64.
    pub precision: Precision,
    /// Baseline and advantages of the inner objective.
    pub advantage: AdvantageOptions,
}

impl Default for EvaluateOptions {
    fn default() -> Self {
        Self {
            adaptations: 3,
            support_episodes: 400,
            query_episodes: 40,
            steps: 1,
            displacements: 0,
            precision: Precision::F64,
            advantage: AdvantageOptions::default(),
        }
    }
}

impl EvaluateOptions {
    /// Checks every constant.
    ///
    /// # Errors
    /// [`MetaError::Option`] naming the first one out of range.
    pub fn validate(&self) -> Result<()> {
        self.advantage.validate()?;
        let counts = [
            ("evaluate.adaptations", self.adaptations, 1..=255),
            ("evaluate.supportEpisodes", self.support_episodes, 1..=usize::MAX),
            ("evaluate.queryEpisodes", self.query_episodes, 1..=usize::MAX),
            ("evaluate.steps", self.steps, 0..=255),
            ("evaluate.displacements", self.displacements, 0..=255),
        ];
        match counts.into_iter().find(|(_, count, allowed)| !allowed.contains(count)) {
            None => Ok(()),
            Some((key, count, _)) => {
                let fix = "give 1 to 255 (steps, displacements: 0 to 255; episodes: at least 1)";
                Err(MetaError::Option { key, got: count.to_string(), fix })
            }
        }
    }

    pub(crate) fn data(&self) -> DataOptions {
        DataOptions {
            support_episodes: self.support_episodes,
            query_episodes: self.query_episodes,
            precision: self.precision,
            advantage: self.advantage.clone(),
            ..DataOptions::default()
        }
    }
}

/// Which tasks are evaluated at which meta vector.
#[derive(Clone, Copy)]
pub struct EvaluateRequest<'a> {
    /// World, policy, threads.
    pub context: Context<'a>,
    /// The meta vector `[Q]`.
    pub meta: &'a [f64],
    /// The tasks `[N,K]`.
    pub tasks: &'a [f64],
    /// `[N]` stream ids (the tasks' numbers in their pool, so that a subset draws what the whole pool draws).
    pub task_ids: &'a [u32],
    /// Constants.
    pub options: &'a EvaluateOptions,
    /// Which random numbers; `index` is the evaluation stream.
    pub draws: Draws,
}

/// Checks the request; returns N.
pub(crate) fn check(request: &EvaluateRequest<'_>) -> Result<usize> {
    let tasks = request.context.check(request.tasks, request.task_ids)?;
    request.options.validate()?;
    request.context.spec.check_meta(Stage::Evaluate, request.meta)?;
    Ok(tasks)
}

/// Tasks and ids of the chunk that begins with task `first`.
pub(crate) fn chunk<'a>(request: &EvaluateRequest<'a>, first: usize) -> (&'a [f64], &'a [u32]) {
    let size = request.context.env.spec().task_size;
    let last = (first + TASKS_AT_ONCE).min(request.task_ids.len());
    (&request.tasks[first * size..last * size], &request.task_ids[first..last])
}

/// Constants of a meta-iteration.
#[derive(Debug, Clone, Default)]
pub struct StepOptions {
    /// Episodes, curvature rows, advantages.
    pub data: DataOptions,
    /// The trust-region step.
    pub trpo: TrpoOptions,
    /// What differentiates.
    pub engine: Engine,
    /// Guard 4 runs on iterations divisible by this (never on iteration 0); 0 turns it off. Default 0.
    pub monitor_every: u64,
    /// Share of the meta-batch, in (0,1], that the objective is the mean of: the tasks with the lowest mean return of the query
    /// episodes of the query law of this iteration (CVaR); all of them where `None`, the default. See [`tail_weights`].
    ///
    /// [`tail_weights`]: crate::tail_weights
    pub tail: Option<f64>,
}

/// One meta-iteration.
#[derive(Clone, Copy)]
pub struct StepRequest<'a> {
    /// World, policy, threads.
    pub context: Context<'a>,
    /// The meta vector `[Q]`.
    pub meta: &'a [f64],
    /// Tasks of the meta-batch `[N,K]`; one may stand in it several times.
    pub tasks: &'a [f64],
    /// `[N]` weights of the tasks in the objective; 1/N where `None`. Not beside [`StepOptions::tail`], which makes its own.
    pub weights: Option<&'a [f64]>,
    /// `[N]` how many query episodes of each task start at mixed states; empty for none.
    pub mixed_episodes: &'a [usize],
    /// Law of the mixing coefficient.
    pub law: &'a dyn LambdaLaw,
    /// Constants.
    pub options: &'a StepOptions,
    /// The run's seed.
    pub seed: u64,
    /// Number of the iteration.
    pub iteration: u64,
}
