//! What happens in a task, as rows (s, a, r) of its adapted policy: by these, tasks can be compared without a descriptor.

use xmrl_envs::rng::Purpose;
use xmrl_rollout::Record;

use crate::error::{MetaError, Result};
use crate::evaluate::query;
use crate::path::adapted;
use crate::request::{EvaluateRequest, TASKS_AT_ONCE, check, chunk};

/// Phase number of these draws in the subsample stream; support and query rows have 0 and 1.
const PHASE: u32 = 2;

/// Rows of some tasks.
#[derive(Debug, Clone, PartialEq)]
pub struct Transitions {
    /// `[N,n,S+A+1]`: what the policy saw, what it sampled, the reward of the step.
    pub rows: Vec<f64>,
    /// S + A + 1.
    pub width: usize,
    /// Env steps taken.
    pub env_steps: usize,
}

/// `rows` rows of every task after one adaptation, drawn with replacement from `query_episodes` episodes of the adapted policy
/// (`adaptations` of the options is not used).
///
/// # Errors
/// As [`evaluate`](crate::evaluate()); [`MetaError::Option`] for 0 rows.
pub fn transitions(request: &EvaluateRequest<'_>, rows: usize) -> Result<Transitions> {
    let tasks = check(request)?;
    let policy = &request.context.spec.policy;
    let (seen, done) = (policy.observation_size, policy.action_size);
    let width = seen + done + 1;
    let Ok(count @ 1..) = u32::try_from(rows) else {
        return Err(MetaError::Option { key: "retrain.tw.rows", got: rows.to_string(), fix: "give at least 1" });
    };
    let stream = request.draws.stream(Purpose::Subsample);
    let mut out = Transitions { rows: Vec::with_capacity(tasks * rows * width), width, env_steps: 0 };
    for first in (0..tasks).step_by(TASKS_AT_ONCE) {
        let (chunk, ids) = chunk(request, first);
        let (params, steps) = adapted(request, chunk, ids, 0)?;
        let episodes = request.options.query_episodes;
        let batches =
            request.context.fly::<f64>(&query(request, chunk, ids, &params, episodes, 0, Record::Learning))?;
        out.env_steps += steps + batches.iter().map(|batch| batch.env_steps()).sum::<usize>();
        for (batch, &id) in batches.iter().zip(ids) {
            for draw in 0..count {
                let row = stream.below(batch.rows(), id, PHASE, draw, 0);
                out.rows.extend(&batch.observations[row * seen..(row + 1) * seen]);
                out.rows.extend(&batch.actions[row * done..(row + 1) * done]);
                out.rows.push(batch.rewards[row]);
            }
        }
    }
    Ok(out)
}
