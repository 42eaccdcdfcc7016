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
mod vehicle;

pub use pilot::{Attitude, Hold, Pilot, Velocity};
pub use vehicle::{Airframe, CRAZYFLIE, Conditions, GRAVITY, Gains, SIZE, Situation, rotation, straighten};
