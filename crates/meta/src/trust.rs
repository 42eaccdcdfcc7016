//! How far a trust-region step goes, and how it is solved for.

use crate::error::{MetaError, Result};

/// Constants of the trust-region step.
#[derive(Debug, Clone, PartialEq)]
pub struct TrpoOptions {
    /// Bound on `kl_adapted + unadapted_weight * kl_unadapted`, nats. Default 0.01.
    pub delta: f64,
    /// Conjugate-gradient iterations. Default 8.
    pub cg_iterations: usize,
    /// Relative residual at which conjugate gradients stop early. Default 1e-10.
    pub cg_tolerance: f64,
    /// Added to the diagonal of the curvature. Default 0.05.
    pub damping: f64,
    /// Factor between candidates of the line search, in (0,1). Default 0.8.
    pub backtrack: f64,
    /// Candidates tried. Default 15.
    pub tries: usize,
    /// Weight of the unadapted policy's KL in the trust region (guard 3). Default 0.5.
    pub unadapted_weight: f64,
    /// What saves conjugate-gradient iterations; nothing by default.
    pub preconditioner: Option<Preconditioner>,
}

/// A preconditioner of the trust region's curvature: Ritz pairs of the curvature on a few of its rows, in the Krylov space of the
/// gradient ([`ritz_pairs`](xmrl_autodiff::ritz_pairs)). Made anew in every step, so that a step depends on nothing but its own data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preconditioner {
    /// Pairs, and products with the curvature on `rows`.
    pub rank: usize,
    /// Rows a task and phase, of those of the curvature.
    pub rows: usize,
}

impl Default for TrpoOptions {
    fn default() -> Self {
        Self {
            delta: 0.01,
            cg_iterations: 8,
            cg_tolerance: 1e-10,
            damping: 0.05,
            backtrack: 0.8,
            tries: 15,
            unadapted_weight: 0.5,
            preconditioner: None,
        }
    }
}

impl TrpoOptions {
    /// Checks every constant.
    ///
    /// # Errors
    /// [`MetaError::Option`] naming the first one out of range.
    pub fn validate(&self) -> Result<()> {
        let positive = |x: f64| x.is_finite() && x > 0.0;
        let not_negative = |x: f64| x.is_finite() && x >= 0.0;
        let (rank, rows) = self.preconditioner.map_or((1, 1), |of| (of.rank, of.rows));
        let checks = [
            ("trpo.preconditioner.rank", rank as f64, rank > 0, "give at least 1, or no preconditioner"),
            ("trpo.preconditioner.rows", rows as f64, rows > 0, "give at least 1"),
            ("trpo.delta", self.delta, positive(self.delta), "give a positive finite number"),
            ("trpo.cgIterations", self.cg_iterations as f64, self.cg_iterations > 0, "give at least 1"),
            ("trpo.cgTolerance", self.cg_tolerance, not_negative(self.cg_tolerance), "give a number >= 0"),
            ("trpo.damping", self.damping, not_negative(self.damping), "give a number >= 0"),
            (
                "trpo.backtrack",
                self.backtrack,
                positive(self.backtrack) && self.backtrack < 1.0,
                "give a number in (0,1)",
            ),
            ("trpo.tries", self.tries as f64, self.tries > 0, "give at least 1"),
            ("trpo.unadaptedWeight", self.unadapted_weight, not_negative(self.unadapted_weight), "give a number >= 0"),
        ];
        match checks.into_iter().find(|(_, _, fine, _)| !fine) {
            None => Ok(()),
            Some((key, got, _, fix)) => Err(MetaError::Option { key, got: got.to_string(), fix }),
        }
    }
}
