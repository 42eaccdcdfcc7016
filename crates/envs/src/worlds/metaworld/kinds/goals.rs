//! reach, push, pick-place: a puck on the table, and a place that is not shown.

use xmrl_mujoco::{Kind, MujocoError};

use super::super::arm::{Arm, Seen};
use super::super::given::Given;
use super::super::shaping::{Cage, Pinch, both, long_tail};
use super::super::space::distance;
use super::rules::{Judged, Rules, begins_and_goes, slides, write_body_and_geom};

const PUCK: &[(Kind, &str)] = &[(Kind::Body, "obj"), (Kind::Geom, "objGeom")];
const NEAR: f64 = 0.05;

/// The fingers go to a place above the table.
pub(super) struct Reach;

impl Rules for Reach {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        PUCK
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        begins_and_goes(arm, given)
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write_body_and_geom(arm, [0, 1], objects);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        let left = distance(seen.fingers, given.target);
        let reward = 10.0 * long_tail(left, [0.0, NEAR], distance(given.hand, given.target));
        Judged { reward, success: left <= NEAR }
    }
}

/// The puck goes to a place on the table.
pub(super) struct Push;

impl Rules for Push {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        PUCK
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        let height = arm.room.body(arm.own(0))[2];
        slides(arm, given, height)
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write_body_and_geom(arm, [0, 1], objects);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        let object = seen.object();
        let left = distance(object, given.target);
        let placed = long_tail(left, [0.0, NEAR], distance(given.object, given.target));
        let caged = Cage { radius: 0.015, pad: 0.05, aside: 0.005, effort: 1.0 }.dense(seen, given, object);
        let mut reward = 2.0 * caged;
        if distance(object, seen.fingers) < 0.02 && seen.opening() > 0.0 {
            reward += 1.0 + reward + 5.0 * placed;
        }
        if left < NEAR {
            reward = 10.0;
        }
        Judged { reward, success: left <= NEAR }
    }
}

/// The puck goes to a place above the table.
pub(super) struct PickPlace;

impl Rules for PickPlace {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        PUCK
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        begins_and_goes(arm, given)
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write_body_and_geom(arm, [0, 1], objects);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        let object = seen.object();
        let left = distance(object, given.target);
        let placed = long_tail(left, [0.0, NEAR], distance(given.object, given.target));
        let mut reward = both(Pinch { radius: 0.015, aside: 0.005 }.closed(seen, given, object), placed);
        let lifted = object[2] - 0.01 > given.object[2];
        if distance(object, seen.fingers) < 0.02 && seen.opening() > 0.0 && lifted {
            reward += 1.0 + 5.0 * placed;
        }
        if left < NEAR {
            reward = 10.0;
        }
        Judged { reward, success: left <= 0.07 }
    }
}
