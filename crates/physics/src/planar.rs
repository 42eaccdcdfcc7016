//! The planar kind: trees of bodies in the x-z plane. All vectors are relative to the root's origin, world axes.

mod contact;
mod dynamics;
#[cfg(feature = "std")]
mod frames;
mod kinematics;

use xmrl_lanes::Lane;

use crate::mechanism::{Centre, Mechanism};
use crate::model::{Integrator, Planar};
use crate::solver::{Contacts, Limits, Problem, SolveStats, Warm};
use crate::tree::{self, Matrix};
use crate::zeroed::Zeroed;

/// Degrees of freedom of the root: x, z, angle.
const ROOT: usize = 3;

/// The tree of a planar mechanism.
type Tree<const V: usize> = tree::Tree<V, ROOT>;

/// Everything that one block of lanes needs while it steps.
pub struct PlanarWorkspace<L, const B: usize, const V: usize, const P: usize> {
    tree: Tree<V>,
    /// The root's coordinates x and z in the last evaluation.
    late: [L; 2],
    /// Sine and cosine of each body's absolute angle.
    turn: [[L; 2]; B],
    /// Origin, centre of mass (x, z) relative to the root's origin.
    origin: [[L; 2]; B],
    com: [[L; 2]; B],
    /// Angular velocity.
    spin: [L; B],
    mass: Matrix<L, V>,
    hessian: Matrix<L, V>,
    force: [L; V],
    contacts: Contacts<L, V, P, 2>,
    limits: Limits<L, V>,
    stats: SolveStats,
}

// SAFETY: lanes, indices, flags and counts.
unsafe impl<L: Lane, const B: usize, const V: usize, const P: usize> Zeroed for PlanarWorkspace<L, B, V, P> {}

impl<const B: usize, const V: usize, const P: usize, const G: usize> Planar<B, V, P, G> {
    const fn tree(&self) -> Tree<V> {
        let mut parents = [0; B];
        let mut body = 0;
        while body < B {
            parents[body] = self.bodies[body].parent;
            body += 1;
        }
        Tree::new(parents)
    }

    /// The constrained acceleration at a state, stage by stage; leaves M in the workspace.
    #[inline(always)]
    fn forward<L: Lane>(
        &self,
        tree: &Tree<V>,
        w: &mut PlanarWorkspace<L, B, V, P>,
        q: &[L; V],
        v: &[L; V],
        control: &[L],
        warm: Warm,
    ) -> [L; V] {
        self.place(w, q);
        self.mass_matrix(tree, w);
        self.turn_rates(w, v);
        self.smooth_force(w, q, v, control);
        self.touch_limits(&mut w.limits, q, v);
        self.touch_floor(tree, w, q, v);
        self.constrain(tree, w, warm)
    }

    /// The minimiser of the constraint problem that the workspace holds.
    #[inline(always)]
    fn constrain<L: Lane>(&self, tree: &Tree<V>, w: &mut PlanarWorkspace<L, B, V, P>, warm: Warm) -> [L; V] {
        let mut problem = Problem {
            tree,
            mass: &w.mass,
            force: &w.force,
            contacts: &mut w.contacts,
            limits: &mut w.limits,
            hessian: &mut w.hessian,
            stats: &mut w.stats,
        };
        problem.solve(warm)
    }

    /// Semi-implicit Euler with the dampers implicit: (M + h diag(damping)) a' = M a, since M a = f + constraint force.
    #[inline(always)]
    fn euler<L: Lane>(
        &self,
        tree: &Tree<V>,
        w: &mut PlanarWorkspace<L, B, V, P>,
        q: &mut [L; V],
        v: &mut [L; V],
        control: &[L],
        warm: Warm,
    ) {
        let acceleration = self.forward(tree, w, q, v, control, warm);
        w.late = [q[0], q[1]];
        let h = L::splat(self.timestep);
        let mut damped = tree::product(tree, &w.mass, &acceleration);
        for body in 0..B {
            let dof = ROOT - 1 + body;
            w.mass[dof][dof] = w.mass[dof][dof] + L::splat(self.timestep * self.hinges[body].damping);
        }
        tree::factor(tree, &mut w.mass);
        tree::solve(tree, &w.mass, &mut damped);
        for dof in 0..V {
            v[dof] = h.mul_add(damped[dof], v[dof]);
            q[dof] = h.mul_add(v[dof], q[dof]);
        }
    }

    /// The classic Runge-Kutta step: stages at 0, h/2, h/2, h with weights 1/6, 1/3, 1/3, 1/6.
    #[inline(always)]
    fn runge_kutta<L: Lane>(
        &self,
        tree: &Tree<V>,
        w: &mut PlanarWorkspace<L, B, V, P>,
        q: &mut [L; V],
        v: &mut [L; V],
        control: &[L],
        warm: Warm,
    ) {
        let h = self.timestep;
        let (mut at, mut moving) = (*q, *v);
        let (mut slope, mut push) = ([L::splat(0.0); V], [L::splat(0.0); V]);
        for (stage, (weight, ahead)) in [(1.0, 0.5), (2.0, 0.5), (2.0, 1.0), (1.0, 0.0)].into_iter().enumerate() {
            let warm = if stage == 0 { warm } else { Warm::Last };
            let acceleration = self.forward(tree, w, &at, &moving, control, warm);
            w.late = [at[0], at[1]];
            let (weight, ahead) = (L::splat(weight * h / 6.0), L::splat(ahead * h));
            for dof in 0..V {
                slope[dof] = weight.mul_add(moving[dof], slope[dof]);
                push[dof] = weight.mul_add(acceleration[dof], push[dof]);
                at[dof] = ahead.mul_add(moving[dof], q[dof]);
                moving[dof] = ahead.mul_add(acceleration[dof], v[dof]);
            }
        }
        for dof in 0..V {
            q[dof] = q[dof] + slope[dof];
            v[dof] = v[dof] + push[dof];
        }
    }
}

impl<const B: usize, const V: usize, const P: usize, const G: usize> Mechanism for Planar<B, V, P, G> {
    const NQ: usize = V;
    const NV: usize = V;
    const FORCES: usize = 0;
    type Workspace<L: Lane> = PlanarWorkspace<L, B, V, P>;

    fn controls(&self) -> usize {
        self.hinges.iter().filter(|hinge| hinge.gear != 0.0).count()
    }

    fn timestep(&self) -> f64 {
        self.timestep
    }

    fn rest(&self, q: &mut [f64]) {
        q[..V].fill(0.0);
    }

    fn prepare<L: Lane>(&self, w: &mut Self::Workspace<L>) {
        w.clear();
        w.tree = self.tree();
    }

    #[inline(always)]
    fn advance<L: Lane>(&self, w: &mut Self::Workspace<L>, q: &mut [L], v: &mut [L], control: &[L], substeps: usize) {
        let tree = w.tree;
        let (q, v): (&mut [L; V], &mut [L; V]) = (array(q), array(v));
        for substep in 0..substeps {
            let warm = if substep == 0 { Warm::Cold } else { Warm::Last };
            match self.integrator {
                Integrator::Euler => self.euler(&tree, w, q, v, control, warm),
                Integrator::RungeKutta => self.runge_kutta(&tree, w, q, v, control, warm),
            }
        }
    }

    #[inline(always)]
    fn late_root<L: Lane>(&self, w: &Self::Workspace<L>) -> [L; 3] {
        [L::splat(self.origin[0]) + w.late[0], L::splat(0.0), L::splat(self.origin[1]) + w.late[1]]
    }

    #[inline(always)]
    fn centre<L: Lane>(&self, w: &mut Self::Workspace<L>, q: &[L], v: &[L]) -> Centre<L> {
        let (q, v): (&[L; V], &[L; V]) = (array_ref(q), array_ref(v));
        self.place(w, q);
        self.turn_rates(w, v);
        let (first, momentum) = self.moments(w);
        let (zero, per_mass) = (L::splat(0.0), L::splat(1.0 / self.total_mass()));
        let (x, z) = (L::splat(self.origin[0]) + q[0], L::splat(self.origin[1]) + q[1]);
        Centre {
            position: [first[0].mul_add(per_mass, x), zero, first[1].mul_add(per_mass, z)],
            velocity: [momentum[0].mul_add(per_mass, v[0]), zero, momentum[1].mul_add(per_mass, v[1])],
        }
    }

    #[cfg(feature = "std")]
    fn depth(&self, q: &[f64]) -> f64 {
        let frames = self.frames(q);
        let mut deepest = f64::NEG_INFINITY;
        for point in &self.points {
            let [_, z] = frames[point.body].apply(point.at);
            deepest = deepest.max(point.radius - z);
        }
        deepest
    }

    fn raise(&self, q: &mut [f64], by: f64) {
        q[1] += by;
    }

    #[cfg(feature = "std")]
    fn segment_count(&self) -> usize {
        G
    }

    #[cfg(feature = "std")]
    fn segments(&self, q: &[f64], out: &mut [f64]) {
        let frames = self.frames(q);
        for (segment, out) in self.segments.iter().zip(out.chunks_exact_mut(7)) {
            let (from, to) = (frames[segment.body].apply(segment.from), frames[segment.body].apply(segment.to));
            out.copy_from_slice(&[from[0], 0.0, from[1], to[0], 0.0, to[1], segment.radius]);
        }
    }

    fn stats<L: Lane>(&self, w: &Self::Workspace<L>) -> SolveStats {
        w.stats
    }
}

impl<const B: usize, const V: usize, const P: usize, const G: usize> Planar<B, V, P, G> {
    fn total_mass(&self) -> f64 {
        self.bodies.iter().map(|body| body.mass).sum()
    }
}

/// The first `N` lanes as an array. Shorter slices are a caller's error.
#[inline(always)]
fn array<L, const N: usize>(slice: &mut [L]) -> &mut [L; N] {
    slice.first_chunk_mut().expect("as many lanes as degrees of freedom")
}

/// [`array`] to read.
#[inline(always)]
fn array_ref<L, const N: usize>(slice: &[L]) -> &[L; N] {
    slice.first_chunk().expect("as many lanes as degrees of freedom")
}
