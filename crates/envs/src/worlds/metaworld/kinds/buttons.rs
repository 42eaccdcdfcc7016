//! button-press, button-press-wall, button-press-topdown, button-press-topdown-wall, coffee-button: a button is pressed.

use xmrl_mujoco::{Kind, MujocoError};

use super::super::arm::{Arm, Seen};
use super::super::given::Given;
use super::super::shaping::{both, long_tail};
use super::super::space::{distance, plus};
use super::rules::{Judged, Rules, three, write};

/// How far a button is pressed once it is, m.
const DONE: f64 = 0.005;

/// How things are with a button.
struct Press {
    /// How far the fingers are from it, m.
    reached: f64,
    /// How near that is, in [0, 1].
    near: f64,
    /// How far it is pressed, in [0, 1].
    pressed: f64,
    /// How far the fingers are open, in [0, 1].
    opening: f64,
}

impl Press {
    /// `margin`: how far the button is from where it must be to begin with.
    fn of(seen: &Seen<'_>, given: &Given, left: f64, bound: f64, margin: f64) -> Self {
        let button = seen.object();
        let reached = distance(button, seen.fingers);
        Press {
            reached,
            near: long_tail(reached, [0.0, bound], distance(button, given.fingers)),
            pressed: long_tail(left, [0.0, DONE], margin),
            opening: seen.opening(),
        }
    }

    /// `coming` for fingers that are as they should be (`fingers`, in [0, 1]) near the button, `pressing` for pressing it from `within`.
    fn by(&self, fingers: f64, coming: f64, within: f64, pressing: f64) -> f64 {
        let pressed = if self.reached <= within { pressing * self.pressed } else { 0.0 };
        coming * both(fingers, self.near) + pressed
    }
}

/// A button on a box.
pub(super) struct Button {
    /// The axis along which it moves: y or z.
    axis: usize,
    /// How near the fingers must be, m.
    near: f64,
    /// How far it may be left, m.
    left: f64,
    worth: fn(&Press) -> f64,
}

/// Pressed from above, with closed fingers.
pub(super) const TOPDOWN: Button =
    Button { axis: 2, near: 0.01, left: 0.024, worth: |press| press.by(1.0 - press.opening, 5.0, 0.03, 5.0) };

/// Pressed from above behind a wall: Meta-World rewards open fingers.
pub(super) const TOPDOWN_WALL: Button =
    Button { axis: 2, near: 0.01, left: 0.024, worth: |press| press.by(press.opening, 5.0, 0.03, 5.0) };

/// Pressed from the front: open fingers are rewarded.
pub(super) const FRONT: Button = Button { axis: 1, near: 0.05, left: 0.02, worth: from_the_front };

/// Pressed from the front behind a wall: closed fingers on the way, open ones there.
pub(super) const FRONT_WALL: Button = Button {
    axis: 1,
    near: 0.01,
    left: 0.03,
    worth: |press| {
        if press.reached > 0.07 {
            2.0 * both((1.0 - press.opening) / 2.0, press.near)
        } else {
            2.0 + 2.0 * (1.0 + press.opening) + 4.0 * press.pressed.powi(2)
        }
    },
};

fn from_the_front(press: &Press) -> f64 {
    press.by(press.opening, 2.0, 0.05, 8.0)
}

impl Rules for Button {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Body, "box"), (Kind::Body, "button"), (Kind::Site, "hole"), (Kind::Site, "buttonStart")]
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((0, three(random)))
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        if self.axis == 2 { arm.room.forward() } else { arm.set_joint(9, 0.0) }?;
        given.target = arm.room.site(arm.own(2));
        given.own[0] = (given.target[self.axis] - arm.room.site(arm.own(3))[self.axis]).abs();
        Ok(())
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        let (button, face) = (arm.own(1), if self.axis == 2 { [0.0, 0.0, 0.193] } else { [0.0, -0.193, 0.0] });
        write(objects, plus(arm.room.body(button), face), arm.room.body_quat(button));
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        let left = (given.target[self.axis] - seen.object()[self.axis]).abs();
        let press = Press::of(seen, given, left, self.near, given.own[0]);
        Judged { reward: (self.worth)(&press), success: left <= self.left }
    }
}

/// The button of a coffee machine.
pub(super) struct CoffeeButton;

impl Rules for CoffeeButton {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Body, "coffee_machine"), (Kind::Site, "buttonStart")]
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((0, three(random)))
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        let machine = three(&given.random);
        given.target = plus(plus(machine, [0.0, -0.22, 0.3]), [0.0, IN, 0.0]);
        // The mug stands before it; what Meta-World stops is the arm.
        arm.set(0, &plus(machine, [0.0, -0.22, 0.0]), 9..15)
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write(objects, arm.room.site(arm.own(1)), [1.0, 0.0, 0.0, 0.0]);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        let left = (given.target[1] - seen.object()[1]).abs();
        let press = Press::of(seen, given, left, 0.05, IN);
        Judged { reward: from_the_front(&press), success: left <= 0.02 }
    }
}

/// How far the machine's button goes in, m.
const IN: f64 = 0.03;
