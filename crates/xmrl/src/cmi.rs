//! Conditional mutual information of the meta-parameters and the augmented tasks, given the original ones.
//!
//! Form (i), [`Cmi`]: `½ logdet(I_M + K)` with `K = Cᵀ Sigma⁻¹ C / M` and C the centred posterior means, that is
//! `K = H Rᵀ Sigma R H / M`. It is the information of a Gaussian mean with the sample covariance of the M means (exact in
//! a linear-Gaussian model, an upper bound of the M-point mixture's, without that one's ceiling at log M); 0 for a point
//! mass. Form (ii), [`information_gain`], is the gain of Bayesian experimental design. Form (iii), [`upper_bound`], is
//! positive even for one fixed lambda: for printing only. Forms (i) and (ii) have phi-gradients by the score function and
//! along the path of the draws.
//!
//! **Common random numbers** across the M sets are the caller's duty: without them noise alone scores as much as mixing.

mod gain;

use xmrl_autodiff::vector;

pub use gain::{MeanGain, information_gain, mean_gain};

use crate::error::{Result, XmrlError, check_finite, check_len};
use crate::posterior::{Covariance, Spread, factor, half_log_determinant, inverse};

/// Form (i) with its derivative.
#[derive(Debug, Clone, PartialEq)]
pub struct Cmi {
    /// `½ logdet(I_M + K)`, in nats, at least 0.
    pub value: f64,
    /// W `[M,P]`, the derivative of the value with respect to the responses R: `Sigma R H (I + K)⁻¹ / M`.
    pub weights: Vec<f64>,
}

/// Form (i) of a [`Spread`].
///
/// # Errors
/// [`XmrlError::NotPositive`].
pub fn mixture_cmi(spread: &Spread) -> Result<Cmi> {
    let (sets, width) = (spread.sets, spread.parameters);
    let lower = factor(&spread.products, sets, 1.0 / sets as f64)?;
    let gain = inverse(&lower, sets);
    let mut weights = vec![0.0; sets * width];
    for (set, row) in weights.chunks_exact_mut(width).enumerate() {
        for other in 0..sets {
            vector::axpy(gain[other * sets + set] / sets as f64, spread.moved_row(other), row);
        }
    }
    Ok(Cmi { value: half_log_determinant(&lower, sets), weights })
}

/// Form (i) straight from responses `[M,P]`, without its derivative.
///
/// # Errors
/// As [`Spread::new`] and [`mixture_cmi`].
pub fn cmi_value(responses: &[f64], sets: usize, sigma: &mut dyn Covariance) -> Result<f64> {
    let spread = Spread::new(responses, sets, sigma)?;
    value_of(&spread.products, sets)
}

/// Form (iii): `mean_m KL(q_m || q_0) = mean_m ½ r_mᵀ Sigma r_m` in nats, R uncentred `[M,P]`.
///
/// # Errors
/// As [`information_gain`].
pub fn upper_bound(responses: &[f64], sets: usize, sigma: &mut dyn Covariance) -> Result<f64> {
    let moved = apply_rows("responses", "[M,P]", responses, sets, sigma)?;
    Ok(0.5 * vector::dot(responses, &moved) / sets as f64)
}

/// The phi-gradient `[F]` through a differentiable response: `sum over m, j of <w_m, d r_m / d lambda_mj> d lambda_mj / d phi`.
///
/// `slopes [M,J,P]` are the derivatives of the responses with respect to the J coefficients of each set, `draws [M,J,F]`
/// the pathwise derivatives of the coefficients ([`crate::MixDistribution::sample_with_gradient`]).
///
/// # Errors
/// [`XmrlError::Shape`], [`XmrlError::NonFinite`].
pub fn pathwise_gradient(cmi: &Cmi, slopes: &[f64], draws: &[f64], sets: usize, phi: usize) -> Result<Vec<f64>> {
    let units = check_units("slopes", slopes, draws, sets, phi, cmi.weights.len())?;
    let width = cmi.weights.len() / sets;
    let mut out = vec![0.0; phi];
    for (index, slope) in slopes.chunks_exact(width).enumerate() {
        let set = index / units;
        let along = vector::dot(&cmi.weights[set * width..(set + 1) * width], slope);
        vector::axpy(along, &draws[index * phi..(index + 1) * phi], &mut out);
    }
    Ok(out)
}

/// The phi-gradient `[F]` of the expected value by the score function, one coefficient at a time:
/// `sum over m, j of (CMI - CMI with c_mj replaced) d/dphi log P(lambda_mj)`.
///
/// The response of set m is a sum of parts, `r_m = sum_j c_mj` (`parts [M,J,P]`), each of one coefficient and of noise
/// that the sets share. The baseline replaces `c_mj` by the mean of the other sets' part j, which has the same noise and
/// does not depend on `lambda_mj`: unbiased, and by far less noisy than whole sets. `scores [M,J,F]`:
/// [`crate::MixDistribution::log_density_with_gradient`]. One product with Sigma for each of the M J coefficients.
///
/// The differences are of the CMI itself: its first-order term `<w_m, c_mj - mean c_m'j>` alone would be biased, to about
/// twice the gradient while K is small (there the CMI is quadratic in the parts).
///
/// # Errors
/// [`XmrlError::Shape`], [`XmrlError::NonFinite`], [`XmrlError::NotPositive`], and those of `sigma`.
pub fn unit_score_gradient(
    spread: &Spread,
    parts: &[f64],
    scores: &[f64],
    phi: usize,
    sigma: &mut dyn Covariance,
) -> Result<Vec<f64>> {
    let (sets, width) = (spread.sets, spread.parameters);
    let units = check_units("parts", parts, scores, sets, phi, sets * width)?;
    let part = |set: usize, unit: usize| &parts[(set * units + unit) * width..][..width];
    let value = value_of(&spread.products, sets)?;
    let share = 1.0 / (sets - 1) as f64;
    let mut moved = vec![0.0; width];
    let mut out = vec![0.0; phi];
    for unit in 0..units {
        let mut sum = vec![0.0; width];
        (0..sets).for_each(|set| vector::axpy(1.0, part(set, unit), &mut sum));
        for set in 0..sets {
            // change = c_mj - (sum - c_mj) / (M - 1); the set's response without it, and its products with all.
            let mut change: Vec<f64> = part(set, unit).iter().map(|c| (1.0 + share) * c).collect();
            vector::axpy(-share, &sum, &mut change);
            sigma.apply(&change, &mut moved)?;
            let mut products = spread.products.clone();
            for other in 0..sets {
                let cross = vector::dot(spread.moved_row(other), &change);
                products[set * sets + other] -= cross;
                products[other * sets + set] -= cross;
            }
            products[set * sets + set] += vector::dot(&change, &moved);
            let credit = value - value_of(&recentred(&products, sets), sets)?;
            vector::axpy(credit, &scores[(set * units + unit) * phi..][..phi], &mut out);
        }
    }
    Ok(out)
}

/// A mean with its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanError {
    /// The mean.
    pub mean: f64,
    /// `s / sqrt(n)` with s the sample standard deviation; infinite for one value.
    pub error: f64,
    /// n.
    pub count: usize,
}

/// Mean and standard error of figures from independent (fresh) evaluations.
///
/// # Errors
/// [`XmrlError::Option`] for no value, [`XmrlError::NonFinite`].
pub fn mean_error(values: &[f64]) -> Result<MeanError> {
    check_finite("evaluations", values)?;
    if values.is_empty() {
        return Err(XmrlError::Option { key: "evaluations", got: "empty".into(), fix: "give at least one" });
    }
    let count = values.len();
    let mean = values.iter().sum::<f64>() / count as f64;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let error = if count > 1 { (squares / ((count - 1) * count) as f64).sqrt() } else { f64::INFINITY };
    Ok(MeanError { mean, error, count })
}

/// `½ logdet(I + products / M)`.
fn value_of(products: &[f64], sets: usize) -> Result<f64> {
    Ok(half_log_determinant(&factor(products, sets, 1.0 / sets as f64)?, sets))
}

/// `H products H`.
fn recentred(products: &[f64], sets: usize) -> Vec<f64> {
    let row: Vec<f64> = products.chunks_exact(sets).map(|row| row.iter().sum::<f64>() / sets as f64).collect();
    let all = row.iter().sum::<f64>() / sets as f64;
    (0..sets * sets).map(|k| products[k] - row[k / sets] - row[k % sets] + all).collect()
}

fn apply_rows(name: &str, shape: &'static str, rows: &[f64], n: usize, sigma: &mut dyn Covariance) -> Result<Vec<f64>> {
    let width = (rows.len() / n.max(1)).max(1);
    check_len(name, shape, rows.len(), n.max(1) * width)?;
    check_finite(name, rows)?;
    let mut out = vec![0.0; rows.len()];
    for (from, to) in rows.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
        sigma.apply(from, to)?;
    }
    Ok(out)
}

/// J, from `[M,J,P]` and `[M,J,F]` beside weights `[M,P]`.
fn check_units(name: &str, parts: &[f64], draws: &[f64], sets: usize, phi: usize, weights: usize) -> Result<usize> {
    let units = parts.len() / weights.max(1);
    check_len(name, "[M,J,P]", parts.len(), units.max(1) * weights)?;
    check_len("coefficient derivatives", "[M,J,F]", draws.len(), units * sets * phi)?;
    check_finite(name, parts)?;
    check_finite("coefficient derivatives", draws)?;
    Ok(units)
}

#[cfg(test)]
mod tests;
