//! A quadrotor: one rigid body under four rotors that lag behind what is asked of them, air that drags, and a pilot on board.
//!
//! Axes: the world's z is up; the body's x is forward, y left, z up along the rotors' thrust. Quaternions are (w, x, y, z) and
//! turn the body's vectors into the world's, R = R(q). Angular velocity is in the body's axes, everything else in the world's.
//!
//! | state [`SIZE`] = 17 | |
//! | --- | --- |
//! | 0 to 2 | position p, m |
//! | 3 to 5 | velocity v, m/s |
//! | 6 to 9 | quaternion q |
//! | 10 to 12 | angular velocity ω, rad/s |
//! | 13 to 16 | thrust f of the rotors, N: front right, back right, back left, front left |
//!
//! Under rotor commands c, wind w and a mass of μ times the airframe's m (`dynamics.rs`):
//! 1. dp/dt = v
//! 2. dv/dt = R F / (μ m) - (0, 0, g), F = (0, 0, Σf) - k ∘ Rᵀ(v - w): linear drag along the body's axes
//! 3. dq/dt = ½ q (0, ω)
//! 4. J dω/dt = τ - ω × J ω. With b = arm / √2, the rotors standing at (±b, ±b):
//!    τ = (b (-f₁ - f₂ + f₃ + f₄), b (-f₁ + f₂ + f₃ - f₄), κ (-f₁ + f₂ - f₃ + f₄))
//! 5. df/dt = (c - f) / T
//!
//! J is that of the airframe whatever μ is (a load at the centre of mass). The rotors' own angular momentum, the push of the
//! ground and blade flapping are left out.
//!
//! The commands come from a [`Pilot`], who is asked at every moment: a pilot on board works at 500 Hz and more, so that he
//! counts as continuous here. [`Hold`] keeps commands as they are; [`Attitude`] and [`Velocity`] are the controllers
//! (`pilot.rs`).
//!
//! A step (`step.rs`) is the classic Runge-Kutta step of all 17 numbers at once, after which q is scaled to unit length: order
//! 4, since the exact q keeps its length. Lanes must hold `f64`.

mod dynamics;
mod pilot;
mod step;

pub use pilot::{Attitude, Gains, Hold, Pilot, Velocity};

use crate::vector::{self, Rotation, Vector};
use xmrl_lanes::Lane;

/// Numbers of a state.
pub const SIZE: usize = 17;
/// Acceleration of free fall, m/s².
pub const GRAVITY: f64 = 9.81;

/// What is built: figures of one make of quadrotor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Airframe {
    /// m, kg.
    pub mass: f64,
    /// Distance of the rotors from the centre, m. Longer: the same thrust turns it more.
    pub arm: f64,
    /// Diagonal of J, kg m². Larger: slower turns.
    pub inertia: [f64; 3],
    /// All rotors' largest thrust over the weight. At 1 it can hover and no more.
    pub thrust_to_weight: f64,
    /// κ, yaw torque per thrust of a rotor, m. Smaller: weaker hold on the heading.
    pub yaw_per_thrust: f64,
    /// T, s: time in which a rotor makes up 63 % of what is asked of it.
    pub rotor_lag: f64,
    /// k, force per airspeed along the body's axes, N s/m.
    pub drag: [f64; 3],
    /// What its controllers are set to.
    pub gains: Gains,
}

/// A Crazyflie 2.x. Mass, arm, inertia and thrust: `environments.md`. κ: Förster, "System identification of the Crazyflie 2.0
/// nano quadrocopter" (ETH Zürich, 2015). Drag: its drag per rotor speed, (9.18e-7, 9.18e-7, 1.03e-6) N s²/m, at the rotors'
/// speed in hover, 6.06e3 rad/s in all.
pub const CRAZYFLIE: Airframe = Airframe {
    mass: 0.027,
    arm: 0.0397,
    inertia: [1.4e-5, 1.4e-5, 2.17e-5],
    thrust_to_weight: 2.25,
    yaw_per_thrust: 0.005_964_552,
    rotor_lag: 0.03,
    drag: [5.56e-3, 5.56e-3, 6.25e-3],
    gains: Gains {
        velocity: 2.5,
        acceleration: [5.0, 5.0, 4.0],
        tilt: [144.0, 24.0],
        heading: [16.0, 6.0],
        turn: [150.0, 150.0, 20.0],
    },
};

impl Airframe {
    /// Thrust of one rotor in hover, N: a quarter of the weight.
    pub const fn hover(&self) -> f64 {
        0.25 * self.mass * GRAVITY
    }

    /// Largest thrust of one rotor, N.
    pub const fn most(&self) -> f64 {
        self.thrust_to_weight * self.hover()
    }
}

/// The air and the load of a flight; [`calm`](Conditions::calm) is none of either.
#[derive(Clone, Copy, Debug)]
pub struct Conditions<L> {
    /// w, m/s.
    pub wind: Vector<L>,
    /// μ, the mass as a share of the airframe's.
    pub load: L,
}

impl<L: Lane> Conditions<L> {
    /// No wind, the airframe's own mass.
    #[inline(always)]
    pub fn calm() -> Self {
        Conditions { wind: vector::zero(), load: L::splat(1.0) }
    }
}

/// A state as a pilot sees it.
#[derive(Clone, Copy, Debug)]
pub struct Situation<L> {
    /// v, m/s.
    pub velocity: Vector<L>,
    /// R, row by row: columns are the body's axes in the world.
    pub rotation: Rotation<L>,
    /// ω, rad/s.
    pub spin: Vector<L>,
}

/// Scales the quaternion of a state `[17]` to unit length; one of no length becomes no rotation.
#[inline(always)]
pub fn straighten<L: Lane>(state: &mut [L]) {
    let unit = vector::normalised(&[state[6], state[7], state[8], state[9]]);
    state[6..10].copy_from_slice(&unit);
}

/// R of a state `[17]`, row by row.
#[inline(always)]
pub fn rotation<L: Lane>(state: &[L]) -> [[L; 3]; 3] {
    vector::rotation(&vector::normalised(&[state[6], state[7], state[8], state[9]]))
}
