//! The Fisher matrix of the unadapted policy on visited states, as products: the metric in which directions are policies apart.

use xmrl_policy::Number;

use crate::adapt::Threads;
use crate::clock::StepSeconds;
use crate::error::{Result, Stage, check_finite, check_len};
use crate::problem::{MetaSpec, PreparedRows};
use crate::request::{DataOptions, EvaluateRequest};
use crate::support::support_rows;

/// Fisher products of some vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct FisherProducts {
    /// `F v` of every vector, `[V,P]`.
    pub products: Vec<f64>,
    /// Env steps taken.
    pub env_steps: usize,
}

/// `F v` for `vectors [V,P]`, F the Fisher matrix of theta averaged over `rows` states of each task's support episodes, so that
/// `v'F v / 2` is the mean KL of a small step v. `adaptations`, `query_episodes` and `steps` of the options are not used.
///
/// # Errors
/// Bad shapes, tasks or options; whatever is not finite, with its task.
pub fn fisher_products(request: &EvaluateRequest<'_>, rows: usize, vectors: &[f64]) -> Result<FisherProducts> {
    let context = request.context;
    context.check(request.tasks, request.task_ids)?;
    request.options.validate()?;
    context.spec.check_meta(Stage::Evaluate, request.meta)?;
    let data = DataOptions {
        support_episodes: request.options.support_episodes,
        curvature_rows: (rows.max(1), 1),
        precision: request.options.precision,
        advantage: request.options.advantage.clone(),
        ..DataOptions::default()
    };
    let theta = context.spec.theta(request.meta);
    let seconds = &mut StepSeconds::default();
    let flown = support_rows::<f64>(context, theta, request.tasks, request.task_ids, &data, request.draws, seconds)?;
    let states: Vec<PreparedRows> = flown.rows.iter().map(PreparedRows::subsample).collect();
    let threads = Threads::new(context.spec, context.pool)?;
    Ok(FisherProducts { products: products(context.spec, &threads, theta, &states, vectors)?, env_steps: flown.steps })
}

/// Products on given states, one task a thread; sums in task order.
fn products<T: Number>(
    spec: &MetaSpec,
    threads: &Threads<'_, T>,
    theta: &[f64],
    states: &[PreparedRows<T>],
    vectors: &[f64],
) -> Result<Vec<f64>> {
    let size = spec.policy_parameters();
    check_len("vectors", "[V,P]", vectors.len() % size, 0)?;
    check_finite(Stage::Curvature, None, "vectors", vectors)?;
    let total: usize = states.iter().map(PreparedRows::rows).sum();
    let by_task = threads.each(states.len(), |task, scratch| {
        let mut prepared = threads.fused.prepared_distribution();
        threads.fused.prepare_distribution(theta, &states[task].observations, &mut prepared);
        let mut out = vec![0.0; vectors.len()];
        for (v, out) in vectors.chunks_exact(size).zip(out.chunks_exact_mut(size)) {
            let weight = 1.0 / total as f64;
            threads.fused.prepared_fisher_product(&mut scratch.workspace, &prepared, weight, v, out);
        }
        check_finite(Stage::Curvature, Some(task), "Fisher product", &out)?;
        Ok(out)
    })?;
    let mut sum = vec![0.0; vectors.len()];
    for part in &by_task {
        sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use rayon::ThreadPoolBuilder;
    use xmrl_oracle::Random;
    use xmrl_policy::{Activation, PolicySpec};

    use super::*;
    use crate::problem::InnerRate;

    fn spec() -> MetaSpec {
        let policy = PolicySpec {
            observation_size: 3,
            action_size: 2,
            hidden: vec![5],
            activation: Activation::Tanh,
            log_std_init: -0.3,
            log_std_min: -2.3,
        };
        MetaSpec { policy, rate: InnerRate::Learned, initial_rate: 0.5 }
    }

    fn states(random: &mut Random, rows: usize) -> PreparedRows {
        PreparedRows { observations: random.normals(3 * rows), log_probs: vec![0.0; rows], ..PreparedRows::default() }
    }

    /// Means `[R,A]` of the network of [`spec`], written out.
    fn means(theta: &[f64], observations: &[f64]) -> Vec<f64> {
        let (w1, b1, w2, b2) = (&theta[..15], &theta[15..20], &theta[20..30], &theta[30..32]);
        let mean = |o: &[f64]| -> Vec<f64> {
            let unit = |k: usize| (b1[k] + (0..3).map(|i| o[i] * w1[i * 5 + k]).sum::<f64>()).tanh();
            let hidden: Vec<f64> = (0..5).map(unit).collect();
            (0..2).map(|j| b2[j] + (0..5).map(|k| hidden[k] * w2[k * 2 + j]).sum::<f64>()).collect()
        };
        observations.chunks_exact(3).flat_map(mean).collect()
    }

    /// `2 KL(theta || theta + h v) / h²` on all rows, written out; even in h up to `h²`.
    fn by_divergence(spec: &MetaSpec, theta: &[f64], states: &[PreparedRows], v: &[f64], h: f64) -> f64 {
        let observations: Vec<f64> = states.iter().flat_map(|rows| rows.observations.clone()).collect();
        let at = |step: f64| {
            let moved: Vec<f64> = theta.iter().zip(v).map(|(t, v)| t + step * v).collect();
            (means(&moved, &observations), spec.policy.effective_log_std(&moved))
        };
        let (mean_old, std_old) = at(0.0);
        let one = |step: f64| {
            let (mean, std) = at(step);
            let dims = mean_old.iter().zip(&mean).enumerate().map(|(k, (old, new))| {
                let (s0, s1) = (std_old[k % 2], std[k % 2]);
                s1 - s0 + ((2.0 * s0).exp() + (old - new).powi(2)) / (2.0 * (2.0 * s1).exp()) - 0.5
            });
            dims.sum::<f64>() / (mean.len() / 2) as f64
        };
        (one(h) + one(-h)) / (h * h)
    }

    #[test]
    fn the_quadratic_form_is_twice_the_mean_divergence() {
        let (spec, mut random) = (spec(), Random::new(31));
        let size = spec.policy_parameters();
        let theta: Vec<f64> = random.normals(size).iter().map(|x| 0.4 * x).collect();
        let tasks = [states(&mut random, 4), states(&mut random, 9)];
        let vectors = random.normals(3 * size);
        let run = |threads: usize| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            products(&spec, &Threads::new(&spec, &pool).unwrap(), &theta, &tasks, &vectors).unwrap()
        };
        let found = run(1);
        assert_eq!(found, run(3));
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
        let (v, fv): (Vec<_>, Vec<_>) = vectors.chunks_exact(size).zip(found.chunks_exact(size)).unzip();
        for i in 0..3 {
            let truth = by_divergence(&spec, &theta, &tasks, v[i], 2e-3);
            assert!((dot(v[i], fv[i]) / truth - 1.0).abs() < 1e-4, "{} against {truth}", dot(v[i], fv[i]));
            assert!((dot(v[0], fv[i]) - dot(v[i], fv[0])).abs() < 1e-12 * dot(v[i], fv[i]));
        }
    }
}
