//! Mass matrix and smooth forces.

use xmrl_lanes::Lane;

use super::{PlanarWorkspace, ROOT, Tree};
use crate::model::Planar;

impl<const B: usize, const V: usize, const P: usize, const G: usize> Planar<B, V, P, G> {
    /// M by composite bodies: with mass m, first moment h and second moment J of a hinge's subtree about the root's origin,
    /// the entry of two hinges at a and b is J - h·(a + b) + m a·b, times their signs.
    #[inline(always)]
    pub(super) fn mass_matrix<L: Lane>(&self, tree: &Tree<V>, w: &mut PlanarWorkspace<L, B, V, P>) {
        let zero = L::splat(0.0);
        let mut mass = [0.0; B];
        let (mut first, mut second) = ([[zero; 2]; B], [zero; B]);
        for b in (0..B).rev() {
            let body = &self.bodies[b];
            let (m, [x, z]) = (L::splat(body.mass), w.com[b]);
            mass[b] += body.mass;
            first[b] = [m.mul_add(x, first[b][0]), m.mul_add(z, first[b][1])];
            second[b] = second[b] + m.mul_add(x.mul_add(x, z * z), L::splat(body.inertia));
            if b > 0 {
                let p = body.parent;
                mass[p] += mass[b];
                first[p] = [first[p][0] + first[b][0], first[p][1] + first[b][1]];
                second[p] = second[p] + second[b];
            }
        }
        let total = L::splat(mass[0]);
        w.mass[0][0] = total;
        w.mass[1][0] = zero;
        w.mass[1][1] = total;
        for b in 0..B {
            let dof = ROOT - 1 + b;
            let (sign, m, h, a) = (L::splat(self.bodies[b].sign), L::splat(mass[b]), first[b], w.origin[b]);
            w.mass[dof][0] = sign * (h[1] - m * a[1]);
            w.mass[dof][1] = sign * (m * a[0] - h[0]);
            let own = second[b] - h[0].mul_add(a[0], h[1] * a[1]);
            let arm = [m * a[0] - h[0], m * a[1] - h[1]];
            for &ancestor in &tree.chain(dof)[2..] {
                let c = usize::from(ancestor) + 1 - ROOT;
                let (at, both) = (w.origin[c], L::splat(self.bodies[b].sign * self.bodies[c].sign));
                let entry = arm[0].mul_add(at[0], arm[1].mul_add(at[1], own));
                w.mass[dof][usize::from(ancestor)] = both * entry;
            }
            w.mass[dof][dof] = w.mass[dof][dof] + L::splat(self.hinges[b].armature);
        }
    }

    /// f = motors - springs - dampers - bias; the bias (Coriolis, gravity) by recursive Newton-Euler at zero acceleration.
    #[inline(always)]
    pub(super) fn smooth_force<L: Lane>(
        &self,
        w: &mut PlanarWorkspace<L, B, V, P>,
        q: &[L; V],
        v: &[L; V],
        control: &[L],
    ) {
        let zero = L::splat(0.0);
        // Acceleration of each origin; gravity as the root's.
        let mut pull = [[zero; 2]; B];
        pull[0] = [zero, L::splat(self.gravity)];
        let (mut force, mut torque) = ([[zero; 2]; B], [zero; B]);
        for b in 0..B {
            let body = &self.bodies[b];
            if b > 0 {
                let p = body.parent;
                let square = w.spin[p] * w.spin[p];
                for axis in 0..2 {
                    pull[b][axis] = pull[p][axis] - square * (w.origin[b][axis] - w.origin[p][axis]);
                }
            }
            let (mass, square) = (L::splat(body.mass), w.spin[b] * w.spin[b]);
            for axis in 0..2 {
                force[b][axis] = mass * (pull[b][axis] - square * (w.com[b][axis] - w.origin[b][axis]));
            }
            torque[b] = w.com[b][1] * force[b][0] - w.com[b][0] * force[b][1];
        }
        for b in (1..B).rev() {
            let p = self.bodies[b].parent;
            force[p] = [force[p][0] + force[b][0], force[p][1] + force[b][1]];
            torque[p] = torque[p] + torque[b];
        }
        w.force[0] = -force[0][0];
        w.force[1] = -force[0][1];
        let mut motor = 0;
        for b in 0..B {
            let (hinge, dof, at) = (&self.hinges[b], ROOT - 1 + b, w.origin[b]);
            let bias = L::splat(self.bodies[b].sign) * (torque[b] - (at[1] * force[b][0] - at[0] * force[b][1]));
            let mut sum = -bias;
            if hinge.gear != 0.0 {
                sum = L::splat(hinge.gear).mul_add(control[motor], sum);
                motor += 1;
            }
            let stretch = q[dof] - L::splat(hinge.reference);
            sum = sum - L::splat(hinge.stiffness) * stretch - L::splat(hinge.damping) * v[dof];
            w.force[dof] = sum;
        }
    }
}
