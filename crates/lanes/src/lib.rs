//! Lanes: `N` numbers that are computed together, so that arithmetic written once runs as scalar or SIMD code.
//!
//! Code is generic over [`Lane`]. Every stage is `#[inline(always)]`; only the outermost batch function is compiled
//! once per instruction set, by [`dispatch_f64`] or [`dispatch_f32`], which hand a [`Kernel`] the lane type to use:
//!
//! ```
//! # #[cfg(feature = "std")] {
//! use xmrl_lanes::{Kernel, Lane, dispatch_f64};
//!
//! /// Adds `rate * x` to `y`, lane block by lane block. Lengths are multiples of the lane count.
//! struct Axpy<'a> {
//!     rate: f64,
//!     x: &'a [f64],
//!     y: &'a mut [f64],
//! }
//!
//! impl Kernel for Axpy<'_> {
//!     type Output = ();
//!     #[inline(always)] // compulsory: the body must be inlined into the instantiation that has the CPU features
//!     fn run<L: Lane>(self) {
//!         let rate = L::splat(self.rate);
//!         for (x, y) in self.x.chunks_exact(L::N).zip(self.y.chunks_exact_mut(L::N)) {
//!             rate.mul_add(L::load(x), L::load(y)).store(y);
//!         }
//!     }
//! }
//!
//! let (x, mut y) = ([1.0; 8], [2.0; 8]);
//! dispatch_f64(Axpy { rate: 3.0, x: &x, y: &mut y });
//! assert_eq!(y, [5.0; 8]);
//! # }
//! ```
//!
//! Closures are not certain to be inlined (measured: twenty times slower where one was not), so lane code uses
//! `#[inline(always)]` functions and plain loops; iterator adapters only outside the innermost loop.
//!
//! # Bits
//! A lane never sees its neighbours, so a value does not depend on which lane holds it. There are 8 lanes of `f64` and
//! 16 of `f32` on every machine, so a batch is cut alike everywhere. All instruction sets with a fused multiply-add give
//! the same bits; the portable one rounds products and sums apart and differs in the last bits.

//!
//! # Without std
//! The crate is `no_std`. Feature `std` (on by default) adds what asks the CPU at run time: [`detected`], [`isa`] and the three
//! dispatchers; without it a caller names the lanes ([`PortableF64x8`] and its like). Square roots and fused multiply-adds of
//! one float, which `core` has on no stable Rust, are x86-64's scalar instructions (`single.rs`), so that no bit and no
//! instruction depends on the feature. In a build for
//! a device (`--cfg xmrl_device`) they are the device's, and lanes of one fused number have names.
#![no_std]

#[cfg(feature = "std")]
extern crate std;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod constants;
#[cfg(feature = "std")]
mod dispatch;
mod float;
mod isa;
mod kernel;
mod lane;
mod math;
mod pack;
mod plain;
mod register;
mod single;
#[cfg(feature = "std")]
mod within;

#[cfg(feature = "std")]
pub use dispatch::{detected, dispatch_f32, dispatch_f64, dispatch_scalar, dispatch_scalar_f32, isa};
pub use float::Float;
pub use isa::{Detected, Isa};
pub use kernel::Kernel;
pub use lane::{Lane, LaneKernel};
#[cfg(xmrl_device)]
pub use pack::{FusedF32x1, FusedF64x1};
pub use pack::{PortableF32x16, PortableF64x1, PortableF64x8};
pub use register::Register;
#[cfg(feature = "std")]
pub use within::{all_finite, all_within};
