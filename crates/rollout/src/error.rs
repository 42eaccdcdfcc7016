//! What can be wrong with a request, or go wrong in a rollout.

use xmrl_envs::EnvError;
use xmrl_envs::memory::gib;
use xmrl_policy::PolicyError;

/// A rollout that could not start, or that left the finite numbers.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RolloutError {
    /// A slice does not have the size that the request implies.
    #[error("{name} has {got} entries; {shape} needs {expected}")]
    Shape {
        /// The field of the request.
        name: &'static str,
        /// The expected shape in the house's letters.
        shape: &'static str,
        /// Entries expected.
        expected: usize,
        /// Entries given.
        got: usize,
    },
    /// The policy was made for another environment.
    #[error("policy.{key} is {got}, but {preset} has {expected}; build the policy from the environment's spec")]
    PolicySize {
        /// The size that differs.
        key: &'static str,
        /// The environment's preset.
        preset: String,
        /// The environment's size.
        expected: usize,
        /// The policy's size.
        got: usize,
    },
    /// A count is zero, or too large for the random-number streams.
    #[error("{key} is {got}; it must lie in 1..={most}")]
    Count {
        /// The field of the request.
        key: &'static str,
        /// What was given.
        got: usize,
        /// The largest that is accepted.
        most: usize,
    },
    /// What the episodes may leave fits no memory.
    #[error(
        "{tasks} tasks × {episodes} episodes × {horizon} steps may need {:.1} GiB of memory, this process may have {:.1}; fly fewer",
        gib(*needed), gib(*there)
    )]
    TooLarge {
        /// N.
        tasks: usize,
        /// Episodes of each.
        episodes: usize,
        /// Most steps of each.
        horizon: usize,
        /// Bytes.
        needed: u64,
        /// Bytes.
        there: u64,
    },
    /// A task is not one of the environment's; the message names its row.
    #[error(transparent)]
    Tasks(EnvError),
    /// A world that failed where it runs, or that cannot be put in states.
    #[error(transparent)]
    World(EnvError),
    /// The policy itself, or one task's parameters, are not usable.
    #[error("params of task {task}: {source}")]
    Policy {
        /// Row of the task.
        task: usize,
        /// What the policy says.
        source: PolicyError,
    },
    /// A start state that no world can go on from.
    #[error("start of task {task}, episode {episode}: {source}")]
    Start {
        /// Row of the task.
        task: usize,
        /// Episode within the request.
        episode: usize,
        /// What the world says.
        source: EnvError,
    },
    /// A number left the finite range, or a state what a world can go on from (bodies: magnitudes up to 1e10).
    #[error(
        "{tensor} of task {task}, episode {episode} are not finite or out of range; the parameters or the start state are extreme"
    )]
    NonFinite {
        /// What held the number: `start states`, `states`, `observations`, `actions` or `rewards`.
        tensor: &'static str,
        /// Row of the task.
        task: usize,
        /// Episode within the request.
        episode: usize,
    },
    /// A device that episodes fly on failed; the message says which, and what to do.
    #[error(transparent)]
    Device(Box<dyn std::error::Error + Send + Sync>),
    /// A row that a policy is asked about, or that it answers with, is not finite.
    #[error("{tensor}, row {row}, entry {entry}: {value} is not finite")]
    Row {
        /// `observations` or `actions`.
        tensor: &'static str,
        /// The first such row.
        row: usize,
        /// Its column.
        entry: usize,
        /// The value.
        value: f64,
    },
}
