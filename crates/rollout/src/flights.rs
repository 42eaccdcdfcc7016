//! Episodes that fly elsewhere than on this processor.

use xmrl_lanes::Float;

use crate::batch::RowStore;
use crate::{Request, RolloutError, TaskBatch, collect};

/// Another machine for episodes: a card, say. Whatever flies, the bits are [`collect`]'s.
///
/// But one: [`TaskBatch::capped_solves`] counts solves of blocks of lanes here, and of single episodes there.
pub trait Flights: Send + Sync + std::fmt::Debug {
    /// What flies, in a word for people: the card's name.
    fn name(&self) -> &str;

    /// Why a request is none that it can fly, in words for people; it then flies on this processor.
    fn refuses(&self, request: &Request<'_>) -> Option<String>;

    /// Flies a request that was checked and not refused. What the policy saw and did goes to `rows`, one store a task; the batches
    /// hold the rest.
    ///
    /// # Errors
    /// Those of [`collect`], and [`RolloutError::Device`].
    fn fly(&self, request: &Request<'_>, rows: &mut [&mut dyn RowStore]) -> Result<Vec<TaskBatch>, RolloutError>;
}

/// [`collect`], by `flights` where there are any that take the request.
///
/// # Errors
/// As [`collect`], and [`RolloutError::Device`] for a device that fails.
pub fn collect_by<T: Float + Send>(
    flights: Option<&dyn Flights>,
    request: &Request<'_>,
    pool: &rayon::ThreadPool,
) -> Result<Vec<TaskBatch<T>>, RolloutError> {
    let Some(flights) = flights.filter(|flights| flights.refuses(request).is_none()) else {
        return collect(request, pool);
    };
    request.check(size_of::<T>())?;
    let mut stored: Vec<TaskBatch<T>> = (0..request.task_count()).map(|_| TaskBatch::default()).collect();
    let mut rows: Vec<&mut dyn RowStore> = stored.iter_mut().map(|batch| batch as &mut dyn RowStore).collect();
    let flown = pool.install(|| flights.fly(request, &mut rows))?;
    let joined = flown.into_iter().zip(stored).map(|(flown, stored)| {
        let TaskBatch { rewards, states, steps, episodes, capped_solves, .. } = flown;
        TaskBatch { rewards, states, steps, episodes, capped_solves, ..stored }
    });
    Ok(joined.collect())
}
