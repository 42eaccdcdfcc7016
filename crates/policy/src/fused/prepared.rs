//! Activations and deltas kept for all rows, so that several products at the same point do not recompute them.

use super::head::Head;
use super::layout::{Network, Plan, Stack};

/// Parameters and the activations of a set of observations, from
/// [`Fused::prepare_distribution`](super::Fused::prepare_distribution). It owns copies; preparing again reuses its memory.
#[derive(Debug, Clone)]
pub struct PreparedDistribution {
    pub(super) net: Network,
    pub(super) head: Head,
    pub(super) observations: Vec<f64>,
    pub(super) values: Stack,
    pub(super) rows: usize,
}

/// A [`PreparedDistribution`] with the deltas of the surrogate, from
/// [`Fused::prepare_surrogate`](super::Fused::prepare_surrogate).
#[derive(Debug, Clone)]
pub struct PreparedSurrogate {
    pub(super) distribution: PreparedDistribution,
    pub(super) deltas: Stack,
    /// `(a - mean) / std`, `[R,A]`.
    pub(super) z: Vec<f64>,
    /// `c_r` times the ratio, `[R]`.
    pub(super) weights: Vec<f64>,
}

impl PreparedDistribution {
    pub(super) fn new(plan: &Plan, bound: f64) -> Self {
        Self {
            net: Network::new(plan),
            head: Head::new(plan.actions, bound),
            observations: Vec::new(),
            values: Stack::default(),
            rows: 0,
        }
    }

    pub(super) fn load(&mut self, plan: &Plan, theta: &[f64]) {
        self.net.load(plan, theta);
        self.head.load(&theta[plan.log_std..]);
    }

    /// R, the rows it holds.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }
}

impl PreparedSurrogate {
    pub(super) fn new(plan: &Plan, bound: f64) -> Self {
        let distribution = PreparedDistribution::new(plan, bound);
        Self { distribution, deltas: Stack::default(), z: Vec::new(), weights: Vec::new() }
    }

    /// Makes room for `rows`.
    pub(super) fn reserve(&mut self, plan: &Plan, rows: usize) {
        self.distribution.values.reserve(plan, rows);
        self.deltas.reserve(plan, rows);
        if self.weights.len() < rows {
            self.z.resize(rows * plan.actions, 0.0);
            self.weights.resize(rows, 0.0);
        }
    }

    /// The part that Fisher products use, for the same parameters and observations.
    #[must_use]
    pub fn distribution(&self) -> &PreparedDistribution {
        &self.distribution
    }
}
