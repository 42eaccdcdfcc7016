//! What can go wrong in meta-learning, as facts: the stage, the task, the tensor, and the fix.

use std::fmt;
use xmrl_lanes::Float;

use xmrl_autodiff::AutodiffError;
use xmrl_envs::EnvError;
use xmrl_policy::PolicyError;
use xmrl_rollout::RolloutError;

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, MetaError>;

/// Where in a meta-iteration something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Building a problem from collected rows.
    Prepare,
    /// Support episodes of the unadapted policy.
    Support,
    /// The inner step.
    Adapt,
    /// Query episodes of the adapted policies.
    Query,
    /// Baselines and advantages.
    Advantages,
    /// The outer gradient.
    Gradient,
    /// Curvature products and conjugate gradients.
    Curvature,
    /// Candidates of the line search.
    LineSearch,
    /// Evaluation of adapted policies.
    Evaluate,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Prepare => "prepare",
            Self::Support => "support",
            Self::Adapt => "adapt",
            Self::Query => "query",
            Self::Advantages => "advantages",
            Self::Gradient => "gradient",
            Self::Curvature => "curvature",
            Self::LineSearch => "line search",
            Self::Evaluate => "evaluate",
        })
    }
}

/// An error of meta-learning.
#[derive(Debug, thiserror::Error)]
pub enum MetaError {
    /// A vector of the wrong length.
    #[error("{name} has {got} entries where {shape} = {expected} are needed")]
    Shape {
        /// The argument.
        name: String,
        /// Its shape in letters, such as `[N,P]`.
        shape: &'static str,
        /// Entries needed.
        expected: usize,
        /// Entries given.
        got: usize,
    },
    /// An option outside its range.
    #[error("{key} is {got}; {fix}")]
    Option {
        /// The option's name.
        key: &'static str,
        /// The value given.
        got: String,
        /// What is allowed.
        fix: &'static str,
    },
    /// A NaN or an infinity in a tensor.
    #[error("{stage}: {tensor}{} is {value} at entry {index}; lower the inner rate or the trust region, or resume from the last checkpoint", of_task(*task))]
    NonFinite {
        /// Where it was found.
        stage: Stage,
        /// The task (its position in the batch), where the tensor belongs to one.
        task: Option<usize>,
        /// The tensor's name.
        tensor: &'static str,
        /// The first offending entry.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// The policy refused its parameters or rows.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The environment refused a task.
    #[error("tasks[{task}]: {source}")]
    Task {
        /// Row of the task.
        task: usize,
        /// What the environment says.
        source: EnvError,
    },
    /// No states could be mixed.
    #[error("mixing states of task {task}: {source}")]
    Mixing {
        /// Row of the task.
        task: usize,
        /// What the environment says.
        source: EnvError,
    },
    /// A rollout failed.
    #[error("{stage}: {source}")]
    Rollout {
        /// Support or query.
        stage: Stage,
        /// What the rollout says.
        source: RolloutError,
    },
    /// A solver refused its operands.
    #[error(transparent)]
    Autodiff(#[from] AutodiffError),
    /// A calculus from elsewhere failed; in its own words.
    #[error("{0}")]
    Calculus(String),
}

fn of_task(task: Option<usize>) -> String {
    task.map_or_else(String::new, |task| format!(" of task {task}"))
}

/// Checks that `values` has `expected` entries.
///
/// # Errors
/// [`MetaError::Shape`].
pub fn check_len(name: &str, shape: &'static str, values: usize, expected: usize) -> Result<()> {
    if values == expected {
        return Ok(());
    }
    Err(MetaError::Shape { name: name.to_owned(), shape, expected, got: values })
}

/// Checks that every entry is finite.
///
/// # Errors
/// [`MetaError::NonFinite`] naming the first entry that is not.
pub fn check_finite<T: Float>(stage: Stage, task: Option<usize>, tensor: &'static str, values: &[T]) -> Result<()> {
    match values.iter().position(|&value| !value.into().is_finite()) {
        None => Ok(()),
        Some(index) => Err(MetaError::NonFinite { stage, task, tensor, index, value: values[index].into() }),
    }
}
