//! The presets of HalfCheetah.

use xmrl_physics::Planar;
use xmrl_physics::models::CHEETAH;

use crate::mix::{Geometry, Repair};
use crate::spec::{EnvSpec, View};
use crate::worlds::body::runner::{Aim, Model, Runner, RunnerRules, Shown, Speed};
use crate::worlds::body::{BodyWorld, Goals, ResetNoise};

/// HalfCheetah.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cheetah;

impl Model for Cheetah {
    type Kind = Planar<7, 9, 16, 8>;
    const MECHANISM: &'static Self::Kind = &CHEETAH;
    const ORIGIN: [f64; 2] = CHEETAH.origin;
    const MOTORS: usize = 6;
    const FAMILY: &'static str = "cheetah";
    const PRESETS: &'static [RunnerRules] = &[MAML, GYM, PROMP, DIRECTION];
}

const MAML: RunnerRules = RunnerRules {
    frame_skip: 1,
    action_scale: 1.0,
    aim: Aim::Velocity,
    speed: Speed::Centre,
    shown: Shown::Centre,
    velocity_clip: None,
    effort: 0.05,
    alive: 0.0,
    healthy: None,
};

const GYM: RunnerRules = RunnerRules { frame_skip: 5, speed: Speed::Displacement, shown: Shown::LateRoot, ..MAML };

const PROMP: RunnerRules = RunnerRules { action_scale: 10.0, shown: Shown::Nothing, ..GYM };

const DIRECTION: RunnerRules = RunnerRules { aim: Aim::Direction, ..GYM };

/// Noise of gym's resets.
const GYM_NOISE: ResetNoise = ResetNoise::Uniform { position: 0.1, velocity: 0.1 };

/// A preset of at most `horizon` steps whose task is one number in [low, high].
fn preset(
    name: &str,
    description: &str,
    rules: RunnerRules,
    (goals, noise): (Goals, ResetNoise),
    (task, low, high): (&str, f64, f64),
    horizon: usize,
) -> BodyWorld<Runner<Cheetah>> {
    let runner = Runner::new(rules);
    let spec = EnvSpec::of(name, runner.sizes())
        .described(description)
        .horizons(horizon, horizon)
        .tasks(&[(task, low, high, 1.0)])
        .mixed(Geometry::Geodesic, Repair::Lift);
    let spec = EnvSpec { action_scale: rules.action_scale, view: View::Side, rareness: goals.rareness(), ..spec };
    BodyWorld { spec, rules: runner, goals, noise, raised: None }
}

/// The presets, default first.
pub(crate) fn presets() -> [BodyWorld<Runner<Cheetah>>; 5] {
    let velocity = |high| Goals::Velocity { low: 0.0, high };
    [
        preset(
            "cheetah-vel/maml",
            "HalfCheetah at a hidden velocity of 0 to 2 m/s; 200 steps of .01 s, as in MAML (rllab).",
            MAML,
            (velocity(2.0), ResetNoise::Normal { position: 0.01, velocity: 0.1 }),
            ("goal velocity (m/s)", 0.0, 2.0),
            200,
        ),
        preset(
            "cheetah-vel/gym",
            "HalfCheetah at a hidden velocity of 0 to 2 m/s; 200 steps of .05 s, as in pytorch-maml-rl (gym).",
            GYM,
            (velocity(2.0), GYM_NOISE),
            ("goal velocity (m/s)", 0.0, 2.0),
            200,
        ),
        preset(
            "cheetah-dir/gym",
            "HalfCheetah in a hidden direction, forward or backward; 200 steps of .05 s, as in pytorch-maml-rl.",
            DIRECTION,
            (Goals::Direction, GYM_NOISE),
            ("direction", -1.0, 1.0),
            200,
        ),
        preset(
            "cheetah-vel/promp",
            "HalfCheetah at a hidden velocity of 0 to 3 m/s; 100 steps of .05 s, actions a tenth, as in ProMP.",
            PROMP,
            (velocity(3.0), GYM_NOISE),
            ("goal velocity (m/s)", 0.0, 3.0),
            100,
        ),
        preset(
            "cheetah-vel/rare",
            "`cheetah-vel/maml` with one training goal in ten from 1.2 to 2 m/s and the others below.",
            MAML,
            (velocity(2.0), ResetNoise::Normal { position: 0.01, velocity: 0.1 }),
            ("goal velocity (m/s)", 0.0, 2.0),
            200,
        )
        .rare(),
    ]
}
