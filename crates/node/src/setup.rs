//! What happens once per process: allocator thresholds and the way out at load, an orderly end at exit.

use napi::Env;
use napi_derive::napi;

use crate::executor::{self, guard};
use crate::torch;

/// Large tensors would be mapped and unmapped on every call (a third of a derivative's time was page faults):
/// blocks up to 1 GiB come from the heap, and the heap is not trimmed below that.
#[napi_derive::module_init]
fn on_load() {
    xmrl_measure::keep_memory();
    executor::before_destructors();
}

/// Stops this thread's jobs and waits for them; called once when the thread, or the process, exits. Later jobs are refused.
#[napi]
pub fn shut_down(env: &Env) -> napi::Result<()> {
    Ok(guard(|| {
        executor::shut_down(env);
        Ok(())
    })?)
}

/// True when the libtorch that is open sees a CUDA device; never in the build without libtorch.
#[napi]
pub fn cuda_available() -> napi::Result<bool> {
    Ok(guard(|| Ok(torch::cuda_available()))?)
}
