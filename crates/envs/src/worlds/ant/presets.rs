//! The rules of the ant's presets.

use xmrl_physics::models::{ANT_GYM, ANT_RLLAB};

use super::table::{Aim, AntRules};

pub(super) const VELOCITY: AntRules = AntRules {
    body: &ANT_RLLAB,
    frame_skip: 1,
    action_scale: 1.0,
    aim: Aim::Velocity,
    late: false,
    bonus: 1.05,
    effort: 0.005,
    impact: 0.0005,
    healthy: Some((0.2, 1.0)),
    shows_forces: true,
    shows_place: true,
};

pub(super) const DIRECTION: AntRules = AntRules { aim: Aim::Direction, bonus: 0.05, ..VELOCITY };

pub(super) const GOAL: AntRules = AntRules { aim: Aim::Place, bonus: 4.05, ..VELOCITY };

pub(super) const PROMP: AntRules = AntRules {
    body: &ANT_GYM,
    frame_skip: 5,
    late: true,
    bonus: 0.0,
    effort: 0.1,
    healthy: None,
    shows_place: false,
    ..GOAL
};

pub(super) const WITHOUT_FORCES: AntRules = AntRules { shows_forces: false, ..VELOCITY };

impl AntRules {
    /// All of them.
    pub(crate) const PRESETS: [AntRules; 5] = [VELOCITY, DIRECTION, GOAL, PROMP, WITHOUT_FORCES];
}
