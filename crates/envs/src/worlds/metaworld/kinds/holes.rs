//! bin-picking, box-close, hand-insert, pick-out-of-hole: something goes into a bin or a hole, onto a box, or out.

use xmrl_mujoco::{Kind, MujocoError};

use super::super::arm::{Arm, SUBSTEPS, Seen};
use super::super::given::Given;
use super::super::shaping::{Cage, above, both, funnel, long_tail};
use super::super::space::{distance, plus, weighted};
use super::rules::{Judged, Rules, begins_and_goes, straight, three, write};

const NEAR: f64 = 0.05;

fn write_body(arm: &Arm, objects: &mut [f64]) {
    let body = arm.own(0);
    write(objects, arm.room.body(body), arm.room.body_quat(body));
}

/// A cube goes from one bin into the other.
pub(super) struct BinPicking;

impl BinPicking {
    fn left(seen: &Seen<'_>) -> f64 {
        distance(seen.object(), seen.arm.room.body(seen.arm.own(1)))
    }
}

impl Rules for BinPicking {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Body, "obj"), (Kind::Body, "bin_goal")]
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        let height = arm.room.body(arm.own(0))[2];
        given.object = [given.random[0], given.random[1], height];
        given.target = arm.room.body(arm.own(1));
        arm.set_object(given.object)
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write_body(arm, objects);
    }

    /// How far the cube is from the other bin: Meta-World measures it when it first rewards.
    fn kept(&self, seen: &Seen<'_>) -> f64 {
        Self::left(seen)
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        let (hand, cube, left) = (seen.hand(), seen.object(), Self::left(seen));
        let placed = long_tail(left, [0.0, NEAR], seen.kept);
        let [from, to] =
            [given.object, seen.arm.room.body(seen.arm.own(1))].map(|bin| funnel(hand, bin, 0.03, 0.02, 0.2));
        let over = above(hand[2], from.min(to), 0.05);
        let cage = Cage { radius: 0.015, pad: 0.05, aside: 0.01, effort: 0.7 };
        let mut reward = both(cage.dense(seen, given, cube), placed);
        let lifted = cube[2] - 0.02 > given.object[2];
        if distance(cube, hand) < 0.04 && lifted && seen.opening() >= 0.43 {
            reward += 1.0 + 5.0 * both(over, placed);
        }
        if left < NEAR {
            reward = 10.0;
        }
        Judged { reward, success: left <= NEAR }
    }
}

/// A lid goes onto a box.
pub(super) struct BoxClose;

impl Rules for BoxClose {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Body, "top_link"), (Kind::Body, "boxbody")]
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((1, [random[3], random[4], 0.0]))
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        // The height is single precision's.
        given.object = [given.random[0], given.random[1], f64::from(0.02f32)];
        given.target = three(&given.random[3..]);
        arm.room.step(SUBSTEPS)?;
        arm.set_object(given.object)
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write_body(arm, objects);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        let hand = seen.hand();
        let lid = plus(seen.object(), [0.0, 0.0, 0.02]);
        let floor = funnel(hand, lid, 0.02, 0.04, 0.4);
        let beside = long_tail(distance(hand, lid), [0.0, 0.02], 0.5);
        let ready = both(above(hand[2], floor, floor / 2.0), beside);
        let near = long_tail(weighted(given.target, lid, [1.0, 1.0, 3.0]), [0.0, 0.05], 0.25);
        let lifted = 0.2 * f64::from(u8::from(lid[2] > 0.04)) + 0.8 * near;
        let success = distance(seen.object(), given.target) < 0.08;
        let reward = if success { 10.0 } else { 2.0 * both(seen.grabbing(), ready) + 8.0 * lifted };
        Judged { reward: reward * straight(seen, [0.707, 0.0, 0.0, 0.707], 0.2), success }
    }
}

/// The hand brings an object into a hole.
pub(super) struct HandInsert;

impl Rules for HandInsert {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Body, "obj")]
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        given.object = [given.random[0], given.random[1], 0.05];
        given.target = three(&given.random[3..]);
        arm.set_object(given.object)
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write_body(arm, objects);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        let object = seen.object();
        let left = distance(object, given.target);
        let placed = long_tail(left, [0.0, NEAR], distance(given.object, given.target));
        let cage = Cage { radius: 0.015, pad: 0.05, aside: 0.005, effort: 1.0 };
        let mut reward = both(cage.dense(seen, given, object), placed);
        if distance(object, seen.fingers) < 0.02 && seen.opening() > 0.0 {
            reward += 1.0 + 7.0 * placed;
        }
        if left < NEAR {
            reward = 10.0;
        }
        Judged { reward, success: left <= NEAR }
    }
}

/// A puck goes out of a hole.
pub(super) struct PickOutOfHole;

impl Rules for PickOutOfHole {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Body, "obj")]
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        begins_and_goes(arm, given)
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write_body(arm, objects);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        let puck = seen.object();
        let left = distance(puck, given.target);
        let over = above(seen.fingers[2], funnel(seen.fingers, given.object, 0.03, 0.015, 0.15), 0.02);
        let placed = long_tail(left, [0.0, 0.02], distance(given.object, given.target));
        let cage = Cage { radius: 0.015, pad: 0.02, aside: 0.03, effort: 0.1 };
        let mut reward = both(cage.dense(seen, given, puck), placed);
        let lifted = puck[2] - 0.02 > given.object[2];
        if distance(puck, seen.fingers) < 0.04 && lifted && seen.opening() >= 0.33 {
            reward += 1.0 + 5.0 * both(placed, over);
        }
        if left < NEAR {
            reward = 10.0;
        }
        Judged { reward, success: left <= 0.07 }
    }
}
