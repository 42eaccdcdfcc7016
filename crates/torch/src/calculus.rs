//! libtorch as a calculus that a meta-iteration or an explanation can be given.

use xmrl_meta::{Calculus, Inner, MetaHessian, MetaSpec, Subsample, TaskData};

use crate::problem::{TorchOptions, TorchProblem};
use crate::workers::TorchWorkers;

/// [`TorchProblem`]s with these options on these threads.
#[derive(Debug, Clone)]
pub struct TorchCalculus {
    /// Device, number type, chunks.
    pub options: TorchOptions,
    /// The threads that work on chunks.
    pub workers: TorchWorkers,
}

impl Calculus for TorchCalculus {
    fn problem<'a>(
        &'a self,
        spec: &'a MetaSpec,
        data: &'a [TaskData],
        anchor: &[f64],
        _inner: Option<Inner>,
    ) -> xmrl_meta::Result<Box<dyn MetaHessian + 'a>> {
        Ok(Box::new(TorchProblem::new(spec.clone(), data, anchor, &self.options, &self.workers)?))
    }

    fn subsampled<'a>(
        &'a self,
        spec: &'a MetaSpec,
        sample: Subsample,
        anchor: &[f64],
    ) -> xmrl_meta::Result<Box<dyn MetaHessian + 'a>> {
        Ok(Box::new(TorchProblem::subsampled(spec.clone(), &sample, anchor, &self.options, &self.workers)?))
    }
}

/// Whether the libtorch that is open sees a CUDA device.
#[must_use]
pub fn cuda_available() -> bool {
    tch::Cuda::is_available()
}
