//! door-open, door-close.

use std::f64::consts::PI;

use xmrl_mujoco::{Kind, MujocoError};

use super::super::arm::{Arm, Seen, as_quat};
use super::super::given::Given;
use super::super::shaping::{above, both, funnel, gaussian, long_tail};
use super::super::space::{distance, minus, plus};
use super::rules::{Judged, Rules, three, write};

const DOOR: &[(Kind, &str)] = &[(Kind::Body, "door"), (Kind::Geom, "handle"), (Kind::Joint, "doorjoint")];

/// The hinge of an open door, rad.
#[expect(clippy::approx_constant, reason = "Meta-World's number, which is no quarter turn to the bit")]
const OPEN: f64 = -1.5708;

fn write_handle(arm: &Arm, objects: &mut [f64]) {
    let handle = arm.own(1);
    write(objects, arm.room.geom(handle), as_quat(arm.room.geom_mat(handle)));
}

/// A closed door is pulled open by its handle.
pub(super) struct DoorOpen;

impl Rules for DoorOpen {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        DOOR
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((0, three(random)))
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        given.object = three(&given.random);
        given.target = plus(given.object, [-0.3, -0.45, 0.0]);
        arm.set_joint(arm.own(2), 0.0)
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write_handle(arm, objects);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        const NEAR: f64 = 0.12;
        let (hand, handle) = (seen.hand(), seen.object());
        let angle = seen.arm.room.qpos()[seen.arm.own(2)];
        let door = plus(handle, [-0.05, 0.0, 0.0]);
        // The hand comes from above.
        let floor = funnel(hand, door, NEAR, 0.04, 0.4);
        let above = above(hand[2], floor, floor / 2.0);
        let beside = distance(minus(hand, door), [0.05, 0.03, -0.01]);
        let ready = both(above, long_tail(beside, [0.0, NEAR / 2.0], 0.5));
        let moved = if angle < -PI / 90.0 { 1.0 } else { 0.0 };
        let opened = 0.2 * moved + 0.8 * long_tail(PI / 2.0 + PI / 6.0 + angle, [0.0, 0.5], PI / 3.0);
        let success = (handle[0] - given.target[0]).abs() <= 0.08;
        let reward = if success { 10.0 } else { 2.0 * both(ready, seen.grabbing()) + 8.0 * opened };
        Judged { reward, success }
    }
}

/// An open door is pushed shut.
pub(super) struct DoorClose;

impl Rules for DoorClose {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        DOOR
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((0, three(random)))
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        given.object = three(&given.random);
        given.target = plus(given.object, [0.2, -0.2, 0.0]);
        arm.set_joint(arm.own(2), OPEN)
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write_handle(arm, objects);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        const NEAR: f64 = 0.05;
        let handle = seen.object();
        let left = distance(handle, given.target);
        let placed = gaussian(left, [0.0, NEAR], distance(given.object, given.target));
        let margin = distance(given.hand, handle) + 0.1;
        let reached = gaussian(distance(seen.fingers, given.target), [0.0, 0.25 * NEAR], margin);
        let reward = if left < NEAR { 10.0 } else { 3.0 * reached + 6.0 * placed };
        Judged { reward, success: left <= 0.08 }
    }
}
