//! Meta-testing: how well each task is done after adaptation, and in which direction it adapts.

use xmrl_envs::memory::{gib, memory_of_machine, product};
use xmrl_envs::{EnvError, Worlds};
use xmrl_rollout::{Precision, Record, TaskBatch};

use crate::adapt::{Keep, inner_steps};
use crate::advantage::AdvantageOptions;
use crate::clock::StepSeconds;
use crate::error::{MetaError, Result, Stage, check_finite};
use crate::request::{Context, DataOptions, Phase};
use crate::streams::Draws;
use crate::support::{Support, support_rows};

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

    fn data(&self) -> DataOptions {
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

/// Post-adaptation performance.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// `[N]` mean return over adaptations and query episodes.
    pub returns: Vec<f64>,
    /// `[N]` success share.
    pub success: Vec<f64>,
    /// `[N,adaptations]` mean return of each adaptation.
    pub adaptation_returns: Vec<f64>,
    /// `[N,adaptations]` success share of each adaptation.
    pub adaptation_success: Vec<f64>,
    /// `[k,N,P]`, k = `displacements`: mean over the adaptations of `theta_i^(m) - theta` after m = 1..k inner steps.
    pub displacements: Vec<f32>,
    /// Env steps taken, but for those of `further_steps`.
    pub env_steps: usize,
    /// Env steps of the inner steps beyond `steps`, which only displacements ask for.
    pub further_steps: usize,
}

/// Adapts to every task `adaptations` times, each on fresh support episodes, and flies the adapted policies.
///
/// Query episodes are flown after `steps` inner steps, however many displacements are kept: scores are the same bits with
/// and without. Displacements are those of the policy alone, summed in double precision.
///
/// # Errors
/// Bad shapes, tasks or options; whatever is not finite, with its stage, task and name; displacements for which the machine
/// has no memory.
pub fn evaluate(request: &EvaluateRequest<'_>) -> Result<Evaluation> {
    let tasks = check(request)?;
    let options = request.options;
    let theta = request.context.spec.theta(request.meta);
    check_displacements(options.displacements, tasks, theta.len())?;
    let mut out = Evaluation {
        returns: Vec::with_capacity(tasks),
        success: Vec::with_capacity(tasks),
        adaptation_returns: vec![0.0; tasks * options.adaptations],
        adaptation_success: vec![0.0; tasks * options.adaptations],
        displacements: vec![0.0; options.displacements * tasks * theta.len()],
        env_steps: 0,
        further_steps: 0,
    };
    for first in (0..tasks).step_by(TASKS_AT_ONCE) {
        let (chunk, ids) = chunk(request, first);
        let block = ids.len() * theta.len();
        let mut sums = vec![0.0; options.displacements * block];
        for adaptation in 0..options.adaptations {
            let mut path = Path::new(request, chunk, ids, adaptation);
            let mut adapted = path.policies.clone();
            for step in 0..options.steps.max(options.displacements) {
                let taken = path.step()?;
                if step < options.steps {
                    out.env_steps += taken;
                    adapted.clone_from(&path.policies);
                } else {
                    out.further_steps += taken;
                }
                if step < options.displacements {
                    let moved = path.policies.chunks_exact(theta.len()).flat_map(|policy| policy.iter().zip(theta));
                    let sums = &mut sums[step * block..(step + 1) * block];
                    sums.iter_mut().zip(moved).for_each(|(sum, (to, from))| *sum += to - from);
                }
            }
            let batches = request.context.fly::<f64>(&query(
                request,
                chunk,
                ids,
                &adapted,
                options.query_episodes,
                adaptation,
                Record::Returns,
            ))?;
            out.env_steps += batches.iter().map(TaskBatch::env_steps).sum::<usize>();
            for (task, batch) in (first..).zip(&batches) {
                let at = task * options.adaptations + adaptation;
                out.adaptation_returns[at] = batch.mean_return();
                out.adaptation_success[at] = batch.success_rate();
                check_finite(Stage::Evaluate, Some(task), "return", &out.adaptation_returns[at..=at])?;
            }
        }
        for step in 0..options.displacements {
            let at = (step * tasks + first) * theta.len();
            let kept = out.displacements[at..at + block].iter_mut().zip(&sums[step * block..]);
            kept.for_each(|(mean, sum)| *mean = (sum / options.adaptations as f64) as f32);
        }
    }
    let mean = |row: &[f64]| row.iter().sum::<f64>() / row.len() as f64;
    out.returns.extend(out.adaptation_returns.chunks_exact(options.adaptations).map(mean));
    out.success.extend(out.adaptation_success.chunks_exact(options.adaptations).map(mean));
    Ok(out)
}

/// Adaptation directions of some tasks.
#[derive(Debug, Clone, PartialEq)]
pub struct Directions {
    /// `u_i = theta_i' - theta`, `[N,P]`.
    pub directions: Vec<f64>,
    /// Env steps taken.
    pub env_steps: usize,
}

/// The direction in which each task moves the policy, `u_i = theta_i' - theta`, from `support_episodes` fresh episodes
/// (`adaptations` and `query_episodes` of the options are not used).
///
/// # Errors
/// As [`evaluate`].
pub fn directions(request: &EvaluateRequest<'_>) -> Result<Directions> {
    let tasks = check(request)?;
    let theta = request.context.spec.theta(request.meta);
    let mut out = Directions { directions: Vec::with_capacity(tasks * theta.len()), env_steps: 0 };
    for first in (0..tasks).step_by(TASKS_AT_ONCE) {
        let (chunk, ids) = chunk(request, first);
        let (mut adapted, steps) = adapted(request, chunk, ids, 0)?;
        for row in adapted.chunks_exact_mut(theta.len().max(1)) {
            row.iter_mut().zip(theta).for_each(|(to, from)| *to -= from);
        }
        out.directions.extend(adapted);
        out.env_steps += steps;
    }
    Ok(out)
}

/// One episode for the report.
#[derive(Debug, Clone, PartialEq)]
pub struct EpisodePath {
    /// `[T+1,D]` the state before every step, then the last one.
    pub states: Vec<f64>,
    /// Undiscounted return.
    pub ret: f64,
    /// Whether it ended in success.
    pub success: bool,
}

/// Paths of `query_episodes` query episodes after one adaptation, task by task `[N]`.
///
/// # Errors
/// As [`evaluate`].
pub fn episode_paths(request: &EvaluateRequest<'_>) -> Result<Vec<Vec<EpisodePath>>> {
    let tasks = check(request)?;
    let size = request.context.env.spec().state_size;
    let mut out = Vec::with_capacity(tasks);
    for first in (0..tasks).step_by(TASKS_AT_ONCE) {
        let (chunk, ids) = chunk(request, first);
        let (adapted, _) = adapted(request, chunk, ids, 0)?;
        let episodes = request.options.query_episodes;
        let batches = request.context.fly::<f64>(&query(
            request,
            chunk,
            ids,
            &adapted,
            episodes,
            0,
            Record::LearningAndStates,
        ))?;
        let task_size = request.context.env.spec().task_size;
        for (task, (batch, parameters)) in batches.iter().zip(chunk.chunks_exact(task_size)).enumerate() {
            let ends = last_states(request.context, parameters, batch);
            let ends = ends.map_err(|source| MetaError::Task { task: first + task, source })?;
            let path = |(episode, end): (&xmrl_rollout::Episode, &[f64])| {
                let visited = &batch.states[episode.start * size..(episode.start + episode.len) * size];
                EpisodePath { states: [visited, end].concat(), ret: episode.ret, success: episode.success }
            };
            out.push(batch.episodes.iter().zip(ends.chunks_exact(size)).map(path).collect());
        }
    }
    Ok(out)
}

/// `[E,D]` where the last action of every episode led: rollouts record states before actions, so it is taken once more.
fn last_states(context: Context<'_>, task: &[f64], batch: &TaskBatch) -> std::result::Result<Vec<f64>, EnvError> {
    let world = context.env.spec();
    let last = |values: &[f64], width: usize| -> Vec<f64> {
        let row = |episode: &xmrl_rollout::Episode| episode.start + episode.len - 1;
        batch.episodes.iter().flat_map(|e| &values[row(e) * width..(row(e) + 1) * width]).copied().collect()
    };
    let mut worlds = Worlds::of(context.env.clone(), task, batch.episodes.len(), 0, 1)?;
    worlds.set_state(&last(&batch.states, world.state_size))?;
    worlds.step(&last(&batch.actions, world.action_size))?;
    Ok(worlds.state().to_vec())
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

/// Policies `[N,P]` of a chunk after `steps` inner steps of one adaptation, and the env steps that took.
pub(crate) fn adapted(
    request: &EvaluateRequest<'_>,
    tasks: &[f64],
    ids: &[u32],
    adaptation: usize,
) -> Result<(Vec<f64>, usize)> {
    let mut path = Path::new(request, tasks, ids, adaptation);
    let mut taken = 0;
    for _ in 0..request.options.steps {
        taken += path.step()?;
    }
    Ok((path.policies, taken))
}

/// One adaptation of a chunk of tasks, inner step by inner step.
struct Path<'a> {
    request: &'a EvaluateRequest<'a>,
    tasks: &'a [f64],
    ids: &'a [u32],
    adaptation: usize,
    /// Inner steps taken.
    steps: usize,
    /// Rates of the next one.
    rates: Vec<f64>,
    /// `[N,P]` where it stands.
    policies: Vec<f64>,
}

impl<'a> Path<'a> {
    /// Before the first inner step.
    fn new(request: &'a EvaluateRequest<'a>, tasks: &'a [f64], ids: &'a [u32], adaptation: usize) -> Self {
        let EvaluateRequest { context, meta, .. } = *request;
        let policies = context.spec.theta(meta).repeat(ids.len());
        Self { request, tasks, ids, adaptation, steps: 0, rates: context.spec.rates(meta), policies }
    }

    /// One inner step on support episodes of its own, with the whole rates first and half of them afterwards; the env steps
    /// that it took.
    fn step(&mut self) -> Result<usize> {
        let EvaluateRequest { context, meta, options, draws, .. } = *self.request;
        // Before the first step all tasks share theta, which is rolled out as one policy.
        let params = if self.steps == 0 { context.spec.theta(meta) } else { &self.policies };
        let draws = draws.adaptation(self.adaptation, self.steps);
        let (data, mut seconds) = (options.data(), StepSeconds::default());
        let Support { rows, steps, .. } =
            support_rows::<f64>(context, params, self.tasks, self.ids, &data, draws, &mut seconds)?;
        self.policies = inner_steps(context.spec, params, &self.rates, &rows, Keep::Nothing, context.pool)?.adapted;
        if self.steps == 0 {
            self.rates.iter_mut().for_each(|rate| *rate *= 0.5);
        }
        self.steps += 1;
        Ok(steps)
    }
}

/// That displacements of `steps` steps fit the memory there is.
fn check_displacements(steps: usize, tasks: usize, parameters: usize) -> Result<()> {
    let (needed, there) = (product(&[steps, tasks, parameters, size_of::<f32>()]), memory_of_machine());
    if needed <= there {
        return Ok(());
    }
    let got = format!(
        "{steps}, {:.1} GiB for {tasks} tasks of {parameters} parameters where the machine has {:.1}",
        gib(needed),
        gib(there)
    );
    Err(MetaError::Option { key: "evaluate.displacements", got, fix: "keep fewer steps" })
}

/// The query phase of a chunk of adapted policies.
pub(crate) fn query<'a>(
    request: &EvaluateRequest<'a>,
    tasks: &'a [f64],
    task_ids: &'a [u32],
    params: &'a [f64],
    episodes: usize,
    adaptation: usize,
    record: Record,
) -> Phase<'a> {
    Phase {
        stage: Stage::Query,
        tasks,
        task_ids,
        params,
        episodes,
        first_episode: 0,
        states: None,
        most_steps: usize::MAX,
        draws: request.draws.adaptation(adaptation, 0),
        precision: request.options.precision,
        record,
    }
}
