//! One evaluation of the acceleration: the stages in order, in three functions of their own.
//!
//! Outlined because each is large and would otherwise be compiled once for every caller.

use xmrl_lanes::{Lane, LaneKernel};

use crate::model::Spatial;
use crate::solver::{Problem, Warm};

use super::kinematics;
use super::workspace::{Pose, SpatialWorkspace};

impl<const B: usize, const V: usize, const P: usize, const G: usize> Spatial<B, V, P, G> {
    /// The acceleration, MuJoCo's `qacc`, at `(pose, v)` under `control`, and everything on the way to it.
    #[inline(always)]
    pub(super) fn evaluate<L: Lane>(
        &self,
        w: &mut SpatialWorkspace<L, B, V, P>,
        pose: &Pose<L, B>,
        v: &[L; V],
        control: &[L],
        warm: Warm,
    ) -> [L; V] {
        L::outlined(Free { model: self, w, pose, v, control });
        L::outlined(Constraints { model: self, w, pose, v });
        let mut acceleration = L::outlined(Solution { w, warm });
        let root = [acceleration[3], acceleration[4], acceleration[5]];
        acceleration[3..6].copy_from_slice(&kinematics::turned_back(&w.rotation[0], &root));
        acceleration
    }
}

/// The unconstrained problem: M and f.
struct Free<'a, L, const B: usize, const V: usize, const P: usize, const G: usize> {
    model: &'a Spatial<B, V, P, G>,
    w: &'a mut SpatialWorkspace<L, B, V, P>,
    pose: &'a Pose<L, B>,
    v: &'a [L; V],
    control: &'a [L],
}

impl<L: Lane, const B: usize, const V: usize, const P: usize, const G: usize> LaneKernel<L>
    for Free<'_, L, B, V, P, G>
{
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { model, w, pose, v, control } = self;
        w.place(pose);
        w.spin(v);
        w.centres();
        w.inertias();
        model.mass_matrix(w);
        model.smooth_force(w, &pose.angle, v, control);
    }
}

/// The constraint rows.
struct Constraints<'a, L, const B: usize, const V: usize, const P: usize, const G: usize> {
    model: &'a Spatial<B, V, P, G>,
    w: &'a mut SpatialWorkspace<L, B, V, P>,
    pose: &'a Pose<L, B>,
    v: &'a [L; V],
}

impl<L: Lane, const B: usize, const V: usize, const P: usize, const G: usize> LaneKernel<L>
    for Constraints<'_, L, B, V, P, G>
{
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { model, w, pose, v } = self;
        model.touch_limits(w, &pose.angle, v);
        model.touch_floor(w, v);
    }
}

/// The constrained minimiser.
struct Solution<'a, L, const B: usize, const V: usize, const P: usize> {
    w: &'a mut SpatialWorkspace<L, B, V, P>,
    warm: Warm,
}

impl<L: Lane, const B: usize, const V: usize, const P: usize> LaneKernel<L> for Solution<'_, L, B, V, P> {
    type Output = [L; V];
    #[inline(always)]
    fn run(self) -> [L; V] {
        let Self { w, warm } = self;
        let mut problem = Problem {
            tree: &w.constants.tree,
            mass: &w.mass,
            force: &w.force,
            contacts: &mut w.contacts,
            limits: &mut w.limits,
            hessian: &mut w.hessian,
            stats: &mut w.stats,
        };
        problem.solve(warm)
    }
}
