//! `drone-planar`: a point drone crosses a walled area with three pillars to a goal that it cannot see.
//!
//! This page is the specification; the constants and their units are in [`constants`].
//!
//! | | |
//! | --- | --- |
//! | state D = 4 | position x, y in m; velocity vx, vy in m/s |
//! | observation S = 4 | (x - 5)/4, (y - 5)/4, vx/2, vy/2; never the goal |
//! | action A = 2 | commanded acceleration along x, y as a share of 4 m/s², clipped to [-1, 1] |
//! | task K = 2 | goal position in m, uniform in [1, 9]², more than 2 m from the centre, at least .35 m off every disc's edge |
//! | env step | .2 s; 25 steps a query episode, 10 a support episode |
//!
//! One step, in order (semi-implicit Euler; `dynamics.rs`, `reward.rs`):
//! 1. v ← v + dt (4 clip(a) - 2 v); then v is shortened to 2 m/s if it is longer.
//! 2. p ← p + dt v. Walls: a coordinate that leaves [-2, 12] m stops there and its velocity component becomes 0.
//! 3. Discs: if the new position is less than .5 m from a disc's centre, the step is cancelled: p stays where it was,
//!    v ← -.3 v (the v of line 1 and 2). The episode goes on. Only end points are tested: the longest step is .4 m,
//!    so a chord cuts at most .05 m deep into a disc unnoticed.
//! 4. Reward: .5 × (decrease of the distance to the goal in m), - .2 for a touch, + 2 on arrival.
//! 5. Arrival: less than 1 m from the goal after the step. It ends the episode with success, in support episodes too;
//!    nothing else ends an episode but the horizon.
//!
//! Starts. Query: centre (5, 5) ± .3 m per axis, uniform, at rest. Support: position uniform in [0, 10]² m outside the
//! discs (drawn again inside), velocity components uniform in ±1 m/s. Neither depends on the task or the policy.
//!
//! A state is feasible when it is finite, inside the walls and not inside a disc; mixing is linear and redraws others.
//!
//! Training pools: preset `drone-planar/uniform` as evaluation; preset `drone-planar` puts 90 % of the goals in one
//! half-plane through the centre and 10 % in the other (see `tasks.rs`).

pub mod constants;
mod dynamics;
mod reward;
mod rules;
mod tasks;
mod world;

pub use rules::PlanarRules;
pub(crate) use tasks::draw as draw_tasks;
pub use world::DronePlanar;
pub(crate) use world::{arena, presets, rareness};
