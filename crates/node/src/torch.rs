//! libtorch beside the derivatives written out: all that the addon's second build (feature `torch`) has more than the first.

use std::sync::Arc;

use xmrl_meta::Calculus;
use xmrl_rollout::Precision;

use crate::error::{Result, SeamError};

/// Derivatives by libtorch on the CPU, or on the first CUDA device, with threads of their own.
///
/// # Errors
/// `ERR_DEVICE` for CUDA where there is none, `ERR_LIBTORCH_NOT_FOUND` in the build without libtorch; no threads.
#[cfg(feature = "torch")]
pub(crate) fn calculus(cuda: bool, dtype: Precision, threads: usize) -> Result<Arc<dyn Calculus>> {
    use xmrl_meta::MetaError;
    use xmrl_torch::{Device, Kind, TorchCalculus, TorchOptions, TorchWorkers};
    if cuda && !cuda_available() {
        let text = "device cuda: the libtorch that is open sees no CUDA device; use --device cpu";
        return Err(SeamError::new("ERR_DEVICE", text));
    }
    let device = if cuda { Device::Cuda(0) } else { Device::Cpu };
    let kind = match dtype {
        Precision::F64 => Kind::Double,
        Precision::F32 => Kind::Float,
    };
    let options = TorchOptions { device, kind, ..TorchOptions::default() };
    Ok(Arc::new(TorchCalculus { options, workers: TorchWorkers::new(threads).map_err(MetaError::from)? }))
}

/// As above.
#[cfg(not(feature = "torch"))]
pub(crate) fn calculus(cuda: bool, _dtype: Precision, _threads: usize) -> Result<Arc<dyn Calculus>> {
    Err(if cuda {
        let text = "device cuda: this build of the addon has no libtorch; load the torch build, or use --device cpu";
        SeamError::new("ERR_DEVICE", text)
    } else {
        let text = "calculus libtorch: this build of the addon has no libtorch; load the torch build, or use fused";
        SeamError::new("ERR_LIBTORCH_NOT_FOUND", text)
    })
}

/// Whether the libtorch that is open sees a CUDA device.
#[cfg(feature = "torch")]
pub(crate) fn cuda_available() -> bool {
    xmrl_torch::cuda_available()
}

/// As above; there is none.
#[cfg(not(feature = "torch"))]
pub(crate) fn cuda_available() -> bool {
    false
}
