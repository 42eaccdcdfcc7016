//! peg-insert-side, peg-unplug-side.

use xmrl_mujoco::{Kind, MujocoError};

use super::super::arm::{Arm, Seen, as_quat};
use super::super::given::Given;
use super::super::shaping::{Cage, both, long_tail, within_box};
use super::super::space::{distance, plus, weighted};
use super::rules::{Judged, Rules, three, write};

/// A peg is put into the side of a box.
pub(super) struct PegInsertSide;

const HEAD: usize = 2;
/// Lower right and upper left corner of the two boxes that the peg must not touch.
const CORNERS: [[usize; 2]; 2] = [[3, 4], [5, 6]];

impl Rules for PegInsertSide {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[
            (Kind::Body, "box"),
            (Kind::Site, "pegGrasp"),
            (Kind::Site, "pegHead"),
            (Kind::Site, "bottom_right_corner_collision_box_1"),
            (Kind::Site, "top_left_corner_collision_box_1"),
            (Kind::Site, "bottom_right_corner_collision_box_2"),
            (Kind::Site, "top_left_corner_collision_box_2"),
        ]
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((0, three(&random[3..])))
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        given.object = three(&given.random);
        given.target = plus(three(&given.random[3..]), [0.03, 0.0, 0.13]);
        // Where the head was before the peg was placed.
        given.own = arm.room.site(arm.own(HEAD));
        arm.set_object(given.object)
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        let grasp = arm.own(1);
        write(objects, arm.room.site(grasp), as_quat(arm.room.site_mat(grasp)));
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        const NEAR: f64 = 0.07;
        const WEIGHTS: [f64; 3] = [1.0, 2.0, 2.0];
        let site = |thing: usize| seen.arm.room.site(seen.arm.own(thing));
        let (peg, head) = (seen.object(), site(HEAD));
        let left = weighted(head, given.target, WEIGHTS);
        let straight = long_tail(left, [0.0, NEAR], weighted(given.own, given.target, WEIGHTS));
        let [first, second] = CORNERS.map(|[zero, one]| within_box(head, site(zero), site(one)));
        let placed = both(straight, both(second, first));
        let lifted = distance(peg, seen.fingers) < 0.08 && seen.opening() > 0.0 && peg[2] - 0.01 > given.object[2];
        let caged = if lifted {
            1.0
        } else {
            Cage { radius: 0.0075, pad: 0.03, aside: 0.005, effort: 1.0 }.dense(seen, given, peg)
        };
        let mut reward = both(caged, placed);
        if lifted {
            reward += 1.0 + 5.0 * placed;
        }
        let success = left <= NEAR;
        Judged { reward: if success { 10.0 } else { reward }, success }
    }
}

/// A plug is pulled out of the side of a box.
pub(super) struct PegUnplugSide;

impl Rules for PegUnplugSide {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Body, "box"), (Kind::Site, "pegEnd"), (Kind::Body, "plug1")]
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((0, three(random)))
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        let [x, y, z] = plus(three(&given.random), [0.044, 0.0, 0.131]);
        // It does not move, but may turn.
        arm.set(9, &[x, y, z, 1.0, 0.0, 0.0, 0.0], 9..12)?;
        given.object = arm.room.site(arm.own(1));
        given.target = plus([x, y, z], [0.15, 0.0, 0.0]);
        Ok(())
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write(objects, arm.room.site(arm.own(1)), arm.room.body_quat(arm.own(2)));
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        const NEAR: f64 = 0.05;
        let plug = seen.object();
        let left = distance(plug, given.target);
        let placed = long_tail(left, [0.0, NEAR], distance(given.object, given.target));
        let mut reward = 2.0 * Cage { radius: 0.025, pad: 0.05, aside: 0.005, effort: 0.8 }.dense(seen, given, plug);
        let out = seen.opening() > 0.5 && plug[0] - given.object[0] > 0.015;
        if out && distance(plug, seen.fingers) < 0.035 {
            reward += 1.0 + 5.0 * placed;
        }
        if left <= NEAR {
            reward = 10.0;
        }
        Judged { reward, success: left <= 0.07 }
    }
}
