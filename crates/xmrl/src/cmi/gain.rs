//! Form (ii), the information gain of Bayesian experimental design, and its phi-gradients.

use xmrl_autodiff::vector;

use super::{apply_rows, check_units};
use crate::error::{Result, XmrlError, check_len};
use crate::posterior::{Covariance, factor, half_log_determinant, inverse, symmetric_products};

/// Form (ii): `½ logdet(I_S + Gᵀ Sigma_0 G / S)` in nats, G the scores of S samples, one row each, `[S,P]`.
///
/// # Errors
/// [`XmrlError::Shape`], [`XmrlError::NonFinite`], [`XmrlError::NotPositive`], and those of `sigma`.
pub fn information_gain(scores: &[f64], samples: usize, sigma: &mut dyn Covariance) -> Result<f64> {
    let moved = apply_rows("scores", "[S,P]", scores, samples, sigma)?;
    value_of(&symmetric_products(scores, &moved, samples), samples)
}

/// Form (ii) of M sets of S samples, with what its derivatives need.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanGain {
    /// Mean over the sets, nats.
    pub value: f64,
    /// Derivative of the mean with respect to the scores, `[M,S,P]`: `Sigma G (I + Gᵀ Sigma G / S)⁻¹ / (S M)` set by set.
    pub weights: Vec<f64>,
    sets: usize,
    samples: usize,
    /// `Sigma g` of every sample, `[M,S,P]`.
    moved: Vec<f64>,
    /// `Gᵀ Sigma G` of every set, `[M,S,S]`.
    products: Vec<f64>,
}

/// Form (ii) of `scores [M,S,P]`; one product with Sigma for each of the M S samples.
///
/// # Errors
/// As [`information_gain`]; [`XmrlError::Option`] for no set or no sample.
pub fn mean_gain(scores: &[f64], sets: usize, samples: usize, sigma: &mut dyn Covariance) -> Result<MeanGain> {
    if sets == 0 || samples == 0 {
        let got = format!("{sets} sets of {samples}");
        return Err(XmrlError::Option { key: "augment.samples", got, fix: "give at least one of both" });
    }
    let moved = apply_rows("scores", "[M,S,P]", scores, sets * samples, sigma)?;
    let width = scores.len() / (sets * samples);
    let (mut value, mut weights, mut products) = (0.0, vec![0.0; scores.len()], Vec::new());
    let whole = samples * width;
    for set in 0..sets {
        let rows = set * whole..(set + 1) * whole;
        let kernel = symmetric_products(&scores[rows.clone()], &moved[rows.clone()], samples);
        let lower = factor(&kernel, samples, 1.0 / samples as f64)?;
        value += half_log_determinant(&lower, samples) / sets as f64;
        let gain = inverse(&lower, samples);
        for (at, out) in weights[rows.clone()].chunks_exact_mut(width).enumerate() {
            for (other, row) in moved[rows.clone()].chunks_exact(width).enumerate() {
                vector::axpy(gain[other * samples + at] / (samples * sets) as f64, row, out);
            }
        }
        products.extend(kernel);
    }
    Ok(MeanGain { value, weights, sets, samples, moved, products })
}

impl MeanGain {
    /// The phi-gradient `[F]` through a differentiable score: `slopes [M,S,P]` are `dg / d lambda`, `draws [M,S,F]` are
    /// `d lambda / d phi`.
    ///
    /// # Errors
    /// [`XmrlError::Shape`], [`XmrlError::NonFinite`].
    pub fn pathwise_gradient(&self, slopes: &[f64], draws: &[f64], phi: usize) -> Result<Vec<f64>> {
        check_len("slopes", "[M,S,P]", slopes.len(), self.weights.len())?;
        check_units("slopes", slopes, draws, self.sets, phi, self.width() * self.sets)?;
        let mut out = vec![0.0; phi];
        let pairs = self.weights.chunks_exact(self.width()).zip(slopes.chunks_exact(self.width()));
        for ((weight, slope), draw) in pairs.zip(draws.chunks_exact(phi.max(1))) {
            vector::axpy(vector::dot(weight, slope), draw, &mut out);
        }
        Ok(out)
    }

    /// The phi-gradient `[F]` by the score function, one sample at a time: `sum over m, s of (V_m - V_m with g_ms replaced)
    /// d/dphi log P(lambda_ms) / M`. The baseline replaces a sample by the mean of the other sets' sample s, which has the
    /// same pair and noise and does not depend on `lambda_ms`: unbiased. No further product with Sigma.
    ///
    /// # Errors
    /// [`XmrlError::Option`] for fewer than two sets, [`XmrlError::Shape`], [`XmrlError::NonFinite`],
    /// [`XmrlError::NotPositive`].
    pub fn score_gradient(&self, scores: &[f64], draws: &[f64], phi: usize) -> Result<Vec<f64>> {
        let Self { sets, samples, .. } = *self;
        if sets < 2 {
            let fix = "leaving one out needs at least 2 coefficient sets";
            return Err(XmrlError::Option { key: "augment.sets", got: sets.to_string(), fix });
        }
        check_len("scores", "[M,S,P]", scores.len(), self.weights.len())?;
        check_units("scores", scores, draws, sets, phi, self.width() * sets)?;
        let (mut out, share) = (vec![0.0; phi], 1.0 / (sets - 1) as f64);
        let row =
            |from: &[f64], set: usize, at: usize| from[(set * samples + at) * self.width()..][..self.width()].to_vec();
        // (1 + share) g_ms - share (sum over sets) is g_ms less the mean of the others.
        let less_others = |from: &[f64], set: usize, at: usize| {
            let mut change = row(from, set, at);
            vector::scale(1.0 + share, &mut change);
            (0..sets).for_each(|other| vector::axpy(-share, &row(from, other, at), &mut change));
            change
        };
        for set in 0..sets {
            let kernel = &self.products[set * samples * samples..][..samples * samples];
            let value = value_of(kernel, samples)?;
            for at in 0..samples {
                let (change, moved) = (less_others(scores, set, at), less_others(&self.moved, set, at));
                let mut replaced = kernel.to_vec();
                for other in 0..samples {
                    let cross = vector::dot(&change, &row(&self.moved, set, other));
                    replaced[at * samples + other] -= cross;
                    replaced[other * samples + at] -= cross;
                }
                replaced[at * samples + at] += vector::dot(&change, &moved);
                let credit = (value - value_of(&replaced, samples)?) / sets as f64;
                vector::axpy(credit, &draws[(set * samples + at) * phi..][..phi], &mut out);
            }
        }
        Ok(out)
    }

    /// P.
    fn width(&self) -> usize {
        self.weights.len() / (self.sets * self.samples)
    }
}

/// `½ logdet(I + products / S)`.
fn value_of(products: &[f64], samples: usize) -> Result<f64> {
    Ok(half_log_determinant(&factor(products, samples, 1.0 / samples as f64)?, samples))
}
