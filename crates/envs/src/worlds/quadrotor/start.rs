//! Where episodes start.

use core::f64::consts::TAU;

use xmrl_physics::quadrotor::CRAZYFLIE;

use super::constants::*;
use super::layout::{LOAD, WIND};
use crate::world::Start;
use crate::worlds::drone_planar::constants::{
    CENTRE, QUERY_SPREAD, SUPPORT_HIGH as PLAN_HIGH, SUPPORT_LOW as PLAN_LOW,
};

/// Writes a state `[20]` in wind of a speed, m/s, with a mass that deviates by a share of `load` at most; `uniform(k)` is number k of the attempt, uniform in [0, 1).
pub(super) fn draw(wind: f64, load: f64, which: Start, uniform: impl Fn(u32) -> f64, state: &mut [f64]) {
    let within = |k, low: f64, high: f64| low + (high - low) * uniform(k);
    let about = |k, centre: f64, half: f64| within(k, centre - half, centre + half);
    state.fill(0.0);
    match which {
        Start::Query => {
            for axis in 0..3 {
                state[axis] = about(axis as u32, [CENTRE, CENTRE, MIDDLE][axis], QUERY_SPREAD);
            }
            state[6] = 1.0;
            state[13..17].fill(CRAZYFLIE.hover());
        }
        Start::Support => {
            let [low, high] = [[PLAN_LOW, PLAN_LOW, SUPPORT_LOW], [PLAN_HIGH, PLAN_HIGH, SUPPORT_HIGH]];
            for axis in 0..3 {
                let k = axis as u32;
                state[axis] = within(k, low[axis], high[axis]);
                state[3 + axis] = about(3 + k, 0.0, SUPPORT_SPEED);
                state[10 + axis] = about(9 + k, 0.0, SUPPORT_SPIN);
            }
            let turn = [6, 7, 8].map(|k| about(k, 0.0, SUPPORT_TILT));
            state[6..10].copy_from_slice(&quaternion(turn));
            for rotor in 0..4 {
                state[13 + rotor] = about(12 + rotor as u32, 1.0, SUPPORT_THRUST) * CRAZYFLIE.hover();
            }
        }
    }
    if wind > 0.0 {
        let (sin, cos) = (TAU * uniform(16)).sin_cos();
        (state[WIND], state[WIND + 1]) = (wind * cos, wind * sin);
    }
    state[LOAD] = about(17, 1.0, load);
}

/// The rotation by a rotation vector.
fn quaternion(turn: [f64; 3]) -> [f64; 4] {
    let angle = turn.iter().map(|x| x * x).sum::<f64>().sqrt();
    let ratio = if angle > 0.0 { (0.5 * angle).sin() / angle } else { 0.5 };
    [(0.5 * angle).cos(), ratio * turn[0], ratio * turn[1], ratio * turn[2]]
}
