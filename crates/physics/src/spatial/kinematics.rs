//! Where the bodies are and how they turn. World axes, relative to the root's origin.

use xmrl_lanes::Lane;

use super::constants::ROOT;
use super::workspace::{Pose, SpatialWorkspace};
use crate::vector::{self, Rotation, Vector};

/// Rad to turns.
const PER_TURN: f64 = 0.5 * core::f64::consts::FRAC_1_PI;

impl<L: Lane, const B: usize, const V: usize, const P: usize> SpatialWorkspace<L, B, V, P> {
    /// Rotations, hinges and hinge axes.
    #[inline(always)]
    pub(super) fn place(&mut self, pose: &Pose<L, B>) {
        self.position = pose.position;
        self.rotation[0] = vector::rotation(&vector::normalised(&pose.quaternion));
        self.anchor[0] = vector::zero();
        for body in 1..B {
            let link = &self.constants.links[body];
            let parent = self.rotation[link.parent];
            self.anchor[body] = vector::turn_add(&parent, &link.anchor, &self.anchor[link.parent]);
            self.axis[body] = vector::turn(&parent, &link.axis);
            // The root's origin moves along this when the hinge turns.
            self.arm[body] = vector::cross(&self.anchor[body], &self.axis[body]);
            let (sin, cos) = (pose.angle[body] * L::splat(PER_TURN)).sin_cos_turns();
            let mut local = parent;
            for i in 0..3 {
                for j in 0..3 {
                    let still = L::splat(link.still[i][j]);
                    let along = L::splat(link.along[i][j]);
                    local[i][j] = along.mul_add(cos, L::splat(link.across[i][j]).mul_add(sin, still));
                }
            }
            self.rotation[body] = vector::product(&parent, &local);
        }
    }

    /// Angular velocities, and the velocity that each body would have at the root's origin, less the root's own.
    #[inline(always)]
    pub(super) fn spin(&mut self, v: &[L; V]) {
        self.spin[0] = turned(&self.rotation[0], &[v[3], v[4], v[5]]);
        self.drift[0] = vector::zero();
        for body in 1..B {
            let parent = self.constants.links[body].parent;
            let rate = v[ROOT - 1 + body];
            self.spin[body] = vector::scale_add(rate, &self.axis[body], &self.spin[parent]);
            self.drift[body] = vector::scale_add(rate, &self.arm[body], &self.drift[parent]);
        }
    }

    /// Centres of mass.
    #[inline(always)]
    pub(super) fn centres(&mut self) {
        for body in 0..B {
            let com = &self.constants.links[body].com;
            self.com[body] = vector::turn_add(&self.rotation[body], com, &self.anchor[body]);
        }
    }

    /// Inertias about the centres of mass.
    #[inline(always)]
    pub(super) fn inertias(&mut self) {
        for body in 0..B {
            self.inertia[body] = vector::turned(&self.rotation[body], &self.constants.links[body].inertia);
        }
    }
}

/// `r x`.
#[inline(always)]
pub(super) fn turned<L: Lane>(r: &Rotation<L>, x: &Vector<L>) -> Vector<L> {
    [vector::dot(&r[0], x), vector::dot(&r[1], x), vector::dot(&r[2], x)]
}

/// `rᵀ x`.
#[inline(always)]
pub(super) fn turned_back<L: Lane>(r: &Rotation<L>, x: &Vector<L>) -> Vector<L> {
    vector::scale_add(x[0], &r[0], &vector::scale_add(x[1], &r[1], &vector::scale(x[2], &r[2])))
}
