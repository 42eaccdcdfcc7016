//! Mass matrix and bias force by composite bodies and recursive Newton-Euler, quantities about the root's origin.
//!
//! The root's columns are its linear and angular velocity in the world's axes; hinge j's are the motion
//! (arm, axis) = (anchor × axis, axis) of the root's origin.

use xmrl_lanes::Lane;

use crate::model::Spatial;

use super::constants::ROOT;
use super::workspace::SpatialWorkspace;
use crate::vector::{self, Vector};

impl<const B: usize, const V: usize, const P: usize, const G: usize> Spatial<B, V, P, G> {
    /// M, with the motors' armature on the diagonal.
    #[inline(always)]
    pub(super) fn mass_matrix<L: Lane>(&self, w: &mut SpatialWorkspace<L, B, V, P>) {
        w.compose();
        for body in (1..B).rev() {
            let dof = ROOT - 1 + body;
            let (axis, arm) = (w.axis[body], w.arm[body]);
            let mass = L::splat(w.constants.links[body].subtree_mass);
            let (moment, inertia) = (&w.moment[body], &w.about_root[body]);
            // Momentum of the subtree per unit of joint velocity.
            let linear = vector::scale_add(mass, &arm, &vector::cross(&axis, moment));
            let angular = vector::cross_add(moment, &arm, &vector::symmetric(inertia, &axis));
            w.mass[dof][dof] = couple(&axis, &arm, &linear, &angular) + L::splat(self.hinges[body].armature);
            let mut ancestor = w.constants.links[body].parent;
            while ancestor > 0 {
                w.mass[dof][ROOT - 1 + ancestor] = couple(&w.axis[ancestor], &w.arm[ancestor], &linear, &angular);
                ancestor = w.constants.links[ancestor].parent;
            }
            w.mass[dof][..3].copy_from_slice(&linear);
            w.mass[dof][3..6].copy_from_slice(&angular);
        }
        let zero = L::splat(0.0);
        let mass = L::splat(w.constants.links[0].subtree_mass);
        let ([x, y, z], [xx, yy, zz, xy, xz, yz]) = (w.moment[0], w.about_root[0]);
        w.mass[0][0] = mass;
        (w.mass[1][0], w.mass[1][1]) = (zero, mass);
        (w.mass[2][0], w.mass[2][1], w.mass[2][2]) = (zero, zero, mass);
        (w.mass[3][0], w.mass[3][1], w.mass[3][2], w.mass[3][3]) = (zero, -z, y, xx);
        (w.mass[4][0], w.mass[4][1], w.mass[4][2], w.mass[4][3], w.mass[4][4]) = (z, zero, -x, xy, yy);
        (w.mass[5][0], w.mass[5][1], w.mass[5][2]) = (-y, x, zero);
        (w.mass[5][3], w.mass[5][4], w.mass[5][5]) = (xz, yz, zz);
    }

    /// Applied force less bias: motors, springs, dampers, Coriolis forces, gravity.
    #[inline(always)]
    pub(super) fn smooth_force<L: Lane>(
        &self,
        w: &mut SpatialWorkspace<L, B, V, P>,
        angle: &[L; B],
        v: &[L; V],
        control: &[L],
    ) {
        let zero = L::splat(0.0);
        // Accelerations of the hinges at zero joint acceleration; the root is pushed up instead of gravity down.
        let mut pushed = [[zero, zero, L::splat(self.gravity)]; B];
        let mut twisted = [vector::zero::<L>(); B];
        let mut force = pushed;
        let mut torque = twisted;
        for body in 0..B {
            let spin = w.spin[body];
            if body > 0 {
                let parent = w.constants.links[body].parent;
                let from = vector::sub(&w.anchor[body], &w.anchor[parent]);
                pushed[body] = carried(&pushed[parent], &twisted[parent], &w.spin[parent], &from);
                let relative = vector::scale(v[ROOT - 1 + body], &w.axis[body]);
                twisted[body] = vector::cross_add(&w.spin[parent], &relative, &twisted[parent]);
            }
            let link = &w.constants.links[body];
            let from = vector::sub(&w.com[body], &w.anchor[body]);
            let acceleration = carried(&pushed[body], &twisted[body], &spin, &from);
            force[body] = vector::scale(L::splat(link.mass), &acceleration);
            let inertia = &w.inertia[body];
            let gyration = vector::cross_add(
                &spin,
                &vector::symmetric(inertia, &spin),
                &vector::symmetric(inertia, &twisted[body]),
            );
            torque[body] = vector::cross_add(&w.com[body], &force[body], &gyration);
        }
        for body in (1..B).rev() {
            let dof = ROOT - 1 + body;
            let hinge = &self.hinges[body];
            let bias = couple(&w.axis[body], &w.arm[body], &force[body], &torque[body]);
            let spring = L::splat(hinge.stiffness) * (angle[body] - L::splat(hinge.reference));
            w.force[dof] = -(L::splat(hinge.damping).mul_add(v[dof], spring) + bias);
            let parent = w.constants.links[body].parent;
            force[parent] = vector::add(&force[parent], &force[body]);
            torque[parent] = vector::add(&torque[parent], &torque[body]);
        }
        for i in 0..3 {
            w.force[i] = -force[0][i];
            w.force[3 + i] = -torque[0][i];
        }
        for (u, &body) in control.iter().zip(&self.motors) {
            let dof = ROOT - 1 + body;
            w.force[dof] = L::splat(self.hinges[body].gear).mul_add(*u, w.force[dof]);
        }
    }
}

impl<L: Lane, const B: usize, const V: usize, const P: usize> SpatialWorkspace<L, B, V, P> {
    /// First moment and inertia of every subtree about the root's origin.
    #[inline(always)]
    fn compose(&mut self) {
        for body in 0..B {
            let com = self.com[body];
            let moment = vector::scale(L::splat(self.constants.links[body].mass), &com);
            let [xx, yy, zz, xy, xz, yz] = self.inertia[body];
            let (x, y, z) = (moment[0] * com[0], moment[1] * com[1], moment[2] * com[2]);
            self.moment[body] = moment;
            self.about_root[body] = [
                xx + (y + z),
                yy + (x + z),
                zz + (x + y),
                (-moment[0]).mul_add(com[1], xy),
                (-moment[0]).mul_add(com[2], xz),
                (-moment[1]).mul_add(com[2], yz),
            ];
        }
        for body in (1..B).rev() {
            let parent = self.constants.links[body].parent;
            self.moment[parent] = vector::add(&self.moment[parent], &self.moment[body]);
            for k in 0..6 {
                self.about_root[parent][k] = self.about_root[parent][k] + self.about_root[body][k];
            }
        }
    }
}

/// Power of a force and torque at the root's origin per unit of joint velocity.
#[inline(always)]
fn couple<L: Lane>(axis: &Vector<L>, arm: &Vector<L>, force: &Vector<L>, torque: &Vector<L>) -> L {
    vector::dot(axis, torque) + vector::dot(arm, force)
}

/// Acceleration at `from` away on a rigid body: `a + α × r + ω × (ω × r)`.
#[inline(always)]
fn carried<L: Lane>(a: &Vector<L>, twisted: &Vector<L>, spin: &Vector<L>, from: &Vector<L>) -> Vector<L> {
    let around = vector::cross_add(twisted, from, a);
    vector::cross_add(spin, &vector::cross(spin, from), &around)
}
