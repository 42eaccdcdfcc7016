//! Investors: a threshold and a period each.

use core::ops::Range;

use super::calendar::{days_of, periods, periods_of};
use super::constants::{CELLS, THRESHOLD_HIGH, THRESHOLD_LOW};
use crate::rng::{Purpose, Stream};
use crate::tasks::{Pool, TaskLaw, Tasks};

/// What the thresholds of a market are drawn from: the turbulence of its training pool's days, smallest first.
#[derive(Debug)]
pub(super) struct Thresholds {
    sorted: Vec<f64>,
}

impl Thresholds {
    /// Of the turbulence of every day `[T]`.
    pub(super) fn new(turbulence: &[f64]) -> Self {
        let Range { start, end } = periods_of(Pool::Training, periods(turbulence.len()));
        let mut sorted = turbulence[days_of(start).start..days_of(end - 1).end].to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        Thresholds { sorted }
    }

    /// The quantile at a level in [0, 1]; linear between two days.
    pub(super) fn at(&self, level: f64) -> f64 {
        let place = level * (self.sorted.len() - 1) as f64;
        let below = place as usize;
        let above = (below + 1).min(self.sorted.len() - 1);
        self.sorted[below] + (place - below as f64) * (self.sorted[above] - self.sorted[below])
    }

    /// Smallest and largest threshold of a task.
    pub(super) fn range(&self) -> [f64; 2] {
        [THRESHOLD_LOW, THRESHOLD_HIGH].map(|level| self.at(level))
    }
}

/// `count` tasks of a pool `[count, 2]` for `periods` periods: (turbulence threshold, period).
///
/// A threshold is the quantile of its level, the share of the training pool's days that are calmer. The range of levels
/// is cut into 3 × 32 equal cells that the pools have in turn; a task's cell is uniform among its pool's, its level
/// uniform in the cell. What a law can make rare in training is one end of the pool's own cells, laid one after the other. A task's
/// period is uniform among those of the pool but the first. No threshold and no day belongs to two pools.
pub(super) fn draw(
    (thresholds, periods): (&Thresholds, usize),
    law: TaskLaw,
    pool: Pool,
    seed: u64,
    count: usize,
) -> Tasks {
    let stream = Stream::new(seed, Purpose::Tasks, pool.index());
    let own = periods_of(pool, periods);
    let width = (THRESHOLD_HIGH - THRESHOLD_LOW) / (3 * CELLS) as f64;
    let (mut values, mut rare_tasks) = (Vec::with_capacity(2 * count), Vec::with_capacity(count));
    for i in 0..count {
        let id = i as u32;
        let (mut cell, mut within) = (stream.below(CELLS, id, 0, 0, 0), stream.uniform(id, 0, 0, 1));
        if let Some(law) = law.rare() {
            let drawn = (cell as f64 + within) / CELLS as f64;
            let (number, is_rare) = law.place(0.0, pool, (i, count), drawn);
            // A number that has not moved keeps its cell, bit for bit.
            if number != drawn {
                let place = number * CELLS as f64;
                cell = (place as usize).min(CELLS - 1);
                within = place - cell as f64;
            }
            rare_tasks.push(is_rare);
        }
        let number = 3 * cell + pool.index() as usize;
        let threshold = thresholds.at(THRESHOLD_LOW + width * (number as f64 + within));
        let period = own.start + 1 + stream.below(own.len() - 1, id, 0, 0, 2);
        values.extend([threshold, period as f64]);
    }
    Tasks { values, rare: law.rare().map(|_| rare_tasks) }
}
