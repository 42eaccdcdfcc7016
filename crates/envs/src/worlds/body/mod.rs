//! What articulated bodies share: their world on the host, task laws, reset noise, the geometry of their states.
//!
//! A state is MuJoCo's `qpos` then `qvel`. Episodes end at the horizon or, where a preset says so, when the body is no
//! longer healthy; query and support episodes start by the same law and have the same length. Nothing counts as success.

mod control;
mod geodesic;
mod goals;
mod noise;
mod state;
mod world;

pub(crate) mod runner;

pub(crate) use control::{between, clip, control};
pub(crate) use geodesic::{Coordinates, mix};
pub(crate) use goals::Goals;
pub(crate) use noise::ResetNoise;
pub(crate) use state::{LARGEST, accepts_all, check_state};
pub(crate) use world::{BodyRules, BodyWorld};
