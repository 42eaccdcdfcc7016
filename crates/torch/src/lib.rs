//! The meta-objective on libtorch: the reference that every written-out derivative is held to, and the way to other devices.
//!
//! Three levels. Reverse mode on one flat parameter vector: [`grad`], [`Hvp`]. The policy as expressions of it:
//! [`distribution`], [`log_prob`], [`kl`]. The meta-objective of a data set: [`TorchProblem`], which [`TorchCalculus`] makes
//! wherever `xmrl-meta` takes a [`Calculus`](xmrl_meta::Calculus). No other crate names libtorch.

mod ascent;
mod batch;
mod border;
mod calculus;
mod chunk;
mod climb;
mod curvature;
mod error;
mod gaussian;
mod grad;
mod hvp;
mod krylov;
mod network;
mod objective;
mod over;
mod params;
mod per_task;
mod problem;
mod workers;

pub use calculus::{TorchCalculus, cuda_available};
pub use error::{Result, TorchError};
pub use gaussian::{kl, log_prob};
pub use grad::{grad, grad_weighted, grads};
pub use hvp::Hvp;
pub use network::{Distribution, distribution, effective_log_std, means};
pub use params::{leaf, to_tensor, to_vec, view};
pub use problem::{TorchOptions, TorchProblem};
pub use tch::{Device, Kind};
pub use workers::TorchWorkers;
