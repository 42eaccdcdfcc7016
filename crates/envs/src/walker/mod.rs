//! `walker2d-vel/gym`: Walker2d at a velocity that it is not told.
//!
//! The rules are those of planar [runners](crate::Runner); the body is gymnasium's Walker2d-v5 (7 bodies, 6 motors, 9
//! degrees of freedom, physics step .002 s). There is no source of this task with an agreed definition: everything but
//! the velocity term is Walker2d-v5's.
//!
//! | | |
//! | --- | --- |
//! | task | goal velocity g ~ U[0, 2] m/s |
//! | reward | -abs(v - g) + 1 where healthy - .001 sum u², v = Δx/dt of the root |
//! | end | root height outside (.8, 2) m or root angle outside (-1, 1) rad; that step has no bonus |
//! | env step | 4 physics steps, .008 s; T = 200 |
//! | observation S = 17 | qpos without x, qvel clipped to ±10 |
//! | reset | height 1.25 m, qpos and qvel + U(±.005) |

use xmrl_physics::Planar;
use xmrl_physics::models::WALKER2D;

use crate::body::{Goals, ResetNoise};
use crate::mixup::{Geometry, MixRule, Repair};
use crate::runner::{Aim, Healthy, Model, Rules, Runner, Shown, Speed};
use crate::task::{EnvSpec, PriceSource, Score, View};

/// Walker2d.
#[derive(Clone, Copy, Debug)]
pub struct Walker;

impl Model for Walker {
    type Kind = Planar<7, 9, 14, 7>;
    const MECHANISM: &'static Self::Kind = &WALKER2D;
    const ORIGIN: [f64; 2] = WALKER2D.origin;
    const MOTORS: usize = 6;
}

const GYM: Rules = Rules {
    spec: EnvSpec {
        preset: "walker2d-vel/gym",
        family: "walker2d-vel",
        description: "Walker2d at a hidden velocity of 0 to 2 m/s; at most 200 steps of .008 s, over when it falls.",
        observation_size: 17,
        action_size: 6,
        action_scale: 1.0,
        state_size: 18,
        task_size: 1,
        horizon: 200,
        support_horizon: 200,
        observation_low: &[f64::NEG_INFINITY; 17],
        observation_high: &[f64::INFINITY; 17],
        task_names: &["goal velocity (m/s)"],
        task_low: &[0.0],
        task_high: &[2.0],
        default_task: &[1.0],
        scored_by: Score::Return,
        mixing: MixRule { geometry: Geometry::Geodesic, repair: Repair::Lift },
        knows_rare_tasks: false,
        view: View::Side,
        liftable: true,
        smooth: false,
        prices: PriceSource::None,
    },
    frame_skip: 4,
    height: 1.25,
    noise: ResetNoise::UniformBoth(5e-3),
    goals: Goals::Velocity { low: 0.0, high: 2.0 },
    aim: Aim::Velocity,
    speed: Speed::Displacement,
    shown: Shown::Nothing,
    velocity_clip: Some(10.0),
    effort: 1e-3,
    alive: 1.0,
    healthy: Some(Healthy { height: (0.8, 2.0), angle: (-1.0, 1.0) }),
};

/// The presets.
pub(crate) const PRESETS: [Runner<Walker, 0>; 1] = [Runner::new(&GYM)];
