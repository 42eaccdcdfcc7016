//! What a preset of the ant is, and the presets.

use xmrl_physics::Spatial;
use xmrl_physics::models::{ANT_GYM, ANT_RLLAB};

use super::Ant;
use crate::body::{Goals, ResetNoise};
use crate::mixup::{Geometry, MixRule, Repair};
use crate::task::{EnvSpec, PriceSource, Score, View};

/// The ant's numbers of bodies, degrees of freedom, points, segments.
pub(super) type Body = Spatial<9, 14, 25, 13>;

static RLLAB: Body = ANT_RLLAB;
static GYM: Body = ANT_GYM;

/// What is paid for motion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// -|v - task|.
    Velocity,
    /// task × v.
    Direction,
    /// Minus the distance to the task along x and along y.
    Place,
}

/// One preset.
#[derive(Debug, PartialEq)]
pub(crate) struct Rules {
    pub(crate) spec: EnvSpec,
    pub(crate) body: &'static Body,
    /// Physics steps of an env step.
    pub(crate) frame_skip: usize,
    pub(crate) noise: ResetNoise,
    pub(crate) goals: Goals,
    pub(crate) aim: Aim,
    /// Whether place and contact forces are those of the last Runge-Kutta stage (gym), not of the new state (rllab).
    pub(crate) late: bool,
    /// Paid every step.
    pub(crate) bonus: f64,
    /// Cost of sum u².
    pub(crate) effort: f64,
    /// Cost of sum c², c the clipped contact forces.
    pub(crate) impact: f64,
    /// Torso heights (closed range, m) outside which the episode is over.
    pub(crate) healthy: Option<(f64, f64)>,
}

const VELOCITY: Rules = Rules {
    spec: EnvSpec {
        preset: "ant-vel/maml",
        family: "ant-vel",
        description: "Ant at a hidden velocity of 0 to 3 m/s; at most 200 steps of .02 s, as in MAML (rllab).",
        observation_size: 125,
        action_size: 8,
        action_scale: 1.0,
        state_size: 29,
        task_size: 1,
        horizon: 200,
        support_horizon: 200,
        observation_low: &[f64::NEG_INFINITY; 125],
        observation_high: &[f64::INFINITY; 125],
        task_names: &["goal velocity (m/s)"],
        task_low: &[0.0],
        task_high: &[3.0],
        default_task: &[1.0],
        scored_by: Score::Return,
        mixing: MixRule { geometry: Geometry::Geodesic, repair: Repair::Lift },
        knows_rare_tasks: false,
        view: View::Above,
        liftable: true,
        smooth: false,
        prices: PriceSource::None,
    },
    body: &RLLAB,
    frame_skip: 1,
    noise: ResetNoise::Normal { position: 0.01, velocity: 0.1 },
    goals: Goals::Velocity { low: 0.0, high: 3.0 },
    aim: Aim::Velocity,
    late: false,
    bonus: 1.05,
    effort: 0.005,
    impact: 0.0005,
    healthy: Some((0.2, 1.0)),
};

const DIRECTION: Rules = Rules {
    spec: EnvSpec {
        preset: "ant-dir/maml",
        family: "ant-dir",
        description: "Ant in a hidden direction, forward or backward; at most 200 steps of .02 s, as in MAML (rllab).",
        task_names: &["direction"],
        task_low: &[-1.0],
        task_high: &[1.0],
        ..VELOCITY.spec
    },
    goals: Goals::Direction,
    aim: Aim::Direction,
    bonus: 0.05,
    ..VELOCITY
};

const GOAL: Rules = Rules {
    spec: EnvSpec {
        preset: "ant-goal/maml",
        family: "ant-goal",
        description: "Ant to a hidden place within 3 m along x and y; at most 200 steps of .02 s, as in MAML (rllab).",
        task_size: 2,
        task_names: &["goal x (m)", "goal y (m)"],
        task_low: &[-3.0, -3.0],
        task_high: &[3.0, 3.0],
        default_task: &[1.0, 1.0],
        ..VELOCITY.spec
    },
    goals: Goals::Square(3.0),
    aim: Aim::Place,
    bonus: 4.05,
    ..VELOCITY
};

const PROMP: Rules = Rules {
    spec: EnvSpec {
        preset: "ant-goal/promp",
        description: "Ant to a hidden place within 3 m; 200 steps of .05 s, as in ProMP (gym).",
        observation_size: 113,
        observation_low: &[f64::NEG_INFINITY; 113],
        observation_high: &[f64::INFINITY; 113],
        ..GOAL.spec
    },
    body: &GYM,
    frame_skip: 5,
    noise: ResetNoise::Uniform { position: 0.1, velocity: 0.1 },
    goals: Goals::Disc(3.0),
    late: true,
    bonus: 0.0,
    effort: 0.1,
    healthy: None,
    ..GOAL
};

const WITHOUT: Rules = Rules {
    spec: EnvSpec {
        preset: "ant-vel/maml-without-forces",
        description: "`ant-vel/maml` whose observation leaves out the contact forces.",
        observation_size: 41,
        observation_low: &[f64::NEG_INFINITY; 41],
        observation_high: &[f64::INFINITY; 41],
        ..VELOCITY.spec
    },
    ..VELOCITY
};

/// Presets whose task is one number.
pub(crate) const PLACED: [Ant<84, 12, 1>; 2] = [Ant { rules: &VELOCITY }, Ant { rules: &DIRECTION }];

/// `ant-goal/maml`.
pub(crate) const TO_PLACE: [Ant<84, 12, 2>; 1] = [Ant { rules: &GOAL }];

/// `ant-goal/promp`.
pub(crate) const PLAIN: [Ant<84, 0, 2>; 1] = [Ant { rules: &PROMP }];

/// `ant-vel/maml-without-forces`.
pub(crate) const WITHOUT_FORCES: [Ant<0, 12, 1>; 1] = [Ant { rules: &WITHOUT }];
