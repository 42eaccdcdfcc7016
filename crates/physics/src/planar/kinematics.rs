//! Where the bodies are, and how fast they turn and move.

use core::f64::consts::TAU;

use xmrl_lanes::Lane;

use super::{PlanarWorkspace, ROOT};
use crate::model::Planar;

/// A vector of the body's frame in the world's: a turn about +y by the angle of (sin, cos).
#[inline(always)]
pub(super) fn rotate<L: Lane>([sin, cos]: [L; 2], [x, z]: [f64; 2]) -> [L; 2] {
    let (x, z) = (L::splat(x), L::splat(z));
    [cos.mul_add(x, sin * z), cos * z - sin * x]
}

impl<const B: usize, const V: usize, const P: usize, const G: usize> Planar<B, V, P, G> {
    /// Angles, origins and centres of mass, relative to the root's origin.
    #[inline(always)]
    pub(super) fn place<L: Lane>(&self, w: &mut PlanarWorkspace<L, B, V, P>, q: &[L; V]) {
        let zero = L::splat(0.0);
        let per_turn = L::splat(1.0 / TAU);
        let mut angle = [zero; B];
        for b in 0..B {
            let body = &self.bodies[b];
            let own = L::splat(body.sign) * q[ROOT - 1 + b];
            let (before, origin) = if b == 0 {
                (zero, [zero; 2])
            } else {
                let [x, z] = rotate(w.turn[body.parent], body.anchor);
                let at = w.origin[body.parent];
                (angle[body.parent], [at[0] + x, at[1] + z])
            };
            angle[b] = before + own;
            let (sin, cos) = (angle[b] * per_turn).sin_cos_turns();
            w.turn[b] = [sin, cos];
            w.origin[b] = origin;
            let [x, z] = rotate(w.turn[b], body.com);
            w.com[b] = [origin[0] + x, origin[1] + z];
        }
    }

    /// Absolute angular velocities about +y.
    #[inline(always)]
    pub(super) fn turn_rates<L: Lane>(&self, w: &mut PlanarWorkspace<L, B, V, P>, v: &[L; V]) {
        for b in 0..B {
            let body = &self.bodies[b];
            let own = L::splat(body.sign) * v[ROOT - 1 + b];
            w.spin[b] = if b == 0 { own } else { w.spin[body.parent] + own };
        }
    }

    /// Mass-weighted sums over all bodies: first moment about the root's origin, and momentum beside the root's.
    #[inline(always)]
    pub(super) fn moments<L: Lane>(&self, w: &PlanarWorkspace<L, B, V, P>) -> ([L; 2], [L; 2]) {
        let zero = L::splat(0.0);
        let (mut first, mut momentum) = ([zero; 2], [zero; 2]);
        let mut speed = [[zero; 2]; B];
        for b in 0..B {
            let body = &self.bodies[b];
            if b > 0 {
                let p = body.parent;
                let arm = [w.origin[b][0] - w.origin[p][0], w.origin[b][1] - w.origin[p][1]];
                speed[b] = [w.spin[p].mul_add(arm[1], speed[p][0]), speed[p][1] - w.spin[p] * arm[0]];
            }
            let arm = [w.com[b][0] - w.origin[b][0], w.com[b][1] - w.origin[b][1]];
            let moving = [w.spin[b].mul_add(arm[1], speed[b][0]), speed[b][1] - w.spin[b] * arm[0]];
            let mass = L::splat(body.mass);
            for axis in 0..2 {
                first[axis] = mass.mul_add(w.com[b][axis], first[axis]);
                momentum[axis] = mass.mul_add(moving[axis], momentum[axis]);
            }
        }
        (first, momentum)
    }
}
