//! Rollouts as a caller sees them.

mod determinism;
mod errors;
mod support;
mod truth;
