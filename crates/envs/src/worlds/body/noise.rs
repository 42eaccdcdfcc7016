//! Where episodes of bodies start: the resting pose and noise.

use crate::rng::Stream;

/// Noise that a reset adds to the resting pose and to zero velocity, entry by entry, independent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ResetNoise {
    /// `qpos + N(0, position²)`, `qvel + N(0, velocity²)` (rllab).
    Normal {
        /// Standard deviation of positions.
        position: f64,
        /// Standard deviation of velocities.
        velocity: f64,
    },
    /// `qpos + U(±position)`, `qvel + N(0, velocity²)` (gym).
    Uniform {
        /// Half width of positions.
        position: f64,
        /// Standard deviation of velocities.
        velocity: f64,
    },
    /// `qpos + U(±both)`, `qvel + U(±both)` (gym's walker).
    UniformBoth(f64),
}

impl ResetNoise {
    /// Adds the noise of (`task`, `episode`) to a state whose first `positions` entries are positions. Entry i draws number i.
    pub(crate) fn add(self, stream: &Stream, task: u32, episode: u32, positions: usize, state: &mut [f64]) {
        for (k, value) in state.iter_mut().enumerate() {
            let normal = || stream.normal(task, episode, 0, k as u32);
            let uniform = || 2.0 * stream.uniform(task, episode, 0, k as u32) - 1.0;
            *value += match self {
                ResetNoise::Normal { position, velocity } => normal() * if k < positions { position } else { velocity },
                ResetNoise::Uniform { position, .. } if k < positions => position * uniform(),
                ResetNoise::Uniform { velocity, .. } => velocity * normal(),
                ResetNoise::UniformBoth(half) => half * uniform(),
            };
        }
    }
}
