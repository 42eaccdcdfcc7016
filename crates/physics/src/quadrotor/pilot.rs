//! Who sets the rotors: nobody, or the controllers on board.
//!
//! Velocity (wanted u, in the world): the acceleration a = K (u - v), each component clipped to its bound, and with it the
//! specific force a + (0, 0, g) that the rotors should give. Nothing integrates the error, so drag, wind and a load leave some:
//! at rest in the wind frame of an isotropic drag k, v = (K m u + k w + (1 - μ) m g e_z) / (K m + k).
//!
//! Attitude (wanted specific force s): with n = Rᵀ s / |s| the wanted thrust axis in the body's axes,
//! 1. collective thrust m max(0, s · R e_z): what of the force the present axis can give
//! 2. angular acceleration α = (-P n_y - D ω_x, P n_x - D ω_y, -P' R_yx - D' ω_z), each clipped to its bound. (-n_y, n_x) is the
//!    sine of the angle between the axes; R_yx is the sine of the heading, which is held at 0
//! 3. torque J α, spread over the rotors by inverting line 4 of the page, each clipped to what it can give
//!
//! Small angles, no clipping: the tilt θ towards a wanted tilt θ* obeys T θ‴ + θ″ + D θ′ + P θ = P θ*.

use xmrl_lanes::Lane;

use super::vehicle::{Airframe, GRAVITY, Gains, Situation};
use crate::vector::{self, Vector};

/// Who sets the rotors.
pub trait Pilot<L: Lane> {
    /// Thrust that is asked of each rotor, N.
    fn command(&self, airframe: &Airframe, now: &Situation<L>) -> [L; 4];
}

/// The same thrust whatever happens, N.
#[derive(Clone, Copy, Debug)]
pub struct Hold<L>(pub [L; 4]);

/// Turns the thrust towards a wanted specific force, m/s² in the world.
#[derive(Clone, Copy, Debug)]
pub struct Attitude<L>(pub [L; 3]);

/// Flies at a wanted velocity, m/s in the world.
#[derive(Clone, Copy, Debug)]
pub struct Velocity<L>(pub [L; 3]);

impl<L: Lane> Pilot<L> for Hold<L> {
    #[inline(always)]
    fn command(&self, _airframe: &Airframe, _now: &Situation<L>) -> [L; 4] {
        self.0
    }
}

impl<L: Lane> Pilot<L> for Velocity<L> {
    #[inline(always)]
    fn command(&self, airframe: &Airframe, now: &Situation<L>) -> [L; 4] {
        let gains = &airframe.gains;
        let mut force = self.0;
        for axis in 0..3 {
            let wanted = L::splat(gains.velocity) * (self.0[axis] - now.velocity[axis]);
            force[axis] = clip(wanted, gains.acceleration[axis]);
        }
        force[2] = force[2] + L::splat(GRAVITY);
        Attitude(force).command(airframe, now)
    }
}

impl<L: Lane> Pilot<L> for Attitude<L> {
    #[inline(always)]
    fn command(&self, airframe: &Airframe, now: &Situation<L>) -> [L; 4] {
        let (Gains { tilt, heading, turn, .. }, spin) = (&airframe.gains, &now.spin);
        let force = vector::into_body(&now.rotation, &self.0);
        let collective = L::splat(airframe.mass) * force[2].max(L::splat(0.0));
        let length = vector::dot(&force, &force).sqrt();
        // No force wanted: no axis is better than another.
        let per_length = L::select_lt(length, L::splat(1e-9), L::splat(0.0), L::splat(1.0) / length);
        let axis = vector::scale(per_length, &force);
        let turning = [
            clip(correct(tilt, -axis[1], spin[0]), turn[0]),
            clip(correct(tilt, axis[0], spin[1]), turn[1]),
            clip(correct(heading, -now.rotation[1][0], spin[2]), turn[2]),
        ];
        airframe.spread(collective, &turning)
    }
}

impl Airframe {
    /// Thrusts that sum to `collective` and turn by `turning`, rad/s², as far as each rotor can.
    #[inline(always)]
    fn spread<L: Lane>(&self, collective: L, turning: &Vector<L>) -> [L; 4] {
        let reach = self.arm * core::f64::consts::FRAC_1_SQRT_2;
        let lever = [reach, reach, self.yaw_per_thrust];
        let mut share = *turning;
        for axis in 0..3 {
            share[axis] = L::splat(0.25 * self.inertia[axis] / lever[axis]) * turning[axis];
        }
        let [x, y, z] = share;
        let each = L::splat(0.25) * collective;
        let (zero, most) = (L::splat(0.0), L::splat(self.most()));
        let (front, back) = (each - y, each + y);
        [
            (front - x - z).max(zero).min(most),
            (back - x + z).max(zero).min(most),
            (back + x - z).max(zero).min(most),
            (front + x + z).max(zero).min(most),
        ]
    }
}

/// `P error - D rate`.
#[inline(always)]
fn correct<L: Lane>([p, d]: &[f64; 2], error: L, rate: L) -> L {
    L::splat(-d).mul_add(rate, L::splat(*p) * error)
}

/// `x` clipped to [-bound, bound].
#[inline(always)]
fn clip<L: Lane>(x: L, bound: f64) -> L {
    x.max(L::splat(-bound)).min(L::splat(bound))
}
