//! A policy in worlds gives trajectories, and trajectories give advantages.
//!
//! Nothing here records a gradient: behaviour log-probabilities are stored, and whoever differentiates recomputes its own.

mod act;
mod baseline;
mod batch;
mod collect;
mod episodes;
mod error;
mod flights;
mod group;
mod request;
mod returns;

pub use act::{ROWS_WORTH_THREADS, act};
pub use baseline::{advantages, baseline_values, fit_baseline};
pub use batch::{Episode, RowStore, TaskBatch};
pub use collect::collect;
pub use error::RolloutError;
pub use flights::{Flights, collect_by};
pub use request::{Precision, Record, Request, Starts};
pub use returns::{discounted_returns, generalised_advantages, standardise};
