//! Rolls a policy out: one task is one work item, consecutive episodes are lanes.

use rayon::prelude::*;
use xmrl_envs::{LaneWorld, WorldKernel};
use xmrl_lanes::{Float, Kernel, Lane, dispatch_f32, dispatch_f64};
use xmrl_policy::LanePolicy;
use xmrl_threads::leave_if_stopped;

use crate::block::LaneBlock;
use crate::{Precision, Request, RolloutError, TaskBatch};

/// The trajectories of every task, in the order of the request, rows stored as `T` whatever they were computed in.
///
/// An episode ends when the world says so or at the horizon; a lane whose episode has ended is frozen and adds no rows. The
/// recorded action is the sample before the world clips it, and its log-probability comes from the noise itself.
/// Bits do not depend on the pool's threads, on the other tasks, or on how episodes are split over calls.
///
/// # Errors
/// [`RolloutError`] for a request that does not fit together, for the first task (in request order) whose parameters are not
/// finite, and for the first whose observations, actions or rewards leave the finite numbers or whose states are none that a
/// world can go on from.
pub fn collect<T: Float>(request: &Request<'_>, pool: &rayon::ThreadPool) -> Result<Vec<TaskBatch<T>>, RolloutError> {
    request.check(size_of::<T>())?;
    let tasks = (0..request.task_count()).into_par_iter().with_max_len(1);
    let batches: Vec<_> = pool.install(|| tasks.map(|task| collect_task(request, task)).collect());
    batches.into_iter().collect()
}

fn collect_task<T: Float>(request: &Request<'_>, task: usize) -> Result<TaskBatch<T>, RolloutError> {
    let mut stored = TaskBatch::<T>::default();
    let batch = request.env.visit(InWorld { request, task, rows: &mut stored })?;
    let TaskBatch { rewards, states, steps, episodes, capped_solves, .. } = batch;
    Ok(TaskBatch { rewards, states, steps, episodes, capped_solves, ..stored })
}

/// Where rows go that are stored in another number type than they were computed in. A trait object, so that rollouts, which
/// are compiled for every world, precision and instruction set, are not compiled for every way of storing them too.
pub(crate) trait Rows {
    /// Appends one row.
    fn push(&mut self, observation: &[f64], action: &[f64], log_prob: f64);
}

impl<T: Float> Rows for TaskBatch<T> {
    fn push(&mut self, observation: &[f64], action: &[f64], log_prob: f64) {
        self.observations.extend(observation.iter().map(|&x| T::round(x)));
        self.actions.extend(action.iter().map(|&x| T::round(x)));
        self.log_probs.push(T::round(log_prob));
    }
}

/// Compiles the rollout for the concrete world, then for the precision and the instruction set.
struct InWorld<'a> {
    request: &'a Request<'a>,
    task: usize,
    rows: &'a mut dyn Rows,
}

impl WorldKernel for InWorld<'_> {
    type Output = Result<TaskBatch, RolloutError>;

    fn run<World: LaneWorld>(self, world: &World) -> Self::Output {
        let Self { request, task, rows } = self;
        match request.precision {
            Precision::F64 => dispatch_f64(TaskRollout::<_, f64>::new(world, request, task, rows)?),
            Precision::F32 => dispatch_f32(TaskRollout::<_, f32>::new(world, request, task, rows)?),
        }
    }
}

/// All episodes of one task, block of lanes by block of lanes.
struct TaskRollout<'a, World, W> {
    world: &'a World,
    request: &'a Request<'a>,
    task: usize,
    policy: LanePolicy<W>,
    rows: &'a mut dyn Rows,
}

impl<'a, World: LaneWorld, W: Float> TaskRollout<'a, World, W> {
    fn new(
        world: &'a World,
        request: &'a Request<'a>,
        task: usize,
        rows: &'a mut dyn Rows,
    ) -> Result<Self, RolloutError> {
        let policy = LanePolicy::new(request.policy, request.task_params(task));
        let policy = policy.map_err(|source| RolloutError::Policy { task, source })?;
        Ok(Self { world, request, task, policy, rows })
    }
}

impl<World: LaneWorld, W: Float> Kernel for TaskRollout<'_, World, W> {
    type Output = Result<TaskBatch, RolloutError>;

    #[inline(always)]
    fn run<L: Lane>(self) -> Self::Output {
        let Self { world, request, task, policy, rows } = self;
        let mut batch = TaskBatch::default();
        batch.episodes.reserve_exact(request.episodes);
        let mut block = LaneBlock::<World, L>::new(world, request, task, policy.scratch_len());
        for first in (0..request.episodes).step_by(L::N) {
            leave_if_stopped();
            let count = L::N.min(request.episodes - first);
            block.start(world, request, task, first, count);
            block.begin(world);
            for step in 0..request.horizon {
                block.act(world, request, task, first, step, &policy);
                block.advance(world);
                block.account(request.record, step);
                if !block.any_alive() {
                    break;
                }
            }
            block.check(task, first, count)?;
            block.flush(request.record, count, rows, &mut batch);
        }
        batch.capped_solves = block.capped_solves(world);
        Ok(batch)
    }
}
