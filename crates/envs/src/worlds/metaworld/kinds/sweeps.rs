//! sweep, sweep-into: an object goes off the table, or into a hole in it.

use xmrl_mujoco::{Kind, MujocoError};

use super::super::arm::{Arm, Seen};
use super::super::given::Given;
use super::super::shaping::{Pinch, both, long_tail};
use super::super::space::distance;
use super::rules::{Judged, Rules, write, write_body_and_geom};

const NEAR: f64 = 0.05;
const RADIUS: f64 = 0.02;

/// What both give, `held` being how the object is held.
fn judged(seen: &Seen<'_>, given: &Given, target: [f64; 3], held: f64) -> Judged {
    let left = distance(seen.object(), target);
    let placed = long_tail(left, [0.0, NEAR], distance(given.object, target));
    let reward = if left < NEAR { 10.0 } else { 2.0 * held + 6.0 * both(held, placed) };
    Judged { reward, success: left <= NEAR }
}

/// An object is swept to the side of the table.
pub(super) struct Sweep;

impl Rules for Sweep {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Body, "obj")]
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        given.object = [given.random[0], given.random[1], 0.02];
        given.target = [0.5, given.random[1], 0.01];
        arm.set_object(given.object)
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        let object = arm.own(0);
        write(objects, arm.room.body(object), arm.room.body_quat(object));
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        let held = Pinch { radius: RADIUS, aside: 0.005 }.held(seen, given, seen.object(), RADIUS + 0.01);
        judged(seen, given, given.target, held)
    }
}

/// An object is swept into a hole.
pub(super) struct SweepInto;

impl Rules for SweepInto {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Body, "obj"), (Kind::Geom, "objGeom")]
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        let height = arm.room.body(arm.own(0))[2];
        given.object = [given.random[0], given.random[1], height];
        given.target = [0.0, 0.84, 0.02];
        arm.set_object(given.object)
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write_body_and_geom(arm, [0, 1], objects);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        let held = Pinch { radius: RADIUS, aside: 0.01 }.held(seen, given, seen.object(), RADIUS + 0.005);
        // Its height does not count.
        judged(seen, given, [given.target[0], given.target[1], seen.object()[2]], held)
    }
}
