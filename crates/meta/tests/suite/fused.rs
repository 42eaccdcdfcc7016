//! The fused problem against value-only differences and dense algebra.

use crate::common::{Normals, meta, pool, spec, tasks};
use xmrl_meta::{FusedProblem, InnerRate, MetaProblem, MetaSpec, TaskData};

const RATES: [InnerRate; 2] = [InnerRate::Fixed, InnerRate::Learned];

fn moved(meta: &[f64], step: f64, v: &[f64]) -> Vec<f64> {
    meta.iter().zip(v).map(|(m, v)| m + step * v).collect()
}

/// Fourth-order central difference of `f` along `v`.
fn derivative(mut f: impl FnMut(&[f64]) -> Vec<f64>, at: &[f64], v: &[f64], h: f64) -> Vec<f64> {
    let values = [2.0, 1.0, -1.0, -2.0].map(|k| f(&moved(at, k * h, v)));
    (0..values[0].len())
        .map(|i| (-values[0][i] + 8.0 * values[1][i] - 8.0 * values[2][i] + values[3][i]) / (12.0 * h))
        .collect()
}

fn worst(ours: &[f64], truth: &[f64]) -> f64 {
    let scale = truth.iter().fold(1e-3_f64, |most, x| most.max(x.abs()));
    ours.iter().zip(truth).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / scale
}

#[test]
fn gradients_are_differences_of_values() {
    for rate in RATES {
        let (spec, pool) = (spec(rate, &[4, 3]), pool(2));
        let (data, at) = (tasks(&spec, 3, 1, 5), meta(&spec, 11));
        // The gradient does not depend on the anchor: it is checked there and elsewhere.
        for at in [at.clone(), moved(&at, 0.05, &meta(&spec, 12))] {
            let mut problem = FusedProblem::new(&spec, &data, &meta(&spec, 11), &pool).unwrap();
            let gradients = problem.gradients(&at).unwrap();
            let size = spec.parameters();
            for j in 0..size {
                let mut unit = vec![0.0; size];
                unit[j] = 1.0;
                let truth = derivative(|m| problem.value(m).unwrap().surrogates, &at, &unit, 1e-3);
                let ours: Vec<f64> = (0..3).map(|task| gradients[task * size + j]).collect();
                assert!(worst(&ours, &truth) < 1e-6, "{rate:?} parameter {j}: {ours:?} {truth:?}");
            }
        }
    }
}

/// `v^T C v` is the second derivative of `kl_adapted + weight kl_unadapted` along `v` at the anchor, all rows sampled.
#[test]
fn curvature_is_the_second_difference_of_the_kl() {
    for rate in RATES {
        let (spec, pool) = (spec(rate, &[4, 3]), pool(1));
        let (data, at) = (tasks(&spec, 3, 1, 5), meta(&spec, 21));
        let mut problem = FusedProblem::new(&spec, &data, &at, &pool).unwrap();
        let mut normals = Normals(99);
        for weight in [0.0, 0.5] {
            for _ in 0..5 {
                let (v, w) = (normals.vector(at.len(), 0.1), normals.vector(at.len(), 0.1));
                let mut second = |v: &[f64]| {
                    let mut kl = |step: f64| {
                        let value = problem.value(&moved(&at, step, v)).unwrap();
                        value.kl_adapted + weight * value.kl_unadapted
                    };
                    let mut at_step = |h: f64| (kl(h) + kl(-h)) / (h * h);
                    let h = 2e-3;
                    (4.0 * at_step(h) - at_step(2.0 * h)) / 3.0
                };
                let (sum, difference) = (second(&moved(&v, 1.0, &w)), second(&moved(&v, -1.0, &w)));
                let truth = 0.25 * (sum - difference);
                let mut product = vec![0.0; at.len()];
                problem.curvature(&v, weight, &mut product).unwrap();
                let ours: f64 = product.iter().zip(&w).map(|(a, b)| a * b).sum();
                assert!((ours - truth).abs() < 1e-6 * sum.abs().max(difference.abs()), "{rate:?} {ours} {truth}");
            }
        }
    }
}

/// On a subsample: assembled from a difference Jacobian of the subsample's own adaptation and dense Fisher matrices.
#[test]
fn curvature_on_a_subsample_is_the_dense_product() {
    for rate in RATES {
        let (spec, pool) = (spec(rate, &[3]), pool(2));
        let (data, at) = (tasks(&spec, 2, 3, 7), meta(&spec, 31));
        let (p, q, weight) = (spec.policy_parameters(), spec.parameters(), 0.5);
        let mut problem = FusedProblem::new(&spec, &data, &at, &pool).unwrap();
        let adapted = problem.adapt(&at).unwrap();
        let halves: Vec<TaskData> = data
            .iter()
            .map(|task| TaskData { support: task.support.subsample(), query: task.query.subsample() })
            .collect();
        let mut sub = FusedProblem::new(&spec, &halves, &at, &pool).unwrap();
        let mut dense = vec![0.0; q * q];
        for task in 0..2 {
            // Columns of theta's part differentiate the subsample's adaptation, those of the rates the full one's.
            let mut jacobian = vec![0.0; p * q];
            for j in 0..q {
                let mut unit = vec![0.0; q];
                unit[j] = 1.0;
                let of = |problem: &mut FusedProblem<'_>| {
                    derivative(|m| problem.adapt(m).unwrap()[task * p..(task + 1) * p].to_vec(), &at, &unit, 1e-3)
                };
                let column = if j < p { of(&mut sub) } else { of(&mut problem) };
                (0..p).for_each(|i| jacobian[i * q + j] = column[i]);
            }
            let fisher = dense_fisher(&spec, &adapted[task * p..(task + 1) * p], &halves[task].query.observations);
            let fisher0 = dense_fisher(&spec, &at[..p], &halves[task].support.observations);
            for a in 0..q {
                for b in 0..q {
                    let mut sum = if a < p && b < p { weight * fisher0[a * p + b] } else { 0.0 };
                    for i in 0..p {
                        for k in 0..p {
                            sum += jacobian[i * q + a] * fisher[i * p + k] * jacobian[k * q + b];
                        }
                    }
                    dense[a * q + b] += 0.5 * sum;
                }
            }
        }
        let scale = dense.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        for j in 0..q {
            let mut unit = vec![0.0; q];
            unit[j] = 1.0;
            let mut column = vec![0.0; q];
            problem.curvature(&unit, weight, &mut column).unwrap();
            for i in 0..q {
                let (ours, truth) = (column[i], dense[i * q + j]);
                assert!((ours - truth).abs() < 1e-6 * scale, "{rate:?} [{i},{j}] {ours} {truth}");
            }
        }
    }
}

/// Fisher matrix of a diagonal Gaussian, mean over rows: `dmean^T Sigma^-1 dmean`, and 2 for every log-std above its bound.
fn dense_fisher(spec: &MetaSpec, theta: &[f64], observations: &[f64]) -> Vec<f64> {
    let (p, actions) = (theta.len(), spec.policy.action_size);
    let inverse: Vec<f64> = spec.policy.effective_log_std(theta).iter().map(|s| (-2.0 * s).exp()).collect();
    let rows = observations.len() / spec.policy.observation_size;
    let jacobian: Vec<Vec<f64>> = (0..p)
        .map(|j| {
            let mut unit = vec![0.0; p];
            unit[j] = 1.0;
            derivative(|theta| means(spec, theta, observations), theta, &unit, 1e-3)
        })
        .collect();
    let mut out = vec![0.0; p * p];
    for i in 0..p {
        for j in 0..p {
            out[i * p + j] =
                (0..rows * actions).map(|k| jacobian[i][k] * inverse[k % actions] * jacobian[j][k]).sum::<f64>()
                    / rows as f64;
        }
    }
    for j in spec.policy.log_std() {
        out[j * p + j] += if theta[j] > spec.policy.log_std_min { 2.0 } else { 0.0 };
    }
    out
}

/// Means `[R,A]` of the network, written out.
fn means(spec: &MetaSpec, theta: &[f64], observations: &[f64]) -> Vec<f64> {
    let layers = spec.policy.layers();
    let mut out = Vec::new();
    for row in observations.chunks_exact(spec.policy.observation_size) {
        let mut x = row.to_vec();
        for (index, layer) in layers.iter().enumerate() {
            let z = (0..layer.outputs).map(|o| {
                let weight = |i: usize| theta[layer.weight.start + i * layer.outputs + o];
                theta[layer.bias.start + o] + (0..layer.inputs).map(|i| x[i] * weight(i)).sum::<f64>()
            });
            x = if index + 1 < layers.len() { z.map(f64::tanh).collect() } else { z.collect() };
        }
        out.extend(x);
    }
    out
}

#[test]
fn the_curvature_is_symmetric_and_not_negative() {
    let (spec, pool) = (spec(InnerRate::Learned, &[8, 8]), pool(1));
    let (data, at) = (tasks(&spec, 4, 2, 5), meta(&spec, 41));
    let mut problem = FusedProblem::new(&spec, &data, &at, &pool).unwrap();
    let mut normals = Normals(3);
    let mut product = |v: &[f64]| {
        let mut out = vec![0.0; v.len()];
        problem.curvature(v, 0.5, &mut out).unwrap();
        out
    };
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    for _ in 0..10 {
        let (v, w) = (normals.vector(at.len(), 1.0), normals.vector(at.len(), 1.0));
        let (cv, cw) = (product(&v), product(&w));
        let scale = dot(&v, &cv).max(dot(&w, &cw));
        assert!(dot(&v, &cv) > 0.0);
        assert!((dot(&w, &cv) - dot(&v, &cw)).abs() < 1e-12 * scale);
    }
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let spec = spec(InnerRate::Learned, &[8, 8]);
    let (data, at) = (tasks(&spec, 5, 2, 5), meta(&spec, 51));
    let run = |threads: usize| {
        let pool = pool(threads);
        let mut problem = FusedProblem::new(&spec, &data, &at, &pool).unwrap();
        let mut product = vec![0.0; at.len()];
        let gradients = problem.gradients(&at).unwrap();
        problem.curvature(&gradients[..at.len()], 0.5, &mut product).unwrap();
        let value = problem.value(&moved(&at, 0.1, &product)).unwrap();
        let kls = vec![value.kl_adapted, value.kl_unadapted];
        let all = [problem.adapt(&at).unwrap(), gradients, product, value.surrogates, kls].concat();
        all.into_iter().map(f64::to_bits).collect::<Vec<_>>()
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(3));
}

/// A task's numbers do not depend on its neighbours.
#[test]
fn a_batch_is_a_loop() {
    let (spec, pool) = (spec(InnerRate::Learned, &[5]), pool(2));
    let (data, at) = (tasks(&spec, 3, 2, 5), meta(&spec, 61));
    let together = FusedProblem::new(&spec, &data, &at, &pool).unwrap().gradients(&at).unwrap();
    for (task, row) in data.iter().zip(together.chunks_exact(at.len())) {
        let alone = FusedProblem::new(&spec, std::slice::from_ref(task), &at, &pool).unwrap().gradients(&at).unwrap();
        assert_eq!(alone, row);
    }
}

#[test]
fn what_is_not_finite_is_named() {
    let (spec, pool) = (spec(InnerRate::Fixed, &[5]), pool(2));
    let (mut data, at) = (tasks(&spec, 3, 2, 5), meta(&spec, 71));
    let mut broken = at.clone();
    broken[4] = f64::NAN;
    let mut problem = FusedProblem::new(&spec, &data, &at, &pool).unwrap();
    let message = problem.gradients(&broken).unwrap_err().to_string();
    assert!(message.contains("meta is NaN at entry 4"), "{message}");
    let message = problem.value(&at[1..]).unwrap_err().to_string();
    assert!(message.contains("meta has"), "{message}");
    // A ratio that overflows: finite rows, an inner gradient that is not.
    data[1].support.log_probs[3] = -1e4;
    let message = FusedProblem::new(&spec, &data, &at, &pool).err().unwrap().to_string();
    assert!(message.contains("of task 1"), "{message}");
    data[1].support.log_probs[3] = f64::NAN;
    let message = FusedProblem::new(&spec, &data, &at, &pool).err().unwrap().to_string();
    assert!(message.contains("log_probs of task 1 is NaN at entry 3"), "{message}");
}
