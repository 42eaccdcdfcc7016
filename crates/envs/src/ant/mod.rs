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

mod rules;
mod step;

use xmrl_lanes::Lane;
use xmrl_physics::Mechanism;

pub(crate) use rules::{PLACED, PLAIN, Rules, TO_PLACE, WITHOUT_FORCES};

use crate::body::{self, Coordinates};
use crate::env::{LaneWorld, Outcome, Start};
use crate::error::EnvError;
use crate::mixup::Geometry;
use crate::numbers::Doubles;
use crate::rng::Stream;
use crate::task::{EnvSpec, Pool, Tasks};
use rules::Body;
use step::{Begin, Step};

/// The ant under the rules of a preset, which shows `FORCES` (84 or 0) numbers of contact and `PLACE` (12 or 0) of rotation
/// and place, and whose task has `GOAL` numbers.
#[derive(Clone, Copy, Debug)]
pub struct Ant<const FORCES: usize, const PLACE: usize, const GOAL: usize> {
    rules: &'static Rules,
}

impl<const FORCES: usize, const PLACE: usize, const GOAL: usize> Ant<FORCES, PLACE, GOAL> {
    const COORDINATES: Coordinates = Coordinates { quaternion: Some(3), first_angle: 7, angles_end: Body::NQ };
}

impl<const FORCES: usize, const PLACE: usize, const GOAL: usize> LaneWorld for Ant<FORCES, PLACE, GOAL> {
    const OBS: usize = Body::NQ + Body::NV + FORCES + PLACE;
    const ACT: usize = 8;
    const STATE: usize = Body::NQ + Body::NV;
    const TASK: usize = GOAL;
    // The clipped forces and the centre of mass, where they are shown.
    const MEMORY: usize = FORCES + PLACE / 4;
    const LARGEST: Option<f64> = Some(body::LARGEST);

    type Numbers = Doubles;
    type Scratch<L: Lane> = Box<<Body as Mechanism>::Workspace<L>>;

    fn scratch<L: Lane>(&self) -> Self::Scratch<L> {
        self.rules.body.workspace()
    }

    fn spec(&self) -> &'static EnvSpec {
        &self.rules.spec
    }

    fn tasks(&self, pool: Pool, seed: u64, count: usize) -> Tasks {
        self.rules.goals.draw(pool, seed, count)
    }

    #[inline(always)]
    fn begin<L: Lane>(&self, scratch: &mut Self::Scratch<L>, state: &[L], memory: &mut [L]) {
        L::outlined(Begin::<L, FORCES> { rules: self.rules, workspace: scratch, state, memory });
    }

    #[inline(always)]
    fn observe<L: Lane>(&self, _scratch: &mut Self::Scratch<L>, state: &[L], memory: &[L], observation: &mut [L]) {
        let (of_state, rest) = observation.split_at_mut(Self::STATE);
        of_state.copy_from_slice(state);
        let (forces, place) = rest.split_at_mut(FORCES);
        forces.copy_from_slice(&memory[..FORCES]);
        if PLACE > 0 {
            place[..9].copy_from_slice(Body::root_rotation(state).as_flattened());
            place[9..].copy_from_slice(&memory[FORCES..]);
        }
    }

    #[inline(always)]
    fn step<L: Lane>(
        &self,
        scratch: &mut Self::Scratch<L>,
        task: &[L],
        state: &mut [L],
        memory: &mut [L],
        action: &[L],
    ) -> Outcome<L> {
        L::outlined(Step::<L, FORCES> { rules: self.rules, workspace: scratch, task, state, memory, action })
    }

    fn capped_solves<L: Lane>(&self, scratch: &Self::Scratch<L>) -> u64 {
        self.rules.body.stats(scratch).capped
    }

    fn check_state(&self, row: usize, state: &[f64]) -> Result<(), EnvError> {
        body::check_state(row, state, Self::COORDINATES.quaternion)
    }

    fn feasible(&self, state: &[f64]) -> bool {
        self.check_state(0, state).is_ok()
    }

    fn depth(&self, state: &[f64]) -> f64 {
        self.rules.body.depth(&state[..Body::NQ]).max(0.0)
    }

    fn raise(&self, state: &mut [f64], height: f64) -> bool {
        self.rules.body.raise(&mut state[..Body::NQ], height);
        true
    }

    fn segments(&self, state: &[f64]) -> Vec<f64> {
        body::segments(self.rules.body, state)
    }

    fn start(&self, _which: Start, _task: &[f64], stream: &Stream, task_id: u32, episode: u32, state: &mut [f64]) {
        state.fill(0.0);
        self.rules.body.rest(&mut state[..Body::NQ]);
        self.rules.noise.add(stream, task_id, episode, Body::NQ, state);
    }

    fn mix(&self, geometry: Geometry, lambda: f64, a: &[f64], b: &[f64], mixed: &mut [f64]) {
        body::mix(Self::COORDINATES, geometry, lambda, a, b, mixed);
    }
}
