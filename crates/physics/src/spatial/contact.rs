//! The rows of the constraint problem: points near the floor and hinges beyond their range.

use xmrl_lanes::Lane;

use crate::model::Spatial;
use crate::soft;

use super::constants::ROOT;
use super::workspace::{SpatialWorkspace, Touch};
use crate::vector::{self, Vector};

impl<const B: usize, const V: usize, const P: usize, const G: usize> Spatial<B, V, P, G> {
    /// Lists the points closer to the floor than the margin in at least one lane.
    #[inline(always)]
    pub(super) fn touch_floor<L: Lane>(&self, w: &mut SpatialWorkspace<L, B, V, P>, v: &[L; V]) {
        w.contacts.count = 0;
        let zero = L::splat(0.0);
        let margin = L::splat(self.margin);
        for point in 0..P {
            let spot = w.constants.spots[point];
            let body = spot.body;
            let rotation = w.rotation[body];
            let height = w.position[2] + lane_height(&rotation[2], &spot.at, w.anchor[body][2]);
            let distance = height - L::splat(spot.radius);
            if !L::any_lt(distance, margin) {
                continue;
            }
            let c = w.contacts.count;
            w.contacts.count += 1;
            w.contacts.point[c] = point;
            w.contacts.dof[c] = ROOT - 1 + body;
            w.contacts.friction[c] = L::splat(spot.friction);
            // Half way between the floor and the sphere's lowest point.
            let mut at = vector::turn_add(&rotation, &spot.at, &w.anchor[body]);
            at[2] = at[2] - (L::splat(spot.radius) + L::splat(0.5) * distance);
            let (tx, ty) = if spot.ball {
                (zero, L::splat(1.0))
            } else {
                let axis = vector::turn(&rotation, &spot.axis);
                along_floor(axis[0], axis[1])
            };
            w.touch[c] = Touch { at, tangent: [tx, ty] };
            let drift = vector::add(&w.drift[body], &[v[0], v[1], v[2]]);
            let velocity = vector::cross_add(&w.spin[body], &at, &drift);
            let depth = distance - margin;
            let (impedance, restoring) = w.constants.contact.at(depth);
            let weight = soft::pyramid_weight(impedance, spot.inv_weight, spot.friction);
            w.contacts.weight[c] = L::select_lt(distance, margin, weight, zero);
            let damping = L::splat(w.constants.contact.damping);
            let along = in_frame(&velocity, tx, ty);
            w.contacts.bias[c] = [damping.mul_add(along[0], restoring), damping * along[1], damping * along[2]];
            self.contact_jacobian(w, c, body);
        }
    }

    /// The rows of one contact on its chain of degrees of freedom.
    #[inline(always)]
    fn contact_jacobian<L: Lane>(&self, w: &mut SpatialWorkspace<L, B, V, P>, c: usize, body: usize) {
        let (zero, one) = (L::splat(0.0), L::splat(1.0));
        let Touch { at, tangent: [tx, ty] } = w.touch[c];
        let jacobian = &mut w.contacts.jacobian[c];
        let root = [
            [one, zero, zero],
            [zero, one, zero],
            [zero, zero, one],
            [zero, -at[2], at[1]],
            [at[2], zero, -at[0]],
            [-at[1], at[0], zero],
        ];
        for dof in 0..ROOT {
            let column = in_frame(&root[dof], tx, ty);
            for axis in 0..3 {
                jacobian[axis][dof] = column[axis];
            }
        }
        let mut link = body;
        while link > 0 {
            let moved = vector::cross_add(&w.axis[link], &at, &w.arm[link]);
            let column = in_frame(&moved, tx, ty);
            for axis in 0..3 {
                jacobian[axis][ROOT - 1 + link] = column[axis];
            }
            link = w.constants.links[link].parent;
        }
    }

    /// Rows of hinges beyond their range in at least one lane.
    #[inline(always)]
    pub(super) fn touch_limits<L: Lane>(&self, w: &mut SpatialWorkspace<L, B, V, P>, angle: &[L; B], v: &[L; V]) {
        let (zero, one) = (L::splat(0.0), L::splat(1.0));
        for body in 1..B {
            let (dof, hinge) = (ROOT - 1 + body, &self.hinges[body]);
            let (from_low, from_high) = (angle[body] - L::splat(hinge.low), L::splat(hinge.high) - angle[body]);
            let (distance, margin) = (from_low.min(from_high), L::splat(hinge.margin));
            w.limits.any[dof] = hinge.limited && L::any_lt(distance, margin);
            if !w.limits.any[dof] {
                continue;
            }
            let sign = L::select_lt(from_high, from_low, -one, one);
            let (impedance, restoring) = w.constants.limit.at(distance - margin);
            let weight = soft::limit_weight(impedance, hinge.inv_weight);
            w.limits.sign[dof] = sign;
            w.limits.bias[dof] = (sign * L::splat(w.constants.limit.damping)).mul_add(v[dof], restoring);
            w.limits.weight[dof] = L::select_lt(distance, margin, weight, zero);
        }
    }
}

/// Height of a body's point over its frame's given one.
#[inline(always)]
fn lane_height<L: Lane>(row: &Vector<L>, at: &[f64; 3], base: L) -> L {
    let [x, y, z] = vector::splat::<L>(at);
    row[0].mul_add(x, row[1].mul_add(y, row[2].mul_add(z, base)))
}

/// The horizontal direction of an axis; x when it is vertical, as MuJoCo has it.
#[inline(always)]
fn along_floor<L: Lane>(x: L, y: L) -> (L, L) {
    let (zero, one, least) = (L::splat(0.0), L::splat(1.0), L::splat(1e-15));
    let norm = x.mul_add(x, y * y).sqrt();
    let inverse = one / norm;
    (L::select_lt(norm, least, one, x * inverse), L::select_lt(norm, least, zero, y * inverse))
}

/// (normal, t1, t2) of a vector, t1 = (x, y, 0), t2 = (-y, x, 0).
#[inline(always)]
fn in_frame<L: Lane>(a: &Vector<L>, x: L, y: L) -> Vector<L> {
    [a[2], x.mul_add(a[0], y * a[1]), x.mul_add(a[1], -(y * a[0]))]
}
