//! assembly, disassemble, hammer: a tool that has to be held straight, by its handle.

use xmrl_mujoco::{Kind, MujocoError};

use super::super::arm::{Arm, Seen};
use super::super::given::Given;
use super::super::shaping::{Cage, long_tail};
use super::super::space::{distance, minus, plus, weighted};
use super::rules::{Judged, Rules, begins_and_goes, straight, three, write};

const CAGE: Cage = Cage { radius: 0.015, pad: 0.02, aside: 0.01, effort: 1.0 };

/// How far from straight a tool may be.
const TILT: f64 = 0.4;

/// Where a handle counts as held: anywhere along it, `half` of its length to both sides.
fn along(tool: [f64; 3], hand: [f64; 3], half: f64) -> [f64; 3] {
    if (tool[0] - hand[0]).abs() < half { [hand[0], tool[1], tool[2]] } else { tool }
}

/// What holding and placing a tool are worth together.
fn worth(held: f64, lifted: bool, near: f64, straight: f64) -> f64 {
    let placed = 0.1 * f64::from(u8::from(lifted)) + 0.9 * near;
    (2.0 * held + 6.0 * placed) * straight
}

const NUT: &[(Kind, &str)] =
    &[(Kind::Body, "peg"), (Kind::Site, "RoundNut-8"), (Kind::Body, "RoundNut"), (Kind::Site, "RoundNut")];
const NUT_STRAIGHT: [f64; 4] = [0.707, 0.0, 0.0, 0.707];
const WRENCH: f64 = 0.02 / 2.0;

fn write_nut(arm: &Arm, objects: &mut [f64]) {
    write(objects, arm.room.site(arm.own(1)), arm.room.body_quat(arm.own(2)));
}

/// A nut is put over a peg.
pub(super) struct Assembly;

impl Rules for Assembly {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        NUT
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((0, minus(three(&random[3..]), [0.0, 0.0, 0.05])))
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        begins_and_goes(arm, given)
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write_nut(arm, objects);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        let (nut, peg) = (seen.site(3), given.target);
        let radius = ((peg[0] - nut[0]).powi(2) + (peg[1] - nut[1]).powi(2)).sqrt();
        let success = radius < 0.02 && peg[2] > nut[2];
        // It comes from above: the farther it is, the higher it has to be.
        let bound = if success { 0.02 } else { 0.01 };
        let height = if radius > bound { 0.02 * (radius - bound).ln() + 0.2 } else { 0.0 };
        let left = weighted([peg[0], peg[1], height], nut, [1.0, 1.0, 3.0]);
        let held = CAGE.reaching(seen, given, along(seen.object(), seen.hand(), WRENCH), 0.01);
        let lifted = nut[2] > 0.02 || radius < bound;
        let reward = worth(held, lifted, long_tail(left, [0.0, 0.02], 0.4), straight(seen, NUT_STRAIGHT, TILT));
        Judged { reward: if success { 10.0 } else { reward }, success }
    }
}

/// A nut is taken off a peg.
pub(super) struct Disassemble;

impl Rules for Disassemble {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        NUT
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((0, plus(three(random), [0.0, 0.0, 0.03])))
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        given.object = three(&given.random);
        given.target = plus(given.object, [0.0, 0.0, 0.15]);
        arm.room.forward()?;
        arm.set_object(given.object)
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write_nut(arm, objects);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        let nut = seen.site(3);
        let near = long_tail(distance(plus(given.target, [0.0, 0.0, 0.1]), nut), [0.0, 0.02], 0.2);
        let held = CAGE.dense(seen, given, along(seen.object(), seen.hand(), WRENCH));
        let success = seen.object()[2] > given.target[2];
        let reward = worth(held, nut[2] > 0.02, near, straight(seen, NUT_STRAIGHT, TILT));
        Judged { reward: if success { 10.0 } else { reward }, success }
    }
}

/// A nail is hammered into a box.
pub(super) struct Hammer;

impl Rules for Hammer {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[
            (Kind::Body, "box"),
            (Kind::Body, "hammer"),
            (Kind::Body, "nail_link"),
            (Kind::Site, "goal"),
            (Kind::Joint, "NailSlideJoint"),
        ]
    }

    fn moved(&self, _random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((0, [0.24, 0.85, 0.0]))
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        (given.object, given.target) = (three(&given.random), arm.room.site(arm.own(3)));
        arm.set_object(given.object)
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        for (k, thing) in [1, 2].into_iter().enumerate() {
            let body = arm.own(thing);
            write(&mut objects[7 * k..], arm.room.body(body), arm.room.body_quat(body));
        }
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        const HANDLE: f64 = 0.14 / 2.0;
        let hammer = seen.object();
        let head = plus(hammer, [0.16, 0.06, 0.0]);
        let near = long_tail(distance(given.target, head), [0.0, 0.02], 0.2);
        let held = CAGE.dense(seen, given, along(hammer, seen.hand(), HANDLE));
        let reward = worth(held, head[2] > 0.02, near, straight(seen, [1.0, 0.0, 0.0, 0.0], TILT));
        let success = seen.arm.room.qpos()[seen.arm.own(4)] > 0.09;
        Judged { reward: if success && reward > 5.0 { 10.0 } else { reward }, success }
    }
}
