//! The scratch of one thread.

use super::layout::{BLOCK, Gradient, Network, Plan, Stack};
use super::passes::Rates;
use super::prepared::PreparedSurrogate;

/// Scratch of the derivative kernel for one thread and one spec; made by [`Fused::workspace`](super::Fused::workspace).
/// It carries nothing from call to call.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// Parameters and activations of the block in work.
    pub(super) block: PreparedSurrogate,
    pub(super) direction: Direction,
    pub(super) rates: Rates,
    pub(super) sums: Gradient,
    /// Log-probabilities, then ratios, of the block in work.
    pub(super) ratios: [f64; BLOCK],
}

/// A direction `v [P]`: its affine layers, and the rates of the log-stds in force.
#[derive(Debug, Clone)]
pub(super) struct Direction {
    pub(super) net: Network,
    pub(super) log_std: Vec<f64>,
}

impl Direction {
    /// Copies `v`; `active` is 0 for a log-std below its bound, which does not move.
    pub(super) fn load(&mut self, plan: &Plan, active: &[f64], v: &[f64]) {
        self.net.load(plan, v);
        for ((moved, &v), &active) in self.log_std.iter_mut().zip(&v[plan.log_std..]).zip(active) {
            *moved = if active == 0.0 { 0.0 } else { v };
        }
    }
}

impl Workspace {
    pub(super) fn new(plan: &Plan, bound: f64) -> Self {
        let mut block = PreparedSurrogate::new(plan, bound);
        block.reserve(plan, BLOCK);
        let stack = || Stack::new(plan, BLOCK);
        Self {
            block,
            direction: Direction { net: Network::new(plan), log_std: vec![0.0; plan.actions] },
            rates: Rates { z: stack(), h: stack(), deltas: stack() },
            sums: Gradient::new(plan),
            ratios: [0.0; BLOCK],
        }
    }
}
