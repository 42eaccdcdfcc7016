//! basketball, shelf-place: an object goes up to a place.

use xmrl_mujoco::{Kind, MujocoError};

use super::super::arm::{Arm, Seen};
use super::super::given::Given;
use super::super::shaping::{Cage, both, long_tail};
use super::super::space::{distance, minus, plus, weighted};
use super::rules::{Judged, Rules, three, write, write_body_and_geom};

/// A ball goes into a basket.
pub(super) struct Basketball;

impl Rules for Basketball {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Body, "basket_goal"), (Kind::Body, "bsktball"), (Kind::Site, "goal")]
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((0, three(&random[3..])))
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        // The height is single precision's.
        given.object = [given.random[0], given.random[1], f64::from(0.03f32)];
        let [x, y, _] = arm.room.site(arm.own(2));
        given.target = [x, y, 0.3];
        arm.set_object(given.object)
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        let ball = arm.own(1);
        write(objects, arm.room.body(ball), arm.room.body_quat(ball));
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        const NEAR: f64 = 0.08;
        const WEIGHTS: [f64; 3] = [1.0, 1.0, 2.0];
        let (ball, target) = (seen.object(), given.target);
        let left = weighted(ball, target, WEIGHTS);
        let placed = long_tail(left, [0.0, NEAR], weighted(given.object, target, WEIGHTS));
        let lifted = distance(ball, seen.fingers) < 0.035 && seen.opening() > 0.0 && ball[2] - 0.01 > given.object[2];
        let caged = if lifted {
            1.0
        } else {
            Cage { radius: 0.025, pad: 0.06, aside: 0.005, effort: 1.0 }.dense(seen, given, ball)
        };
        let mut reward = both(caged, placed);
        if lifted {
            reward += 1.0 + 5.0 * placed;
        }
        if left < NEAR {
            reward = 10.0;
        }
        Judged { reward, success: left <= NEAR }
    }
}

/// A block goes onto a shelf.
pub(super) struct ShelfPlace;

impl Rules for ShelfPlace {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Body, "obj"), (Kind::Geom, "objGeom"), (Kind::Body, "shelf"), (Kind::Site, "goal")]
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((2, minus(three(&random[3..]), [0.0, 0.0, 0.3])))
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        let height = arm.room.body(arm.own(0))[2];
        given.object = [given.random[0], given.random[1], height];
        arm.room.forward()?;
        let shelf = minus(three(&given.random[3..]), [0.0, 0.0, 0.3]);
        given.target = plus(arm.room.site_within(arm.own(3)), shelf);
        arm.set_object(given.object)
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write_body_and_geom(arm, [0, 1], objects);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        const NEAR: f64 = 0.05;
        const HEIGHT: f64 = 0.24;
        let (block, target) = (seen.object(), given.target);
        let left = distance(block, target);
        let mut placed = long_tail(left, [0.0, NEAR], distance(given.object, target));
        let caged = Cage { radius: 0.02, pad: 0.05, aside: 0.01, effort: 1.0 }.sparse(seen, given, block);
        let mut reward = both(caged, placed);
        // Under the shelf is no way to it.
        let below = 0.0 < block[2] && block[2] < HEIGHT && target[0] - 0.15 < block[0] && block[0] < target[0] + 0.15;
        let front = target[1] - 3.0 * NEAR;
        if below && front < block[1] && block[1] < target[1] {
            let (down, behind) = ((HEIGHT - block[2]) / HEIGHT, (block[1] - front) / (3.0 * NEAR));
            placed = (placed - both(behind, down)).clamp(0.0, 1.0);
        }
        if below && block[1] > target[1] {
            placed = 0.0;
        }
        let lifted = block[2] - 0.01 > given.object[2];
        if distance(block, seen.fingers) < 0.025 && seen.opening() > 0.0 && lifted {
            reward += 1.0 + 5.0 * placed;
        }
        if left < NEAR {
            reward = 10.0;
        }
        Judged { reward, success: left <= 0.07 }
    }
}
