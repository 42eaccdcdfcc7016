//! Meta-gradients task by task, from episodes of their own.

use crate::data::{MetaData, meta_data};
use crate::error::Result;
use crate::fused::FusedProblem;
use crate::problem::MetaProblem;
use crate::query::mixed_counts;
use crate::request::{DataRequest, TASKS_AT_ONCE};

/// Meta-gradients of some tasks.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskGradients {
    /// `grad J_i` at the meta vector, exact second order on all rows, `[N,Q]`.
    pub gradients: Vec<f64>,
    /// Env steps taken.
    pub env_steps: usize,
}

/// The gradient of each task's surrogate meta-return, `J_i(meta) = sum_r c_r ratio_r(adapt_i(meta))` over its query episodes
/// (mixed ones included), at the meta vector that flew them. Tasks with equal ids draw the same random numbers.
///
/// # Errors
/// As [`meta_data`], and whatever of a gradient is not finite.
pub fn task_gradients(request: &DataRequest<'_>) -> Result<TaskGradients> {
    let count = request.context.check(request.tasks, request.task_ids)?;
    let size = request.context.env.spec().task_size;
    let mixed = mixed_counts(request.mixed_episodes, count, request.options.query_episodes)?;
    let mut out = TaskGradients { gradients: Vec::with_capacity(count * request.meta.len()), env_steps: 0 };
    for first in (0..count).step_by(TASKS_AT_ONCE) {
        let chunk = first..count.min(first + TASKS_AT_ONCE);
        let MetaData { data, inner, support_steps, query_steps, .. } = meta_data::<f64>(&DataRequest {
            tasks: &request.tasks[chunk.start * size..chunk.end * size],
            mixed_episodes: &mixed[chunk.clone()],
            task_ids: &request.task_ids[chunk],
            ..*request
        })?;
        let mut problem =
            FusedProblem::with_inner(request.context.spec, &data, request.meta, inner, request.context.pool)?;
        out.gradients.extend(problem.gradients(request.meta)?);
        out.env_steps += support_steps + query_steps;
    }
    Ok(out)
}
