//! The linear feature baseline, one per task and per phase.

use xmrl_lanes::{Float, Kernel, Lane, dispatch_f64};

use crate::{TaskBatch, discounted_returns, generalised_advantages};

/// Observations are clipped to this magnitude before they become features.
const OBSERVATION_CLIP: f64 = 10.0;
/// Steps are divided by this before their powers are taken.
const STEP_SCALE: f64 = 100.0;
/// A ridge of 0 that meets a singular system is raised to this.
const SMALLEST_RIDGE: f64 = 1e-8;
/// Tenfold raises before the system is given up as not finite.
const MOST_RAISES: usize = 40;

/// Coefficients `w [2S+4]` of the value `V(s_t, t) = f(s_t, t) . w` that fits the discounted returns of the batch.
///
/// Features `f = [o, o^2, t/100, (t/100)^2, (t/100)^3, 1]` with o the observation clipped to ±10, and
/// `w = argmin |F w - G|^2 + ridge * |w|^2 = (F'F + ridge I)^-1 F'G`, solved by Cholesky. The ridge is raised tenfold while the
/// system is singular to rounding. A batch that is not finite gives coefficients that are not finite.
/// Source: Duan et al. 2016, "Benchmarking deep reinforcement learning for continuous control", supplement; the scaling of
/// the step is theirs.
#[must_use]
pub fn fit_baseline<T: Float>(batch: &TaskBatch<T>, observation_size: usize, gamma: f64, ridge: f64) -> Vec<f64> {
    let returns = discounted_returns(&batch.rewards, &batch.episodes, gamma);
    let (gram, moment) = dispatch_f64(Moments { batch, observation_size, returns: &returns });
    let mut ridge = ridge.max(0.0);
    for _ in 0..MOST_RAISES {
        if let Some(weights) = solve_ridge(&gram, &moment, ridge) {
            return weights;
        }
        ridge = (ridge * 10.0).max(SMALLEST_RIDGE);
    }
    vec![f64::NAN; moment.len()]
}

/// The fitted value of every row, `[R]`.
#[must_use]
pub fn baseline_values<T: Float>(batch: &TaskBatch<T>, weights: &[f64]) -> Vec<f64> {
    dispatch_f64(Values { batch, weights })
}

/// Generalised advantage of every row against the baseline `weights`, `[R]`; see [`generalised_advantages`].
#[must_use]
pub fn advantages<T: Float>(batch: &TaskBatch<T>, weights: &[f64], gamma: f64, lambda: f64) -> Vec<f64> {
    let values = baseline_values(batch, weights);
    generalised_advantages(&batch.rewards, &values, &batch.episodes, gamma, lambda)
}

/// Rows whose features are worked on together: they stay in a core's second cache for some hundred features.
const CHUNK: usize = 128;
/// Features of a tile of F'F on each side.
const TILE: usize = 2;

/// F'F (lower triangle of `[F,F]`) and F'G (`[F]`) with F = 2S+4 features. Chunk by chunk: lane l sums rows l, l+8, .. of the
/// chunk and the lanes are added in order, so the sums depend on the batch alone.
struct Moments<'a, T> {
    batch: &'a TaskBatch<T>,
    observation_size: usize,
    returns: &'a [f64],
}

impl<T: Float> Kernel for Moments<'_, T> {
    type Output = (Vec<f64>, Vec<f64>);

    #[inline(always)]
    fn run<L: Lane>(self) -> Self::Output {
        let size = 2 * self.observation_size + 4; // even: a whole number of tiles
        let (zero, groups) = (L::splat(0.0), CHUNK / L::N);
        let (mut gram, mut moment) = (vec![0.0; size * size], vec![0.0; size]);
        // [F, groups]: the rows of a feature lie side by side.
        let mut features = vec![zero; size * groups];
        let (mut row, mut targets) = (vec![zero; size], vec![zero; groups]);
        for first in (0..self.returns.len()).step_by(CHUNK) {
            for (group, target) in targets.iter_mut().enumerate() {
                let first = (first + group * L::N).min(self.returns.len());
                lane_features(self.batch, self.observation_size, first, &mut row);
                row.iter().enumerate().for_each(|(i, &value)| features[i * groups + group] = value);
                *target = zero;
                for (lane, &value) in self.returns[first..].iter().take(L::N).enumerate() {
                    target.set(lane, value);
                }
            }
            for i in (0..size).step_by(TILE) {
                let own = [0, 1].map(|k| &features[(i + k) * groups..][..groups]);
                for k in 0..TILE {
                    moment[i + k] += dot(own[k], &targets);
                }
                for j in (0..=i).step_by(TILE) {
                    let other = [0, 1].map(|k| &features[(j + k) * groups..][..groups]);
                    let sums = tile(own, other);
                    for k in 0..TILE {
                        for l in 0..TILE {
                            gram[(i + k) * size + j + l] += total(sums[k][l]);
                        }
                    }
                }
            }
        }
        (gram, moment)
    }
}

/// The products of two features with two others, lane by lane: each number is loaded once for two multiplications.
#[inline(always)]
fn tile<L: Lane>(a: [&[L]; TILE], b: [&[L]; TILE]) -> [[L; TILE]; TILE] {
    let mut sums = [[L::splat(0.0); TILE]; TILE];
    for ((&a0, &a1), (&b0, &b1)) in a[0].iter().zip(a[1]).zip(b[0].iter().zip(b[1])) {
        sums[0][0] = a0.mul_add(b0, sums[0][0]);
        sums[0][1] = a0.mul_add(b1, sums[0][1]);
        sums[1][0] = a1.mul_add(b0, sums[1][0]);
        sums[1][1] = a1.mul_add(b1, sums[1][1]);
    }
    sums
}

#[inline(always)]
fn dot<L: Lane>(a: &[L], b: &[L]) -> f64 {
    let mut sum = L::splat(0.0);
    for (&a, &b) in a.iter().zip(b) {
        sum = a.mul_add(b, sum);
    }
    total(sum)
}

/// The sum of the lanes, in order.
#[inline(always)]
fn total<L: Lane>(lanes: L) -> f64 {
    let mut sum = 0.0;
    for lane in 0..L::N {
        sum += lanes.get(lane);
    }
    sum
}

/// Values of every row.
struct Values<'a, T> {
    batch: &'a TaskBatch<T>,
    weights: &'a [f64],
}

impl<T: Float> Kernel for Values<'_, T> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn run<L: Lane>(self) -> Vec<f64> {
        let observation_size = (self.weights.len() - 4) / 2;
        let rows = self.batch.rows();
        let mut values = vec![0.0; rows.next_multiple_of(L::N)];
        let mut feature = vec![L::splat(0.0); self.weights.len()];
        for first in (0..rows).step_by(L::N) {
            lane_features(self.batch, observation_size, first, &mut feature);
            let mut value = L::splat(0.0);
            for (&f, &w) in feature.iter().zip(self.weights) {
                value = f.mul_add(L::splat(w), value);
            }
            value.store(&mut values[first..]);
        }
        values.truncate(rows);
        values
    }
}

/// Writes the features `[2S+4]` of the rows from `first` on, one lane each; lanes past the last row get zeros.
#[inline(always)]
fn lane_features<L: Lane, T: Float>(batch: &TaskBatch<T>, observation_size: usize, first: usize, out: &mut [L]) {
    let (plain, rest) = out.split_at_mut(observation_size);
    let (square, time) = rest.split_at_mut(observation_size);
    let (mut t, mut present) = (L::splat(0.0), L::splat(0.0));
    plain.fill(t);
    let observations = batch.observations[first * observation_size..].chunks_exact(observation_size);
    for (lane, (observation, &step)) in observations.zip(&batch.steps[first..]).take(L::N).enumerate() {
        for (plain, &o) in plain.iter_mut().zip(observation) {
            plain.set(lane, o.into().clamp(-OBSERVATION_CLIP, OBSERVATION_CLIP));
        }
        t.set(lane, f64::from(step) / STEP_SCALE);
        present.set(lane, 1.0);
    }
    for (square, &o) in square.iter_mut().zip(&*plain) {
        *square = o * o;
    }
    time.copy_from_slice(&[t, t * t, t * t * t, present]);
}

/// Solves `(gram + ridge I) w = moment` by Cholesky, `gram` given by its lower triangle; `None` when a pivot vanishes to
/// rounding or is not a number.
fn solve_ridge(gram: &[f64], moment: &[f64], ridge: f64) -> Option<Vec<f64>> {
    let size = moment.len();
    let mut factor = gram.to_vec();
    for i in 0..size {
        let diagonal = gram[i * size + i] + ridge;
        for j in 0..=i {
            let (row, column) = (&factor[i * size..i * size + j], &factor[j * size..j * size + j]);
            let known: f64 = row.iter().zip(column).map(|(a, b)| a * b).sum();
            if j < i {
                factor[i * size + j] = (gram[i * size + j] - known) / factor[j * size + j];
                continue;
            }
            let pivot = diagonal - known;
            // The comparison is false for NaN.
            let regular = pivot > size as f64 * f64::EPSILON * diagonal;
            if !regular {
                return None;
            }
            factor[i * size + i] = pivot.sqrt();
        }
    }
    let mut solution = moment.to_vec();
    for i in 0..size {
        let known: f64 = (0..i).map(|j| factor[i * size + j] * solution[j]).sum();
        solution[i] = (solution[i] - known) / factor[i * size + i];
    }
    for i in (0..size).rev() {
        let known: f64 = (i + 1..size).map(|j| factor[j * size + i] * solution[j]).sum();
        solution[i] = (solution[i] - known) / factor[i * size + i];
    }
    Some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Episode;

    /// Episodes of length 30 whose observations are smooth, distinct functions of the row.
    fn batch(observation_size: usize, rewards: impl Fn(usize) -> f64) -> TaskBatch {
        let (count, len) = (7, 30); // 210 rows: not a multiple of the lanes
        let rows = count * len;
        let observation = |k: usize| 2.0 * ((k * k % 97) as f64 * 0.31).sin() + (k % 5) as f64 * 0.1;
        let episode = |e: usize| Episode { start: e * len, len, ret: 0.0, success: false, terminated: false };
        TaskBatch {
            observations: (0..rows * observation_size).map(observation).collect(),
            rewards: (0..rows).map(rewards).collect(),
            steps: (0..rows).map(|row| u32::try_from(row % len).unwrap()).collect(),
            episodes: (0..count).map(episode).collect(),
            ..TaskBatch::default()
        }
    }

    /// The features by their definition, dense.
    fn features(batch: &TaskBatch, size: usize) -> Vec<Vec<f64>> {
        let of = |row: usize| {
            let o: Vec<f64> = (0..size).map(|k| batch.observations[row * size + k].clamp(-10.0, 10.0)).collect();
            let t = f64::from(batch.steps[row]) / 100.0;
            let squares: Vec<f64> = o.iter().map(|x| x.powi(2)).collect();
            [o, squares, vec![t, t.powi(2), t.powi(3), 1.0]].concat()
        };
        (0..batch.steps.len()).map(of).collect()
    }

    /// The minimiser is where the gradient vanishes: F'(F w - G) + ridge w = 0.
    fn stationarity(batch: &TaskBatch, size: usize, weights: &[f64], ridge: f64) -> f64 {
        let f = features(batch, size);
        let returns = discounted_returns(&batch.rewards, &batch.episodes, 0.99);
        let residual: Vec<f64> = f
            .iter()
            .zip(&returns)
            .map(|(row, g)| row.iter().zip(weights).map(|(a, w)| a * w).sum::<f64>() - g)
            .collect();
        (0..weights.len())
            .map(|k| (f.iter().zip(&residual).map(|(row, r)| row[k] * r).sum::<f64>() + ridge * weights[k]).abs())
            .fold(0.0, f64::max)
    }

    #[test]
    fn the_fit_is_the_ridge_minimiser() {
        let batch = batch(4, |row| ((row * 7 % 13) as f64 * 0.4).cos());
        for ridge in [1e-5, 1e-2, 10.0] {
            let weights = fit_baseline(&batch, 4, 0.99, ridge);
            assert_eq!(weights.len(), 12);
            let defect = stationarity(&batch, 4, &weights, ridge);
            assert!(defect < 1e-9, "ridge {ridge}: {defect:e}");
        }
    }

    /// Rewards whose returns are an exact combination of the features: without a ridge the coefficients come back.
    #[test]
    fn an_exact_combination_is_recovered() {
        let truth = [0.5, -1.0, 0.25, 2.0, 3.0, -1.0, 0.5, 4.0];
        let mut batch = batch(2, |_| 0.0);
        let f = features(&batch, 2);
        let value = |row: usize| f[row].iter().zip(truth).map(|(a, w)| a * w).sum::<f64>();
        for row in 0..batch.rows() {
            let last = row % 30 == 29;
            batch.rewards[row] = value(row) - if last { 0.0 } else { 0.99 * value(row + 1) };
        }
        let weights = fit_baseline(&batch, 2, 0.99, 0.0);
        for (ours, truth) in weights.iter().zip(truth) {
            assert!((ours - truth).abs() < 1e-6, "{weights:?}");
        }
        // A perfect baseline leaves no advantage, whatever lambda.
        for lambda in [0.0, 0.9, 1.0] {
            assert!(advantages(&batch, &weights, 0.99, lambda).iter().all(|a| a.abs() < 1e-8));
        }
    }

    #[test]
    fn a_singular_system_raises_the_ridge() {
        // One observation equal to another and a column of zeros: F'F is singular without a ridge.
        let mut batch = batch(3, |row| (row % 3) as f64);
        for row in batch.observations.chunks_exact_mut(3) {
            (row[1], row[2]) = (row[0], 0.0);
        }
        let weights = fit_baseline(&batch, 3, 0.99, 0.0);
        assert!(weights.iter().all(|w| w.is_finite()));
        // Equal columns share their coefficient, the zero column gets none.
        assert!((weights[0] - weights[1]).abs() < 1e-3 && weights[2] == 0.0, "{weights:?}");
        let best = stationarity(&batch, 3, &weights, 0.0);
        assert!(best < 1e-4, "{best:e}");
    }

    #[test]
    fn a_batch_that_is_not_finite_is_not_hidden() {
        let batch = batch(1, |row| if row == 3 { f64::NAN } else { 1.0 });
        assert!(fit_baseline(&batch, 1, 0.99, 1e-5).iter().all(|w| w.is_nan()));
    }
}
