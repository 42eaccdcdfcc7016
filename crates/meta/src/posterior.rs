//! A Gaussian over the meta vector, `q = N(mu, diag sigma²)`, and the prior that it is held to.

use xmrl_autodiff::vector;

use crate::error::{MetaError, Result, Stage, check_finite, check_len};

/// The spread of q, and the prior that q is held to.
#[derive(Debug, Clone, PartialEq)]
pub struct Posterior {
    /// `ln sigma [Q]`.
    pub log_std: Vec<f64>,
    /// Mean of the prior `[Q]`.
    pub prior_mean: Vec<f64>,
    /// Standard deviation of the prior, the same for every entry.
    pub prior_std: f64,
    /// Weight of the KL in the objective.
    pub weight: f64,
}

impl Posterior {
    /// Checks lengths and options against Q.
    ///
    /// # Errors
    /// [`MetaError::Shape`], [`MetaError::NonFinite`], [`MetaError::Option`].
    pub fn validate(&self, parameters: usize) -> Result<()> {
        check_len("posterior.logStd", "[Q]", self.log_std.len(), parameters)?;
        check_len("posterior.priorMean", "[Q]", self.prior_mean.len(), parameters)?;
        check_finite(Stage::Prepare, None, "posterior.logStd", &self.log_std)?;
        check_finite(Stage::Prepare, None, "posterior.priorMean", &self.prior_mean)?;
        if !(self.prior_std.is_finite() && self.prior_std > 0.0) {
            let fix = "give a positive finite number";
            return Err(MetaError::Option { key: "retrain.mr.priorStd", got: self.prior_std.to_string(), fix });
        }
        if !(self.weight.is_finite() && self.weight >= 0.0) {
            let fix = "give a number >= 0";
            return Err(MetaError::Option { key: "retrain.mr.weight", got: self.weight.to_string(), fix });
        }
        Ok(())
    }

    /// `mu + sigma ∘ eps [Q]` with the spread of `log_std [Q]`.
    pub(crate) fn draw(mu: &[f64], log_std: &[f64], noise: &[f64]) -> Vec<f64> {
        mu.iter().zip(log_std).zip(noise).map(|((mu, rho), eps)| mu + rho.exp() * eps).collect()
    }

    /// One draw of the meta vector `[Q]` from q around `mu [Q]`.
    #[must_use]
    pub fn sample(&self, mu: &[f64], noise: &[f64]) -> Vec<f64> {
        Self::draw(mu, &self.log_std, noise)
    }

    /// `KL(N(mu, exp(2 log_std)) || N(prior_mean, prior_std²))`, nats:
    /// `sum_j ln(s / sigma_j) + (sigma_j² + (mu_j - m_j)²) / (2 s²) - ½`.
    #[must_use]
    pub fn divergence(&self, mu: &[f64], log_std: &[f64]) -> f64 {
        let (log_prior, precision) = (self.prior_std.ln(), self.prior_std.powi(-2));
        let entry = |((mu, rho), mean): ((&f64, &f64), &f64)| {
            let off = mu - mean;
            log_prior - rho + 0.5 * precision * ((2.0 * rho).exp() + off * off) - 0.5
        };
        mu.iter().zip(log_std).zip(&self.prior_mean).map(entry).sum()
    }

    /// The gradient of [`divergence`](Self::divergence) with respect to (mu, ln sigma) `[2Q]`: `(mu - m) / s²` and
    /// `sigma² / s² - 1`.
    #[must_use]
    pub fn divergence_gradient(&self, mu: &[f64], log_std: &[f64]) -> Vec<f64> {
        let precision = self.prior_std.powi(-2);
        let means = mu.iter().zip(&self.prior_mean).map(|(mu, mean)| precision * (mu - mean));
        means.chain(log_std.iter().map(|rho| precision * (2.0 * rho).exp() - 1.0)).collect()
    }
}

/// What became of q in one iteration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PosteriorStats {
    /// `KL(q || prior)` after the step, nats.
    pub divergence: f64,
    /// Mean of ln sigma after the step.
    pub mean_log_std: f64,
}

impl PosteriorStats {
    /// Of q with mean `mu [Q]` and `log_std [Q]`.
    pub(crate) fn of(posterior: &Posterior, mu: &[f64], log_std: &[f64]) -> Self {
        let ones = vec![1.0; log_std.len()];
        let mean_log_std = vector::dot(&ones, log_std) / log_std.len().max(1) as f64;
        Self { divergence: posterior.divergence(mu, log_std), mean_log_std }
    }
}
