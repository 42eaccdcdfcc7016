//! Batched bodies: articulated ones, faithful to MuJoCo to rounding, and the [`quadrotor`]. Nothing here knows what a task or a
//! reward is.
//!
//! The crate is `no_std`: a workspace is plain data in the caller's memory, [`Mechanism::prepare`] makes it ready in place. Feature
//! `std` (on by default) adds workspaces in memory of their own and what is done on one state at a time, for pictures and for
//! repairing mixed states, whose angles the standard library turns.
#![no_std]

#[cfg(feature = "std")]
extern crate std;

mod mechanism;
mod model;
pub mod models;
mod planar;
pub mod quadrotor;
mod soft;
mod solver;
mod spatial;
mod tree;
mod vector;
mod zeroed;

pub use mechanism::{Centre, Mechanism};
pub use model::{Hinge, Integrator, Planar, PlanarBody, Point, Segment, Softness, Spatial, SpatialBody};
pub use planar::PlanarWorkspace;
pub use solver::{MAX_ITERATIONS, SolveStats};
pub use spatial::SpatialWorkspace;
pub use zeroed::Zeroed;
