//! The problem, the step and the evaluation, as one test program.

mod adaptation;
mod common;
mod fused;
mod gaussian;
mod gradients;
mod lab;
mod preconditioned;
mod step;
mod subsample;
mod trpo;
