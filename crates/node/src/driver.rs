//! What the NVIDIA driver says of itself and of its first device: facts for who chooses a device, never an error.

use napi_derive::napi;
use xmrl_cuda::Survey;

use crate::executor::guard;

/// Free memory of a device below which libtorch does not start: its context and its libraries' workspaces, before it holds a row.
const LEAST: u64 = 512 << 20;

/// The driver, as far as it answers.
#[napi(object)]
pub struct CudaDriver {
    /// The library that was looked for.
    pub library: String,
    /// What is wrong and what to do, in a sentence; none where a device has memory left.
    pub problem: Option<String>,
    /// The newest CUDA that the driver is for: 1000 times its major, and ten times its minor number; 0 where it does not say.
    pub cuda: f64,
    /// Devices that this process may see.
    pub devices: f64,
    /// The first device's name; empty where there is none.
    pub device: String,
    /// Bytes of its memory; 0 where it does not say.
    pub memory: f64,
    /// Those that are free.
    pub free: f64,
}

/// Asks the driver (`libcuda.so.1`, or what `XMRL_LIBCUDA` names) and its first device. The library stays open.
#[napi]
pub fn cuda_driver() -> napi::Result<CudaDriver> {
    Ok(guard(|| Ok(CudaDriver::from(Survey::of_this_machine())))?)
}

impl From<Survey> for CudaDriver {
    fn from(found: Survey) -> Self {
        let Survey { library, cuda, devices, device, memory, free, problem } = found;
        let problem = problem.map(|problem| problem.to_string()).or_else(|| {
            let mib = |bytes: u64| bytes >> 20;
            (free < LEAST).then(|| {
                format!(
                    "{device} has {} MiB free of {}, and libtorch needs {} to start; nvidia-smi says what holds them",
                    mib(free),
                    mib(memory),
                    mib(LEAST)
                )
            })
        });
        Self {
            library,
            problem,
            cuda: f64::from(cuda),
            devices: f64::from(devices),
            device,
            memory: memory as f64,
            free: free as f64,
        }
    }
}
