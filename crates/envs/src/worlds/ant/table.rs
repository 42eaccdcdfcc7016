//! What the rules of a preset of the ant are.

use xmrl_physics::{Mechanism, Spatial};

/// The ant's numbers of bodies, degrees of freedom, points, segments.
pub(crate) type Body = Spatial<9, 14, 25, 13>;

/// Working memory of one block of lanes.
pub(crate) type Workspace<L> = <Body as Mechanism>::Workspace<L>;

/// Motors.
pub(super) const MOTORS: usize = 8;

/// Contact forces: torque and force on each of MuJoCo's bodies.
pub(super) const FORCES: usize = Body::FORCES;

/// Numbers of rotation (9) and place (3) that are shown.
pub(super) const PLACE: usize = 12;

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

/// The rules of one preset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct AntRules {
    pub(crate) body: &'static Body,
    /// Physics steps of an env step.
    pub(super) frame_skip: usize,
    /// What an action is divided by.
    pub(super) action_scale: f64,
    pub(super) aim: Aim,
    /// Whether place and contact forces are those of the last Runge-Kutta stage (gym), not of the new state (rllab).
    pub(super) late: bool,
    /// Paid every step.
    pub(super) bonus: f64,
    /// Cost of sum u².
    pub(super) effort: f64,
    /// Cost of sum c², c the clipped contact forces.
    pub(super) impact: f64,
    /// Torso heights (closed range, m) outside which the episode is over.
    pub(super) healthy: Option<(f64, f64)>,
    /// Whether the contact forces are shown.
    pub(super) shows_forces: bool,
    /// Whether rotation and place are shown.
    pub(super) shows_place: bool,
}

impl AntRules {
    /// Contact forces that are shown, and numbers of rotation and place.
    #[inline(always)]
    pub(super) const fn shown(&self) -> [usize; 2] {
        [if self.shows_forces { FORCES } else { 0 }, if self.shows_place { PLACE } else { 0 }]
    }
}
