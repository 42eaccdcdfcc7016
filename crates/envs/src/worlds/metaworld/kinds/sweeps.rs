//! sweep, sweep-into, push-back, soccer: an object between the pads goes off the table, into a hole in it, to a place or into a goal.

use xmrl_mujoco::{Kind, MujocoError};

use super::super::arm::{Arm, Seen, as_quat};
use super::super::given::Given;
use super::super::shaping::{Pinch, both, long_tail};
use super::super::space::{distance, weighted};
use super::rules::{Judged, Rules, slides, three, write, write_body_and_geom, write_geom};

const NEAR: f64 = 0.05;
const RADIUS: f64 = 0.02;

/// What sweeping gives, `held` being how the object is held.
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

/// An object is pushed towards the robot.
pub(super) struct PushBack;

impl Rules for PushBack {
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
        const RADIUS: f64 = 0.007;
        let object = seen.object();
        let [left, began] = [object, given.object].map(|at| distance(at, given.target));
        let placed = long_tail(left, [0.0, NEAR], began);
        let held = Pinch { radius: RADIUS, aside: 0.01 }.held(seen, given, object, RADIUS + 0.003);
        let mut reward = both(held, placed);
        let closed = 0.0 < seen.opening() && seen.opening() < 0.55;
        if distance(object, seen.fingers) < 0.01 && closed && began - left > 0.01 {
            reward += 1.0 + 5.0 * placed;
        }
        if left < NEAR {
            reward = 10.0;
        }
        Judged { reward, success: left <= 0.07 }
    }
}

/// A ball is pushed into a goal.
pub(super) struct Soccer;

impl Rules for Soccer {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Body, "soccer_ball"), (Kind::Body, "goal_whole")]
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((1, three(&random[3..])))
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        given.object = [given.random[0], given.random[1], 0.03];
        given.target = three(&given.random[3..]);
        arm.set_object(given.object)
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        let ball = arm.own(0);
        write(objects, arm.room.body(ball), as_quat(arm.room.body_mat(ball)));
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        const NEAR: f64 = 0.07;
        const RADIUS: f64 = 0.013;
        const WEIGHTS: [f64; 3] = [3.0, 1.0, 1.0];
        let (ball, goal) = (seen.object(), given.target);
        let left = weighted(ball, goal, WEIGHTS);
        // The margin is how far the ball has come, as Meta-World has it.
        let mut placed = long_tail(left, [0.0, NEAR], weighted(ball, given.object, WEIGHTS));
        // Behind the goal's line and beside the goal.
        let line = goal[1] - 0.1;
        if ball[1] > line && (ball[0] - goal[0]).abs() > 0.1 {
            placed = (placed - 2.0 * ((ball[1] - line) / (1.0 - line))).clamp(0.0, 1.0);
        }
        let held = Pinch { radius: RADIUS, aside: 0.005 }.held(seen, given, ball, RADIUS + 0.01);
        let reward = if left < NEAR { 10.0 } else { 3.0 * held + 6.5 * placed };
        Judged { reward, success: distance(ball, goal) <= NEAR }
    }
}
