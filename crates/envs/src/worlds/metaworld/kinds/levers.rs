//! window-open, window-close, lever-pull, faucet-open, faucet-close, dial-turn: one part that slides or turns.

use std::f64::consts::PI;

use xmrl_mujoco::{Kind, MujocoError};

use super::super::arm::{Arm, Seen, as_quat};
use super::super::given::Given;
use super::super::shaping::{both, gaussian, long_tail};
use super::super::space::{distance, minus, plus, weighted};
use super::rules::{Judged, Rules, three, write};

const NEAR: f64 = 0.05;

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

/// A window is slid shut by its handle.
pub(super) struct WindowClose;

impl Rules for WindowClose {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Body, "window"), (Kind::Site, "handleCloseStart"), (Kind::Joint, "window_slide")]
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((0, three(random)))
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        given.target = three(&given.random);
        given.own = plus(arm.room.site(arm.own(1)), [0.2, 0.0, 0.0]);
        // As when it is opened.
        let slide = arm.own(2);
        arm.room.qpos_mut()[slide] = 0.2;
        Ok(())
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write(objects, arm.room.site(arm.own(1)), [0.0; 4]);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        const HANDLE: f64 = 0.02;
        let handle = seen.object();
        let left = (handle[0] - given.target[0]).abs();
        let placed = long_tail(left, [0.0, NEAR], ((given.own[0] - given.target[0]).abs() - NEAR).abs());
        let margin = (distance(given.own, given.fingers) - HANDLE).abs();
        let reached = gaussian(distance(handle, seen.fingers), [0.0, HANDLE], margin);
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

/// A faucet's handle is turned to a side.
pub(super) struct Faucet {
    /// The site at the handle's end, of this way.
    things: &'static [(Kind, &'static str)],
    /// Where the handle is to be, from the base.
    to: [f64; 3],
    /// What is turned, from what is observed.
    from: [f64; 3],
    /// Whether everything follows from the state once more before the first look.
    settles: bool,
}

/// Turned to the right.
pub(super) const FAUCET_OPEN: Faucet = Faucet {
    things: &[(Kind::Body, "faucetBase"), (Kind::Site, "handleStartOpen")],
    to: [0.175, 0.0, 0.125],
    from: [-0.04, 0.0, 0.03],
    settles: false,
};

/// Turned to the left.
pub(super) const FAUCET_CLOSE: Faucet = Faucet {
    things: &[(Kind::Body, "faucetBase"), (Kind::Site, "handleStartClose")],
    to: [-0.175, 0.0, 0.125],
    from: [0.0; 3],
    settles: true,
};

impl Rules for Faucet {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        self.things
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((0, three(random)))
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        given.object = three(&given.random);
        given.target = plus(given.object, self.to);
        if self.settles { arm.room.forward() } else { Ok(()) }
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write(objects, plus(arm.room.site(arm.own(1)), [0.0, 0.0, -0.01]), arm.room.body_quat(arm.own(0)));
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        const TURNED: f64 = 0.07;
        const HANDLE: f64 = 0.01;
        let handle = plus(seen.object(), self.from);
        let left = distance(handle, given.target);
        let placed = long_tail(left, [0.0, TURNED], (distance(given.object, given.target) - TURNED).abs());
        let margin = (distance(given.object, given.fingers) - HANDLE).abs();
        let reached = gaussian(distance(handle, seen.fingers), [0.0, HANDLE], margin);
        let success = left <= TURNED;
        Judged { reward: if success { 10.0 } else { (2.0 * reached + 3.0 * placed) * 2.0 }, success }
    }
}

/// A dial is turned by its knob.
pub(super) struct DialTurn;

/// Where a dial is pushed, from its mark.
const PUSHED: [f64; 3] = [0.05, 0.02, 0.09];

impl DialTurn {
    /// The mark at the dial's rim.
    fn mark(arm: &Arm) -> [f64; 3] {
        const RADIUS: f64 = 0.05;
        let angle = arm.room.qpos()[arm.own(1)];
        plus(arm.room.body(arm.own(0)), [angle.sin() * RADIUS, -angle.cos() * RADIUS, 0.0])
    }
}

impl Rules for DialTurn {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Body, "dial"), (Kind::Joint, "knob_Joint_1")]
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((0, three(random)))
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        given.target = plus(three(&given.random), [0.0, 0.03, 0.03]);
        given.own = plus(Self::mark(arm), PUSHED);
        Ok(())
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write(objects, Self::mark(arm), arm.room.body_quat(arm.own(0)));
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        const TURNED: f64 = 0.07;
        const KNOB: f64 = 0.005;
        let mark = seen.object();
        let left = distance(mark, given.target);
        let placed = long_tail(left, [0.0, TURNED], (distance(given.own, given.target) - TURNED).abs());
        let margin = (distance(given.own, given.fingers) - KNOB).abs();
        let near = gaussian(distance(plus(mark, PUSHED), seen.fingers), [0.0, KNOB], margin);
        Judged { reward: 10.0 * both(both(near, seen.closing()), placed), success: left <= TURNED }
    }
}
