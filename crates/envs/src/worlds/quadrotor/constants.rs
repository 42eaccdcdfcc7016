//! Every figure of the quadrotor's episodes, with its unit and what raising it does. The ground plan is the planar drone's
//! ([`crate::drone_constants`]), the vehicle `xmrl_physics::quadrotor::CRAZYFLIE`.

/// Seconds an env step lasts: the policy commands at 10 Hz. Longer: fewer decisions an episode.
pub const DT: f64 = 0.1;
/// Seconds a physics step lasts: 100 Hz. Longer: faster and less exact (order 4), and contacts are met later.
pub const PHYSICS_STEP: f64 = 0.01;
/// Physics steps of an env step.
pub const SUBSTEPS: usize = 10;

/// Velocity at full command along x, y, z, m/s.
pub const MAX_VELOCITY: [f64; 3] = [2.0, 2.0, 1.0];
/// Radius of the ball that meets walls and pillars, m: the arm and a propeller's 23.1 mm.
pub const RADIUS: f64 = 0.0628;
/// Velocity away from a surface after contact as a share of that towards it before.
pub const RESTITUTION: f64 = 0.3;
/// How deep in a pillar rounding may leave the ball, m.
pub const ROUNDING: f64 = 1e-9;

/// Ceiling, m; the floor is at 0.
pub const CEILING: f64 = 4.0;
/// Height of the arena's middle, where query episodes start, m.
pub const MIDDLE: f64 = 2.0;
/// Metres of height that one unit of observation stands for.
pub const OBSERVED_HEIGHT: f64 = 1.0;
/// How far obstacles are in view, m.
pub const VIEW: f64 = 4.0;

/// Reward of an env step with contact.
pub const TOUCH_REWARD: f64 = -0.1;

/// Env steps of a query episode: 5 s, as the planar drone's.
pub const HORIZON: usize = 50;
/// Env steps of a support episode: 2 s.
pub const SUPPORT_HORIZON: usize = 20;
/// Support episodes start at heights from this ...
pub const SUPPORT_LOW: f64 = 0.5;
/// ... to this, m.
pub const SUPPORT_HIGH: f64 = 3.5;
/// Support episodes start with velocity components up to this, m/s.
pub const SUPPORT_SPEED: f64 = 1.0;
/// Support episodes start turned by a rotation vector with components up to this, rad.
pub const SUPPORT_TILT: f64 = 0.3;
/// Support episodes start with angular velocity components up to this, rad/s.
pub const SUPPORT_SPIN: f64 = 1.0;
/// Support episodes start with rotors at 1 ± this of their thrust in hover.
pub const SUPPORT_THRUST: f64 = 0.2;

/// Goals lie at heights from this ...
pub const GOAL_LOW: f64 = 1.0;
/// ... to this, m.
pub const GOAL_HIGH: f64 = 3.0;

/// Wind of `drone-quadrotor/wind`, m/s: one speed, a direction an episode.
pub const WIND_SPEED: f64 = 3.0;
/// Largest deviation of the mass of `drone-quadrotor/mass` from the airframe's, as a share of it.
pub const LOAD_SPREAD: f64 = 0.1;
/// Mass of `drone-quadrotor/loads` as a share of the airframe's: a task's lies between this ...
pub const TASK_LOAD_LOW: f64 = 0.8;
/// ... and this. The velocity controller integrates no error: at full command upwards it holds (1 + 2.5 / 9.81) = 1.25 airframes.
/// Higher: less than .2 m/s of climb is left, and beyond 1.25 the vehicle sinks whatever is commanded.
pub const TASK_LOAD_HIGH: f64 = 1.2;
