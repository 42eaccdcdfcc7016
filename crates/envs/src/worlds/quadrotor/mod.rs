//! `drone-quadrotor`: a Crazyflie-class quadrotor crosses a walled arena with three pillars to a goal that it cannot see.
//!
//! This page is the specification; the constants and their units are in [`constants`]. The vehicle and its controllers on board
//! are `xmrl_physics::quadrotor` (`CRAZYFLIE`, pilot `Velocity`); pillars, walls and the ground plan of goals are those of
//! `drone-planar`.
//!
//! | | |
//! | --- | --- |
//! | state D = 20 | the vehicle's 17: position, velocity, quaternion (w, x, y, z), angular velocity, thrust of the rotors; wind x, y in m/s; mass as a share of the airframe's |
//! | observation S = 13 | (x - 5)/4, (y - 5)/4, z - 2; vx/2, vy/2, vz; quaternion x, y, z (its w made positive); distances ahead, to the left, behind and to the right over 4 m; never the goal, the wind or the mass |
//! | action A = 3 | wanted velocity along the world's x, y, z as a share of 2, 2, 1 m/s, clipped to [-1, 1]; the heading is held along x |
//! | task K = 3 | goal position in m: x, y as `drone-planar` draws them, z uniform in [1, 3]; in `drone-quadrotor/loads` a fourth number, the mass as a share of the airframe's |
//! | env step | .1 s, 10 physics steps; 50 steps a query episode, 20 a support episode |
//!
//! One step, in order (`step.rs`, `arena.rs`, `reward.rs`):
//! 1. Ten times: one Runge-Kutta step of 10 ms under the velocity controller, then contact. The vehicle is a ball of
//!    62.8 mm about its centre, which must stay inside x, y in [-2, 12] m and z in [0, 4] m and outside the pillars (discs of
//!    .5 m from floor to ceiling). A centre beyond that is put back along the surface's normal; a velocity into the surface
//!    becomes -.3 of itself, that along the surface stays (no friction, hence no torque: the normal passes through the
//!    centre). Surfaces in the order x, y, z, pillars. The episode goes on.
//! 2. Reward: .5 × (decrease of the distance to the goal in m) - .1 if any contact was met in the step + 2 on arrival.
//! 3. Arrival: less than 1 m from the goal after the step. It ends the episode, in support episodes too; nothing else ends an
//!    episode but the horizon. It is a success, in `drone-quadrotor/clean` only if the episode has met no contact.
//!
//! View: the four directions are the body's forward axis projected to the ground and its quarter turns (world axes while the
//! body stands on its nose). A distance is that from the centre to the nearest pillar or wall of the directions' plane, at most
//! 4 m.
//!
//! Starts. Query: (5, 5, 2) ± .3 m per axis, uniform, level, at rest, rotors in hover. Support: x, y uniform in [0, 10] m, z
//! in [.5, 3.5] m, outside the pillars (drawn again inside), velocity components ±1 m/s, turned by a rotation vector with
//! components ±.3 rad, angular velocity components ±1 rad/s, rotors at .8 to 1.2 of hover, each uniform. Neither depends on the
//! task or the policy.
//!
//! Mixing: quaternions along the shortest arc, all other numbers linear; a mixture is infeasible, and drawn again, when it is
//! outside the walls or in a pillar.
//!
//! | preset | training goals | else |
//! | --- | --- | --- |
//! | `drone-quadrotor` | 90 % in one half of the ground plan, as `drone-planar` | |
//! | `drone-quadrotor/uniform` | as evaluation | |
//! | `drone-quadrotor/clean` | as `drone-quadrotor` | the same episodes and rewards; an episode that has met contact is no success |
//! | `drone-quadrotor/wind` | as `drone-quadrotor` | steady wind of 3 m/s, its direction uniform, one an episode |
//! | `drone-quadrotor/mass` | as `drone-quadrotor` | mass uniform in .9 to 1.1 of the airframe's, one an episode |
//! | `drone-quadrotor/loads` | as `drone-quadrotor/uniform` | mass a number of the task: in training nine in ten uniform in [.8, 1.04) of the airframe's and one in [1.04, 1.2), elsewhere uniform in [.8, 1.2); what a state says of the mass gives way to the task |
//!
//! `wind` and `mass` are for scoring what was trained without them: the controllers know neither, and integrate no error.

mod arena;
pub mod constants;
mod layout;
mod reward;
mod rules;
mod start;
mod step;
mod view;
mod world;

pub use rules::QuadrotorRules;
pub use world::DroneQuadrotor;
pub(crate) use world::presets;
