//! drawer-open, drawer-close.

use xmrl_mujoco::{Kind, MujocoError};

use super::super::arm::{Arm, Seen};
use super::super::given::Given;
use super::super::shaping::{both, gaussian, long_tail};
use super::super::space::{distance, plus, weighted};
use super::rules::{Judged, Rules, three, write};

const DRAWER: &[(Kind, &str)] = &[(Kind::Body, "drawer"), (Kind::Body, "drawer_link")];

/// How far the drawer comes out, m.
const OUT: f64 = 0.2;

/// A closed drawer is pulled open by its handle.
pub(super) struct DrawerOpen;

impl Rules for DrawerOpen {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        DRAWER
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((0, three(random)))
    }

    fn arrange(&self, _arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        given.object = three(&given.random);
        given.target = plus(given.object, [0.0, -0.16 - OUT, 0.09]);
        Ok(())
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        let drawer = arm.own(1);
        write(objects, plus(arm.room.body(drawer), [0.0, -0.16, 0.0]), arm.room.body_quat(drawer));
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        const WEIGHTS: [f64; 3] = [3.0, 3.0, 1.0];
        let handle = seen.object();
        let left = distance(handle, given.target);
        let opened = long_tail(left, [0.0, 0.02], OUT);
        let began = plus(given.target, [0.0, OUT, 0.0]);
        let margin = weighted(began, given.fingers, WEIGHTS);
        let reached = long_tail(weighted(handle, seen.hand(), WEIGHTS), [0.0, 0.01], margin);
        Judged { reward: (reached + opened) * 5.0, success: left <= 0.03 }
    }
}

/// An open drawer is pushed shut.
pub(super) struct DrawerClose;

impl Rules for DrawerClose {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        DRAWER
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((0, three(random)))
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        given.target = plus(three(&given.random), [0.0, -0.16, 0.09]);
        // Meta-World leaves the velocity as it is.
        arm.room.qpos_mut()[9] = -0.15;
        arm.room.forward()?;
        given.object = plus(arm.room.body(arm.own(1)), [0.0, -0.16, 0.05]);
        Ok(())
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write(objects, plus(arm.room.body(arm.own(1)), [0.0, -0.16, 0.05]), [0.0; 4]);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        const NEAR: f64 = 0.05;
        const HANDLE: f64 = 0.005;
        let handle = seen.object();
        let left = distance(handle, given.target);
        let placed = long_tail(left, [0.0, NEAR], (distance(given.object, given.target) - NEAR).abs());
        let margin = (distance(given.object, given.fingers) - HANDLE).abs();
        let reached = both(gaussian(distance(handle, seen.fingers), [0.0, HANDLE], margin), seen.closing());
        let success = left <= NEAR + 0.015;
        let reward = if success { 10.0 } else { both(reached, placed) * 10.0 };
        Judged { reward, success }
    }
}
