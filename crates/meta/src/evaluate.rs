//! Meta-testing: how well each task is done after adaptation, and in which direction it adapts.

use xmrl_envs::memory::{gib, memory_of_machine, product};
use xmrl_envs::{EnvError, Worlds};
use xmrl_rollout::{Record, TaskBatch};

use crate::error::{MetaError, Result, Stage, check_finite};
use crate::path::{Path, adapted};
use crate::request::{Context, EvaluateRequest, Phase, TASKS_AT_ONCE, check, chunk};

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
