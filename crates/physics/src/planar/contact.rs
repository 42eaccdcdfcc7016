//! Which points touch the floor and which hinges are at their limits.

use xmrl_lanes::Lane;

use super::kinematics::rotate;
use super::{PlanarWorkspace, ROOT, Tree};
use crate::model::Planar;
use crate::soft::{Spring, limit_weight, pyramid_weight};
use crate::solver::Limits;

impl<const B: usize, const V: usize, const P: usize, const G: usize> Planar<B, V, P, G> {
    /// Rows of the points nearer to the floor than the margin: normal z, tangent x. A contact point lies at half the
    /// distance under its sphere's centre.
    #[inline(always)]
    pub(super) fn touch_floor<L: Lane>(
        &self,
        tree: &Tree<V>,
        w: &mut PlanarWorkspace<L, B, V, P>,
        q: &[L; V],
        v: &[L; V],
    ) {
        let (zero, margin) = (L::splat(0.0), L::splat(self.margin));
        let spring = Spring::new(&self.contact, self.timestep);
        let height = L::splat(self.origin[1]) + q[1];
        let contacts = &mut w.contacts;
        let mut count = 0;
        for (index, point) in self.points.iter().enumerate() {
            let [x, z] = rotate(w.turn[point.body], point.at);
            let origin = w.origin[point.body];
            let centre = [origin[0] + x, origin[1] + z];
            let distance = height + centre[1] - L::splat(point.radius);
            if !L::any_lt(distance, margin) {
                continue;
            }
            let at = [centre[0], centre[1] - L::splat(point.radius) - distance * L::splat(0.5)];
            let dof = ROOT - 1 + point.body;
            let jacobian = &mut contacts.jacobian[count];
            (jacobian[0][0], jacobian[0][1]) = (zero, L::splat(1.0));
            (jacobian[1][0], jacobian[1][1]) = (L::splat(1.0), zero);
            let (mut rise, mut slide) = (v[1], v[0]);
            for &ancestor in &tree.chain(dof)[2..] {
                let j = usize::from(ancestor);
                let body = j + 1 - ROOT;
                let (sign, hinge) = (L::splat(self.bodies[body].sign), w.origin[body]);
                jacobian[0][j] = sign * (hinge[0] - at[0]);
                jacobian[1][j] = sign * (at[1] - hinge[1]);
                rise = jacobian[0][j].mul_add(v[j], rise);
                slide = jacobian[1][j].mul_add(v[j], slide);
            }
            let depth = distance - margin;
            let (impedance, push) = spring.at(depth);
            let damping = L::splat(spring.damping);
            let weight = pyramid_weight(impedance, point.inv_weight, point.friction);
            contacts.bias[count] = [damping.mul_add(rise, push), damping * slide];
            contacts.weight[count] = L::select_lt(distance, margin, weight, zero);
            contacts.friction[count] = L::splat(point.friction);
            (contacts.point[count], contacts.dof[count]) = (index, dof);
            count += 1;
        }
        contacts.count = count;
    }

    /// Rows of the hinges beyond an end of their range.
    #[inline(always)]
    pub(super) fn touch_limits<L: Lane>(&self, limits: &mut Limits<L, V>, q: &[L; V], v: &[L; V]) {
        let (zero, one) = (L::splat(0.0), L::splat(1.0));
        let spring = Spring::new(&self.limit, self.timestep);
        for b in 0..B {
            let (hinge, dof) = (&self.hinges[b], ROOT - 1 + b);
            if !hinge.limited {
                continue;
            }
            let margin = L::splat(hinge.margin);
            let (from_low, from_high) = (q[dof] - L::splat(hinge.low), L::splat(hinge.high) - q[dof]);
            let depth = from_low.min(from_high) - margin;
            limits.any[dof] = L::any_lt(depth, zero);
            if limits.any[dof] {
                let sign = L::select_lt(from_high, from_low, -one, one);
                let (impedance, push) = spring.at(depth);
                limits.sign[dof] = sign;
                limits.bias[dof] = (sign * L::splat(spring.damping)).mul_add(v[dof], push);
                limits.weight[dof] = L::select_lt(depth, zero, limit_weight(impedance, hinge.inv_weight), zero);
            }
        }
    }
}
