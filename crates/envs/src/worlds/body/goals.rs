//! Task laws of bodies: uniform, or with a part of the support that is rare in training.

use core::f64::consts::TAU;

use crate::rng::{Purpose, Stream};
use crate::tasks::{End, Pool, Rareness, TURN, TaskLaw, Tasks};

/// What a task asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Goals {
    /// A velocity along x, uniform in [low, high] m/s. What may be rare is an end of that range.
    Velocity {
        /// Smallest velocity, m/s.
        low: f64,
        /// Largest velocity, m/s.
        high: f64,
    },
    /// Forward (+1) or backward (-1). There are two tasks only: even numbers are forward, odd ones backward.
    Direction,
    /// A place (x, y), uniform over the disc of this radius about the origin, m. What may be rare is a sector, which turns with the
    /// seed; within it and outside of it places are uniform in area.
    Disc(f64),
    /// A place (x, y), each coordinate uniform in ± this, m. What may be rare is an end of x.
    Square(f64),
}

impl Goals {
    /// What of them a law can make rare.
    pub(crate) fn rareness(self) -> Option<Rareness> {
        match self {
            Goals::Velocity { .. } => Some(Rareness::of("goal velocity", End::High)),
            Goals::Direction => None,
            Goals::Disc(_) => Some(Rareness::turning("direction of the goal", 0.4)),
            Goals::Square(_) => Some(Rareness::of("goal x", End::High)),
        }
    }

    /// Tasks `[count, K]` of a pool.
    pub(crate) fn draw(self, law: TaskLaw, pool: Pool, seed: u64, count: usize) -> Tasks {
        let stream = Stream::new(seed, Purpose::Tasks, pool.index());
        let begin = Stream::new(seed, Purpose::Tasks, TURN).uniform(0, 0, 0, 0);
        let mut values = Vec::with_capacity(2 * count);
        let mut rare_tasks = Vec::with_capacity(count);
        for i in 0..count {
            let uniform = |k| stream.uniform(i as u32, 0, 0, k);
            // Number 0 of the task, where the law has it.
            let mut place = |from| {
                let number = uniform(0);
                let (number, rare) =
                    law.rare().map_or((number, false), |law| law.place(from, pool, (i, count), number));
                rare_tasks.push(rare);
                number
            };
            match self {
                Goals::Velocity { low, high } => values.push(low + (high - low) * place(0.0)),
                Goals::Direction => values.push(if i % 2 == 0 { 1.0 } else { -1.0 }),
                Goals::Disc(radius) => {
                    let (angle, r) = (TAU * place(begin), radius * uniform(1).sqrt());
                    values.extend([r * angle.cos(), r * angle.sin()]);
                }
                Goals::Square(half) => {
                    values.extend([place(0.0), uniform(1)].map(|number| half * (2.0 * number - 1.0)))
                }
            }
        }
        Tasks { values, rare: law.rare().map(|_| rare_tasks) }
    }
}
