//! The Gaussian on top of the network, row by row: log-probabilities, the surrogate's deltas and their rates, divergences.
//!
//! Means, deltas and rates are the last layer's rows, `A` entries at `stride`.

use crate::gaussian::LN_TAU;

/// What the log-stds contribute to every row.
#[derive(Debug, Clone)]
pub(super) struct Head {
    /// Effective log-std, `exp(-log_std)`, and 1 where the parameter is not below its bound, 0 where it is; `[A]` each.
    pub(super) log_std: Vec<f64>,
    pub(super) inverse: Vec<f64>,
    pub(super) active: Vec<f64>,
    bound: f64,
    /// `-sum log_std - A/2 ln 2 pi`.
    constant: f64,
}

impl Head {
    pub(super) fn new(actions: usize, bound: f64) -> Self {
        let zeros = || vec![0.0; actions];
        Self { log_std: zeros(), inverse: zeros(), active: zeros(), bound, constant: 0.0 }
    }

    /// Takes the raw log-stds `[A]`.
    pub(super) fn load(&mut self, raw: &[f64]) {
        self.constant = -0.5 * LN_TAU * raw.len() as f64;
        for (j, &raw) in raw.iter().enumerate() {
            let below = raw < self.bound;
            self.log_std[j] = if below { self.bound } else { raw };
            self.inverse[j] = (-self.log_std[j]).exp();
            self.active[j] = if below { 0.0 } else { 1.0 };
            self.constant -= self.log_std[j];
        }
    }

    /// Writes `z = (a - mean) / std` `[rows,A]` and the log-probabilities `[rows]`.
    pub(super) fn log_probs(
        &self,
        means: &[f64],
        stride: usize,
        actions: &[f64],
        z: &mut [f64],
        log_probs: &mut [f64],
    ) {
        let size = self.inverse.len();
        let rows = means.chunks_exact(stride).zip(actions.chunks_exact(size)).zip(z.chunks_exact_mut(size));
        for (((mean, action), z), log_prob) in rows.zip(log_probs) {
            let mut square = 0.0;
            for j in 0..size {
                z[j] = (action[j] - mean[j]) * self.inverse[j];
                square += z[j] * z[j];
            }
            *log_prob = self.constant - 0.5 * square;
        }
    }

    /// The deltas of `sum_r w_r log pi_r` with `w` held: `w z / std`.
    pub(super) fn deltas(&self, z: &[f64], weights: &[f64], deltas: &mut [f64], stride: usize) {
        let size = self.inverse.len();
        for ((delta, z), &w) in deltas.chunks_exact_mut(stride).zip(z.chunks_exact(size)).zip(weights) {
            for j in 0..size {
                delta[j] = w * z[j] * self.inverse[j];
            }
        }
    }

    /// Adds the log-std part of the same gradient to `sums [A]`: `w (z^2 - 1)`.
    pub(super) fn add_log_std(&self, z: &[f64], weights: &[f64], sums: &mut [f64]) {
        for (z, &w) in z.chunks_exact(sums.len()).zip(weights) {
            for (sum, &z) in sums.iter_mut().zip(z) {
                *sum += w * (z * z - 1.0);
            }
        }
    }

    /// The rates of [`deltas`](Self::deltas) for `w = c exp(log pi - log b)`, given the means' rates and the log-stds'
    /// `moved [A]`: `R{z} = -R{mean}/std - z R{s}`, `R{w} = w sum_j (-z R{z} - R{s})`.
    pub(super) fn delta_rates(
        &self,
        (z, weights): (&[f64], &[f64]),
        mean_rates: &[f64],
        moved: &[f64],
        rates: &mut [f64],
        stride: usize,
        sums: &mut [f64],
    ) {
        let size = self.inverse.len();
        let rows = rates.chunks_exact_mut(stride).zip(mean_rates.chunks_exact(stride)).zip(z.chunks_exact(size));
        for (((rate, mean_rate), z), &w) in rows.zip(weights) {
            let mut score = 0.0;
            for j in 0..size {
                let z_rate = -(mean_rate[j] * self.inverse[j]) - z[j] * moved[j];
                score -= z[j] * z_rate + moved[j];
                rate[j] = z_rate; // kept for the second loop
            }
            let w_rate = w * score;
            for j in 0..size {
                let z_rate = rate[j];
                rate[j] = self.inverse[j] * (w_rate * z[j] + w * (z_rate - z[j] * moved[j]));
                sums[j] += w_rate * (z[j] * z[j] - 1.0) + 2.0 * w * z[j] * z_rate;
            }
        }
    }

    /// `sum_r KL(old_r || self_r)`, summed over dimensions; `old` holds means `[rows,A]`, `old_log_std` is effective.
    pub(super) fn kl(&self, (old, old_log_std): (&[f64], &[f64]), means: &[f64], stride: usize) -> f64 {
        let size = self.inverse.len();
        let mut per_row = 0.0; // the part of the log-stds is the same in every row
        for (new, old) in self.log_std.iter().zip(old_log_std) {
            per_row += (new - old) + 0.5 * (2.0 * (old - new)).exp_m1();
        }
        let mut sum = 0.0;
        for (mean, old) in means.chunks_exact(stride).zip(old.chunks_exact(size)) {
            let mut square = 0.0;
            for j in 0..size {
                let z = (mean[j] - old[j]) * self.inverse[j];
                square += z * z;
            }
            sum += per_row + 0.5 * square;
        }
        sum
    }

    /// The deltas of `weight sum_r KL(old_r || self_r)`; adds its log-std part to `sums`.
    pub(super) fn kl_deltas(
        &self,
        (old, old_log_std): (&[f64], &[f64]),
        means: &[f64],
        weight: f64,
        (deltas, stride): (&mut [f64], usize),
        sums: &mut [f64],
    ) {
        let size = self.inverse.len();
        for j in 0..size {
            let per_row = -(2.0 * (old_log_std[j] - self.log_std[j])).exp_m1();
            let rows = means.chunks_exact(stride).zip(old.chunks_exact(size)).zip(deltas.chunks_exact_mut(stride));
            for ((mean, old), delta) in rows {
                let z = (mean[j] - old[j]) * self.inverse[j];
                delta[j] = weight * z * self.inverse[j];
                sums[j] += weight * (per_row - z * z);
            }
        }
    }

    /// Adds the deltas of the Fisher product along a direction whose means' rates `[rows,A]` were kept.
    pub(super) fn add_fisher_deltas(
        &self,
        (mean_rates, moved): (&[f64], &[f64]),
        weight: f64,
        (deltas, stride): (&mut [f64], usize),
        sums: &mut [f64],
    ) {
        let size = self.inverse.len();
        for (delta, rate) in deltas.chunks_exact_mut(stride).zip(mean_rates.chunks_exact(size)) {
            for j in 0..size {
                delta[j] += weight * rate[j] * (self.inverse[j] * self.inverse[j]);
                sums[j] += 2.0 * weight * moved[j];
            }
        }
    }

    /// The deltas of the Fisher product: `weight R{mean} / std^2`; adds `2 weight R{s}` per row to `sums`.
    pub(super) fn fisher_deltas(
        &self,
        (mean_rates, moved): (&[f64], &[f64]),
        weight: f64,
        (deltas, stride): (&mut [f64], usize),
        sums: &mut [f64],
    ) {
        for (delta, rate) in deltas.chunks_exact_mut(stride).zip(mean_rates.chunks_exact(stride)) {
            for j in 0..self.inverse.len() {
                delta[j] = weight * rate[j] * (self.inverse[j] * self.inverse[j]);
                sums[j] += 2.0 * weight * moved[j];
            }
        }
    }
}
