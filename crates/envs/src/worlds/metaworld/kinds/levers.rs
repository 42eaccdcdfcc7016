//! button-press-topdown, window-open, lever-pull: one part that slides or turns.

use std::f64::consts::PI;

use xmrl_mujoco::{Kind, MujocoError};

use super::super::arm::{Arm, Seen, as_quat};
use super::super::given::Given;
use super::super::shaping::{both, long_tail};
use super::super::space::{distance, minus, plus, weighted};
use super::rules::{Judged, Rules, three, write};

/// A button is pressed from above.
pub(super) struct ButtonPressTopdown;

impl Rules for ButtonPressTopdown {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Body, "box"), (Kind::Body, "button"), (Kind::Site, "hole"), (Kind::Site, "buttonStart")]
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((0, three(random)))
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        arm.room.forward()?;
        given.object = three(&given.random);
        given.target = arm.room.site(arm.own(2));
        given.own[0] = (given.target[2] - arm.room.site(arm.own(3))[2]).abs();
        Ok(())
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        let button = arm.own(1);
        write(objects, plus(arm.room.body(button), [0.0, 0.0, 0.193]), arm.room.body_quat(button));
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        let button = seen.object();
        let reached = distance(button, seen.fingers);
        let left = (given.target[2] - button[2]).abs();
        let near = long_tail(reached, [0.0, 0.01], distance(button, given.fingers));
        let pressed = long_tail(left, [0.0, 0.005], given.own[0]);
        let mut reward = 5.0 * both(1.0 - seen.opening(), near);
        if reached <= 0.03 {
            reward += 5.0 * pressed;
        }
        Judged { reward, success: left <= 0.024 }
    }
}

/// A window is slid open by its handle.
pub(super) struct WindowOpen;

impl Rules for WindowOpen {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Body, "window"), (Kind::Site, "handleOpenStart"), (Kind::Joint, "window_slide")]
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((0, three(random)))
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        given.object = three(&given.random);
        given.target = plus(given.object, [0.2, 0.0, 0.0]);
        given.own = arm.room.site(arm.own(1));
        // Nothing follows from it before the first step: what is seen first is from before.
        let slide = arm.own(2);
        arm.room.qpos_mut()[slide] = 0.0;
        Ok(())
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write(objects, arm.room.site(arm.own(1)), [0.0; 4]);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        const NEAR: f64 = 0.05;
        const HANDLE: f64 = 0.02;
        let handle = seen.object();
        let left = (handle[0] - given.target[0]).abs();
        let margin = ((given.object[0] - given.target[0]).abs() - NEAR).abs();
        let placed = long_tail(left, [0.0, NEAR], margin);
        let margin = (distance(given.own, given.fingers) - HANDLE).abs();
        let reached = long_tail(distance(handle, seen.fingers), [0.0, HANDLE], margin);
        Judged { reward: 10.0 * both(reached, placed), success: left <= NEAR }
    }
}

/// A lever is pulled up by a quarter turn.
pub(super) struct LeverPull;

impl Rules for LeverPull {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Body, "lever"), (Kind::Site, "leverStart"), (Kind::Geom, "objGeom"), (Kind::Joint, "LeverAxis")]
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((0, three(random)))
    }

    fn arrange(&self, _arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        const RADIUS: f64 = 0.2;
        given.object = three(&given.random);
        given.own = plus(given.object, [0.12, -RADIUS, 0.25]);
        given.target = plus(given.object, [0.12, 0.0, 0.25 + RADIUS]);
        Ok(())
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write(objects, arm.room.site(arm.own(1)), as_quat(arm.room.geom_mat(arm.own(2))));
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        const WEIGHTS: [f64; 3] = [4.0, 1.0, 4.0];
        const SHOULDER: [f64; 3] = [0.0, 0.055, 0.07];
        let lever = seen.object();
        let from = |hand: [f64; 3], lever| weighted(minus(plus(hand, SHOULDER), lever), [0.0; 3], WEIGHTS);
        let ready = long_tail(from(seen.hand(), lever), [0.0, 0.02], from(given.fingers, given.own));
        let placed = long_tail(distance(lever, given.target), [0.0, 0.04], distance(given.own, given.target));
        let angle = -seen.arm.room.qpos()[seen.arm.own(3)];
        Judged { reward: 10.0 * both(ready, placed), success: (angle - PI / 2.0).abs() <= PI / 24.0 }
    }
}
