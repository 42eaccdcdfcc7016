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
//! | task K = 3 | goal position in m: x, y as `drone-planar` draws them, z uniform in [1, 3] |
//! | env step | .1 s, 10 physics steps; 50 steps a query flight, 20 a support flight |
//!
//! One step, in order (`step.rs`, `arena.rs`, `reward.rs`):
//! 1. Ten times: one Runge-Kutta step of 10 ms under the velocity controller, then contact. The vehicle is a ball of
//!    62.8 mm about its centre, which must stay inside x, y in [-2, 12] m and z in [0, 4] m and outside the pillars (discs of
//!    .5 m from floor to ceiling). A centre beyond that is put back along the surface's normal; a velocity into the surface
//!    becomes -.3 of itself, that along the surface stays (no friction, hence no torque: the normal passes through the
//!    centre). Surfaces in the order x, y, z, pillars. The flight goes on.
//! 2. Reward: .5 × (decrease of the distance to the goal in m) - .1 if any contact was met in the step + 2 on arrival.
//! 3. Arrival: less than 1 m from the goal after the step. It ends the episode, in support flights too; nothing else ends an
//!    episode but the horizon. It is a success, in `drone-quadrotor/clean` only if the flight has met no contact.
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
//! | `drone-quadrotor/clean` | as `drone-quadrotor` | the same flights and rewards; a flight that has met contact is no success |
//! | `drone-quadrotor/wind` | as `drone-quadrotor` | steady wind of 3 m/s, its direction uniform, one a flight |
//! | `drone-quadrotor/mass` | as `drone-quadrotor` | mass uniform in .9 to 1.1 of the airframe's, one a flight |
//!
//! The last two are for scoring what was trained without them: the controllers know neither, and integrate no error.

mod arena;
pub mod constants;
mod reward;
mod start;
mod step;
mod view;

use xmrl_lanes::Lane;

use crate::body::{self, Coordinates};
use crate::drone::{self, constants as plan};
use crate::env::{LaneWorld, Outcome, Start};
use crate::error::EnvError;
use crate::mixup::{Geometry, MixRule, Repair};
use crate::numbers::Doubles;
use crate::rng::Stream;
use crate::task::{EnvSpec, Pool, PriceSource, Score, TaskLaw, Tasks, View};
use constants::*;
use step::Step;
use view::Observe;

/// Where the state's wind (x, y) and mass begin.
const WIND: usize = 17;
const LOAD: usize = 19;

/// The quadrotor with a task law and one departure from calm flights at most; the rules are the module's page.
#[derive(Clone, Copy, Debug)]
pub struct DroneQuadrotor {
    spec: &'static EnvSpec,
    law: TaskLaw,
    /// Only flights without contact succeed.
    clean: bool,
    /// Speed of the wind, m/s.
    wind: f64,
    /// Largest deviation of the mass, as a share.
    load: f64,
}

const IMBALANCED: EnvSpec = EnvSpec {
    preset: "drone-quadrotor",
    family: "drone-quadrotor",
    description: "Quadrotor among three pillars, hidden goal; nine training goals in ten lie on one side of the arena.",
    observation_size: 13,
    action_size: 3,
    action_scale: 1.0,
    state_size: 20,
    task_size: 3,
    horizon: HORIZON,
    support_horizon: SUPPORT_HORIZON,
    observation_low: &[
        -1.75,
        -1.75,
        -2.0,
        f64::NEG_INFINITY,
        f64::NEG_INFINITY,
        f64::NEG_INFINITY,
        -1.0,
        -1.0,
        -1.0,
        0.0,
        0.0,
        0.0,
        0.0,
    ],
    observation_high: &[
        1.75,
        1.75,
        2.0,
        f64::INFINITY,
        f64::INFINITY,
        f64::INFINITY,
        1.0,
        1.0,
        1.0,
        1.0,
        1.0,
        1.0,
        1.0,
    ],
    task_names: &["goal x (m)", "goal y (m)", "goal z (m)"],
    task_low: &[plan::GOAL_LOW, plan::GOAL_LOW, GOAL_LOW],
    task_high: &[plan::GOAL_HIGH, plan::GOAL_HIGH, GOAL_HIGH],
    default_task: &[2.0, 8.0, 2.5],
    scored_by: Score::Success,
    mixing: MixRule { geometry: Geometry::Geodesic, repair: Repair::Reject },
    knows_rare_tasks: true,
    view: View::Arena,
    liftable: false,
    smooth: false,
    prices: PriceSource::None,
};

const UNIFORM: EnvSpec = EnvSpec {
    preset: "drone-quadrotor/uniform",
    description: "Quadrotor among three pillars, hidden goal; training goals uniform over the arena.",
    knows_rare_tasks: false,
    ..IMBALANCED
};

const CLEAN: EnvSpec = EnvSpec {
    preset: "drone-quadrotor/clean",
    description: "drone-quadrotor whose flights succeed only without contact.",
    ..IMBALANCED
};

const WINDY: EnvSpec = EnvSpec {
    preset: "drone-quadrotor/wind",
    description: "drone-quadrotor in steady wind of 3 m/s from anywhere, which is not observed.",
    ..IMBALANCED
};

const LOADED: EnvSpec = EnvSpec {
    preset: "drone-quadrotor/mass",
    description: "drone-quadrotor with a mass of 90 to 110 %, which is not observed.",
    ..IMBALANCED
};

const CALM: DroneQuadrotor =
    DroneQuadrotor { spec: &IMBALANCED, law: TaskLaw::Imbalanced, clean: false, wind: 0.0, load: 0.0 };

/// The family's presets, default first.
pub(crate) const PRESETS: [DroneQuadrotor; 5] = [
    CALM,
    DroneQuadrotor { spec: &UNIFORM, law: TaskLaw::Uniform, ..CALM },
    DroneQuadrotor { spec: &CLEAN, clean: true, ..CALM },
    DroneQuadrotor { spec: &WINDY, wind: WIND_SPEED, ..CALM },
    DroneQuadrotor { spec: &LOADED, load: LOAD_SPREAD, ..CALM },
];

impl DroneQuadrotor {
    const COORDINATES: Coordinates = Coordinates { quaternion: Some(6), first_angle: 0, angles_end: 0 };
}

impl LaneWorld for DroneQuadrotor {
    const OBS: usize = 13;
    const ACT: usize = 3;
    const STATE: usize = 20;
    const TASK: usize = 3;
    // Whether the flight has met contact.
    const MEMORY: usize = 1;
    const LARGEST: Option<f64> = Some(body::LARGEST);

    type Numbers = Doubles;
    type Scratch<L: Lane> = ();

    fn scratch<L: Lane>(&self) {}

    fn spec(&self) -> &'static EnvSpec {
        self.spec
    }

    fn tasks(&self, pool: Pool, seed: u64, count: usize) -> Tasks {
        drone::draw_tasks(self.law, pool, seed, count, Some([GOAL_LOW, GOAL_HIGH]))
    }

    #[inline(always)]
    fn begin<L: Lane>(&self, _scratch: &mut (), _state: &[L], memory: &mut [L]) {
        memory[0] = L::splat(0.0);
    }

    #[inline(always)]
    fn observe<L: Lane>(&self, _scratch: &mut (), state: &[L], _memory: &[L], observation: &mut [L]) {
        L::outlined(Observe { state, observation });
    }

    #[inline(always)]
    fn step<L: Lane>(
        &self,
        _scratch: &mut (),
        task: &[L],
        state: &mut [L],
        memory: &mut [L],
        action: &[L],
    ) -> Outcome<L> {
        L::outlined(Step { clean: self.clean, task, state, memory, action })
    }

    fn check_state(&self, row: usize, state: &[f64]) -> Result<(), EnvError> {
        body::check_state(row, state, Self::COORDINATES.quaternion)?;
        match state[LOAD] {
            value if value <= 0.0 => Err(EnvError::NoMass { row, entry: LOAD, value }),
            _ => Ok(()),
        }
    }

    fn feasible(&self, state: &[f64]) -> bool {
        self.check_state(0, state).is_ok() && arena::free(&state[..3])
    }

    fn start(&self, which: Start, _task: &[f64], stream: &Stream, task_id: u32, episode: u32, state: &mut [f64]) {
        for attempt in 0..u32::MAX {
            start::draw(self, which, |k| stream.uniform(task_id, episode, attempt, k), state);
            if self.feasible(state) {
                return;
            }
        }
    }

    fn mix(&self, geometry: Geometry, lambda: f64, a: &[f64], b: &[f64], mixed: &mut [f64]) {
        body::mix(Self::COORDINATES, geometry, lambda, a, b, mixed);
    }
}
