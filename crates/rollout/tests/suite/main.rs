//! Rollouts as a caller sees them.

mod acting;
mod bodies;
mod determinism;
mod errors;
mod support;
mod truth;
