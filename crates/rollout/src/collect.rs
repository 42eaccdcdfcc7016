//! Rolls a policy out: one task is one work item, consecutive episodes are lanes.

use rayon::prelude::*;
use xmrl_lanes::{Float, Kernel, Lane, dispatch_f32, dispatch_f64};
use xmrl_policy::LanePolicy;
use xmrl_threads::leave_if_stopped;

use crate::batch::RowStore;
use crate::episodes::Episodes;
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
pub fn collect<T: Float + Send>(
    request: &Request<'_>,
    pool: &rayon::ThreadPool,
) -> Result<Vec<TaskBatch<T>>, RolloutError> {
    request.check(size_of::<T>())?;
    let tasks = (0..request.task_count()).into_par_iter().with_max_len(1);
    let batches: Vec<_> = pool.install(|| tasks.map(|task| collect_task(request, task)).collect());
    batches.into_iter().collect()
}

fn collect_task<T: Float + Send>(request: &Request<'_>, task: usize) -> Result<TaskBatch<T>, RolloutError> {
    let mut stored = TaskBatch::<T>::default();
    let TaskBatch { rewards, states, steps, episodes, capped_solves, .. } = fly(request, task, &mut stored)?;
    Ok(TaskBatch { rewards, states, steps, episodes, capped_solves, ..stored })
}

/// All episodes of one task; what the policy saw and did goes to `rows`. No type parameter, so that it is compiled here, once.
fn fly(request: &Request<'_>, task: usize, rows: &mut dyn RowStore) -> Result<TaskBatch, RolloutError> {
    match request.precision {
        Precision::F64 => dispatch_f64(TaskRollout::<f64>::new(request, task, rows)?),
        Precision::F32 => dispatch_f32(TaskRollout::<f32>::new(request, task, rows)?),
    }
}

/// All episodes of one task, block of worlds by block of worlds.
struct TaskRollout<'a, W> {
    request: &'a Request<'a>,
    task: usize,
    policy: LanePolicy<W>,
    rows: &'a mut dyn RowStore,
}

impl<'a, W: Float> TaskRollout<'a, W> {
    fn new(request: &'a Request<'a>, task: usize, rows: &'a mut dyn RowStore) -> Result<Self, RolloutError> {
        let policy = LanePolicy::new(request.policy, request.task_params(task));
        let policy = policy.map_err(|source| RolloutError::Policy { task, source })?;
        Ok(Self { request, task, policy, rows })
    }
}

impl<W: Float> Kernel for TaskRollout<'_, W> {
    type Output = Result<TaskBatch, RolloutError>;

    #[inline(always)]
    fn run<L: Lane>(self) -> Self::Output {
        let Self { request, task, policy, rows } = self;
        let mut batch = TaskBatch::default();
        batch.episodes.reserve_exact(request.episodes);
        let mut running = Episodes::<L>::new(request, task, policy.scratch_len());
        let width = running.width();
        for first in (0..request.episodes).step_by(width) {
            leave_if_stopped();
            let count = width.min(request.episodes - first);
            running.start(first, count)?;
            for step in 0..request.horizon {
                running.act(step, &policy)?;
                running.advance(step)?;
                if !running.any_alive() {
                    break;
                }
            }
            running.check()?;
            running.flush(rows, &mut batch);
        }
        batch.capped_solves = running.capped_solves();
        Ok(batch)
    }
}
