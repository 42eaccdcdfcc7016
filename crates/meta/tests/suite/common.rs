//! Made-up data of a small problem, from closed-form pseudo-random numbers.

use xmrl_meta::{InnerRate, MetaSpec, PreparedRows, TaskData};
use xmrl_policy::{Activation, PolicySpec};

/// A deterministic stream of standard normals (sum of twelve uniforms of a 64-bit congruential generator).
pub(crate) struct Normals(pub(crate) u64);

impl Normals {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn next(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    pub(crate) fn vector(&mut self, count: usize, scale: f64) -> Vec<f64> {
        (0..count).map(|_| scale * self.next()).collect()
    }
}

pub(crate) fn spec(rate: InnerRate, hidden: &[usize]) -> MetaSpec {
    let policy = PolicySpec {
        observation_size: 3,
        action_size: 2,
        hidden: hidden.to_vec(),
        activation: Activation::Tanh,
        log_std_init: -0.3,
        log_std_min: -2.3,
    };
    MetaSpec { policy, rate, initial_rate: 0.7 }
}

/// A meta vector in general position, rates different from group to group.
pub(crate) fn meta(spec: &MetaSpec, seed: u64) -> Vec<f64> {
    let mut normals = Normals(seed);
    let size = spec.policy_parameters();
    let mut meta = normals.vector(spec.parameters(), 0.4);
    for log_std in &mut meta[spec.policy.log_std()] {
        *log_std = -0.3 + 0.3 * *log_std;
    }
    meta[size..].iter_mut().for_each(|rho| *rho -= 0.3);
    meta
}

/// Rows whose behaviour log-probabilities are near those of a standard policy, coefficients of the given scale; every
/// `stride`-th row is in the curvature subsample.
pub(crate) fn rows(spec: &MetaSpec, normals: &mut Normals, count: usize, scale: f64, stride: usize) -> PreparedRows {
    let policy = &spec.policy;
    PreparedRows {
        observations: normals.vector(count * policy.observation_size, 1.0),
        actions: normals.vector(count * policy.action_size, 0.8),
        log_probs: (0..count).map(|_| -2.2 + 0.2 * normals.next()).collect(),
        coefficients: normals.vector(count, scale / count as f64),
        episodes: vec![0, count / 2, count],
        curvature: (0..count).step_by(stride).collect(),
    }
}

/// Tasks of different sizes.
pub(crate) fn tasks(spec: &MetaSpec, count: usize, stride: usize, seed: u64) -> Vec<TaskData> {
    let mut normals = Normals(seed);
    (0..count)
        .map(|task| TaskData {
            support: rows(spec, &mut normals, 31 + 7 * task, 2.0, stride),
            query: rows(spec, &mut normals, 45 - 5 * task, 3.0, stride),
        })
        .collect()
}

pub(crate) fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}
