//! The trajectories of one task.

use std::ops::Range;

use xmrl_lanes::Float;

/// One episode: where its rows lie and how it ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Episode {
    /// The first of its rows.
    pub start: usize,
    /// Its rows: env steps until the end or the horizon.
    pub len: usize,
    /// Undiscounted sum of its rewards.
    pub ret: f64,
    /// Whether any of its steps was a success.
    pub success: bool,
    /// Whether the world ended it (false: the horizon did).
    pub terminated: bool,
}

impl Episode {
    /// Its rows in the arrays of the batch.
    #[must_use]
    pub fn rows(&self) -> Range<usize> {
        self.start..self.start + self.len
    }
}

/// All episodes of one task, rows episode-major: R = sum of episode lengths; an ended episode contributes no further rows.
///
/// What learning reads row by row is stored as `T`; rewards and states stay `f64`.
///
/// With `Record::Returns` the row arrays are empty and only `episodes` is filled (their `start` still counts env steps).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TaskBatch<T = f64> {
    /// What the policy saw, `[R,S]`.
    pub observations: Vec<T>,
    /// What it sampled, before the world clips it, `[R,A]`.
    pub actions: Vec<T>,
    /// Log-density of the sample under the policy that took it, summed over action dimensions, `[R]`.
    pub log_probs: Vec<T>,
    /// Reward of the step, `[R]`.
    pub rewards: Vec<f64>,
    /// State before the step, `[R,D]`; empty unless recorded.
    pub states: Vec<f64>,
    /// Step within its episode, from 0, `[R]`.
    pub steps: Vec<u32>,
    /// The episodes in order, `[E]`.
    pub episodes: Vec<Episode>,
    /// Constraint solves that met the bound on their iterations (bodies; 0 elsewhere): blocks of lanes, each counted once
    /// however many of its episodes were not done.
    pub capped_solves: u64,
}

impl<T> TaskBatch<T> {
    /// R, the recorded rows (0 when only returns were recorded).
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rewards.len()
    }

    /// Env steps that were simulated, recorded or not.
    #[must_use]
    pub fn env_steps(&self) -> usize {
        self.episodes.iter().map(|episode| episode.len).sum()
    }

    /// Mean undiscounted return of the episodes; 0 for none.
    #[must_use]
    pub fn mean_return(&self) -> f64 {
        self.mean(|episode| episode.ret)
    }

    /// Share of episodes that succeeded; 0 for none.
    #[must_use]
    pub fn success_rate(&self) -> f64 {
        self.mean(|episode| f64::from(u8::from(episode.success)))
    }

    fn mean(&self, of: impl Fn(&Episode) -> f64) -> f64 {
        self.episodes.iter().map(of).sum::<f64>() / self.episodes.len().max(1) as f64
    }
}

/// Where rows go that are stored in another number type than they were computed in. A trait object, so that rollouts, which
/// are compiled for every precision and instruction set, are not compiled for every way of storing them too.
pub trait RowStore: Send {
    /// Appends one row.
    fn push(&mut self, observation: &[f64], action: &[f64], log_prob: f64);
}

impl<T: Float + Send> RowStore for TaskBatch<T> {
    fn push(&mut self, observation: &[f64], action: &[f64], log_prob: f64) {
        self.observations.extend(observation.iter().map(|&x| T::round(x)));
        self.actions.extend(action.iter().map(|&x| T::round(x)));
        self.log_probs.push(T::round(log_prob));
    }
}
