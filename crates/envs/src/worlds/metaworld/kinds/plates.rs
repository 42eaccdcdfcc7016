//! plate-slide, plate-slide-back, plate-slide-side, plate-slide-back-side: a plate slides into a cabinet or out of it.

use xmrl_mujoco::{Kind, MujocoError};

use super::super::arm::{Arm, Seen};
use super::super::given::Given;
use super::super::shaping::{both, long_tail};
use super::super::space::distance;
use super::rules::{Judged, Rules, three, write_geom};

const NEAR: f64 = 0.05;

/// Where the cabinet stands.
enum Cabinet {
    /// Where the model has it. (Meta-World writes its place where the next look overwrites it.)
    Fixed,
    /// Where the plate begins.
    Start,
    /// Where the plate goes.
    Goal,
}

/// A plate that slides.
pub(super) struct Plate {
    cabinet: Cabinet,
    /// How far it has slid at first, m.
    slide: [f64; 2],
    /// Whether holding and placing count together; else the plate counts once the fingers are down at it.
    together: bool,
}

/// Into the cabinet behind it.
pub(super) const IN: Plate = Plate { cabinet: Cabinet::Goal, slide: [0.0, 0.0], together: true };
/// Out of it to the front.
pub(super) const BACK: Plate = Plate { cabinet: Cabinet::Fixed, slide: [0.0, 0.15], together: false };
/// Into the cabinet beside it.
pub(super) const SIDE: Plate = Plate { cabinet: Cabinet::Fixed, slide: [0.0, 0.0], together: false };
/// Out of it to the side.
pub(super) const BACK_SIDE: Plate = Plate { cabinet: Cabinet::Start, slide: [-0.15, 0.0], together: false };

impl Rules for Plate {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Geom, "puck"), (Kind::Body, "puck_goal")]
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        match self.cabinet {
            Cabinet::Fixed => None,
            Cabinet::Start => Some((1, three(random))),
            Cabinet::Goal => Some((1, three(&random[3..]))),
        }
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        (given.object, given.target) = (three(&given.random), three(&given.random[3..]));
        arm.set(9, &self.slide, 0..0)
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write_geom(arm, 0, objects);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        let plate = seen.object();
        let (left, reached) = (distance(plate, given.target), distance(seen.fingers, plate));
        let nearer = if self.together { 0.0 } else { NEAR };
        let placed = long_tail(left, [0.0, NEAR], distance(given.object, given.target) - nearer);
        let held = long_tail(reached, [0.0, NEAR], distance(given.fingers, given.object) - nearer);
        let reward = if left < NEAR {
            10.0
        } else if self.together {
            8.0 * both(held, placed)
        } else if seen.fingers[2] <= 0.03 && reached < 0.07 {
            2.0 + 7.0 * placed
        } else {
            1.5 * held
        };
        Judged { reward, success: left <= 0.07 }
    }
}
