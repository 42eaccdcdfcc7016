//! Rollouts as a caller sees them.

mod bodies;
mod determinism;
mod errors;
mod support;
mod truth;
