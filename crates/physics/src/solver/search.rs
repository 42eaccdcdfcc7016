//! The exact minimum of the cost on a line.

use xmrl_lanes::Lane;

use crate::tree;

use super::Problem;
use super::rows::{active_rows, activity, magnitude, nothing, rows};

/// Steps of one line search. It may end early: only the descent is needed, the next Newton step is exact.
const MAX_SEARCH: usize = 12;

/// The longest step of a line search, in Newton steps.
const LONGEST: f64 = 1e3;

impl<L: Lane, const V: usize, const P: usize, const R: usize, const ROOT: usize> Problem<'_, L, V, P, R, ROOT> {
    /// Moves `acceleration` towards `next`: all the way in lanes where `moved` is 0, else to the minimum on the line, and
    /// takes the set there.
    #[inline(always)]
    pub(super) fn search(&mut self, acceleration: &mut [L; V], next: &[L; V], moved: L) {
        let (zero, one) = (L::splat(0.0), L::splat(1.0));
        let mut step = one;
        if L::any_lt(zero, moved) {
            let mut direction = [zero; V];
            for dof in 0..V {
                direction[dof] = next[dof] - acceleration[dof];
            }
            let pushed = tree::product(self.tree, self.mass, &direction);
            let (mut slope, mut curvature) = (zero, zero);
            let at = tree::product(self.tree, self.mass, acceleration);
            for dof in 0..V {
                slope = direction[dof].mul_add(at[dof] - self.force[dof], slope);
                curvature = direction[dof].mul_add(pushed[dof], curvature);
            }
            // Newton's method on the derivative, which is piecewise linear and rising, kept in its bracket (0, high].
            let (mut low, mut high) = (zero, L::splat(LONGEST));
            let mut open = moved;
            for _ in 0..MAX_SEARCH {
                let (more, bend) = self.derivative(step);
                let (value, bend) = (step.mul_add(curvature, slope) + more, curvature + bend);
                low = L::select_lt(value, zero, step, low);
                high = L::select_lt(zero, value, step, high);
                let newton = step - value / bend.max(L::splat(f64::MIN_POSITIVE));
                let middle = (low + high) * L::splat(0.5);
                // Outside the bracket: halve it.
                let inside = L::select_lt(newton, low, middle, L::select_lt(high, newton, middle, newton));
                // Lanes that have arrived stay, however long their neighbours search.
                let tried = L::select_lt(zero, open, inside, step);
                open = L::select_lt(L::splat(1e-10), (tried - step).abs(), one, zero);
                step = tried;
                if !L::any_lt(zero, open) {
                    break;
                }
            }
            step = L::select_lt(zero, moved, step, one);
        }
        // Lanes that are done land on `next` to the bit.
        let whole = L::select_lt(zero, moved, zero, one);
        for dof in 0..V {
            let there = step.mul_add(next[dof] - acceleration[dof], acceleration[dof]);
            acceleration[dof] = L::select_lt(zero, whole, next[dof], there);
        }
        let contacts = &mut *self.contacts;
        for c in 0..contacts.count {
            for axis in 0..R {
                let (at, full) = (contacts.at[c][axis], contacts.full[c][axis]);
                contacts.at[c][axis] = L::select_lt(zero, whole, full, step.mul_add(full - at, at));
            }
            let friction = contacts.friction[c];
            let (r, nothing) = (rows(&contacts.at[c], friction), nothing(magnitude(&contacts.bias[c], friction)));
            for row in 0..4 {
                let assumed = contacts.active[c][row];
                contacts.active[c][row] = activity(r[row], contacts.weight[c], assumed, nothing);
            }
        }
        let limits = &mut *self.limits;
        for dof in 0..V {
            if limits.any[dof] {
                let (at, full) = (limits.at[dof], limits.full[dof]);
                limits.at[dof] = L::select_lt(zero, whole, full, step.mul_add(full - at, at));
                let (assumed, nothing) = (limits.active[dof], nothing(limits.bias[dof].abs()));
                limits.active[dof] = activity(limits.at[dof], limits.weight[dof], assumed, nothing);
            }
        }
    }

    /// The constraint cost's first and second derivative along the line, at `step`.
    #[inline(always)]
    fn derivative(&self, step: L) -> (L, L) {
        let zero = L::splat(0.0);
        let (mut first, mut second) = (zero, zero);
        let contacts = &*self.contacts;
        for c in 0..contacts.count {
            let (mut u, mut du) = (contacts.at[c], contacts.at[c]);
            for axis in 0..R {
                du[axis] = contacts.full[c][axis] - contacts.at[c][axis];
                u[axis] = step.mul_add(du[axis], u[axis]);
            }
            let (r, dr) = (rows(&u, contacts.friction[c]), rows(&du, contacts.friction[c]));
            let active = active_rows(&r, contacts.weight[c]);
            for row in 0..4 {
                let pull = active[row] * dr[row];
                first = pull.mul_add(r[row], first);
                second = pull.mul_add(dr[row], second);
            }
        }
        let limits = &*self.limits;
        for dof in 0..V {
            if limits.any[dof] {
                let du = limits.full[dof] - limits.at[dof];
                let u = step.mul_add(du, limits.at[dof]);
                let pull = L::select_lt(u, zero, limits.weight[dof], zero) * du;
                first = pull.mul_add(u, first);
                second = pull.mul_add(du, second);
            }
        }
        (first, second)
    }
}
