//! Where the time of a meta-iteration goes.

use std::ops::AddAssign;
use std::time::Instant;

/// Seconds of wall time by phase. They depend on the machine: no result, and nothing that is recorded with one.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct StepSeconds {
    /// Support episodes: worlds, policy and records.
    pub support: f64,
    /// Query episodes, mixed ones included.
    pub query: f64,
    /// Baselines, advantages, coefficients and the checks of the rows.
    pub advantages: f64,
    /// Inner gradients and the adapted policies.
    pub adapt: f64,
    /// What the derivatives prepare, and the meta-gradient.
    pub gradient: f64,
    /// Conjugate gradients: curvature products.
    pub curvature: f64,
    /// Candidates of the line search.
    pub line_search: f64,
    /// The whole iteration, whatever is not named above included.
    pub whole: f64,
}

impl StepSeconds {
    /// What of [`whole`](Self::whole) no other field names.
    #[must_use]
    pub fn rest(&self) -> f64 {
        let named = [self.support, self.query, self.advantages, self.adapt, self.gradient, self.curvature];
        self.whole - named.iter().sum::<f64>() - self.line_search
    }
}

impl AddAssign for StepSeconds {
    fn add_assign(&mut self, other: Self) {
        self.support += other.support;
        self.query += other.query;
        self.advantages += other.advantages;
        self.adapt += other.adapt;
        self.gradient += other.gradient;
        self.curvature += other.curvature;
        self.line_search += other.line_search;
        self.whole += other.whole;
    }
}

/// Does `work` and adds what it took to `seconds`.
pub(crate) fn timed<T>(seconds: &mut f64, work: impl FnOnce() -> T) -> T {
    let from = Instant::now();
    let done = work();
    *seconds += from.elapsed().as_secs_f64();
    done
}
