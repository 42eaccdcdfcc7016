//! What one task keeps for any number of products at a point.

use xmrl_policy::{PreparedDistribution, PreparedSurrogate, RateTape};

/// Activations at the anchor on one task's curvature subsamples.
pub(super) struct Prepared<T> {
    pub(super) support: PreparedSurrogate<T>,
    pub(super) query: PreparedDistribution<T>,
}

/// What one task keeps at a meta vector for any number of products.
pub(super) struct Kept<T> {
    /// `D`, `g`, `z = dJ^out(theta')` and `u = D z`, `[P]` each.
    pub(super) rates: Vec<f64>,
    pub(super) inner: Vec<f64>,
    pub(super) outer: Vec<f64>,
    pub(super) scaled: Vec<f64>,
    pub(super) support: PreparedSurrogate<T>,
    pub(super) query: PreparedSurrogate<T>,
    /// Rates of the support rows along `u`.
    pub(super) along: RateTape<T>,
}
