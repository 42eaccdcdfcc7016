//! Every figure of the planar drone, with its unit and what raising it does.

/// Seconds an env step lasts. Longer: fewer decisions an episode, coarser collisions.
pub const DT: f64 = 0.2;
/// Acceleration at full command, m/s². With [`DRAG`] it sets the speed along one axis: 4/2 = 2 m/s.
pub const MAX_ACCELERATION: f64 = 4.0;
/// Linear drag, 1/s: acceleration -2 v. Higher: the drone forgets its velocity sooner (here in half a second).
pub const DRAG: f64 = 2.0;
/// Largest length of the velocity, m/s. Binds on diagonals, where two axes would reach 2.8 m/s.
pub const MAX_SPEED: f64 = 2.0;

/// Walls, m: coordinates stay in [-2, 12], outside every start and goal.
pub const FLIGHT_LOW: f64 = -2.0;
/// See [`FLIGHT_LOW`].
pub const FLIGHT_HIGH: f64 = 12.0;
/// Centre of the arena on both axes, m.
pub const CENTRE: f64 = 5.0;
/// Metres of position that one unit of observation stands for.
pub const OBSERVED_LENGTH: f64 = 4.0;

/// Centres of the pillars, m.
pub const DISCS: [[f64; 2]; 3] = [[7.2, 7.2], [2.6, 5.6], [5.8, 2.5]];
/// Radius of the pillars, m.
pub const DISC_RADIUS: f64 = 0.5;
/// Velocity after a touch as a share of the velocity before, reversed.
pub const BOUNCE: f64 = -0.3;

/// Reward per metre come nearer to the goal.
pub const PROGRESS_REWARD: f64 = 0.5;
/// Reward on arrival.
pub const ARRIVAL_REWARD: f64 = 2.0;
/// Reward of a step that touches a pillar.
pub const TOUCH_REWARD: f64 = -0.2;
/// Arrival is nearer to the goal than this, m. Larger: easier tasks.
pub const GOAL_RADIUS: f64 = 1.0;

/// Env steps of a query episode.
pub const HORIZON: usize = 25;
/// Env steps of a support episode.
pub const SUPPORT_HORIZON: usize = 10;
/// Query episodes start this far from the centre at most, per axis, m.
pub const QUERY_SPREAD: f64 = 0.3;
/// Support episodes start in [0, 10]², m.
pub const SUPPORT_LOW: f64 = 0.0;
/// See [`SUPPORT_LOW`].
pub const SUPPORT_HIGH: f64 = 10.0;
/// Support episodes start with velocity components up to this, m/s.
pub const SUPPORT_SPEED: f64 = 1.0;

/// Goals lie in [1, 9]², m.
pub const GOAL_LOW: f64 = 1.0;
/// See [`GOAL_LOW`].
pub const GOAL_HIGH: f64 = 9.0;
/// Goals lie farther than this from the centre, m.
pub const GOAL_CENTRE_DISTANCE: f64 = 2.0;
/// Goals lie at least this far from the edge of every pillar, m.
pub const GOAL_DISC_DISTANCE: f64 = 0.35;
