//! Every derivative written out, held to libtorch's automatic differentiation, as one test program.

mod ascent;
#[path = "../../../meta/tests/suite/common.rs"]
mod common;
mod derivatives;
mod digests;
mod fused;
mod goal;
mod goal_reaching;
mod kernels;
#[path = "../../../meta/tests/suite/lab.rs"]
mod lab;
mod network;
#[path = "../../../meta/tests/plain/mod.rs"]
mod plain;
#[path = "../../../policy/tests/common/mod.rs"]
mod policies;
mod polish;
mod step;
mod surrogates;
mod tensors;
