//! What happens once per process: allocator thresholds at load, an orderly end at exit.

use napi_derive::napi;

use crate::executor;

/// Large tensors would be mapped and unmapped on every call (a third of a derivative's time was page faults):
/// blocks up to 1 GiB come from the heap, and the heap is not trimmed below that.
#[napi_derive::module_init]
fn on_load() {
    const GIB: libc::c_int = 1 << 30;
    // SAFETY: mallopt only sets parameters of the allocator; a refused value changes nothing.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, GIB);
        libc::mallopt(libc::M_TRIM_THRESHOLD, GIB);
    }
}

/// Finishes queued jobs and joins the executor; called once when the process exits. Later jobs are refused.
#[napi]
pub fn shut_down() {
    executor::shut_down();
}

/// True when the libtorch that is open sees a CUDA device.
#[napi]
#[must_use]
pub fn cuda_available() -> bool {
    tch::Cuda::is_available()
}
