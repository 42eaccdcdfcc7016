//! What tasks read: contact forces on the bodies, the centre of mass and its velocity.

use xmrl_lanes::Lane;

use crate::mechanism::Centre;
use crate::model::Spatial;

use super::workspace::SpatialWorkspace;
use crate::vector;

impl<const B: usize, const V: usize, const P: usize, const G: usize> Spatial<B, V, P, G> {
    /// Contact torque and force (6 numbers) on each of MuJoCo's bodies, about the whole mechanism's centre of mass, world
    /// axes, as `mj_rnePostConstraint` leaves them in `cfrc_ext`; of the workspace's last evaluation.
    #[inline(always)]
    pub fn contact_forces<L: Lane>(&self, w: &SpatialWorkspace<L, B, V, P>, forces: &mut [L]) {
        forces[..6 * self.source_bodies].fill(L::splat(0.0));
        let com = vector::scale(L::splat(1.0 / w.constants.links[0].subtree_mass), &w.moment[0]);
        for c in 0..w.contacts.count {
            let touch = &w.touch[c];
            let [normal, first, second] = w.contacts.force[c];
            let [tx, ty] = touch.tangent;
            let force = [tx.mul_add(first, -(ty * second)), ty.mul_add(first, tx * second), normal];
            let torque = vector::cross(&vector::sub(&touch.at, &com), &force);
            let row = 6 * w.constants.spots[w.contacts.point[c]].source_body;
            for i in 0..3 {
                forces[row + i] = forces[row + i] + torque[i];
                forces[row + 3 + i] = forces[row + 3 + i] + force[i];
            }
        }
    }

    /// Centre of mass in the world and its velocity, of the workspace's last places.
    #[inline(always)]
    pub(super) fn mean_motion<L: Lane>(&self, w: &SpatialWorkspace<L, B, V, P>, v: &[L]) -> Centre<L> {
        let (mut moment, mut momentum) = (vector::zero(), vector::zero());
        for body in 0..B {
            let mass = L::splat(w.constants.links[body].mass);
            let velocity = vector::cross_add(&w.spin[body], &w.com[body], &w.drift[body]);
            moment = vector::scale_add(mass, &w.com[body], &moment);
            momentum = vector::scale_add(mass, &velocity, &momentum);
        }
        let per_mass = L::splat(1.0 / w.constants.links[0].subtree_mass);
        Centre {
            position: vector::scale_add(per_mass, &moment, &w.position),
            velocity: vector::scale_add(per_mass, &momentum, &[v[0], v[1], v[2]]),
        }
    }
}
