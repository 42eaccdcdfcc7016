//! The scratch of one thread.

use super::layout::{BLOCK, Network, Plan, Stack};
use super::number::Number;
use super::passes::Rates;
use super::prepared::PreparedSurrogate;
use super::sums::Sums;

/// Scratch of the derivative kernel for one thread and one spec; made by [`Fused::workspace`](super::Fused::workspace).
/// It carries nothing from call to call.
#[derive(Debug, Clone)]
pub struct Workspace<T = f64> {
    /// Parameters and activations of the block in work.
    pub(super) block: PreparedSurrogate<T>,
    pub(super) direction: Direction<T>,
    pub(super) rates: Rates<T>,
    /// Two more directions, for mixed rates.
    pub(super) pair: [Direction<T>; 2],
    pub(super) sums: Sums<T>,
    /// Log-probabilities, then ratios, of the block in work.
    pub(super) ratios: [T; BLOCK],
    /// Effective log-stds `[A]` of the policy that a divergence is from.
    pub(super) log_std_old: Vec<f64>,
    /// Sums that a pass makes beside what it is for.
    pub(super) ignored: Vec<T>,
}

/// A direction `v [P]`: its affine layers, and the rates of the log-stds in force.
#[derive(Debug, Clone)]
pub(super) struct Direction<T> {
    pub(super) net: Network<T>,
    /// `[A]`, padded with 0.
    pub(super) log_std: Vec<T>,
}

impl<T: Number> Direction<T> {
    fn new(plan: &Plan) -> Self {
        Self { net: Network::new(plan), log_std: vec![T::default(); plan.padded_actions()] }
    }

    /// Copies `v`; `active` is 0 for a log-std below its bound, which does not move.
    pub(super) fn load(&mut self, plan: &Plan, active: &[T], v: &[f64]) {
        self.net.load(plan, v);
        for ((moved, &v), &active) in self.log_std.iter_mut().zip(&v[plan.log_std..]).zip(active) {
            *moved = if active == T::default() { active } else { T::round(v) };
        }
    }
}

impl<T: Number> Workspace<T> {
    pub(super) fn new(plan: &Plan, bound: f64) -> Self {
        let mut block = PreparedSurrogate::new(plan, bound);
        block.reserve(plan, BLOCK);
        let stack = || Stack::new(plan, BLOCK);
        Self {
            block,
            direction: Direction::new(plan),
            pair: [Direction::new(plan), Direction::new(plan)],
            rates: Rates { z: stack(), h: stack(), deltas: stack() },
            sums: Sums::new(plan),
            ratios: [T::default(); BLOCK],
            log_std_old: vec![0.0; plan.actions],
            ignored: vec![T::default(); plan.padded_actions()],
        }
    }
}
