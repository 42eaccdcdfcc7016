//! Adaptation inner step by inner step, and what it leads to: adapted policies, and the directions to them.

use crate::adapt::{Keep, inner_steps};
use crate::clock::StepSeconds;
use crate::error::Result;
use crate::request::{EvaluateRequest, TASKS_AT_ONCE, check, chunk};
use crate::support::{Support, support_rows};

/// Adapted policies of some tasks.
#[derive(Debug, Clone, PartialEq)]
pub struct Adapted {
    /// `theta_i' [N,P]`.
    pub policies: Vec<f64>,
    /// Env steps taken.
    pub env_steps: usize,
}

/// The policies that [`evaluate`](crate::evaluate()) flies in adaptation number `adaptation`, below 256: the same bits for the same
/// draws (`adaptations`, `query_episodes` and `displacements` of the options are not used).
///
/// # Errors
/// As [`evaluate`](crate::evaluate()).
pub fn adapted_policies(request: &EvaluateRequest<'_>, adaptation: u8) -> Result<Adapted> {
    let tasks = check(request)?;
    let mut out = Adapted { policies: Vec::new(), env_steps: 0 };
    for first in (0..tasks).step_by(TASKS_AT_ONCE) {
        let (chunk, ids) = chunk(request, first);
        let (policies, steps) = adapted(request, chunk, ids, usize::from(adaptation))?;
        out.policies.extend(policies);
        out.env_steps += steps;
    }
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
/// As [`evaluate`](crate::evaluate()).
pub fn directions(request: &EvaluateRequest<'_>) -> Result<Directions> {
    let Adapted { policies: mut directions, env_steps } = adapted_policies(request, 0)?;
    let theta = request.context.spec.theta(request.meta);
    for row in directions.chunks_exact_mut(theta.len()) {
        row.iter_mut().zip(theta).for_each(|(to, from)| *to -= from);
    }
    Ok(Directions { directions, env_steps })
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
pub(crate) struct Path<'a> {
    request: &'a EvaluateRequest<'a>,
    tasks: &'a [f64],
    ids: &'a [u32],
    adaptation: usize,
    /// Inner steps taken.
    steps: usize,
    /// Rates of the next one.
    rates: Vec<f64>,
    /// `[N,P]` where it stands.
    pub(crate) policies: Vec<f64>,
}

impl<'a> Path<'a> {
    /// Before the first inner step.
    pub(crate) fn new(request: &'a EvaluateRequest<'a>, tasks: &'a [f64], ids: &'a [u32], adaptation: usize) -> Self {
        let EvaluateRequest { context, meta, .. } = *request;
        let policies = context.spec.theta(meta).repeat(ids.len());
        Self { request, tasks, ids, adaptation, steps: 0, rates: context.spec.rates(meta), policies }
    }

    /// One inner step on support episodes of its own, with the whole rates first and half of them afterwards; the env steps
    /// that it took.
    pub(crate) fn step(&mut self) -> Result<usize> {
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
