//! The threads on which libtorch runs: each works on whole chunks, with one libtorch thread of its own.

use std::sync::Arc;

use rayon::prelude::*;
use tch::Tensor;
use xmrl_meta::MetaError;
use xmrl_threads::{WorkerPool, leave_if_stopped};

use crate::error::Result;

/// A private pool for [`TorchProblem`](crate::TorchProblem)s; a clone is another handle to the same threads.
///
/// Inside it libtorch's own parallelism is off, so results do not depend on the number of workers, and neither do they
/// on what the caller's threads have set. libtorch also makes "one thread" the default of threads that meet it later.
#[derive(Debug, Clone)]
pub struct TorchWorkers {
    pool: Arc<WorkerPool>,
}

impl TorchWorkers {
    /// Starts `threads` workers (physical cores is a good number; the GPU needs one).
    ///
    /// # Errors
    /// [`MetaError::Option`] for 0 threads, or where the system refuses to start them.
    pub fn new(threads: usize) -> Result<Self> {
        let refuse = |got: String| MetaError::Option { key: "workers", got, fix: "give 1 to the number of cores" };
        if threads == 0 {
            return Err(refuse("0".to_owned()).into());
        }
        WorkerPool::with_start(threads, "xmrl-torch", || tch::set_num_threads(1))
            .map(|pool| Self { pool: Arc::new(pool) })
            .map_err(|error| refuse(format!("{threads} ({error})")).into())
    }

    /// Worker threads.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// `work` on every chunk, and on `with` (a handle to the same numbers for each), confined to one thread at a time, with
    /// gradients recorded; results in chunk order. Of several errors the first chunk's is returned.
    pub(crate) fn each<C: Send, T: Send>(
        &self,
        chunks: &mut [C],
        with: &Tensor,
        work: impl Fn(&mut C, &Tensor) -> Result<T> + Sync,
    ) -> Result<Vec<T>> {
        let one = |(chunk, with): (&mut C, Tensor)| {
            leave_if_stopped();
            tch::with_grad(|| work(chunk, &with))
        };
        let mut pairs: Vec<(&mut C, Tensor)> = chunks.iter_mut().map(|chunk| (chunk, with.shallow_clone())).collect();
        let results: Vec<Result<T>> = self.pool.install(|| pairs.par_drain(..).with_max_len(1).map(one).collect());
        results.into_iter().collect()
    }

    /// `work` on one of the threads, without recording gradients.
    pub(crate) fn alone<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.pool.install(|| {
            leave_if_stopped();
            tch::no_grad(work)
        })
    }
}
