//! From trajectories to surrogate coefficients: baselines, advantages, and the scale they stand on.

use xmrl_lanes::Float;
use xmrl_rollout::{TaskBatch, advantages, fit_baseline, standardise};

use crate::error::{MetaError, Result};
use crate::problem::PreparedRows;

/// Constants of the advantage estimate.
#[derive(Debug, Clone, PartialEq)]
pub struct AdvantageOptions {
    /// Discount. Default 0.99.
    pub gamma: f64,
    /// Generalised-advantage lambda of the inner objective. Default 0.9.
    pub inner_lambda: f64,
    /// That of the outer objective. Default 1.0 (guard 2: the linear baseline is biased near the goal).
    pub outer_lambda: f64,
    /// Ridge of the linear baseline. Default 1e-5.
    pub ridge: f64,
}

impl Default for AdvantageOptions {
    fn default() -> Self {
        Self { gamma: 0.99, inner_lambda: 0.9, outer_lambda: 1.0, ridge: 1e-5 }
    }
}

impl AdvantageOptions {
    /// Checks every constant.
    ///
    /// # Errors
    /// [`MetaError::Option`] naming the first one out of range.
    pub fn validate(&self) -> Result<()> {
        let unit = |x: f64| (0.0..=1.0).contains(&x);
        let checks = [
            ("advantage.gamma", self.gamma, unit(self.gamma), "give a number in [0,1]"),
            ("advantage.innerLambda", self.inner_lambda, unit(self.inner_lambda), "give a number in [0,1]"),
            ("advantage.outerLambda", self.outer_lambda, unit(self.outer_lambda), "give a number in [0,1]"),
            ("advantage.ridge", self.ridge, self.ridge.is_finite() && self.ridge >= 0.0, "give a number >= 0"),
        ];
        match checks.into_iter().find(|(_, _, fine, _)| !fine) {
            None => Ok(()),
            Some((key, got, _, fix)) => Err(MetaError::Option { key, got: got.to_string(), fix }),
        }
    }
}

/// Inner coefficients `[R]` of one task: `c_r = standardised advantage / R`, so the inner surrogate is a mean over rows
/// whose scale does not depend on the task's rewards.
#[must_use]
pub fn inner_coefficients<T: Float>(
    batch: &TaskBatch<T>,
    observation_size: usize,
    options: &AdvantageOptions,
) -> Vec<f64> {
    let weights = fit_baseline(batch, observation_size, options.gamma, options.ridge);
    let mut out = advantages(batch, &weights, options.gamma, options.inner_lambda);
    standardise(&mut out);
    let scale = 1.0 / out.len().max(1) as f64;
    out.iter_mut().for_each(|c| *c *= scale);
    out
}

/// Outer coefficients of one phase of one task: `c_r = raw advantage / episodes`, a sum per episode, a mean over episodes.
///
/// The scale is that of the rewards, the same for every task (guard 1): standardising per task would give a solved task,
/// whose episodes end early and whose advantages are small, an order of magnitude more weight.
/// `episodes` counts all query episodes of the task, of which `batch` may be one part with a baseline of its own.
#[must_use]
pub fn outer_coefficients<T: Float>(
    batch: &TaskBatch<T>,
    episodes: usize,
    observation_size: usize,
    options: &AdvantageOptions,
) -> Vec<f64> {
    let weights = fit_baseline(batch, observation_size, options.gamma, options.ridge);
    let scale = 1.0 / episodes.max(1) as f64;
    let mut out = advantages(batch, &weights, options.gamma, options.outer_lambda);
    out.iter_mut().for_each(|c| *c *= scale);
    out
}

/// Joins the phases of one task, each with its coefficients, into rows for the calculus (`curvature` is left empty).
#[must_use]
pub fn join<T: Float>(phases: Vec<(TaskBatch<T>, Vec<f64>)>) -> PreparedRows<T> {
    let mut rows = PreparedRows::<T>::default();
    for (batch, coefficients) in phases {
        let coefficients = coefficients.into_iter().map(T::round);
        let first = rows.log_probs.len();
        rows.episodes.extend(batch.episodes.iter().map(|episode| first + episode.start));
        if rows.log_probs.is_empty() {
            (rows.observations, rows.actions, rows.log_probs) = (batch.observations, batch.actions, batch.log_probs);
            rows.coefficients = coefficients.collect();
        } else {
            rows.observations.extend(batch.observations);
            rows.actions.extend(batch.actions);
            rows.log_probs.extend(batch.log_probs);
            rows.coefficients.extend(coefficients);
        }
    }
    rows.episodes.push(rows.log_probs.len());
    rows
}
