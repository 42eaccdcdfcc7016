//! States between two visited states.
//!
//! Mixing acts on the simulator state, never on the observation, so every step taken from a mixed state keeps a full
//! state of its own.

use crate::env::Environment;
use crate::error::EnvError;
use crate::rng::Stream;

/// Pairs that are tried before [`mixed_start`] gives up and starts at a visited state.
pub const MAX_REDRAWS: u32 = 64;

/// Writes `lambda a + (1 - lambda) b` entry by entry. `lambda` 1 and 0 copy `a` and `b` bit for bit.
pub fn linear(lambda: f64, a: &[f64], b: &[f64], mixed: &mut [f64]) {
    if lambda == 1.0 {
        mixed.copy_from_slice(a);
    } else if lambda == 0.0 {
        mixed.copy_from_slice(b);
    } else {
        for ((m, a), b) in mixed.iter_mut().zip(a).zip(b) {
            *m = lambda * a + (1.0 - lambda) * b;
        }
    }
}

/// Writes the mixture `[D]` of two states of an environment, in the geometry of its state ([`crate::LaneWorld::mix`]).
pub fn mix(environment: &Environment, lambda: f64, a: &[f64], b: &[f64], mixed: &mut [f64]) {
    environment.mix(lambda, a, b, mixed);
}

/// How a mixed start came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MixedStart {
    /// Row of the first parent among the visited states.
    pub first: usize,
    /// Row of the second parent.
    pub second: usize,
    /// Pairs that were thrown away because their mixture was infeasible.
    pub redraws: u32,
    /// All [`MAX_REDRAWS`] pairs were infeasible: the state is the last pair's first parent itself.
    pub gave_up: bool,
}

/// Draws two of the visited states `[V, D]` of a task and writes their mixture `[D]` to `mixed`.
///
/// The pair is uniform (both rows independent) and is drawn again while the mixture is infeasible; `lambda` stays, so
/// that its law is not bent by the obstacles. Draws are at (`task`, `episode`, step = attempt) of `pairs`.
///
/// Errors: no visited states, or a length that is not a multiple of D.
pub fn mixed_start(
    environment: &Environment,
    visited: &[f64],
    lambda: f64,
    pairs: &Stream,
    task: u32,
    episode: u32,
    mixed: &mut [f64],
) -> Result<MixedStart, EnvError> {
    let size = environment.spec().state_size;
    if visited.is_empty() {
        return Err(EnvError::NothingToMix { task });
    }
    let rows = visited.len().div_ceil(size);
    if visited.len() != rows * size {
        let shape = format!("[{rows}, {size}]");
        return Err(EnvError::Shape { what: "visited states", shape, expected: rows * size, got: visited.len() });
    }
    let state = |row: usize| &visited[row * size..(row + 1) * size];
    let mut redraws = 0;
    loop {
        let first = pairs.below(rows, task, episode, redraws, 0);
        let second = pairs.below(rows, task, episode, redraws, 1);
        environment.mix(lambda, state(first), state(second), mixed);
        if environment.feasible(mixed) {
            return Ok(MixedStart { first, second, redraws, gave_up: false });
        }
        redraws += 1;
        if redraws == MAX_REDRAWS {
            mixed.copy_from_slice(state(first));
            return Ok(MixedStart { first, second, redraws, gave_up: true });
        }
    }
}
