//! push-wall, pick-place-wall: a puck goes past a wall. (reach-wall is reach in another model.)

use xmrl_mujoco::{Kind, MujocoError};

use super::super::arm::{Arm, Seen};
use super::super::given::Given;
use super::super::shaping::{Cage, both, long_tail};
use super::super::space::{distance, weighted};
use super::rules::{Judged, Rules, begins_and_goes, slides, write_geom};

const NEAR: f64 = 0.05;
/// Behind the wall, y.
const BEHIND: f64 = 0.75;
/// Where the way by or over the wall is, y.
const WAY: f64 = 0.77;

const CAGE: Cage = Cage { radius: 0.015, pad: 0.05, aside: 0.005, effort: 1.0 };

/// What a puck is worth: how near it is to the way past the wall, behind it how near to its goal. `base`: what is had anyway.
fn passed(seen: &Seen<'_>, given: &Given, base: f64, placed: f64, held: bool) -> Judged {
    let puck = seen.object();
    let left = distance(puck, given.target);
    let there = long_tail(left, [0.0, NEAR], distance(given.object, given.target));
    let mut reward = base;
    if held {
        reward += if puck[1] > BEHIND { 1.0 + 4.0 + 3.0 * there } else { 1.0 + 4.0 * placed };
    }
    if left < NEAR {
        reward = 10.0;
    }
    Judged { reward, success: left <= 0.07 }
}

/// The puck is pushed around the wall.
pub(super) struct PushWall;

impl Rules for PushWall {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Geom, "objGeom")]
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        let height = arm.room.geom(arm.own(0))[2];
        slides(arm, given, height)
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write_geom(arm, 0, objects);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        const WEIGHTS: [f64; 3] = [3.0, 1.0, 1.0];
        let puck = seen.object();
        let way = [-0.05, WAY, puck[2]];
        let [now, began] = [puck, given.object].map(|at| weighted(at, way, WEIGHTS));
        let placed = long_tail(now, [0.0, NEAR], began);
        let held = distance(puck, seen.fingers) < 0.02 && seen.opening() > 0.0;
        passed(seen, given, 2.0 * CAGE.dense(seen, given, puck), placed, held)
    }
}

/// The puck is carried over the wall.
pub(super) struct PickPlaceWall;

impl Rules for PickPlaceWall {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Geom, "objGeom")]
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        begins_and_goes(arm, given)
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write_geom(arm, 0, objects);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        const WEIGHTS: [f64; 3] = [1.0, 1.0, 3.0];
        let puck = seen.object();
        let way = [given.target[0], WAY, 0.25];
        let [now, began] = [puck, given.object].map(|at| weighted(at, way, WEIGHTS));
        let placed = long_tail(now, [0.0, NEAR], began);
        let lifted = puck[2] - 0.015 > given.object[2];
        let held = distance(puck, seen.fingers) < 0.02 && seen.opening() > 0.0 && lifted;
        passed(seen, given, both(CAGE.sparse(seen, given, puck), placed), placed, held)
    }
}
