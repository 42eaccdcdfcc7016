//! What flies: the numbers of a make of quadrotor, of a state, and of the air and the load around it.

use xmrl_lanes::Lane;

use crate::vector::{self, Rotation, Vector};

/// Numbers of a state.
pub const SIZE: usize = 17;
/// Acceleration of free fall, m/s².
pub const GRAVITY: f64 = 9.81;

/// Settings of the controllers on board.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gains {
    /// K, 1/s. Higher: velocities are reached sooner, until the attitude cannot follow.
    pub velocity: f64,
    /// Bound of the wanted acceleration along the world's axes, m/s². The first two bound the tilt.
    pub acceleration: [f64; 3],
    /// P, 1/s² and D, 1/s of roll and pitch.
    pub tilt: [f64; 2],
    /// P', 1/s² and D', 1/s of the heading.
    pub heading: [f64; 2],
    /// Bound of the angular acceleration about the body's axes, rad/s². Lower: more thrust is left for lift.
    pub turn: [f64; 3],
}

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

/// The air and the load of an episode; [`calm`](Conditions::calm) is none of either.
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
