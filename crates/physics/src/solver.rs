//! The constrained acceleration: MuJoCo's convex problem with pyramidal friction cones, solved to its exact minimiser.
//!
//! ```text
//! a* = argmin ½ aᵀ M a - fᵀ a + Σ_rows ½ D min(0, r(a))²
//! ```
//! A touching point with contact-frame Jacobian rows n, t1 (, t2) has u(a) = J a + c and the rows u_n ± mu u_t for each
//! tangent; in the plane the second tangent does not move, so that its two rows are both u_n. A limit has the row
//! s a_j + c. The problem is piecewise quadratic: with the set of active rows known, the minimiser solves
//! `(M + Σ D JᵀJ) a = f - Σ D Jᵀ c`, and a set is right when the solution's own active rows are that set.
//!
//! Newton's method on the set: solve, look which rows are active there, stop when they are those assumed, else go on from
//! them. The few problems not done after some whole steps search along the line to each new point for the exact minimum:
//! the cost then falls strictly, so that no set comes twice. The start is a set, not a point: the last one of the
//! same env step, or the rows that would push at no acceleration.

mod rows;
mod search;
#[cfg(all(test, feature = "std"))]
mod tests;

use xmrl_lanes::Lane;

use crate::tree::{self, Matrix, Tree};

pub(crate) use rows::{Contacts, Limits};
use rows::{UNKNOWN, active_rows, activity, add_contact, magnitude, nothing, recalled, rows};

/// Newton steps after which the last point is taken; libmujoco's own default. Counted in [`SolveStats::capped`].
pub const MAX_ITERATIONS: usize = 100;

/// Newton steps taken whole before lines are searched: nearly all problems are done by then, and a search costs a step.
const WHOLE_STEPS: usize = 8;

/// How the solver has done since the workspace was made; counted per block of lanes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SolveStats {
    /// Problems solved.
    pub solves: u64,
    /// Newton steps in all.
    pub iterations: u64,
    /// Problems that ran into [`MAX_ITERATIONS`].
    pub capped: u64,
}

/// Where an active set comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Warm {
    /// The rows that would push at no acceleration.
    Cold,
    /// The rows that were active in the last solve of this workspace; as `Cold` for rows that did not exist then.
    Last,
}

/// A problem in its workspace; [`Problem::solve`] gives the acceleration.
///
/// Sizes: `V` degrees of freedom, of which the root has `ROOT`; `P` candidates for contact, with `R` axes each. They are four
/// parameters and not the constants of one trait since stable Rust takes no trait's constant as the length of an array.
pub(crate) struct Problem<'a, L, const V: usize, const P: usize, const R: usize, const ROOT: usize> {
    pub(crate) tree: &'a Tree<V, ROOT>,
    /// M.
    pub(crate) mass: &'a Matrix<L, V>,
    /// f: applied and bias force.
    pub(crate) force: &'a [L; V],
    pub(crate) contacts: &'a mut Contacts<L, V, P, R>,
    pub(crate) limits: &'a mut Limits<L, V>,
    /// Room for the Hessian and its factor.
    pub(crate) hessian: &'a mut Matrix<L, V>,
    pub(crate) stats: &'a mut SolveStats,
}

impl<L: Lane, const V: usize, const P: usize, const R: usize, const ROOT: usize> Problem<'_, L, V, P, R, ROOT> {
    /// The minimiser `[V]`; leaves the contact-frame forces in `contacts.force`.
    #[inline(always)]
    pub(crate) fn solve(&mut self, warm: Warm) -> [L; V] {
        let zero = L::splat(0.0);
        self.guess(warm);
        self.stats.solves += 1;
        let mut acceleration = [zero; V];
        let (mut changed, mut iterations) = (zero, 0);
        while iterations < MAX_ITERATIONS {
            let next = self.newton_point();
            iterations += 1;
            let whole = iterations <= WHOLE_STEPS;
            changed = self.compare(whole);
            if whole {
                acceleration = next;
            } else {
                // Lanes whose set holds are done; their next Newton point is the same number again.
                self.search(&mut acceleration, &next, changed);
            }
            if !L::any_lt(zero, changed) {
                break;
            }
        }
        self.stats.iterations += iterations as u64;
        self.stats.capped += u64::from(L::any_lt(zero, changed));
        self.finish();
        acceleration
    }

    /// The first active set: the last one, or what would push at no acceleration where there is none.
    #[inline(always)]
    fn guess(&mut self, warm: Warm) {
        let contacts = &mut *self.contacts;
        for c in 0..contacts.count {
            let (point, weight) = (contacts.point[c], contacts.weight[c]);
            let mut active = active_rows(&rows(&contacts.bias[c], contacts.friction[c]), weight);
            if warm == Warm::Last && contacts.touched[point] {
                for row in 0..4 {
                    active[row] = recalled(contacts.last[point][row], weight, active[row]);
                }
            }
            contacts.active[c] = active;
        }
        let limits = &mut *self.limits;
        for dof in 0..V {
            if limits.any[dof] {
                let (zero, weight) = (L::splat(0.0), limits.weight[dof]);
                let active = L::select_lt(limits.bias[dof], zero, weight, zero);
                let last = if warm == Warm::Last { limits.last[dof] } else { L::splat(UNKNOWN) };
                limits.active[dof] = recalled(last, weight, active);
            }
        }
    }

    /// The minimiser for the present active set, and every row's u there (`full`).
    #[inline(always)]
    fn newton_point(&mut self) -> [L; V] {
        let tree = self.tree;
        tree::copy(tree, self.mass, self.hessian);
        let mut x = *self.force;
        let contacts = &mut *self.contacts;
        for c in 0..contacts.count {
            let (path, jacobian) = (tree.path(contacts.dof[c]), &contacts.jacobian[c]);
            let (bias, active) = (&contacts.bias[c], &contacts.active[c]);
            add_contact::<L, V, R, ROOT>(path, jacobian, bias, active, contacts.friction[c], self.hessian, &mut x);
        }
        let limits = &mut *self.limits;
        for dof in 0..V {
            if limits.any[dof] {
                let active = limits.active[dof];
                self.hessian[dof][dof] = self.hessian[dof][dof] + active;
                x[dof] = x[dof] - active * limits.sign[dof] * limits.bias[dof];
            }
        }
        tree::factor(tree, self.hessian);
        tree::solve(tree, self.hessian, &mut x);
        for c in 0..contacts.count {
            let path = tree.path(contacts.dof[c]);
            for axis in 0..R {
                let (row, mut u) = (&contacts.jacobian[c][axis], contacts.bias[c][axis]);
                for i in 0..ROOT {
                    u = row[i].mul_add(x[i], u);
                }
                for &i in path {
                    u = row[i as usize].mul_add(x[i as usize], u);
                }
                contacts.full[c][axis] = u;
            }
        }
        for dof in 0..V {
            if limits.any[dof] {
                limits.full[dof] = limits.sign[dof].mul_add(x[dof], limits.bias[dof]);
            }
        }
        x
    }

    /// 1 in lanes where the rows active at `full` are not the set assumed, else 0. `accept` takes `full` and its set.
    #[inline(always)]
    fn compare(&mut self, accept: bool) -> L {
        let mut changed = L::splat(0.0);
        let contacts = &mut *self.contacts;
        for c in 0..contacts.count {
            let friction = contacts.friction[c];
            let (r, nothing) = (rows(&contacts.full[c], friction), nothing(magnitude(&contacts.bias[c], friction)));
            for row in 0..4 {
                let assumed = contacts.active[c][row];
                let found = activity(r[row], contacts.weight[c], assumed, nothing);
                changed = changed.max((found - assumed).abs());
                if accept {
                    contacts.active[c][row] = found;
                }
            }
            if accept {
                contacts.at[c] = contacts.full[c];
            }
        }
        let limits = &mut *self.limits;
        let zero = L::splat(0.0);
        for dof in 0..V {
            if limits.any[dof] {
                let (assumed, nothing) = (limits.active[dof], nothing(limits.bias[dof].abs()));
                let found = activity(limits.full[dof], limits.weight[dof], assumed, nothing);
                changed = changed.max((found - assumed).abs());
                if accept {
                    limits.active[dof] = found;
                    limits.at[dof] = limits.full[dof];
                }
            }
        }
        L::select_lt(zero, changed, L::splat(1.0), zero)
    }

    /// Forces in the contact frame at the solution, and the set for the next warm start.
    #[inline(always)]
    fn finish(&mut self) {
        let (zero, unknown) = (L::splat(0.0), L::splat(UNKNOWN));
        let contacts = &mut *self.contacts;
        contacts.touched = [false; P];
        for c in 0..contacts.count {
            let (active, friction) = (contacts.active[c], contacts.friction[c]);
            let r = rows(&contacts.at[c], friction);
            let push = [-active[0] * r[0], -active[1] * r[1], -active[2] * r[2], -active[3] * r[3]];
            contacts.force[c][0] = (push[0] + push[1]) + (push[2] + push[3]);
            contacts.force[c][1] = friction * (push[0] - push[1]);
            if R == 3 {
                contacts.force[c][R - 1] = friction * (push[2] - push[3]);
            }
            let point = contacts.point[c];
            contacts.touched[point] = true;
            for row in 0..4 {
                contacts.last[point][row] = L::select_lt(zero, contacts.weight[c], active[row], unknown);
            }
        }
        let limits = &mut *self.limits;
        for dof in 0..V {
            let known = limits.any[dof];
            let weight = if known { limits.weight[dof] } else { zero };
            limits.last[dof] = L::select_lt(zero, weight, limits.active[dof], unknown);
        }
    }
}
