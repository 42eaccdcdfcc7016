//! The classic Runge-Kutta step on position, unit quaternion and hinge angles.

use xmrl_lanes::{Lane, LaneKernel};

use crate::model::Spatial;
use crate::solver::Warm;

use super::constants::ROOT;
use super::workspace::{Pose, SpatialWorkspace};
use crate::vector::{self, Vector};

impl<const B: usize, const V: usize, const P: usize, const G: usize> Spatial<B, V, P, G> {
    /// One physics step from `(pose, v)`, whose acceleration is taken with `warm`; leaves the workspace at the last stage.
    #[inline(always)]
    pub(super) fn step<L: Lane>(
        &self,
        w: &mut SpatialWorkspace<L, B, V, P>,
        pose: &mut Pose<L, B>,
        v: &mut [L; V],
        control: &[L],
        warm: Warm,
    ) {
        L::outlined(Step { model: self, w, pose, v, control, warm });
    }
}

struct Step<'a, L, const B: usize, const V: usize, const P: usize, const G: usize> {
    model: &'a Spatial<B, V, P, G>,
    w: &'a mut SpatialWorkspace<L, B, V, P>,
    pose: &'a mut Pose<L, B>,
    v: &'a mut [L; V],
    control: &'a [L],
    warm: Warm,
}

impl<L: Lane, const B: usize, const V: usize, const P: usize, const G: usize> LaneKernel<L>
    for Step<'_, L, B, V, P, G>
{
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { model, w, pose, v, control, warm } = self;
        let h = model.timestep;
        let (one, two, sixth, zero) = (L::splat(1.0), L::splat(2.0), L::splat(1.0 / 6.0), L::splat(0.0));
        // Stage k starts from the state moved by `reach[k]` along stage k - 1's velocity and acceleration.
        let reach = [0.0, 0.5 * h, 0.5 * h, h];
        let (mut velocity, mut acceleration) = (*v, [zero; V]);
        let (mut velocities, mut accelerations) = ([zero; V], [zero; V]);
        for stage in 0..4 {
            let mut at = *pose;
            if stage > 0 {
                let reach = L::splat(reach[stage]);
                moved(&mut at, &velocity, reach);
                for dof in 0..V {
                    velocity[dof] = reach.mul_add(acceleration[dof], v[dof]);
                }
            }
            acceleration = model.evaluate(w, &at, &velocity, control, if stage == 0 { warm } else { Warm::Last });
            let weight = if stage == 0 || stage == 3 { one } else { two };
            for dof in 0..V {
                velocities[dof] = weight.mul_add(velocity[dof], velocities[dof]);
                accelerations[dof] = weight.mul_add(acceleration[dof], accelerations[dof]);
            }
        }
        let step = L::splat(h);
        for dof in 0..V {
            v[dof] = step.mul_add(sixth * accelerations[dof], v[dof]);
            velocities[dof] = sixth * velocities[dof];
        }
        moved(pose, &velocities, step);
    }
}

/// Moves a pose along a velocity for a time.
#[inline(always)]
fn moved<L: Lane, const B: usize, const V: usize>(pose: &mut Pose<L, B>, velocity: &[L; V], time: L) {
    for i in 0..3 {
        pose.position[i] = time.mul_add(velocity[i], pose.position[i]);
    }
    for body in 1..B {
        pose.angle[body] = time.mul_add(velocity[ROOT - 1 + body], pose.angle[body]);
    }
    let turn = exponential(&[velocity[3], velocity[4], velocity[5]], time);
    pose.quaternion = vector::quaternion_product(&vector::normalised(&pose.quaternion), &turn);
}

/// The rotation by an angular velocity kept for a time, as a quaternion.
#[inline(always)]
fn exponential<L: Lane>(spin: &Vector<L>, time: L) -> [L; 4] {
    let norm = vector::dot(spin, spin).sqrt();
    let (sin, cos) = (L::splat(0.25 * core::f64::consts::FRAC_1_PI) * time * norm).sin_cos_turns();
    let ratio = L::select_lt(norm, L::splat(1e-15), L::splat(0.0), sin / norm);
    [cos, ratio * spin[0], ratio * spin[1], ratio * spin[2]]
}
