//! The meta-objective in plain arithmetic on small problems: no libtorch, no kernels, no derivatives but differences.

pub(crate) mod checks;

use xmrl_meta::{InnerRate, MetaSpec, PreparedRows, TaskData};
use xmrl_policy::{Activation, PolicySpec};

/// Uniform numbers in [-1,1): splitmix64.
pub(crate) struct Draws(pub(crate) u64);

impl Draws {
    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        2.0 * ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64 - 1.0
    }

    pub(crate) fn vector(&mut self, n: usize, scale: f64) -> Vec<f64> {
        (0..n).map(|_| scale * self.next()).collect()
    }
}

pub(crate) fn spec(rate: InnerRate) -> MetaSpec {
    let policy = PolicySpec {
        observation_size: 3,
        action_size: 2,
        hidden: vec![5, 4],
        activation: Activation::Tanh,
        log_std_init: -0.3,
        log_std_min: -2.3,
    };
    MetaSpec { policy, rate, initial_rate: 0.7 }
}

/// A meta vector with spread-out weights and, where learned, unequal rates.
pub(crate) fn meta(spec: &MetaSpec, seed: u64) -> Vec<f64> {
    let mut draws = Draws(seed);
    let mut theta = draws.vector(spec.policy_parameters(), 0.8);
    theta[spec.policy.log_std()].iter_mut().for_each(|value| *value = -0.2 + 0.2 * draws.next());
    let mut meta = spec.initial(theta);
    for entry in &mut meta[spec.policy_parameters()..] {
        *entry += 0.3 * draws.next();
    }
    meta
}

/// Ragged tasks collected by a policy near `theta` (behaviour log-probabilities off by up to 0.2).
pub(crate) fn tasks(spec: &MetaSpec, theta: &[f64], lengths: &[(&[usize], &[usize])], seed: u64) -> Vec<TaskData> {
    let mut draws = Draws(seed);
    let mut rows = |episodes: &[usize], scale: f64| {
        let n: usize = episodes.iter().sum();
        let observations = draws.vector(n * spec.policy.observation_size, 1.5);
        let actions = draws.vector(n * spec.policy.action_size, 1.2);
        let mut log_probs = log_probs(&spec.policy, theta, &observations, &actions);
        log_probs.iter_mut().for_each(|value| *value += 0.2 * draws.next());
        let mut starts = vec![0];
        for length in episodes {
            starts.push(starts[starts.len() - 1] + length);
        }
        PreparedRows {
            observations,
            actions,
            log_probs,
            coefficients: draws.vector(n, scale / n as f64),
            episodes: starts,
            curvature: (0..n).filter(|row| row % 3 != 1).collect(),
        }
    };
    lengths.iter().map(|(support, query)| TaskData { support: rows(support, 0.8), query: rows(query, 3.0) }).collect()
}

/// Means `[R,A]`.
pub(crate) fn means(spec: &PolicySpec, theta: &[f64], observations: &[f64]) -> Vec<f64> {
    let layers = spec.layers();
    let mut out = Vec::new();
    for observation in observations.chunks(spec.observation_size) {
        let mut h = observation.to_vec();
        for (index, layer) in layers.iter().enumerate() {
            let (w, b) = (&theta[layer.weight.clone()], &theta[layer.bias.clone()]);
            let next = (0..layer.outputs)
                .map(|o| b[o] + (0..layer.inputs).map(|i| h[i] * w[i * layer.outputs + o]).sum::<f64>());
            h = if index + 1 < layers.len() { next.map(f64::tanh).collect() } else { next.collect() };
        }
        out.extend(h);
    }
    out
}

fn log_std(spec: &PolicySpec, theta: &[f64]) -> Vec<f64> {
    theta[spec.log_std()].iter().map(|value| value.max(spec.log_std_min)).collect()
}

/// `[R]`, the normal density written out.
pub(crate) fn log_probs(spec: &PolicySpec, theta: &[f64], observations: &[f64], actions: &[f64]) -> Vec<f64> {
    let log_std = log_std(spec, theta);
    let means = means(spec, theta, observations);
    let rows = means.chunks(spec.action_size).zip(actions.chunks(spec.action_size));
    rows.map(|(mean, action)| {
        let dims = mean.iter().zip(action).zip(&log_std);
        dims.map(|((m, a), s)| -((a - m) / s.exp()).powi(2) / 2.0 - s - (2.0 * std::f64::consts::PI).ln() / 2.0).sum()
    })
    .collect()
}

/// The surrogate, row by row.
pub(crate) fn surrogate(spec: &PolicySpec, theta: &[f64], rows: &PreparedRows) -> f64 {
    let log_probs = log_probs(spec, theta, &rows.observations, &rows.actions);
    let change = log_probs.iter().zip(&rows.log_probs).map(|(new, old)| new - old);
    change.zip(&rows.coefficients).map(|(l, c)| c * l.exp()).sum()
}

/// Mean over rows of `KL(old || new)`: `ln(s1/s0) + (s0^2 + (m0-m1)^2) / (2 s1^2) - 1/2` per dimension.
pub(crate) fn mean_kl(spec: &PolicySpec, old: &[f64], new: &[f64], observations: &[f64]) -> f64 {
    let (m0, m1) = (means(spec, old, observations), means(spec, new, observations));
    let (s0, s1) = (log_std(spec, old), log_std(spec, new));
    let one = |k: usize| {
        let a = k % spec.action_size;
        let (v0, v1) = ((2.0 * s0[a]).exp(), (2.0 * s1[a]).exp());
        (v1 / v0).ln() / 2.0 + (v0 + (m0[k] - m1[k]).powi(2)) / (2.0 * v1) - 0.5
    };
    (0..m0.len()).map(one).sum::<f64>() / (m0.len() / spec.action_size) as f64
}

/// Step of the differences: the fourth-order formula then errs by about 1e-11 here, rounding included.
pub(crate) const STEP: f64 = 2e-4;

/// Derivative of `f` along `v` at `x` from four central values, with an error of order `step^4`.
pub(crate) fn slope(x: &[f64], v: &[f64], step: f64, mut f: impl FnMut(&[f64]) -> Vec<f64>) -> Vec<f64> {
    let mut at = |k: f64| f(&x.iter().zip(v).map(|(x, v)| x + k * step * v).collect::<Vec<_>>());
    let (near, far) = ((at(1.0), at(-1.0)), (at(2.0), at(-2.0)));
    (0..near.0.len()).map(|k| (8.0 * (near.0[k] - near.1[k]) - (far.0[k] - far.1[k])) / (12.0 * step)).collect()
}

/// [`slope`] along every axis, each a column of `[out]`.
pub(crate) fn differences(x: &[f64], mut f: impl FnMut(&[f64]) -> Vec<f64>) -> Vec<Vec<f64>> {
    let mut axis = vec![0.0; x.len()];
    (0..x.len())
        .map(|k| {
            axis.fill(0.0);
            axis[k] = 1.0;
            slope(x, &axis, STEP, &mut f)
        })
        .collect()
}

/// The dense Fisher matrix of a policy, averaged over rows: the means' Jacobian from differences, and 2 per log-std.
pub(crate) fn fisher(policy: &PolicySpec, theta: &[f64], observations: &[f64]) -> Vec<Vec<f64>> {
    let jacobian = differences(theta, |theta| means(policy, theta, observations));
    let entries = jacobian[0].len();
    let rows = (entries / policy.action_size) as f64;
    let precision = |k: usize| (-2.0 * policy.effective_log_std(theta)[k % policy.action_size]).exp();
    let log_std = policy.log_std();
    (0..theta.len())
        .map(|i| {
            (0..theta.len())
                .map(|j| {
                    let means: f64 = (0..entries).map(|k| jacobian[i][k] * precision(k) * jacobian[j][k]).sum();
                    means / rows + if i == j && log_std.contains(&i) { 2.0 } else { 0.0 }
                })
                .collect()
        })
        .collect()
}

pub(crate) fn times(matrix: &[Vec<f64>], v: &[f64]) -> Vec<f64> {
    matrix.iter().map(|row| row.iter().zip(v).map(|(a, b)| a * b).sum()).collect()
}

/// Largest difference over the largest entry of `truth`.
pub(crate) fn error(found: &[f64], truth: &[f64]) -> f64 {
    assert_eq!(found.len(), truth.len());
    let scale = truth.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let difference = found.iter().zip(truth).fold(0.0_f64, |largest, (a, b)| largest.max((a - b).abs()));
    assert!(difference.is_finite() && scale > 0.0, "nothing to compare: {difference} of {scale}");
    difference / scale
}
