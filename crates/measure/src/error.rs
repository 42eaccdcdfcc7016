//! What can go wrong while something is timed.

use xmrl_envs::EnvError;
use xmrl_meta::MetaError;
use xmrl_rollout::RolloutError;

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, MeasureError>;

/// An error of a bench.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
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
    /// The derivatives failed.
    #[error(transparent)]
    Meta(#[from] MetaError),
    /// The environment refused.
    #[error(transparent)]
    Env(#[from] EnvError),
    /// A rollout failed.
    #[error(transparent)]
    Rollout(#[from] RolloutError),
}
