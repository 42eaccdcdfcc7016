//! Task laws of bodies: uniform, or with a part of the support that is rare in training.

use core::f64::consts::TAU;

use crate::rng::{Purpose, Stream};
use crate::tasks::{Pool, Rare, Tasks};

/// What a task asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Goals {
    /// A velocity along x, uniform in [low, high] m/s.
    Velocity {
        /// Smallest velocity, m/s.
        low: f64,
        /// Largest velocity, m/s.
        high: f64,
    },
    /// Forward (+1) or backward (-1). There are two tasks only: even numbers are forward, odd ones backward.
    Direction,
    /// A place (x, y), uniform over the disc of this radius about the origin, m.
    Disc(f64),
    /// A place (x, y), each coordinate uniform in ± this, m.
    Square(f64),
}

impl Goals {
    /// Tasks `[count, K]` of a pool; with `law` one end of the velocities is rare in the training pool. Directions and places
    /// know no rare ones.
    pub(crate) fn draw(self, law: Option<Rare>, pool: Pool, seed: u64, count: usize) -> Tasks {
        let stream = Stream::new(seed, Purpose::Tasks, pool.index());
        let mut values = Vec::with_capacity(2 * count);
        let mut rare = Vec::with_capacity(count);
        for i in 0..count as u32 {
            let uniform = |k| stream.uniform(i, 0, 0, k);
            match self {
                Goals::Velocity { low, high } => {
                    let drawn = uniform(0);
                    let (number, is_rare) =
                        law.map_or((drawn, false), |law| law.place(pool, (i as usize, count), drawn));
                    values.push(low + (high - low) * number);
                    rare.push(is_rare);
                }
                Goals::Direction => values.push(if i % 2 == 0 { 1.0 } else { -1.0 }),
                Goals::Disc(radius) => {
                    let (angle, r) = (TAU * uniform(0), radius * uniform(1).sqrt());
                    values.extend([r * angle.cos(), r * angle.sin()]);
                }
                Goals::Square(half) => values.extend([0, 1].map(|k| half * (2.0 * uniform(k) - 1.0))),
            }
        }
        Tasks { values, rare: law.map(|_| rare) }
    }
}
