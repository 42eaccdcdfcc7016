//! Episodes as GPU kernels: one thread flies one world, with the lane code that the CPU runs, so that bits are equal.
//!
//! [`Arguments`] is what a kernel is launched with; the episode itself is generic over lanes of width 1, so that the host can run
//! it too.
#![no_std]

mod arguments;

pub use arguments::Arguments;
