//! What an environment is, and what environments share.

use xmrl_mujoco::{Kind, MujocoError};

use super::super::arm::{Arm, FRAME, Seen, as_quat};
use super::super::given::Given;

/// What a step is worth.
pub(in super::super) struct Judged {
    /// Its reward, in [0, 10].
    pub(in super::super) reward: f64,
    /// Whether the task is achieved in it.
    pub(in super::super) success: bool,
}

/// What is an environment's own.
pub(in super::super) trait Rules: Send + Sync {
    /// Names that it asks the model for; elsewhere they are called by their places in this list.
    fn things(&self) -> &'static [(Kind, &'static str)];

    /// The body (its place among the [`things`](Rules::things)) that a random vector moves within the model, and where to.
    fn moved(&self, _random: &[f64]) -> Option<(usize, [f64; 3])> {
        None
    }

    /// Arranges things once the hand is at its start, and says what was given.
    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError>;

    /// Writes position and quaternion of its one or two objects.
    fn objects(&self, arm: &Arm, objects: &mut [f64]);

    /// A number that an episode keeps of its first step.
    fn kept(&self, _seen: &Seen<'_>) -> f64 {
        0.0
    }

    /// What a step that led here is worth.
    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged;
}

/// What is seen of robot and objects now, as it is.
pub(in super::super) fn frame(arm: &Arm, rules: &dyn Rules) -> [f64; FRAME] {
    let mut frame = [0.0; FRAME];
    frame[..4].copy_from_slice(&arm.robot());
    rules.objects(arm, &mut frame[4..]);
    frame
}

/// The first three numbers of a vector.
pub(super) fn three(numbers: &[f64]) -> [f64; 3] {
    [numbers[0], numbers[1], numbers[2]]
}

/// A random vector that says where the object begins and where it is to go.
pub(super) fn begins_and_goes(arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
    (given.object, given.target) = (three(&given.random), three(&given.random[3..]));
    arm.set_object(given.object)
}

/// The same on the table: both at the height at which the object is now.
pub(super) fn slides(arm: &mut Arm, given: &mut Given, height: f64) -> Result<(), MujocoError> {
    let random = &given.random;
    (given.object, given.target) = ([random[0], random[1], height], [random[3], random[4], height]);
    arm.set_object(given.object)
}

/// Writes an object.
pub(super) fn write(objects: &mut [f64], at: [f64; 3], turned: [f64; 4]) {
    objects[..3].copy_from_slice(&at);
    objects[3..7].copy_from_slice(&turned);
}

/// The object of most environments: a body, and the orientation (x, y, z, w) of its geom. Places among the things.
pub(super) fn write_body_and_geom(arm: &Arm, [body, geom]: [usize; 2], objects: &mut [f64]) {
    write(objects, arm.room.body(arm.own(body)), as_quat(arm.room.geom_mat(arm.own(geom))));
}

/// The object of some environments: a geom with its orientation (x, y, z, w).
pub(super) fn write_geom(arm: &Arm, thing: usize, objects: &mut [f64]) {
    let geom = arm.own(thing);
    write(objects, arm.room.geom(geom), as_quat(arm.room.geom_mat(geom)));
}

/// How straight the first object is: 1 where it is turned as `ideal`, 0 from `tilt` on.
pub(super) fn straight(seen: &Seen<'_>, ideal: [f64; 4], tilt: f64) -> f64 {
    let squares: f64 = seen.turned().iter().zip(ideal).map(|(x, y)| (x - y) * (x - y)).sum();
    (1.0 - squares.sqrt() / tilt).max(0.0)
}
