//! What a block of lanes needs while it steps, and configurations as the stages pass them on.

use xmrl_lanes::Lane;

use super::constants::Constants;
use crate::solver::{Contacts, Limits, SolveStats};
use crate::tree::Matrix;
use crate::vector::{Rotation, Vector};
use crate::zeroed::Zeroed;

/// Everything that one block of lanes needs while it steps.
pub struct SpatialWorkspace<L, const B: usize, const V: usize, const P: usize> {
    pub(super) constants: Constants<B, V, P>,
    /// Where the root stood in the last evaluation of a step, m.
    pub(super) late: Vector<L>,
    /// Where the root is, m.
    pub(super) position: Vector<L>,
    pub(super) rotation: [Rotation<L>; B],
    /// Hinge, its axis, and the velocity of the root's origin per unit of joint velocity.
    pub(super) anchor: [Vector<L>; B],
    pub(super) axis: [Vector<L>; B],
    pub(super) arm: [Vector<L>; B],
    /// Angular velocity; velocity at the root's origin less the root's.
    pub(super) spin: [Vector<L>; B],
    pub(super) drift: [Vector<L>; B],
    pub(super) com: [Vector<L>; B],
    /// Inertia about the centre of mass (xx, yy, zz, xy, xz, yz).
    pub(super) inertia: [[L; 6]; B],
    /// First moment and inertia of the subtree about the root's origin, of the last evaluation.
    pub(super) moment: [Vector<L>; B],
    pub(super) about_root: [[L; 6]; B],
    pub(super) mass: Matrix<L, V>,
    pub(super) hessian: Matrix<L, V>,
    pub(super) force: [L; V],
    pub(super) contacts: Contacts<L, V, P, 3>,
    pub(super) touch: [Touch<L>; P],
    pub(super) limits: Limits<L, V>,
    pub(super) stats: SolveStats,
}

// SAFETY: lanes, numbers, indices, flags and counts.
unsafe impl<L: Lane, const B: usize, const V: usize, const P: usize> Zeroed for SpatialWorkspace<L, B, V, P> {}

/// A configuration: position, quaternion (w, x, y, z) and hinge angles (entry 0 unused).
#[derive(Clone, Copy)]
pub(super) struct Pose<L, const B: usize> {
    pub(super) position: Vector<L>,
    pub(super) quaternion: [L; 4],
    pub(super) angle: [L; B],
}

impl<L: Lane, const B: usize> Pose<L, B> {
    /// From MuJoCo's `qpos`.
    #[inline(always)]
    pub(super) fn read(q: &[L]) -> Self {
        let mut angle = [L::splat(0.0); B];
        angle[1..].copy_from_slice(&q[7..6 + B]);
        Self { position: [q[0], q[1], q[2]], quaternion: [q[3], q[4], q[5], q[6]], angle }
    }

    /// To MuJoCo's `qpos`.
    #[inline(always)]
    pub(super) fn write(&self, q: &mut [L]) {
        q[..3].copy_from_slice(&self.position);
        q[3..7].copy_from_slice(&self.quaternion);
        q[7..6 + B].copy_from_slice(&self.angle[1..]);
    }
}

/// The first `V` velocities.
#[inline(always)]
pub(super) fn velocities<L: Lane, const V: usize>(v: &[L]) -> [L; V] {
    let mut velocity = [L::splat(0.0); V];
    velocity.copy_from_slice(&v[..V]);
    velocity
}

/// Where a contact acts, relative to the root's origin, and the horizontal direction of its first tangent.
#[derive(Clone, Copy)]
pub(super) struct Touch<L> {
    pub(super) at: Vector<L>,
    pub(super) tangent: [L; 2],
}
