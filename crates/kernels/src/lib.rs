//! Episodes as GPU kernels: one thread flies one world, with the lane code that the CPU runs, so that bits are equal.
//!
//! [`Arguments`] is what a kernel is launched with. [`families`] has the episode, generic over lanes of width 1, so that the host can
//! run it, too; kernels `fly_<family>_<f64|f32>` are made of it by `scripts/cuda/kernels.py`, where `xmrl_device` is set.
//! Nothing here allocates: what a thread needs lies on its stack, and no panic is left but as a trap.
#![no_std]

mod arguments;
#[cfg(xmrl_device)]
pub mod device;
mod episode;
pub mod families;

pub use arguments::Arguments;
pub use episode::MOST_UNITS;
