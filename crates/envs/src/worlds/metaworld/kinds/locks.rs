//! door-lock, door-unlock: the lock of a door is turned.

use xmrl_mujoco::{Kind, MujocoError};

use super::super::arm::{Arm, SUBSTEPS, Seen};
use super::super::given::Given;
use super::super::shaping::{both, long_tail};
use super::super::space::{minus, plus, weighted};
use super::rules::{Judged, Rules, three, write};

const WEIGHTS: [f64; 3] = [0.25, 1.0, 0.5];
/// How far a lock's end goes, m.
const LENGTH: f64 = 0.1;

/// Where a lock's end is seen; the orientation is its door's.
fn write_lock(arm: &Arm, objects: &mut [f64]) {
    write(objects, arm.room.site(arm.own(1)), arm.room.body_quat(arm.own(2)));
}

fn placed(left: f64) -> f64 {
    long_tail(left, [0.0, 0.005], LENGTH)
}

/// The lock is turned down.
pub(super) struct DoorLock;

impl Rules for DoorLock {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Body, "door"), (Kind::Site, "lockStartLock"), (Kind::Body, "door_link"), (Kind::Body, "lock_link")]
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((0, three(random)))
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        arm.room.step(SUBSTEPS)?;
        given.target = plus(arm.room.body(arm.own(3)), [0.0, -0.04, -LENGTH]);
        Ok(())
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write_lock(arm, objects);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        let lock = seen.object();
        let reached = weighted(lock, seen.left_pad(), WEIGHTS);
        // The margin is meant to be the pad's distance at the start; Meta-World holds a view of the present one.
        let near = long_tail(reached, [0.0, 0.01], reached);
        let left = (given.target[2] - lock[2]).abs();
        Judged { reward: 2.0 * both(seen.opening(), near) + 8.0 * placed(left), success: left <= 0.02 }
    }
}

/// The lock is turned to the side.
pub(super) struct DoorUnlock;

impl Rules for DoorUnlock {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Body, "door"), (Kind::Site, "lockStartUnlock"), (Kind::Body, "door_link"), (Kind::Body, "lock_link")]
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((0, three(random)))
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        #[expect(clippy::approx_constant, reason = "Meta-World's number, which is no quarter turn to the bit")]
        arm.set_joint(9, 1.5708)?;
        given.target = plus(arm.room.body(arm.own(3)), [LENGTH, -0.04, 0.0]);
        Ok(())
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write_lock(arm, objects);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        const SHOULDER: [f64; 3] = [0.0, 0.055, 0.07];
        let lock = seen.object();
        let from = |hand: [f64; 3], lock| weighted(minus(plus(hand, SHOULDER), lock), [0.0; 3], WEIGHTS);
        // As above: where the lock is now, not where it began.
        let margin = from(given.fingers, seen.arm.room.body(seen.arm.own(3)));
        let ready = long_tail(from(seen.hand(), lock), [0.0, 0.02], margin);
        let left = (given.target[0] - lock[0]).abs();
        Judged { reward: 2.0 * ready + 8.0 * placed(left), success: left <= 0.02 }
    }
}
