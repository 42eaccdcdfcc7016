//! Calculus on one flat parameter vector `[P]`.
//!
//! Two levels. On tensors: gradients and Hessian-vector products of a scalar by libtorch's reverse mode
//! ([`grad`], [`Hvp`]). On host slices of `f64`: iterative solvers on closures `v -> A v`, so that a plain-Rust
//! derivative and a libtorch one go through the same code ([`conjugate_gradient`], [`solve_damped`], [`neumann`],
//! [`dense_solve`], [`lanczos_bounds`], [`nystrom`]), and the implicit function theorem on top of them ([`adjoint`]).
//!
//! A solver that does not converge, or that meets negative curvature, says so in its [`SolveInfo`]; errors are for
//! wrong shapes, wrong options and numbers that are not finite. Nothing here knows what a policy or a task is.

mod cg;
mod dense;
mod error;
mod grad;
mod hvp;
mod implicit;
mod lanczos;
mod neumann;
mod nystrom;
mod params;
mod solve;
mod tridiagonal;
pub mod vector;

pub use cg::{CgOptions, conjugate_gradient, preconditioned_gradient};
pub use dense::{assemble, dense_solve};
pub use error::AutodiffError;
pub use grad::{grad, grad_weighted, grads};
pub use hvp::Hvp;
pub use implicit::{
    Adjoint, ImplicitOptions, LinearSolver, NonStationarity, adjoint, adjoint_preconditioned, non_stationarity, scores,
    softmax, softmax_pullback,
};
pub use lanczos::{SpectralBounds, lanczos_bounds, spread_start};
pub use neumann::{NeumannOptions, neumann};
pub use nystrom::{Nystrom, nystrom};
pub use params::{leaf, to_tensor, to_vec, view};
pub use solve::{DampedOptions, SolveInfo, solve_damped, solve_preconditioned};
