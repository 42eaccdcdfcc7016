//! Planar runners: a body in the x-z plane that is paid for its velocity along x.
//!
//! One world for every planar body; a preset is a table of [`Rules`]. State D = NQ + NV: `qpos` (root x, z, angle, then
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

use std::marker::PhantomData;

use xmrl_lanes::Lane;
use xmrl_physics::Mechanism;

pub(crate) use rules::{Aim, Healthy, Rules, Shown, Speed};

use crate::body::{self, Coordinates};
use crate::env::{LaneWorld, Outcome, Start};
use crate::error::EnvError;
use crate::mixup::Geometry;
use crate::numbers::Doubles;
use crate::rng::Stream;
use crate::task::{EnvSpec, Pool, Tasks};
use step::{Begin, Step};

/// A planar mechanism that is known when the program is compiled, so that its constants fold into its step.
pub trait Model: Send + Sync + Copy + std::fmt::Debug + 'static {
    /// Its numbers of bodies, degrees of freedom, points.
    type Kind: Mechanism;
    /// Its constants.
    const MECHANISM: &'static Self::Kind;
    /// World position (x, z) of the root at q = 0, m.
    const ORIGIN: [f64; 2];
    /// NU, motors.
    const MOTORS: usize;
}

/// Working memory of one block of lanes.
type Workspace<M, L> = <<M as Model>::Kind as Mechanism>::Workspace<L>;

/// A planar body under the rules of a preset, which shows `PLACE` (3 or 0) numbers beside `qpos` and `qvel`.
#[derive(Clone, Copy, Debug)]
pub struct Runner<M, const PLACE: usize> {
    rules: &'static Rules,
    model: PhantomData<M>,
}

impl<M: Model, const PLACE: usize> Runner<M, PLACE> {
    /// The body under the rules of a preset.
    pub(crate) const fn new(rules: &'static Rules) -> Self {
        Runner { rules, model: PhantomData }
    }

    const COORDINATES: Coordinates = Coordinates { quaternion: None, first_angle: 2, angles_end: M::Kind::NQ };
}

impl<M: Model, const PLACE: usize> LaneWorld for Runner<M, PLACE> {
    const OBS: usize = M::Kind::NQ - 1 + M::Kind::NV + PLACE;
    const ACT: usize = M::MOTORS;
    const STATE: usize = M::Kind::NQ + M::Kind::NV;
    const TASK: usize = 1;
    const MEMORY: usize = PLACE;
    const LARGEST: Option<f64> = Some(body::LARGEST);

    type Numbers = Doubles;
    type Scratch<L: Lane> = Box<Workspace<M, L>>;

    fn scratch<L: Lane>(&self) -> Self::Scratch<L> {
        M::MECHANISM.workspace()
    }

    fn spec(&self) -> &'static EnvSpec {
        &self.rules.spec
    }

    fn tasks(&self, pool: Pool, seed: u64, count: usize) -> Tasks {
        self.rules.goals.draw(pool, seed, count)
    }

    #[inline(always)]
    fn begin<L: Lane>(&self, scratch: &mut Self::Scratch<L>, state: &[L], memory: &mut [L]) {
        if PLACE > 0 {
            L::outlined(Begin::<M, L> { rules: self.rules, workspace: scratch, state, memory });
        }
    }

    #[inline(always)]
    fn observe<L: Lane>(&self, _scratch: &mut Self::Scratch<L>, state: &[L], memory: &[L], observation: &mut [L]) {
        let (positions, velocities) = (M::Kind::NQ - 1, M::Kind::NV);
        observation[..positions + velocities].copy_from_slice(&state[1..]);
        if let Some(bound) = self.rules.velocity_clip {
            for velocity in &mut observation[positions..positions + velocities] {
                *velocity = body::clip(*velocity, L::splat(bound));
            }
        }
        observation[positions + velocities..].copy_from_slice(memory);
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
        L::outlined(Step::<M, L> { rules: self.rules, workspace: scratch, task: task[0], state, memory, action })
    }

    fn capped_solves<L: Lane>(&self, scratch: &Self::Scratch<L>) -> u64 {
        M::MECHANISM.stats(scratch).capped
    }

    fn check_state(&self, row: usize, state: &[f64]) -> Result<(), EnvError> {
        body::check_state(row, state, None)
    }

    fn feasible(&self, state: &[f64]) -> bool {
        self.check_state(0, state).is_ok()
    }

    fn depth(&self, state: &[f64]) -> f64 {
        M::MECHANISM.depth(&state[..M::Kind::NQ]).max(0.0)
    }

    fn raise(&self, state: &mut [f64], height: f64) -> bool {
        M::MECHANISM.raise(&mut state[..M::Kind::NQ], height);
        true
    }

    fn segments(&self, state: &[f64]) -> Vec<f64> {
        body::segments(M::MECHANISM, state)
    }

    fn start(&self, _which: Start, _task: &[f64], stream: &Stream, task_id: u32, episode: u32, state: &mut [f64]) {
        state.fill(0.0);
        M::MECHANISM.rest(&mut state[..M::Kind::NQ]);
        state[1] += self.rules.height;
        self.rules.noise.add(stream, task_id, episode, M::Kind::NQ, state);
    }

    fn mix(&self, geometry: Geometry, lambda: f64, a: &[f64], b: &[f64], mixed: &mut [f64]) {
        body::mix(Self::COORDINATES, geometry, lambda, a, b, mixed);
    }
}
