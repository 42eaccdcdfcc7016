//! The spatial kind: free-floating trees of hinges. All vectors are relative to the root's origin, world axes.
//!
//! Inside, the root's angular velocity and acceleration are the world's; MuJoCo's are the root's own. The change of
//! variables is linear, and turning with the root adds nothing to the acceleration: d(Rᵀω)/dt = Rᵀ dω/dt.

mod constants;
mod contact;
mod dynamics;
mod evaluate;
mod forces;
#[cfg(feature = "std")]
mod frames;
mod kinematics;
mod runge_kutta;
mod workspace;

use xmrl_lanes::Lane;

use crate::mechanism::{Centre, Mechanism};
use crate::model::Spatial;
use crate::solver::{SolveStats, Warm};
use crate::vector;
use crate::zeroed::Zeroed;
use workspace::{Pose, velocities};

pub use workspace::SpatialWorkspace;

impl<const B: usize, const V: usize, const P: usize, const G: usize> Spatial<B, V, P, G> {
    /// A fresh evaluation at `(q, v)` under `control`, after which [`contact_forces`](Self::contact_forces) are those of
    /// that state. Returns MuJoCo's `qacc` `[V]`.
    #[inline(always)]
    pub fn forward<L: Lane>(&self, w: &mut SpatialWorkspace<L, B, V, P>, q: &[L], v: &[L], control: &[L]) -> [L; V] {
        self.evaluate(w, &Pose::read(q), &velocities(v), control, Warm::Cold)
    }

    /// The root's rotation at `q`, row by row: columns are the body's axes in the world.
    #[inline(always)]
    pub fn root_rotation<L: Lane>(q: &[L]) -> [[L; 3]; 3] {
        vector::rotation(&vector::normalised(&[q[3], q[4], q[5], q[6]]))
    }
}

impl<const B: usize, const V: usize, const P: usize, const G: usize> Mechanism for Spatial<B, V, P, G> {
    const NQ: usize = V + 1;
    const NV: usize = V;
    /// Every body of MuJoCo's has one capsule or ball.
    const FORCES: usize = 6 * (G + 1);
    type Workspace<L: Lane> = SpatialWorkspace<L, B, V, P>;

    fn prepare<L: Lane>(&self, w: &mut Self::Workspace<L>) {
        w.clear();
        w.constants.prepare(self);
    }

    fn controls(&self) -> usize {
        self.hinges.iter().filter(|hinge| hinge.gear != 0.0).count()
    }

    fn timestep(&self) -> f64 {
        self.timestep
    }

    fn rest(&self, q: &mut [f64]) {
        q[..V + 1].copy_from_slice(self.rest);
    }

    #[inline(always)]
    fn advance<L: Lane>(&self, w: &mut Self::Workspace<L>, q: &mut [L], v: &mut [L], control: &[L], substeps: usize) {
        let (mut pose, mut velocity) = (Pose::read(q), velocities(v));
        for substep in 0..substeps {
            let warm = if substep == 0 { Warm::Cold } else { Warm::Last };
            self.step(w, &mut pose, &mut velocity, control, warm);
        }
        w.late = w.position;
        pose.write(q);
        v[..V].copy_from_slice(&velocity);
    }

    #[inline(always)]
    fn late_root<L: Lane>(&self, w: &Self::Workspace<L>) -> [L; 3] {
        w.late
    }

    #[inline(always)]
    fn centre<L: Lane>(&self, w: &mut Self::Workspace<L>, q: &[L], v: &[L]) -> Centre<L> {
        w.place(&Pose::read(q));
        w.spin(&velocities(v));
        w.centres();
        self.mean_motion(w, v)
    }

    #[cfg(feature = "std")]
    fn depth(&self, q: &[f64]) -> f64 {
        let frames = self.frames(q);
        let mut deepest = f64::NEG_INFINITY;
        for point in &self.points {
            deepest = deepest.max(point.radius - frames[point.body].apply(&point.at)[2]);
        }
        deepest
    }

    fn raise(&self, q: &mut [f64], by: f64) {
        q[2] += by;
    }

    #[cfg(feature = "std")]
    fn segment_count(&self) -> usize {
        G
    }

    #[cfg(feature = "std")]
    fn segments(&self, q: &[f64], out: &mut [f64]) {
        let frames = self.frames(q);
        for (segment, out) in self.segments.iter().zip(out.chunks_exact_mut(7)) {
            let frame = &frames[segment.body];
            out[..3].copy_from_slice(&frame.apply(&segment.from));
            out[3..6].copy_from_slice(&frame.apply(&segment.to));
            out[6] = segment.radius;
        }
    }

    fn stats<L: Lane>(&self, w: &Self::Workspace<L>) -> SolveStats {
        w.stats
    }
}
