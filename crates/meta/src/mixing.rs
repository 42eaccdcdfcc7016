//! The law of the mixing coefficient, and episodes that start between two visited states.

use xmrl_envs::mix::Parents;
use xmrl_envs::rng::Stream;
use xmrl_envs::{EnvError, Environment, MixCounts, MixRule};

/// A law of the mixing coefficient lambda in `s_bar = lambda s + (1 - lambda) s'`.
pub trait LambdaLaw: Sync {
    /// One draw in `[0,1]`, a pure function of the stream and the episode.
    fn sample(&self, stream: &Stream, task: u32, episode: u32) -> f64;
}

/// `lambda ~ U(0,1)`: fixed mixup, and the start of the learned laws.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UniformLaw;

impl LambdaLaw for UniformLaw {
    fn sample(&self, stream: &Stream, task: u32, episode: u32) -> f64 {
        stream.uniform(task, episode, 0, 0)
    }
}

/// One mixed start as it was drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MixedStart {
    /// The mixing coefficient.
    pub lambda: f64,
    /// Row of the first parent among the states of the episodes that were mixed.
    pub first: usize,
    /// Row of the second parent.
    pub second: usize,
    /// Infeasible mixtures and what became of them.
    pub counts: MixCounts,
}

/// The streams of the pairs and of the coefficients.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MixStreams {
    pub(crate) pairs: Stream,
    pub(crate) lambdas: Stream,
}

/// Draws the start states of episodes `first_episode..first_episode + count` of a task between two of its `visited` states
/// `[V,D]`, one coefficient an episode, and appends them to `states`. Infeasible mixtures are treated as `rule` says, and counted.
pub(crate) fn mixed_starts(
    env: &Environment,
    rule: MixRule,
    visited: &[f64],
    (task, first_episode, count): (u32, u32, usize),
    law: &dyn LambdaLaw,
    streams: &MixStreams,
    states: &mut Vec<f64>,
) -> Result<Vec<MixedStart>, EnvError> {
    let mut mixed = vec![0.0; env.spec().state_size];
    let parents = Parents::new(env, visited, task)?;
    (first_episode..)
        .take(count)
        .map(|episode| {
            let lambda = law.sample(&streams.lambdas, task, episode);
            let start = parents.start(env, rule, &[lambda], &streams.pairs, (task, episode), &mut mixed)?;
            states.extend_from_slice(&mixed);
            Ok(MixedStart { lambda, first: start.first, second: start.second, counts: start.counts })
        })
        .collect()
}
