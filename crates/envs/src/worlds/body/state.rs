//! What a body's state must be, and its picture.

use xmrl_lanes::all_within;
use xmrl_physics::Mechanism;

use crate::error::EnvError;
use crate::world::check_entries;

/// Magnitude from which MuJoCo calls a coordinate bad, warns and resets; here it is an error that names the row.
pub(crate) const LARGEST: f64 = 1e10;

/// That a state can be gone on from: finite, below [`LARGEST`], and with a quaternion (if it has one, at `quaternion`)
/// that is longer than MuJoCo's smallest length.
pub(crate) fn check_state(row: usize, state: &[f64], quaternion: Option<usize>) -> Result<(), EnvError> {
    check_entries(row, state, LARGEST)?;
    match quaternion {
        Some(first) if vanishes(&state[first..first + 4]) => Err(EnvError::ZeroQuaternion { row, first }),
        _ => Ok(()),
    }
}

/// Whether [`check_state`] accepts every one of the states `[n, size]`.
pub(crate) fn accepts_all(states: &[f64], size: usize, quaternion: Option<usize>) -> bool {
    let turned = |first: usize| states.chunks_exact(size).all(|state| !vanishes(&state[first..first + 4]));
    all_within(states, -LARGEST, LARGEST) && quaternion.is_none_or(turned)
}

fn vanishes(quaternion: &[f64]) -> bool {
    quaternion.iter().map(|x| x * x).sum::<f64>().sqrt() < 1e-15
}

/// [`crate::World::segments`] of a mechanism.
pub(crate) fn segments<M: Mechanism>(mechanism: &M, state: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; 7 * mechanism.segment_count()];
    mechanism.segments(&state[..M::NQ], &mut out);
    out
}
