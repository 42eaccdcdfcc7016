//! What a preset of a planar runner is.

use xmrl_physics::Mechanism;

/// The velocity that is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speed {
    /// Of the whole body's centre of mass, at the state after the step (rllab).
    Centre,
    /// The root's displacement over the env step's duration (gym).
    Displacement,
}

/// The place that is shown beside `qpos` and `qvel`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// The whole body's centre of mass (rllab).
    Centre,
    /// The root as MuJoCo's `xpos` holds it after a step: where it was before the last physics step; where it is, after a
    /// reset (gym).
    LateRoot,
    /// None.
    Nothing,
}

/// What the task says about the velocity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// Reward -|v - task|.
    Velocity,
    /// Reward task × v.
    Direction,
}

/// Open ranges outside which an episode ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Healthy {
    /// Root height, m.
    pub(crate) height: (f64, f64),
    /// Root angle, rad.
    pub(crate) angle: (f64, f64),
}

/// The rules of one preset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RunnerRules {
    /// Physics steps of an env step.
    pub(crate) frame_skip: usize,
    /// What an action is divided by.
    pub(crate) action_scale: f64,
    pub(crate) aim: Aim,
    pub(crate) speed: Speed,
    pub(crate) shown: Shown,
    /// Velocities are shown clipped to ± this.
    pub(crate) velocity_clip: Option<f64>,
    /// Cost of sum u².
    pub(crate) effort: f64,
    /// Reward of a step that ends healthy.
    pub(crate) alive: f64,
    /// Where the body is healthy; everywhere if `None`.
    pub(crate) healthy: Option<Healthy>,
}

/// A planar mechanism that is known when the program is compiled, so that its constants fold into its step.
pub(crate) trait Model: Send + Sync + Copy + std::fmt::Debug + 'static {
    /// Its numbers of bodies, degrees of freedom, points.
    type Kind: Mechanism;
    /// Its constants.
    const MECHANISM: &'static Self::Kind;
    /// World position (x, z) of the root at q = 0, m.
    const ORIGIN: [f64; 2];
    /// NU, motors.
    const MOTORS: usize;
    /// What [`crate::aboard`] calls it.
    const FAMILY: &'static str;
    /// The rules of its presets.
    const PRESETS: &'static [RunnerRules];
}

/// Working memory of one block of lanes.
pub(crate) type Workspace<M, L> = <<M as Model>::Kind as Mechanism>::Workspace<L>;
