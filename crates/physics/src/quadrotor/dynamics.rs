//! Equations of motion: lines 1 to 5 of the page.

use xmrl_lanes::Lane;

use super::pilot::Pilot;
use super::vehicle::{Airframe, Conditions, GRAVITY, SIZE, Situation};
use crate::vector::{self, Vector};

impl Airframe {
    /// Rate of change `[17]` of a state `[17]`. Its quaternion is taken as it is: between the stages of a step it is unit only up
    /// to the step's error.
    #[inline(always)]
    pub(super) fn rate<L: Lane, P: Pilot<L>>(
        &self,
        pilot: &P,
        conditions: &Conditions<L>,
        state: &[L; SIZE],
    ) -> [L; SIZE] {
        let quaternion = [state[6], state[7], state[8], state[9]];
        let now = Situation {
            velocity: [state[3], state[4], state[5]],
            rotation: vector::rotation(&quaternion),
            spin: [state[10], state[11], state[12]],
        };
        let thrust = [state[13], state[14], state[15], state[16]];
        let mut rate = *state;
        rate[..3].copy_from_slice(&now.velocity);
        rate[3..6].copy_from_slice(&self.acceleration(&now, &thrust, conditions));
        rate[6..10].copy_from_slice(&turning(&quaternion, &now.spin));
        rate[10..13].copy_from_slice(&self.spinning(&now.spin, &thrust));
        let command = pilot.command(self, &now);
        let per_lag = L::splat(1.0 / self.rotor_lag);
        for rotor in 0..4 {
            rate[13 + rotor] = (command[rotor] - thrust[rotor]) * per_lag;
        }
        rate
    }

    /// dv/dt.
    #[inline(always)]
    fn acceleration<L: Lane>(&self, now: &Situation<L>, thrust: &[L; 4], conditions: &Conditions<L>) -> Vector<L> {
        let airspeed = vector::into_body(&now.rotation, &vector::sub(&now.velocity, &conditions.wind));
        let mut force = [L::splat(0.0), L::splat(0.0), (thrust[0] + thrust[1]) + (thrust[2] + thrust[3])];
        for axis in 0..3 {
            force[axis] = L::splat(-self.drag[axis]).mul_add(airspeed[axis], force[axis]);
        }
        let per_mass = L::splat(1.0 / self.mass) / conditions.load;
        let [x, y, z] = vector::scale(per_mass, &vector::into_world(&now.rotation, &force));
        [x, y, z - L::splat(GRAVITY)]
    }

    /// dω/dt.
    #[inline(always)]
    fn spinning<L: Lane>(&self, spin: &Vector<L>, [f1, f2, f3, f4]: &[L; 4]) -> Vector<L> {
        let reach = L::splat(self.arm * core::f64::consts::FRAC_1_SQRT_2);
        let torque = [
            reach * ((*f3 + *f4) - (*f1 + *f2)),
            reach * ((*f2 + *f3) - (*f1 + *f4)),
            L::splat(self.yaw_per_thrust) * ((*f2 + *f4) - (*f1 + *f3)),
        ];
        let inertia = self.inertia;
        let mut rate = torque;
        for axis in 0..3 {
            let (next, last) = ((axis + 1) % 3, (axis + 2) % 3);
            let gyroscopic = L::splat(inertia[next] - inertia[last]) * (spin[next] * spin[last]);
            rate[axis] = (torque[axis] + gyroscopic) * L::splat(1.0 / inertia[axis]);
        }
        rate
    }
}

/// dq/dt.
#[inline(always)]
fn turning<L: Lane>(quaternion: &[L; 4], spin: &Vector<L>) -> [L; 4] {
    let half = vector::scale(L::splat(0.5), spin);
    vector::quaternion_product(quaternion, &[L::splat(0.0), half[0], half[1], half[2]])
}
