//! Baked-in models; written by `scripts/physics/constants.py`, never by hand.

mod ant;
mod cheetah;
mod walker2d;

pub use ant::{ANT_GYM, ANT_RLLAB};
pub use cheetah::CHEETAH;
pub use walker2d::WALKER2D;
