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
//! | env step | .2 s; 25 steps a query flight, 10 a support flight |
//!
//! One step, in order (semi-implicit Euler; `dynamics.rs`, `reward.rs`):
//! 1. v ← v + dt (4 clip(a) - 2 v); then v is shortened to 2 m/s if it is longer.
//! 2. p ← p + dt v. Walls: a coordinate that leaves [-2, 12] m stops there and its velocity component becomes 0.
//! 3. Discs: if the new position is less than .5 m from a disc's centre, the step is cancelled: p stays where it was,
//!    v ← -.3 v (the v of line 1 and 2). The flight goes on. Only end points are tested: the longest step is .4 m,
//!    so a chord cuts at most .05 m deep into a disc unnoticed.
//! 4. Reward: .5 × (decrease of the distance to the goal in m), - .2 for a touch, + 2 on arrival.
//! 5. Arrival: less than 1 m from the goal after the step. It ends the episode with success, in support flights too;
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
mod tasks;

pub(crate) use tasks::draw as draw_tasks;

use xmrl_lanes::{Lane, PortableF64x1};

use crate::env::{LaneWorld, Outcome, Start};
use crate::mixup::{Geometry, MixRule, Repair, linear};
use crate::numbers::Callers;
use crate::rng::Stream;
use crate::task::{EnvSpec, Pool, PriceSource, Score, TaskLaw, Tasks, View};
use constants::*;

/// The planar drone with one of its task laws; the rules are the module's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DronePlanar {
    law: TaskLaw,
}

const IMBALANCED: EnvSpec = EnvSpec {
    preset: "drone-planar",
    family: "drone-planar",
    description: "Point drone among three pillars, hidden goal; nine training goals in ten lie on one side of the arena.",
    observation_size: 4,
    action_size: 2,
    action_scale: 1.0,
    state_size: 4,
    task_size: 2,
    horizon: HORIZON,
    support_horizon: SUPPORT_HORIZON,
    observation_low: &[-1.75, -1.75, -1.0, -1.0],
    observation_high: &[1.75, 1.75, 1.0, 1.0],
    task_names: &["goal x (m)", "goal y (m)"],
    task_low: &[GOAL_LOW, GOAL_LOW],
    task_high: &[GOAL_HIGH, GOAL_HIGH],
    default_task: &[2.0, 8.0],
    scored_by: Score::Success,
    mixing: MixRule { geometry: Geometry::Linear, repair: Repair::Reject },
    knows_rare_tasks: true,
    view: View::Plan,
    liftable: false,
    smooth: true,
    prices: PriceSource::None,
};

const UNIFORM: EnvSpec = EnvSpec {
    preset: "drone-planar/uniform",
    description: "Point drone among three pillars, hidden goal; training goals uniform over the arena.",
    knows_rare_tasks: false,
    ..IMBALANCED
};

/// The family's presets, default first.
pub(crate) const PRESETS: [DronePlanar; 2] =
    [DronePlanar::new(TaskLaw::Imbalanced), DronePlanar::new(TaskLaw::Uniform)];

impl DronePlanar {
    /// The drone with a task law.
    pub const fn new(law: TaskLaw) -> Self {
        DronePlanar { law }
    }

    /// How training goals are spread.
    pub const fn law(&self) -> TaskLaw {
        self.law
    }
}

impl LaneWorld for DronePlanar {
    const OBS: usize = 4;
    const ACT: usize = 2;
    const STATE: usize = 4;
    const TASK: usize = 2;
    const MEMORY: usize = 0;

    type Numbers = Callers;
    type Scratch<L: Lane> = ();

    fn scratch<L: Lane>(&self) {}

    fn spec(&self) -> &'static EnvSpec {
        match self.law {
            TaskLaw::Imbalanced => &IMBALANCED,
            TaskLaw::Uniform => &UNIFORM,
        }
    }

    fn tasks(&self, pool: Pool, seed: u64, count: usize) -> Tasks {
        tasks::draw(self.law, pool, seed, count, None)
    }

    #[inline(always)]
    fn begin<L: Lane>(&self, _scratch: &mut (), _state: &[L], _memory: &mut [L]) {}

    #[inline(always)]
    fn observe<L: Lane>(&self, _scratch: &mut (), state: &[L], _memory: &[L], observation: &mut [L]) {
        let (centre, per_length) = (L::splat(CENTRE), L::splat(1.0 / OBSERVED_LENGTH));
        let per_speed = L::splat(1.0 / MAX_SPEED);
        observation[0] = (state[0] - centre) * per_length;
        observation[1] = (state[1] - centre) * per_length;
        observation[2] = state[2] * per_speed;
        observation[3] = state[3] * per_speed;
    }

    #[inline(always)]
    fn step<L: Lane>(
        &self,
        _scratch: &mut (),
        task: &[L],
        state: &mut [L],
        _memory: &mut [L],
        action: &[L],
    ) -> Outcome<L> {
        let before = [state[0], state[1]];
        let touched = dynamics::advance(state, action);
        reward::judge(task, before, [state[0], state[1]], touched)
    }

    fn feasible(&self, state: &[f64]) -> bool {
        let inside = state[..2].iter().all(|p| (FLIGHT_LOW..=FLIGHT_HIGH).contains(p));
        // The very arithmetic of the step, so that no step ends in a state that this refuses.
        let clear =
            dynamics::squared_clearance(PortableF64x1::splat(state[0]), PortableF64x1::splat(state[1])).get(0) >= 0.0;
        inside && clear && state.iter().all(|x| x.is_finite())
    }

    fn start(&self, which: Start, _task: &[f64], stream: &Stream, task_id: u32, episode: u32, state: &mut [f64]) {
        // Number k of an attempt, uniform in [low, high).
        let draw = |attempt, k, low, high| low + (high - low) * stream.uniform(task_id, episode, attempt, k);
        for attempt in 0..u32::MAX {
            match which {
                Start::Query => {
                    state[0] = draw(attempt, 0, CENTRE - QUERY_SPREAD, CENTRE + QUERY_SPREAD);
                    state[1] = draw(attempt, 1, CENTRE - QUERY_SPREAD, CENTRE + QUERY_SPREAD);
                    state[2..4].fill(0.0);
                }
                Start::Support => {
                    state[0] = draw(attempt, 0, SUPPORT_LOW, SUPPORT_HIGH);
                    state[1] = draw(attempt, 1, SUPPORT_LOW, SUPPORT_HIGH);
                    state[2] = draw(attempt, 2, -SUPPORT_SPEED, SUPPORT_SPEED);
                    state[3] = draw(attempt, 3, -SUPPORT_SPEED, SUPPORT_SPEED);
                }
            }
            if self.feasible(state) {
                return;
            }
        }
    }

    // Position and velocity: every geometry is the linear one.
    fn mix(&self, _geometry: Geometry, lambda: f64, a: &[f64], b: &[f64], mixed: &mut [f64]) {
        linear(lambda, a, b, mixed);
    }
}
