//! Roll-outs on an NVIDIA card, with the bits of the CPU's.
//!
//! Nothing of CUDA is needed to build this: a [`Driver`] opens `libcuda.so.1` while the program runs, a [`Device`] loads PTX that is
//! part of this crate (made from the Rust that the CPU runs), and [`CudaFlights`] flies a request of `xmrl_rollout` there, a thread an
//! episode. Every failure is a [`CudaError`] that says what was looked for and what to do.

mod buffer;
mod device;
mod driver;
mod error;
mod flights;
mod kernels;
mod launch;
mod rows;
mod survey;

pub use buffer::{Buffer, Plain};
pub use device::{Device, Kernel, Module};
pub use driver::{DRIVER_VARIABLE, Driver};
pub use error::CudaError;
pub use flights::CudaFlights;
pub use kernels::{families, ptx};
pub use survey::Survey;
