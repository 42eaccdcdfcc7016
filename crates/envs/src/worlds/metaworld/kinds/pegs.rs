//! peg-insert-side.

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
        let caged = if lifted { 1.0 } else { Cage { radius: 0.0075, pad: 0.03, aside: 0.005 }.dense(seen, given, peg) };
        let mut reward = both(caged, placed);
        if lifted {
            reward += 1.0 + 5.0 * placed;
        }
        let success = left <= NEAR;
        Judged { reward: if success { 10.0 } else { reward }, success }
    }
}
