//! The preset of Walker2d.

use xmrl_physics::Planar;
use xmrl_physics::models::WALKER2D;

use crate::mix::{Geometry, Repair};
use crate::spec::{EnvSpec, View};
use crate::worlds::body::runner::{Aim, Healthy, Model, Runner, RunnerRules, Shown, Speed};
use crate::worlds::body::{BodyWorld, Goals, ResetNoise};

/// Walker2d.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walker;

impl Model for Walker {
    type Kind = Planar<7, 9, 14, 7>;
    const MECHANISM: &'static Self::Kind = &WALKER2D;
    const ORIGIN: [f64; 2] = WALKER2D.origin;
    const MOTORS: usize = 6;
    const FAMILY: &'static str = "walker2d";
    const PRESETS: &'static [RunnerRules] = &[GYM];
}

const GYM: RunnerRules = RunnerRules {
    frame_skip: 4,
    action_scale: 1.0,
    aim: Aim::Velocity,
    speed: Speed::Displacement,
    shown: Shown::Nothing,
    velocity_clip: Some(10.0),
    effort: 1e-3,
    alive: 1.0,
    healthy: Some(Healthy { height: (0.8, 2.0), angle: (-1.0, 1.0) }),
};

/// Where resets put the root above the mechanism's resting height, m.
const HEIGHT: f64 = 1.25;

/// The presets.
pub(crate) fn presets() -> [BodyWorld<Runner<Walker>>; 1] {
    let runner = Runner::new(GYM);
    let spec = EnvSpec::of("walker2d-vel/gym", runner.sizes())
        .described("Walker2d at a hidden velocity of 0 to 2 m/s; at most 200 steps of .008 s, over when it falls.")
        .horizons(200, 200)
        .tasks(&[("goal velocity (m/s)", 0.0, 2.0, 1.0)])
        .mixed(Geometry::Geodesic, Repair::Lift);
    let goals = Goals::Velocity { low: 0.0, high: 2.0 };
    [BodyWorld {
        spec: EnvSpec { view: View::Side, rareness: goals.rareness(), ..spec },
        rules: runner,
        goals,
        noise: ResetNoise::UniformBoth(5e-3),
        raised: Some((1, HEIGHT)),
    }]
}
