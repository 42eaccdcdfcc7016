//! `ant-vel`, `ant-goal`, `ant-dir`: the Ant runs at a velocity, to a place or in a direction that it is not told.
//!
//! The body is MuJoCo's Ant (13 bodies of which 4 are welded on, 8 motors, 14 degrees of freedom, Runge-Kutta of order
//! 4): rllab's (physics step .02 s, softer contacts, reset crouching at .55 m) or gym's (.01 s, reset at .75 m with
//! straight legs). State D = 29: `qpos` 15 (position, quaternion w x y z, hinges) and `qvel` 14 (root velocity in the
//! world's frame, its angular velocity in its own). u = clip(a, -1, 1).
//!
//! | preset | task | reward, every step | over | T | model, frame_skip, dt |
//! | --- | --- | --- | --- | --- | --- |
//! | `ant-vel/maml` (default) | g ~ U[0, 3] m/s | -abs(v - g) + 1 + .05 - .005 sum u² - .0005 sum c² | torso height outside [.2, 1] m | 200 | rllab, 1, .02 s |
//! | `ant-goal/maml` | g ~ U[-3, 3]² m | -abs(x - gx) - abs(y - gy) + 4 + .05 - .005 sum u² - .0005 sum c² | as above | 200 | rllab, 1, .02 s |
//! | `ant-goal/promp` | g uniform in the disc of 3 m | -abs(x - gx) - abs(y - gy) - .1 sum u² - .0005 sum c² | never | 200 | gym, 5, .05 s |
//! | `ant-dir/maml` | d = ±1 | d v + .05 - .005 sum u² - .0005 sum c² | as above | 200 | rllab, 1, .02 s |
//!
//! c: contact torque and force on each of MuJoCo's 14 bodies (`cfrc_ext` after `mj_rnePostConstraint`, 84 numbers, the
//! world's row always 0), clipped to ±1.
//!
//! `maml`: v and (x, y) are the whole body's centre of mass, c is taken at the state after the step under the step's u.
//! Observation S = 125: qpos, qvel, c, torso rotation (9, row-major, columns are the torso's axes), centre of mass (3).
//! `ant-vel/maml-without-forces` is `ant-vel/maml` that does not show c: S = 41.
//!
//! `ant-vel/rare` is `ant-vel/maml` with nine training goals in ten uniform in [0, 1.8) m/s and one in [1.8, 3). `ant-goal/rare` is
//! `ant-goal/promp` with one training goal in ten in a sector of .4 of a turn (144 degrees) and nine outside of it, uniform in area
//! within and outside; where the sector begins is uniform and a function of the seed alone.
//!
//! `promp`: (x, y) and c are what MuJoCo holds after `mj_step`: of the last Runge-Kutta stage of the last physics step.
//! Observation S = 113: qpos, qvel, c.
//!
//! After a reset or a set state c is that of u = 0. Reset: `maml` qpos + N(0, .01²), qvel N(0, .1²); `promp` qpos + U(±.1),
//! qvel N(0, .1²); the quaternion gets noise like every entry and is observed as it is, while the kinematics turn by its
//! unit. The reward of the step that ends an episode is paid in full. Query and support episodes are alike.
//!
//! Sources: cbfinn/maml_rl on rllab (`maml`), jonasrothfuss/ProMP (`promp`, with gymnasium's contact forces). ProMP also
//! divides the ant's actions by 10; here it does not. The floor's contact margin is .02 m in all presets: MuJoCo since 3.5
//! adds the margins of the two geoms (.01 each), where the MuJoCo that rllab ran on took the larger, .01.
//! `Spatial { margin: 0.01, ..ANT_RLLAB }` is the body under the old rule; a test of `xmrl-physics` holds gym's ant to
//! libmujoco's rest height under both.

mod presets;
mod rules;
mod step;
pub(crate) mod table;
mod world;

pub(crate) use world::presets;
