//! The presets of the ant.

use super::presets::{DIRECTION, GOAL, PROMP, VELOCITY, WITHOUT_FORCES};
use super::table::AntRules;
use crate::mix::{Geometry, Repair};
use crate::spec::{EnvSpec, View};
use crate::worlds::body::{BodyWorld, Goals, ResetNoise};

/// Noise of rllab's resets.
const RLLAB_NOISE: ResetNoise = ResetNoise::Normal { position: 0.01, velocity: 0.1 };

/// Noise of gym's resets.
const GYM_NOISE: ResetNoise = ResetNoise::Uniform { position: 0.1, velocity: 0.1 };

/// Parameters of a task: name, bounds, one to try.
type Parameters<'a> = &'a [(&'a str, f64, f64, f64)];

const SPEED: Parameters<'_> = &[("goal velocity (m/s)", 0.0, 3.0, 1.0)];
const SIDE: Parameters<'_> = &[("direction", -1.0, 1.0, 1.0)];
const PLACE: Parameters<'_> = &[("goal x (m)", -3.0, 3.0, 1.0), ("goal y (m)", -3.0, 3.0, 1.0)];

fn preset(
    name: &str,
    description: &str,
    rules: AntRules,
    (goals, noise): (Goals, ResetNoise),
    parameters: Parameters<'_>,
) -> BodyWorld<AntRules> {
    let spec = EnvSpec::of(name, rules.sizes())
        .described(description)
        .horizons(200, 200)
        .tasks(parameters)
        .mixed(Geometry::Geodesic, Repair::Lift);
    let spec = EnvSpec { action_scale: rules.action_scale, view: View::Above, rareness: goals.rareness(), ..spec };
    BodyWorld { spec, rules, goals, noise, raised: None }
}

/// The presets, default first.
pub(crate) fn presets() -> [BodyWorld<AntRules>; 7] {
    let velocity = Goals::Velocity { low: 0.0, high: 3.0 };
    let disc = Goals::Disc(3.0);
    [
        preset(
            "ant-vel/maml",
            "Ant at a hidden velocity of 0 to 3 m/s; at most 200 steps of .02 s, as in MAML (rllab).",
            VELOCITY,
            (velocity, RLLAB_NOISE),
            SPEED,
        ),
        preset(
            "ant-dir/maml",
            "Ant in a hidden direction, forward or backward; at most 200 steps of .02 s, as in MAML (rllab).",
            DIRECTION,
            (Goals::Direction, RLLAB_NOISE),
            SIDE,
        ),
        preset(
            "ant-goal/maml",
            "Ant to a hidden place within 3 m along x and y; at most 200 steps of .02 s, as in MAML (rllab).",
            GOAL,
            (Goals::Square(3.0), RLLAB_NOISE),
            PLACE,
        ),
        preset(
            "ant-goal/promp",
            "Ant to a hidden place within 3 m; 200 steps of .05 s, as in ProMP (gym).",
            PROMP,
            (disc, GYM_NOISE),
            PLACE,
        ),
        preset(
            "ant-vel/maml-without-forces",
            "`ant-vel/maml` whose observation leaves out the contact forces.",
            WITHOUT_FORCES,
            (velocity, RLLAB_NOISE),
            SPEED,
        ),
        preset(
            "ant-vel/rare",
            "`ant-vel/maml` with one training goal in ten from 1.8 to 3 m/s and the others below.",
            VELOCITY,
            (velocity, RLLAB_NOISE),
            SPEED,
        )
        .rare(),
        preset(
            "ant-goal/rare",
            "`ant-goal/promp` with one training goal in ten from a sector of 144 degrees and the others outside of it.",
            PROMP,
            (disc, GYM_NOISE),
            PLACE,
        )
        .rare(),
    ]
}
