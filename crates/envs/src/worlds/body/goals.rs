//! Task laws of bodies: uniform, or with a part of the support that is rare in training.

use core::f64::consts::TAU;

use crate::rng::{Purpose, Stream};
use crate::tasks::{Pool, Rare, TURN, Tasks};

/// What a task asks for, and what of it is rare in training; `None`: nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Goals {
    /// A velocity along x, uniform in [low, high] m/s. What is rare is an end of that range.
    Velocity {
        /// Smallest velocity, m/s.
        low: f64,
        /// Largest velocity, m/s.
        high: f64,
        /// The rare end.
        rare: Option<Rare>,
    },
    /// Forward (+1) or backward (-1). There are two tasks only: even numbers are forward, odd ones backward.
    Direction,
    /// A place (x, y), uniform over the disc of this radius about the origin, m. What is rare is a sector, which turns with the
    /// seed; within it and outside of it places are uniform in area.
    Disc {
        /// Radius, m.
        radius: f64,
        /// The rare end of a turn that begins anywhere.
        rare: Option<Rare>,
    },
    /// A place (x, y), each coordinate uniform in ± this, m.
    Square(f64),
}

impl Goals {
    /// Whether it is known which tasks are rare.
    pub(crate) const fn knows_rare(self) -> bool {
        matches!(self, Goals::Velocity { rare: Some(_), .. } | Goals::Disc { rare: Some(_), .. })
    }

    /// Tasks `[count, K]` of a pool.
    pub(crate) fn draw(self, pool: Pool, seed: u64, count: usize) -> Tasks {
        let stream = Stream::new(seed, Purpose::Tasks, pool.index());
        let begin = Stream::new(seed, Purpose::Tasks, TURN).uniform(0, 0, 0, 0);
        let mut values = Vec::with_capacity(2 * count);
        let mut rare_tasks = Vec::with_capacity(count);
        for i in 0..count {
            let uniform = |k| stream.uniform(i as u32, 0, 0, k);
            let mut place = |law: Option<Rare>, from, number| {
                let (number, rare) = law.map_or((number, false), |law| law.place(from, pool, (i, count), number));
                rare_tasks.push(rare);
                number
            };
            match self {
                Goals::Velocity { low, high, rare } => values.push(low + (high - low) * place(rare, 0.0, uniform(0))),
                Goals::Direction => values.push(if i % 2 == 0 { 1.0 } else { -1.0 }),
                Goals::Disc { radius, rare } => {
                    let (angle, r) = (TAU * place(rare, begin, uniform(0)), radius * uniform(1).sqrt());
                    values.extend([r * angle.cos(), r * angle.sin()]);
                }
                Goals::Square(half) => values.extend([0, 1].map(|k| half * (2.0 * uniform(k) - 1.0))),
            }
        }
        Tasks { values, rare: self.knows_rare().then_some(rare_tasks) }
    }
}
