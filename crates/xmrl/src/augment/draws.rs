//! Mixing coefficients drawn for one evaluation.

use xmrl_autodiff::vector;
use xmrl_envs::rng::Stream;

use crate::mixdist::MixDistribution;

/// The coefficients of M sets of J episodes, with both derivatives of each.
pub(super) struct Draws {
    /// F.
    pub(super) phi: usize,
    /// `[M,J]`.
    pub(super) lambda: Vec<f64>,
    /// `d log P / d phi` at the coefficients, `[M,J,F]`.
    pub(super) scores: Vec<f64>,
    /// `d lambda / d phi` at fixed uniforms, `[M,J,F]`.
    pub(super) slopes: Vec<f64>,
}

impl Draws {
    pub(super) fn of(law: &MixDistribution, sets: usize, units: usize, lambdas: &Stream) -> Self {
        let (phi, count) = (law.phi().len(), sets * units);
        let (mut scores, mut slopes) = (vec![0.0; count * phi], vec![0.0; count * phi]);
        let draw = |index: usize| {
            let (set, unit) = ((index / units) as u32, (index % units) as u32);
            let at = index * phi..(index + 1) * phi;
            let uniforms = [0, 1].map(|k| lambdas.uniform(unit, set, 0, k));
            let lambda = law.sample_with_gradient(uniforms[0], uniforms[1], &mut slopes[at.clone()]);
            law.log_density_with_gradient(lambda, &mut scores[at]);
            lambda
        };
        let lambda = (0..count).map(draw).collect();
        Self { phi, lambda, scores, slopes }
    }
}

/// Sums of consecutive groups of `size` rows of `[n,width]`, in order.
pub(super) fn grouped(rows: &[f64], size: usize, width: usize) -> Vec<f64> {
    let mut out = vec![0.0; rows.len() / size];
    for (index, row) in rows.chunks_exact(width).enumerate() {
        vector::axpy(1.0, row, &mut out[index / size * width..][..width]);
    }
    out
}
