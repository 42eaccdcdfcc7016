//! Planar runners: a body in the x-z plane that is paid for its velocity along x.
//!
//! One world for every planar body; a preset is a table of [`RunnerRules`]. State D = NQ + NV: `qpos` (root x, z, angle, then
//! the hinges) and `qvel`. Observation: `qpos` without x, `qvel`, and a place where the preset shows one. One env step,
//! in order (`step.rs`):
//! 1. u = clip(action / scale, -1, 1).
//! 2. `frame_skip` physics steps under u.
//! 3. v: the velocity of the whole body's centre of mass after the step, or the root's displacement over the env step's
//!    duration.
//! 4. Reward: -|v - g| for a goal velocity g, or d v for a direction d; minus `effort` × sum u²; plus `alive` where the
//!    body is healthy.
//! 5. A preset with healthy ranges ends the episode outside them.

mod rules;
mod step;
mod table;

pub(crate) use rules::Runner;
pub(crate) use table::{Aim, Healthy, Model, RunnerRules, Shown, Speed, Workspace};
