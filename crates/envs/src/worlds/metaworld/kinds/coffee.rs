//! coffee-pull, coffee-push: a mug goes away from a coffee machine, or under it.

use xmrl_mujoco::{Kind, MujocoError};

use super::super::arm::{Arm, Seen};
use super::super::given::Given;
use super::super::shaping::{Cage, both, long_tail};
use super::super::space::{distance, plus, weighted};
use super::rules::{Judged, Rules, three, write_body_and_geom};

/// A mug that is moved.
pub(super) struct Coffee {
    /// Where in a random vector the place is that the machine stands behind.
    machine: usize,
}

/// Away from the machine.
pub(super) const PULL: Coffee = Coffee { machine: 0 };
/// Under it.
pub(super) const PUSH: Coffee = Coffee { machine: 3 };

impl Rules for Coffee {
    fn things(&self) -> &'static [(Kind, &'static str)] {
        &[(Kind::Body, "obj"), (Kind::Geom, "mug"), (Kind::Body, "coffee_machine")]
    }

    fn moved(&self, random: &[f64]) -> Option<(usize, [f64; 3])> {
        Some((2, plus(three(&random[self.machine..]), [0.0, 0.22, 0.0])))
    }

    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError> {
        (given.object, given.target) = (three(&given.random), three(&given.random[3..]));
        // The mug's joint is the first of this model; what Meta-World stops is the arm.
        arm.set(0, &given.object, 9..15)
    }

    fn objects(&self, arm: &Arm, objects: &mut [f64]) {
        write_body_and_geom(arm, [0, 1], objects);
    }

    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged {
        const NEAR: f64 = 0.05;
        const WEIGHTS: [f64; 3] = [2.0, 2.0, 1.0];
        let mug = seen.object();
        let left = weighted(mug, given.target, WEIGHTS);
        let placed = long_tail(left, [0.0, NEAR], weighted(given.object, given.target, WEIGHTS));
        let cage = Cage { radius: 0.02, pad: 0.05, aside: 0.05, effort: 0.7 };
        let mut reward = both(cage.reaching(seen, given, mug, 0.04), placed);
        if distance(mug, seen.fingers) < 0.04 && seen.opening() > 0.0 {
            reward += 1.0 + 5.0 * placed;
        }
        if left < NEAR {
            reward = 10.0;
        }
        Judged { reward, success: distance(mug, given.target) <= 0.07 }
    }
}
