//! Calculus on one flat parameter vector `[P]`.
//!
//! Iterative solvers on closures `v -> A v` between slices of `f64`, so that every derivative goes through the same code,
//! whoever computes it ([`conjugate_gradient`], [`solve_damped`], [`neumann`], [`dense_solve`], [`lanczos_bounds`],
//! [`nystrom`], [`ritz_pairs`]), and the implicit function theorem on top of them ([`adjoint`]).
//!
//! A solver that does not converge, or that meets negative curvature, says so in its [`SolveInfo`]; errors are for
//! wrong shapes, wrong options and numbers that are not finite. Nothing here knows what a policy or a task is.

mod cg;
mod dense;
mod error;
mod implicit;
mod info;
mod krylov;
mod lanczos;
mod neumann;
mod nystrom;
mod recurrence;
mod solve;
mod spectral;
mod tridiagonal;
pub mod vector;

pub use cg::{conjugate_gradient, preconditioned_gradient};
pub use dense::{assemble, dense_solve};
pub use error::AutodiffError;
pub use implicit::{
    Adjoint, ImplicitOptions, LinearSolver, NonStationarity, adjoint, adjoint_preconditioned, non_stationarity, scores,
    softmax, softmax_pullback,
};
pub use info::SolveInfo;
pub use krylov::{RitzPairs, RitzValues, ritz_pairs};
pub use lanczos::{SpectralBounds, lanczos_bounds, spread_start};
pub use neumann::{NeumannOptions, neumann};
pub use nystrom::{Nystrom, nystrom};
pub use recurrence::{CgOptions, CgRecurrence};
pub use solve::{DampedOptions, solve_damped, solve_preconditioned};
