//! The Gaussian on top of the network, row by row: log-probabilities, the surrogate's deltas and their rates, divergences.
//!
//! Means, `z`, deltas and rates are rows of the last layer: `A` entries, padded to its stride. A row is worked on in
//! groups of [`WIDE`] numbers; what lies in the padding is never used.

use xmrl_lanes::Detected;

use super::number::{Number, per_isa};

/// ln(2 pi).
const LN_TAU: f64 = 1.837_877_066_409_345_3;

/// Numbers of a row worked on at a time.
const WIDE: usize = 8;

/// What the log-stds contribute to every row.
#[derive(Debug, Clone)]
pub(super) struct Head<T> {
    /// `exp(-log_std)` and 1 where the parameter is not below its bound, 0 where it is; `[A]`, padded with 0.
    inverse: Vec<T>,
    pub(super) active: Vec<T>,
    /// Effective log-std `[A]`.
    log_std: Vec<f64>,
    bound: f64,
    /// `-sum log_std - A/2 ln 2 pi`.
    constant: T,
}

/// The groups of the first `A` entries of a row.
#[inline(always)]
fn groups<T>(row: &[T], count: usize) -> &[[T; WIDE]] {
    &row.as_chunks().0[..count]
}

#[inline(always)]
fn groups_mut<T>(row: &mut [T], count: usize) -> &mut [[T; WIDE]] {
    &mut row.as_chunks_mut().0[..count]
}

/// The sum of a group, as a tree: the same on every instruction set.
#[inline(always)]
fn tree<T: Number>(x: [T; WIDE]) -> T {
    let pairs = [x[0] + x[4], x[1] + x[5], x[2] + x[6], x[3] + x[7]];
    (pairs[0] + pairs[2]) + (pairs[1] + pairs[3])
}

/// How the rows of the last layer lie.
#[derive(Clone, Copy)]
pub(super) struct Width {
    /// A.
    pub(super) actions: usize,
    /// From row to row.
    pub(super) stride: usize,
}

impl Width {
    fn groups(self) -> usize {
        self.actions.div_ceil(WIDE)
    }
}

per_isa! {
    /// `z = (a - mean) inverse` `[rows]`, padding 0, and `constant - |z|^2 / 2` `[rows]`.
    fn log_probs<T>(
        width: Width,
        inverse: &[T],
        constant: T,
        means: &[T],
        actions: &[T],
        z: &mut [T],
        log_probs: &mut [T],
    ) {
        let (count, half) = (width.groups(), T::round(-0.5));
        let rows = means.chunks_exact(width.stride).zip(z.chunks_exact_mut(width.stride));
        for ((mean, z), (action, log_prob)) in rows.zip(actions.chunks_exact(width.actions).zip(log_probs)) {
            let (own, padding) = z.split_at_mut(width.actions);
            own.copy_from_slice(action);
            padding.fill(T::default()); // a row that was not finite must not stay behind
            let mut squares = [T::default(); WIDE];
            for ((z, mean), inverse) in groups_mut(z, count).iter_mut().zip(groups(mean, count)).zip(groups(inverse, count)) {
                for j in 0..WIDE {
                    z[j] = (z[j] - mean[j]) * inverse[j];
                    squares[j] = squares[j] + z[j] * z[j];
                }
            }
            *log_prob = constant + half * tree(squares);
        }
    }
}

per_isa! {
    /// `delta = w z inverse`, and adds `w (z^2 - 1)` to `sums`.
    fn deltas<T>(
        width: Width,
        inverse: &[T],
        z: &[T],
        weights: &[T],
        deltas: &mut [T],
        sums: &mut [T],
    ) {
        let (count, one) = (width.groups(), T::round(1.0));
        let sums = groups_mut(sums, count);
        for ((delta, z), &w) in deltas.chunks_exact_mut(width.stride).zip(z.chunks_exact(width.stride)).zip(weights) {
            let (delta, z, inverse) = (groups_mut(delta, count), groups(z, count), groups(inverse, count));
            for g in 0..count {
                for j in 0..WIDE {
                    delta[g][j] = w * z[g][j] * inverse[g][j];
                    sums[g][j] = sums[g][j] + w * (z[g][j] * z[g][j] - one);
                }
            }
        }
    }
}

per_isa! {
    /// The rates of [`deltas`] and, added to `sums`, of the log-stds' part.
    fn delta_rates<T>(
        width: Width,
        inverse: &[T],
        moved: &[T],
        z: &[T],
        weights: &[T],
        mean_rates: &[T],
        rates: &mut [T],
        sums: &mut [T],
    ) {
        let (count, one, two) = (width.groups(), T::round(1.0), T::round(2.0));
        let (inverse, moved, sums) = (groups(inverse, count), groups(moved, count), groups_mut(sums, count));
        let rows = rates.chunks_exact_mut(width.stride).zip(mean_rates.chunks_exact(width.stride));
        for ((rate, mean_rate), (z, &w)) in rows.zip(z.chunks_exact(width.stride).zip(weights)) {
            let (rate, mean_rate, z) = (groups_mut(rate, count), groups(mean_rate, count), groups(z, count));
            let mut scores = [T::default(); WIDE];
            for g in 0..count {
                for j in 0..WIDE {
                    let z_rate = -(mean_rate[g][j] * inverse[g][j]) - z[g][j] * moved[g][j];
                    scores[j] = scores[j] - (z[g][j] * z_rate + moved[g][j]);
                    rate[g][j] = z_rate; // for the second loop
                }
            }
            let w_rate = w * tree(scores);
            for g in 0..count {
                for j in 0..WIDE {
                    let (z, z_rate) = (z[g][j], rate[g][j]);
                    rate[g][j] = inverse[g][j] * (w_rate * z + w * (z_rate - z * moved[g][j]));
                    sums[g][j] = sums[g][j] + (w_rate * (z * z - one) + two * w * z * z_rate);
                }
            }
        }
    }
}

per_isa! {
    /// The mixed rates of [`deltas`] along two directions `p` and `q` and, added to `sums`, of the log-stds' part; `mean_r` and
    /// `moved_r` are the mixed rates of the means and the log-stds.
    fn mixed_delta_rates<T>(
        width: Width,
        inverse: &[T],
        moved_p: &[T],
        moved_q: &[T],
        moved_r: &[T],
        z: &[T],
        weights: &[T],
        mean_p: &[T],
        mean_q: &[T],
        mean_r: &[T],
        rates: &mut [T],
        sums: &mut [T],
    ) {
        let (count, one, two) = (width.groups(), T::round(1.0), T::round(2.0));
        let (inverse, sums) = (groups(inverse, count), groups_mut(sums, count));
        let (s_p, s_q, s_r) = (groups(moved_p, count), groups(moved_q, count), groups(moved_r, count));
        for (row, (&w, rate)) in weights.iter().zip(rates.chunks_exact_mut(width.stride)).enumerate() {
            let at = row * width.stride;
            let (rate, z) = (groups_mut(rate, count), groups(&z[at..], count));
            let (m_p, m_q, m_r) = (groups(&mean_p[at..], count), groups(&mean_q[at..], count), groups(&mean_r[at..], count));
            // First and mixed rates of z and of the log-probability.
            let (mut l_p, mut l_q, mut l_r) = ([T::default(); WIDE], [T::default(); WIDE], [T::default(); WIDE]);
            for g in 0..count {
                for j in 0..WIDE {
                    let (z, i) = (z[g][j], inverse[g][j]);
                    let z_p = -(m_p[g][j] * i) - z * s_p[g][j];
                    let z_q = -(m_q[g][j] * i) - z * s_q[g][j];
                    let z_r = (m_p[g][j] * s_q[g][j] - m_r[g][j]) * i - z_q * s_p[g][j] - z * s_r[g][j];
                    l_p[j] = l_p[j] - (z * z_p + s_p[g][j]);
                    l_q[j] = l_q[j] - (z * z_q + s_q[g][j]);
                    l_r[j] = l_r[j] - (z_p * z_q + z * z_r + s_r[g][j]);
                    rate[g][j] = z_r; // for the second loop
                }
            }
            let (l_p, l_q, l_r) = (tree(l_p), tree(l_q), tree(l_r));
            let (w_p, w_q, w_r) = (w * l_p, w * l_q, w * (l_r + l_p * l_q));
            for g in 0..count {
                for j in 0..WIDE {
                    let (z, i, z_r) = (z[g][j], inverse[g][j], rate[g][j]);
                    let (s_p, s_q, s_r) = (s_p[g][j], s_q[g][j], s_r[g][j]);
                    let z_p = -(m_p[g][j] * i) - z * s_p;
                    let z_q = -(m_q[g][j] * i) - z * s_q;
                    // Rates of z / std, times std.
                    let (x_p, x_q) = (z_p - z * s_p, z_q - z * s_q);
                    let x_r = z_r - z_q * s_p - z_p * s_q - z * s_r + z * (s_p * s_q);
                    rate[g][j] = i * (w_r * z + w_p * x_q + w_q * x_p + w * x_r);
                    let squares = w_r * (z * z - one) + two * z * (w_p * z_q + w_q * z_p);
                    sums[g][j] = sums[g][j] + (squares + two * w * (z_p * z_q + z * z_r));
                }
            }
        }
    }
}

per_isa! {
    /// `sum_r |(mean_r - old_r) inverse|^2`.
    fn square_distance<T>(width: Width, inverse: &[T], means: &[T], old: &[T]) -> f64 {
        let count = width.groups();
        let mut sum = 0.0;
        for (mean, old) in means.chunks_exact(width.stride).zip(old.chunks_exact(width.actions)) {
            let mut padded = [T::default(); WIDE];
            let mut squares = [T::default(); WIDE];
            for (g, (mean, inverse)) in groups(mean, count).iter().zip(groups(inverse, count)).enumerate() {
                let part = &old[g * WIDE..width.actions.min((g + 1) * WIDE)];
                padded[..part.len()].copy_from_slice(part);
                for j in 0..WIDE {
                    let z = (mean[j] - padded[j]) * inverse[j];
                    squares[j] = squares[j] + z * z;
                }
            }
            sum += tree(squares).into();
        }
        sum
    }
}

impl<T: Number> Head<T> {
    pub(super) fn new(actions: usize, padded: usize, bound: f64) -> Self {
        let zeros = || vec![T::default(); padded];
        Self { inverse: zeros(), active: zeros(), log_std: vec![0.0; actions], bound, constant: T::default() }
    }

    /// Takes the raw log-stds `[A]`.
    pub(super) fn load(&mut self, raw: &[f64]) {
        let mut constant = -0.5 * LN_TAU * raw.len() as f64;
        for (j, &raw) in raw.iter().enumerate() {
            let below = raw < self.bound;
            self.log_std[j] = if below { self.bound } else { raw };
            self.inverse[j] = T::round((-self.log_std[j]).exp());
            self.active[j] = T::round(if below { 0.0 } else { 1.0 });
            constant -= self.log_std[j];
        }
        self.constant = T::round(constant);
    }

    fn width(&self, stride: usize) -> Width {
        Width { actions: self.log_std.len(), stride }
    }

    /// Writes `z = (a - mean) / std` and the log-probabilities `[rows]`; `actions [rows,A]`.
    pub(super) fn log_probs(
        &self,
        isa: Detected,
        (means, stride): (&[T], usize),
        actions: &[T],
        z: &mut [T],
        out: &mut [T],
    ) {
        log_probs(isa, self.width(stride), &self.inverse, self.constant, means, actions, z, out);
    }

    /// The deltas of `sum_r w_r log pi_r` with `w` held, `w z / std`; adds the log-stds' part, `w (z^2 - 1)`, to `sums`.
    pub(super) fn deltas(
        &self,
        isa: Detected,
        z: &[T],
        weights: &[T],
        (out, stride): (&mut [T], usize),
        sums: &mut [T],
    ) {
        deltas(isa, self.width(stride), &self.inverse, z, weights, out, sums);
    }

    /// The rates of [`deltas`](Self::deltas) for `w = c exp(log pi - log b)`, given the means' rates and the log-stds'
    /// `moved [A]`: `R{z} = -R{mean}/std - z R{s}`, `R{w} = w sum_j (-z R{z} - R{s})`.
    pub(super) fn delta_rates(
        &self,
        isa: Detected,
        (z, weights): (&[T], &[T]),
        mean_rates: &[T],
        moved: &[T],
        (rates, stride): (&mut [T], usize),
        sums: &mut [T],
    ) {
        delta_rates(isa, self.width(stride), &self.inverse, moved, z, weights, mean_rates, rates, sums);
    }

    /// The mixed rates of [`deltas`](Self::deltas) along two directions, for `w` as in [`delta_rates`](Self::delta_rates):
    /// `means` and `moved` hold the rates of the means and of the log-stds along the first, the second, and their mixed
    /// rates.
    pub(super) fn mixed_delta_rates(
        &self,
        isa: Detected,
        (z, weights): (&[T], &[T]),
        means: [&[T]; 3],
        moved: [&[T]; 3],
        (rates, stride): (&mut [T], usize),
        sums: &mut [T],
    ) {
        let ([mean_p, mean_q, mean_r], [p, q, r]) = (means, moved);
        let width = self.width(stride);
        mixed_delta_rates(isa, width, &self.inverse, p, q, r, z, weights, mean_p, mean_q, mean_r, rates, sums);
    }

    /// `sum_r KL(old_r || self_r)`, summed over dimensions; `old` holds means `[rows,A]`, `old_log_std` is effective.
    pub(super) fn kl(&self, isa: Detected, (old, old_log_std): (&[T], &[f64]), (means, stride): (&[T], usize)) -> f64 {
        let mut per_row = 0.0; // the part of the log-stds is the same in every row
        for (new, old) in self.log_std.iter().zip(old_log_std) {
            per_row += (new - old) + 0.5 * (2.0 * (old - new)).exp_m1();
        }
        let rows = means.len() / stride;
        rows as f64 * per_row + 0.5 * square_distance(isa, self.width(stride), &self.inverse, means, old)
    }

    /// Adds to `deltas` those of the Fisher product along a direction, `weight R{mean} / std^2`, and `2 weight R{s}` per
    /// row to `sums`; `mean_rates` has rows of `rates_stride`.
    pub(super) fn add_fisher_deltas(
        &self,
        (mean_rates, rates_stride): (&[T], usize),
        moved: &[T],
        weight: f64,
        (deltas, stride): (&mut [T], usize),
        sums: &mut [T],
    ) {
        let (size, weight, two) = (self.log_std.len(), T::round(weight), T::round(2.0));
        for (delta, rate) in deltas.chunks_exact_mut(stride).zip(mean_rates.chunks_exact(rates_stride)) {
            for j in 0..size {
                delta[j] = delta[j] + weight * rate[j] * (self.inverse[j] * self.inverse[j]);
                sums[j] = sums[j] + two * weight * moved[j];
            }
        }
    }
}
