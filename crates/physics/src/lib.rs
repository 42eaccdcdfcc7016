//! Batched bodies: articulated ones, faithful to MuJoCo to rounding, and the [`quadrotor`]. Nothing here knows what a task or a
//! reward is.

mod mechanism;
mod model;
pub mod models;
mod planar;
pub mod quadrotor;
mod room;
mod soft;
mod solver;
mod spatial;
mod tree;
mod vector;

pub use mechanism::{Centre, Mechanism};
pub use model::{Hinge, Integrator, Planar, PlanarBody, Point, Segment, Softness, Spatial, SpatialBody};
pub use planar::PlanarWorkspace;
pub use solver::{MAX_ITERATIONS, SolveStats};
pub use spatial::SpatialWorkspace;
