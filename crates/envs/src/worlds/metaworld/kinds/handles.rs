//! handle-press, handle-press-side, handle-pull, handle-pull-side: a handle goes down or up.

use xmrl_mujoco::{Kind, MujocoError};

use super::super::arm::{Arm, Seen};
use super::super::given::Given;
use super::super::shaping::{Cage, both, long_tail};
use super::super::space::distance;
use super::rules::{Judged, Rules, three, write};

/// Where a handle is seen.
fn write_handle(arm: &Arm, objects: &mut [f64]) {
    write(objects, arm.room.site(arm.own(1)), [0.0; 4]);
}

/// A handle is pressed down; from the side it is another model.
pub(super) struct HandlePress;

impl Rules for HandlePress {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Body, "box"), (Kind::Site, "handleStart"), (Kind::Site, "goalPress")]
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((0, three(random)))
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        arm.set_joint(9, -0.001)?;
        (given.object, given.target) = (arm.room.site(arm.own(1)), arm.room.site(arm.own(2)));
        Ok(())
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write_handle(arm, objects);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        const NEAR: f64 = 0.02;
        let handle = seen.object();
        let left = (handle[2] - given.target[2]).abs();
        let placed = long_tail(left, [0.0, NEAR], ((given.object[2] - given.target[2]).abs() - NEAR).abs());
        let margin = (distance(given.object, given.fingers) - NEAR).abs();
        let reached = long_tail(distance(handle, seen.fingers), [0.0, NEAR], margin);
        let success = left <= NEAR;
        Judged { reward: if success { 10.0 } else { both(reached, placed) * 10.0 }, success }
    }
}

const NEAR: f64 = 0.05;

/// Around a handle, as far as it is up: both; once it is held and `up`, more.
fn pulled(seen: &Seen<'_>, given: &Given, cage: &Cage, [left, margin]: [f64; 2], up: bool) -> f64 {
    let handle = seen.object();
    let placed = long_tail(left, [0.0, NEAR], margin);
    let mut reward = both(cage.dense(seen, given, handle), placed);
    if distance(handle, seen.fingers) < 0.035 && seen.opening() > 0.0 && up {
        reward += 1.0 + 5.0 * placed;
    }
    if left < NEAR { 10.0 } else { reward }
}

/// A handle is pulled up.
pub(super) struct HandlePull;

impl Rules for HandlePull {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Body, "box"), (Kind::Site, "handleRight"), (Kind::Site, "goalPull")]
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((0, three(random)))
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        arm.set_joint(9, -0.1)?;
        (given.object, given.target) = (three(&given.random), arm.room.site(arm.own(2)));
        Ok(())
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write_handle(arm, objects);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        let handle = seen.object();
        let left = [handle[2], given.object[2]].map(|z| (given.target[2] - z).abs());
        let cage = Cage { radius: 0.022, pad: 0.05, aside: 0.01, effort: 1.0 };
        // Meta-World compares how far back the handle is with a height, which it always exceeds.
        let up = handle[1] - 0.01 > given.object[2];
        Judged { reward: pulled(seen, given, &cage, left, up), success: left[0] <= NEAR }
    }
}

/// A handle is pulled up from the side.
pub(super) struct HandlePullSide;

impl Rules for HandlePullSide {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Body, "box"), (Kind::Site, "handleCenter"), (Kind::Site, "goalPull")]
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((0, three(random)))
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        arm.set_joint(9, -0.1)?;
        (given.object, given.target) = (arm.room.site(arm.own(1)), arm.room.site(arm.own(2)));
        Ok(())
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write_handle(arm, objects);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        let handle = seen.object();
        let left = [handle, given.object].map(|at| distance(at, given.target));
        let cage = Cage { radius: 0.032, pad: 0.06, aside: 0.01, effort: 1.0 };
        let up = handle[2] - 0.01 > given.object[2];
        Judged { reward: pulled(seen, given, &cage, left, up), success: left[0] <= 0.08 }
    }
}
