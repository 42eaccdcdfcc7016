//! What a linear solver reports.

/// What happened in a linear solve. Failing to converge is one of the values, not an error.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SolveInfo {
    /// Operator products after the start, over all restarts.
    pub iterations: usize,
    /// Relative residual `|b - (A + damping I) x| / |b|` of the returned `x`.
    pub residual: f64,
    /// Whether the residual met the tolerance.
    pub converged: bool,
    /// Whether a direction with `p'(A + damping I) p <= 0` was met, in the last attempt or before a restart.
    pub negative_curvature: bool,
    /// Estimate of the least eigenvalue of `A` (damping not included); at or above the true one up to rounding.
    pub lambda_min: Option<f64>,
    /// Estimate of the greatest eigenvalue of `A` (damping not included); at or below the true one up to rounding.
    pub lambda_max: Option<f64>,
    /// Multiple of the identity that the returned `x` was solved with.
    pub damping: f64,
    /// Times the damping was raised.
    pub restarts: usize,
    /// Relative residual at the start and after each step of the last attempt.
    pub history: Vec<f64>,
}

impl SolveInfo {
    pub(crate) fn start(damping: f64) -> Self {
        Self { damping, residual: 1.0, ..Self::default() }
    }

    /// Of a right-hand side of 0, whose answer is known.
    #[must_use]
    pub fn exact(damping: f64) -> Self {
        let mut info = Self::start(damping);
        info.finish(0.0, true);
        info
    }

    pub(crate) fn record(&mut self, residual: f64) {
        self.residual = residual;
        self.history.push(residual);
    }

    pub(crate) fn finish(&mut self, residual: f64, converged: bool) {
        self.residual = residual;
        self.converged = converged;
    }
}
