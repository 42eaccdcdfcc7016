//! What to roll out, and the checks on it.

use xmrl_envs::memory::{memory_of_machine, product};
use xmrl_envs::rng::Stream;
use xmrl_envs::{Draw, Environment, Start};
use xmrl_policy::PolicySpec;

use crate::{Episode, RolloutError};

/// The longest horizon: single-precision lanes count steps exactly up to here.
const LONGEST: usize = 1 << 24;

/// In which numbers the policy and the world are computed. Results are `f64` either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// Double: 8 lanes.
    F64,
    /// Single: 16 lanes, about twice as fast.
    F32,
}

/// What a rollout keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// Rows for learning: observations, actions, log-probabilities, rewards, steps.
    Learning,
    /// The same and the simulator's states, from which mixed starts are made.
    LearningAndStates,
    /// Only the episodes' returns and ends: memory does not grow with the steps.
    Returns,
}

/// Where episodes start.
#[derive(Debug, Clone, Copy)]
pub enum Starts<'a> {
    /// The environment's own law.
    Law(Start),
    /// These states, `[N,E,D]`.
    States(&'a [f64]),
}

/// N tasks x E episodes of one policy family in one environment.
///
/// Noise and starts are keyed by (stream, task id, `first_episode` + episode, step), so a task's trajectories do not depend
/// on which other tasks or episodes are asked for with it.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The world.
    pub env: &'a Environment,
    /// The policy's shape.
    pub policy: &'a PolicySpec,
    /// Task values, `[N,K]`.
    pub tasks: &'a [f64],
    /// The tasks' ids in the random-number streams, `[N]`.
    pub task_ids: &'a [u32],
    /// One parameter vector a task, `[N,P]`, or one for all, `[P]`.
    pub params: &'a [f64],
    /// E, episodes of each task.
    pub episodes: usize,
    /// Stream offset: the number of the first episode.
    pub first_episode: u32,
    /// T, the most steps of an episode.
    pub horizon: usize,
    /// Where episodes start.
    pub starts: Starts<'a>,
    /// Draws of the start law.
    pub start_stream: Stream,
    /// Draws of the action noise.
    pub noise_stream: Stream,
    /// The numbers to compute in.
    pub precision: Precision,
    /// Takes the mean action; log-probabilities are then those of the mean.
    pub deterministic: bool,
    /// What to keep.
    pub record: Record,
}

impl<'a> Request<'a> {
    /// N, the tasks asked for.
    #[must_use]
    pub fn task_count(&self) -> usize {
        self.task_ids.len()
    }

    /// The states that episodes `first..first + count` of a task start from, `[count, D]`.
    ///
    /// # Errors
    /// [`RolloutError::World`] of a world that cannot draw them.
    pub fn start_states(&self, task: usize, first: usize, count: usize) -> Result<Vec<f64>, RolloutError> {
        let size = self.env.spec().state_size;
        match self.starts {
            Starts::Law(which) => {
                let (stream, task_id) = (self.start_stream, self.task_ids[task]);
                let number = |at: usize| self.first_episode + (first + at) as u32;
                let draws: Vec<Draw> = (0..count).map(|at| Draw { stream, task_id, episode: number(at) }).collect();
                let mut drawn = vec![0.0; size * count];
                let done = self.env.starts(which, &self.task_values(task).repeat(count), &draws, &mut drawn);
                done.map_err(RolloutError::World).map(|_| drawn)
            }
            Starts::States(states) => {
                let row = task * self.episodes + first;
                Ok(states[row * size..(row + count) * size].to_vec())
            }
        }
    }

    /// The parameters `[P]` of one task.
    pub(crate) fn task_params(&self, task: usize) -> &'a [f64] {
        let size = self.policy.parameters();
        if self.params.len() == size { self.params } else { &self.params[task * size..(task + 1) * size] }
    }

    /// The values `[K]` of one task.
    pub(crate) fn task_values(&self, task: usize) -> &'a [f64] {
        let size = self.env.spec().task_size;
        &self.tasks[task * size..(task + 1) * size]
    }

    /// Checks counts, memory, shapes, the policy's sizes and every task; parameters are checked when they are packed. Numbers
    /// of rows are stored in so many bytes each.
    ///
    /// # Errors
    /// [`RolloutError`] for the first of them that does not fit.
    pub fn check(&self, bytes_a_number: usize) -> Result<(), RolloutError> {
        let (env, policy, tasks) = (self.env.spec(), self.policy, self.task_count());
        policy.validate().map_err(|source| RolloutError::Policy { task: 0, source })?;
        let sizes = [
            ("observation_size", env.observation_size, policy.observation_size),
            ("action_size", env.action_size, policy.action_size),
        ];
        for (key, expected, got) in sizes {
            if expected != got {
                return Err(RolloutError::PolicySize { key, preset: env.preset.clone(), expected, got });
            }
        }
        let most = (u32::MAX - self.first_episode) as usize;
        for (key, got, most) in [("episodes", self.episodes, most), ("horizon", self.horizon, LONGEST)] {
            if got == 0 || got > most {
                return Err(RolloutError::Count { key, got, most });
            }
        }
        self.check_memory(bytes_a_number)?;
        shape("tasks", "[N,K]", tasks * env.task_size, self.tasks.len())?;
        if self.params.len() != policy.parameters() {
            shape("params", "[N,P] or [P]", tasks * policy.parameters(), self.params.len())?;
        }
        self.env.check_tasks(self.tasks).map_err(RolloutError::Tasks)?;
        self.check_starts(env.state_size)
    }

    /// That what all episodes may leave fits the memory there is, should every one go on to the horizon.
    fn check_memory(&self, bytes_a_number: usize) -> Result<(), RolloutError> {
        let (tasks, episodes, horizon) = (self.task_count(), self.episodes, self.horizon);
        let env = self.env.spec();
        // Rewards, and the number of the step.
        let row = (env.observation_size + env.action_size + 1) * bytes_a_number + 12;
        let row = match self.record {
            Record::Learning => row,
            Record::LearningAndStates => row + env.state_size * size_of::<f64>(),
            Record::Returns => 0,
        };
        let in_all = product(&[tasks, episodes]);
        let needed = in_all.saturating_mul(product(&[horizon, row]).saturating_add(size_of::<Episode>() as u64));
        let there = memory_of_machine();
        if needed > there {
            return Err(RolloutError::TooLarge { tasks, episodes, horizon, needed, there });
        }
        Ok(())
    }

    fn check_starts(&self, state_size: usize) -> Result<(), RolloutError> {
        let Starts::States(states) = self.starts else {
            return Ok(());
        };
        self.env.check_settable().map_err(RolloutError::World)?;
        shape("start states", "[N,E,D]", self.task_count() * self.episodes * state_size, states.len())?;
        let place = |row: usize| (row / self.episodes, row % self.episodes);
        if let Some(index) = states.iter().position(|value| !value.is_finite()) {
            let (task, episode) = place(index / state_size);
            return Err(RolloutError::NonFinite { tensor: "start states", task, episode });
        }
        self.env.check_states(states).map_err(|source| {
            let Some(row) = source.row() else {
                return RolloutError::Tasks(source);
            };
            let (task, episode) = place(row);
            RolloutError::Start { task, episode, source }
        })
    }
}

fn shape(name: &'static str, shape: &'static str, expected: usize, got: usize) -> Result<(), RolloutError> {
    if expected == got { Ok(()) } else { Err(RolloutError::Shape { name, shape, expected, got }) }
}
