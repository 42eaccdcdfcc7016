//! Activations and deltas of all rows at one point, in the caller's memory: a product there then starts from its rates, without
//! a forward and a backward pass of its own.

use super::head::Head;
use super::layout::{Network, Plan, Stack};
use super::number::Number;

/// Parameters and the activations of a set of observations, from
/// [`Fused::prepare_distribution`](super::Fused::prepare_distribution). It owns copies; preparing again reuses its memory.
#[derive(Debug, Clone)]
pub struct PreparedDistribution<T = f64> {
    pub(super) net: Network<T>,
    pub(super) head: Head<T>,
    pub(super) observations: Vec<T>,
    pub(super) values: Stack<T>,
    pub(super) rows: usize,
}

/// A [`PreparedDistribution`] with the deltas of the surrogate, from
/// [`Fused::prepare_surrogate`](super::Fused::prepare_surrogate).
#[derive(Debug, Clone)]
pub struct PreparedSurrogate<T = f64> {
    pub(super) distribution: PreparedDistribution<T>,
    pub(super) deltas: Stack<T>,
    /// `(a - mean) / std`, rows of the last layer's stride.
    pub(super) z: Vec<T>,
    /// `c_r` times the ratio, `[R]`.
    pub(super) weights: Vec<T>,
}

impl<T: Number> PreparedDistribution<T> {
    pub(super) fn new(plan: &Plan, bound: f64) -> Self {
        Self {
            net: Network::new(plan),
            head: Head::new(plan.actions, plan.padded_actions(), bound),
            observations: Vec::new(),
            values: Stack::empty(),
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

impl<T: Number> PreparedSurrogate<T> {
    pub(super) fn new(plan: &Plan, bound: f64) -> Self {
        let distribution = PreparedDistribution::new(plan, bound);
        Self { distribution, deltas: Stack::empty(), z: Vec::new(), weights: Vec::new() }
    }

    /// Makes room for `rows`.
    pub(super) fn reserve(&mut self, plan: &Plan, rows: usize) {
        self.distribution.values.reserve(plan, rows);
        self.deltas.reserve(plan, rows);
        if self.weights.len() < rows {
            self.z.resize(rows * plan.padded_actions(), T::default());
            self.weights.resize(rows, T::default());
        }
    }

    /// The part that Fisher products use, for the same parameters and observations.
    #[must_use]
    pub fn distribution(&self) -> &PreparedDistribution<T> {
        &self.distribution
    }
}
