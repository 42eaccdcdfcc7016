//! The threads on which libtorch runs: each works on whole chunks, with one libtorch thread of its own.

use std::sync::Arc;

use rayon::prelude::*;

use crate::error::{MetaError, Result};

/// A private pool for [`TorchProblem`](super::TorchProblem)s; a clone is another handle to the same threads.
///
/// Inside it libtorch's own parallelism is off, so results do not depend on the number of workers, and neither do they
/// on what the caller's threads have set. libtorch also makes "one thread" the default of threads that meet it later.
#[derive(Debug, Clone)]
pub struct TorchWorkers {
    pool: Arc<rayon::ThreadPool>,
}

impl TorchWorkers {
    /// Starts `threads` workers (physical cores is a good number; the GPU needs one).
    ///
    /// # Errors
    /// [`MetaError::Option`] for 0 threads, or where the system refuses to start them.
    pub fn new(threads: usize) -> Result<Self> {
        let refuse = |got: String| MetaError::Option { key: "workers", got, fix: "give 1 to the number of cores" };
        if threads == 0 {
            return Err(refuse("0".to_owned()));
        }
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|index| format!("xmrl-torch-{index}"))
            .start_handler(|_| tch::set_num_threads(1))
            .build()
            .map(|pool| Self { pool: Arc::new(pool) })
            .map_err(|error| refuse(format!("{threads} ({error})")))
    }

    /// Worker threads.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// `work` on every chunk, each confined to one thread at a time, with gradients recorded; results in chunk order.
    /// Of several errors the first chunk's is returned.
    pub(super) fn each<C: Send, T: Send>(
        &self,
        chunks: &mut [C],
        work: impl Fn(&mut C) -> Result<T> + Sync,
    ) -> Result<Vec<T>> {
        let results: Vec<Result<T>> = self
            .pool
            .install(|| chunks.par_iter_mut().with_max_len(1).map(|chunk| tch::with_grad(|| work(chunk))).collect());
        results.into_iter().collect()
    }
}
