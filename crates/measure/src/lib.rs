//! What is timed, once for `cargo bench` and `xmrl bench`.
//!
//! [`Problem`] is the meta-objective that the peers (PyTorch, JAX) are timed on, draw for draw; [`hvp`] times its
//! derivatives and [`rollout`] times worlds with and without a policy. Every figure is a [`Timing`]: the median of at
//! least three runs of at least .3 s, after a warm-up. Digests tell whether two implementations computed the same.

mod clock;
mod error;
mod hvp;
mod numpy;
mod problem;
mod rollout;
mod setup;

pub use clock::{Plan, Timing, timed};
pub use error::{MeasureError, Result};
pub use hvp::{HvpFigures, HvpRequest, hvp, with_engine};
pub use numpy::Generator;
pub use problem::{Problem, digest};
pub use rollout::{Bare, RolloutFigures, RolloutRequest, Rollouts, rollout};
pub use setup::{keep_memory, policy_for};
