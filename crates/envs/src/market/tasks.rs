//! Investors: a threshold and a period each.

use super::calendar::periods_of;
use super::constants::{CELLS, THRESHOLD_HIGH, THRESHOLD_LOW};
use crate::rng::{Purpose, Stream};
use crate::task::{Pool, Tasks};

/// `count` tasks of a pool `[count, 2]` for `width` names and `periods` periods: (turbulence threshold, period).
///
/// The thresholds' range is cut into 3 × 32 equal cells that the pools have in turn; a task's cell is uniform among its
/// pool's, its threshold uniform in the cell. Its period is uniform among those of the pool but the first. No threshold
/// and no day belongs to two pools.
pub(super) fn draw(width: usize, periods: usize, pool: Pool, seed: u64, count: usize) -> Tasks {
    let stream = Stream::new(seed, Purpose::Tasks, pool.index());
    let own = periods_of(pool, periods);
    let cell = range(width)[1] - range(width)[0];
    let cell = cell / (3 * CELLS) as f64;
    let task = |i: u32| {
        let number = 3 * stream.below(CELLS, i, 0, 0, 0) + pool.index() as usize;
        let threshold = range(width)[0] + cell * (number as f64 + stream.uniform(i, 0, 0, 1));
        let period = own.start + 1 + stream.below(own.len() - 1, i, 0, 0, 2);
        [threshold, period as f64]
    };
    Tasks { values: (0..count as u32).flat_map(task).collect(), rare: None }
}

/// Smallest and largest threshold for `width` names.
pub(super) fn range(width: usize) -> [f64; 2] {
    [THRESHOLD_LOW * width as f64, THRESHOLD_HIGH * width as f64]
}
