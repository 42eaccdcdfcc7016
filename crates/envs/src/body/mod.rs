//! What articulated bodies share: task laws, reset noise, the geometry of their states.
//!
//! A state is MuJoCo's `qpos` then `qvel`. Episodes end at the horizon or, where a preset says so, when the body is no
//! longer healthy; query and support episodes start by the same law and have the same length. Nothing counts as success.

mod geodesic;
mod goals;
mod noise;

pub(crate) use geodesic::{Coordinates, mix};
pub(crate) use goals::Goals;
pub(crate) use noise::ResetNoise;

use xmrl_lanes::Lane;
use xmrl_physics::Mechanism;

use crate::env::check_entries;
use crate::error::EnvError;

/// Magnitude from which MuJoCo calls a coordinate bad, warns and resets; here it is an error that names the row.
pub(crate) const LARGEST: f64 = 1e10;

/// That a state can be gone on from: finite, below [`LARGEST`], and with a quaternion (if it has one, at `quaternion`)
/// that is longer than MuJoCo's smallest length.
pub(crate) fn check_state(row: usize, state: &[f64], quaternion: Option<usize>) -> Result<(), EnvError> {
    check_entries(row, state, LARGEST)?;
    match quaternion {
        Some(first) if state[first..first + 4].iter().map(|x| x * x).sum::<f64>().sqrt() < 1e-15 => {
            Err(EnvError::ZeroQuaternion { row, first })
        }
        _ => Ok(()),
    }
}

/// [`crate::LaneWorld::segments`] of a mechanism.
pub(crate) fn segments<M: Mechanism>(mechanism: &M, state: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; 7 * mechanism.segment_count()];
    mechanism.segments(&state[..M::NQ], &mut out);
    out
}

/// `clip(action / scale, -1, 1)`, the control; returns its sum of squares.
#[inline(always)]
pub(crate) fn control<L: Lane>(action: &[L], scale: f64, control: &mut [L]) -> L {
    let (one, scale) = (L::splat(1.0), L::splat(scale));
    let mut squares = L::splat(0.0);
    for (u, &a) in control.iter_mut().zip(action) {
        *u = clip(a / scale, one);
        squares = u.mul_add(*u, squares);
    }
    squares
}

/// `x` clipped to [-bound, bound]; a NaN becomes the upper end.
#[inline(always)]
pub(crate) fn clip<L: Lane>(x: L, bound: L) -> L {
    x.max(-bound).min(bound)
}

/// 1 where low < x < high, else 0 (for a NaN too).
#[inline(always)]
pub(crate) fn between<L: Lane>(low: f64, x: L, high: f64) -> L {
    let (zero, one) = (L::splat(0.0), L::splat(1.0));
    L::select_lt(L::splat(low), x, L::select_lt(x, L::splat(high), one, zero), zero)
}
