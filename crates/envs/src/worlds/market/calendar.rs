//! Which days a pool and a task have.

use core::ops::Range;

use super::constants::{FEWEST_PERIODS, FIRST_DAY, PERIOD, POOL_SHARE};
use crate::tasks::Pool;

/// Periods of [`PERIOD`] days that fit into the tradable days of a table of `days` days.
pub(super) fn periods(days: usize) -> usize {
    days.saturating_sub(FIRST_DAY) / PERIOD
}

/// Days of a period, one after the other from the first tradable day.
pub(super) fn days_of(period: usize) -> Range<usize> {
    let first = FIRST_DAY + period * PERIOD;
    first..first + PERIOD
}

/// Periods of a pool out of `count`: first the training pool's, then the evaluation's, then the held-out pool's.
///
/// A pool's first period has support episodes only: those of a task fly in the period before its own, so that nothing is
/// adapted on days that are scored, and both lie in its pool.
pub(super) fn periods_of(pool: Pool, count: usize) -> Range<usize> {
    let small = (count / POOL_SHARE).max(FEWEST_PERIODS / 3);
    let training = count - 2 * small;
    match pool {
        Pool::Training => 0..training,
        Pool::Evaluation => training..training + small,
        Pool::HeldOut => training + small..count,
    }
}
