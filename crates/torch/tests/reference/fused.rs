//! The fused problem against the libtorch one.

use rayon::ThreadPool;
use xmrl_meta::{FusedProblem, InnerRate, Keep, MetaHessian, MetaProblem, MetaSpec, Subsample, TaskData, inner_steps};
use xmrl_torch::{TorchOptions, TorchProblem, TorchWorkers};

use crate::common;
use crate::derivatives::{problem, with};
use crate::plain::checks::{RATES, all_of, case, nearby};
use crate::plain::{error, tasks};

fn pool() -> ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap()
}

#[test]
fn the_fused_problem_is_the_same_problem() {
    let pool = pool();
    for rate in RATES {
        let case = case(rate);
        let fused = all_of(&mut FusedProblem::new(&case.spec, &case.tasks, &case.meta, &pool).unwrap(), &case.meta);
        let torch = all_of(&mut problem(&case), &case.meta);
        for ((name, fused), (_, torch)) in fused.iter().zip(&torch) {
            let gap = error(fused, torch);
            assert!(gap < 1e-10, "{rate:?} {name}: {gap:e}");
        }
    }
}

/// More support rows than a core's caches hold activations of.
#[test]
fn activations_too_many_to_keep_are_recomputed_to_the_same_gradient() {
    let (case, pool) = (case(InnerRate::Learned), pool());
    let data = tasks(&case.spec, case.spec.theta(&case.meta), &[(&[200; 60], &[6, 2])], 3);
    let at = nearby(&case.meta);
    let fused = FusedProblem::new(&case.spec, &data, &case.meta, &pool).unwrap().gradients(&at).unwrap();
    let torch = with(&case, &data, &TorchOptions::default(), 1).gradients(&at).unwrap();
    assert!(error(&fused, &torch) < 1e-10, "{:e}", error(&fused, &torch));
}

fn sample(spec: &MetaSpec, data: &[TaskData], at: &[f64], pool: &ThreadPool) -> Subsample {
    let supports: Vec<_> = data.iter().map(|task| &task.support).collect();
    let inner = inner_steps(spec, spec.theta(at), &spec.rates(at), &supports, Keep::Means, pool).unwrap();
    Subsample::new(spec, data, at, &inner, pool).unwrap()
}

/// Products of the exact Hessian of `problem` with a direction in general position, `[N,Q]`.
fn product(problem: &mut dyn MetaHessian, at: &[f64]) -> Vec<f64> {
    problem.keep(at).unwrap();
    problem.hvps(&(0..at.len()).map(|j| (1.7 * j as f64).sin()).collect::<Vec<_>>()).unwrap()
}

#[test]
fn a_row_subsample_has_the_same_products() {
    for rate in RATES {
        let (spec, pool) = (common::spec(rate, &[4, 3]), pool());
        let (data, at) = (common::tasks(&spec, 3, 3, 6), common::meta(&spec, 12));
        let sample = sample(&spec, &data, &at, &pool);
        let options = TorchOptions { chunk_rows: 60, ..TorchOptions::default() };
        let workers = TorchWorkers::new(2).unwrap();
        let mut torch = TorchProblem::subsampled(spec.clone(), &sample, &at, &options, &workers).unwrap();
        let mut fused = FusedProblem::subsampled(&spec, sample, &at, &pool).unwrap();
        assert!(error(&product(&mut torch, &at), &product(&mut fused, &at)) < 1e-10);
        let away: Vec<f64> = at.iter().map(|x| x - 0.02).collect();
        assert!(error(&torch.gradients(&away).unwrap(), &fused.gradients(&away).unwrap()) < 1e-10);
        let values = [torch.value(&away).unwrap().surrogates, fused.value(&away).unwrap().surrogates];
        assert!(error(&values[0], &values[1]) < 1e-10);
    }
}
