//! States between two visited states.
//!
//! Mixing acts on the simulator state, never on the observation, so every step taken from a mixed state keeps a full
//! state of its own.

mod rule;
mod start;

pub use rule::{Geometry, MixCounts, MixRule, Repair, linear};
pub use start::{DEPTH_TOLERANCE, MAX_REDRAWS, MixedStart, Parents, mix};
