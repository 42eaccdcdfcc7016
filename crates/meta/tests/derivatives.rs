//! Derivatives of the fused problem against plain arithmetic, central differences and dense algebra, in f64.

mod plain;

use plain::checks::{Case, RATES, adaptation_and_value, all_of, case, curvature, gradients, hvps, nearby};
use plain::{Draws, STEP, error, slope, tasks};
use rayon::ThreadPool;
use xmrl_meta::{FusedProblem, InnerRate, MetaHessian, MetaProblem, PreparedRows, TaskData};
use xmrl_policy::Fused;

fn pool() -> ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap()
}

fn problem<'a>(case: &'a Case, pool: &'a ThreadPool) -> FusedProblem<'a> {
    FusedProblem::new(&case.spec, &case.tasks, &case.meta, pool).unwrap()
}

#[test]
fn adaptation_value_and_gradients_are_plain_arithmetic_and_its_differences() {
    let pool = pool();
    for rate in RATES {
        let case = case(rate);
        adaptation_and_value(&case, &mut problem(&case, &pool));
        gradients(&case, &mut problem(&case, &pool));
    }
}

#[test]
fn hvps_are_differences_of_the_gradient_and_symmetric() {
    let pool = pool();
    for rate in RATES {
        let case = case(rate);
        hvps(&case, &mut problem(&case, &pool), 1e-14);
    }
}

#[test]
fn curvature_is_the_dense_product() {
    let (case, pool) = (case(InnerRate::Learned), pool());
    curvature(&case, &mut problem(&case, &pool), |task, work| {
        work(&mut FusedProblem::new(&case.spec, std::slice::from_ref(task), &case.meta, &pool).unwrap());
    });
}

#[test]
fn the_fused_problem_keeps_one_point_for_many_products_and_its_hessian_is_symmetric() {
    let pool = pool();
    for rate in [InnerRate::Fixed, InnerRate::Learned] {
        let case = case(rate);
        let mut problem = problem(&case, &pool);
        let mut draws = Draws(6);
        let (v, u) = (draws.vector(case.meta.len(), 1.0), draws.vector(case.meta.len(), 1.0));
        assert!(problem.hvps(&v).unwrap_err().to_string().contains("keep"));
        // At the anchor, where gradients reuse the inner step, then elsewhere in the same memory, then back.
        let mut found = Vec::new();
        for point in [case.meta.clone(), nearby(&case.meta), case.meta.clone()] {
            let kept = problem.keep(&point).unwrap();
            let gap = error(&kept, &problem.gradients(&point).unwrap());
            assert!(gap < 1e-14, "{gap:e}");
            let slope = slope(&point, &v, STEP, |meta| problem.gradients(meta).unwrap());
            let product = problem.hvps(&v).unwrap();
            assert!(error(&product, &slope) < 1e-8, "{rate:?}: {:e}", error(&product, &slope));
            let weights = [0.3, 0.0, 0.5, -0.2];
            let (hv, hu) = (problem.hvp(&weights, &v).unwrap(), problem.hvp(&weights, &u).unwrap());
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            let (left, right) = (dot(&u, &hv), dot(&v, &hu));
            assert!((left - right).abs() < 1e-12 * left.abs().max(right.abs()), "{rate:?}: {left} {right}");
            found.push(product);
        }
        assert_eq!(found[0], found[2], "the memory of another point leaves no trace");
        problem.drop_kept();
        assert!(problem.hvps(&v).is_err());
    }
}

/// Single precision in the rows, double precision between them.
#[test]
fn the_fused_problem_in_single_precision_is_the_same_to_rounding() {
    let pool = pool();
    let case = case(InnerRate::Learned);
    let single: Vec<TaskData<f32>> = case
        .tasks
        .iter()
        .map(|task| TaskData { support: rounded(&task.support), query: rounded(&task.query) })
        .collect();
    let mut double = FusedProblem::new(&case.spec, &case.tasks, &case.meta, &pool).unwrap();
    let mut single = FusedProblem::new(&case.spec, &single, &case.meta, &pool).unwrap();
    for ((name, single), (_, double)) in all_of(&mut single, &case.meta).iter().zip(&all_of(&mut double, &case.meta)) {
        let gap = error(single, double);
        assert!(gap < 2e-5, "{name}: {gap:e}");
        assert!(gap > 1e-12, "{name} was not computed in single precision");
    }
}

/// More support rows than a core's caches hold activations of go through the network again.
#[test]
fn activations_too_many_to_keep_are_recomputed_to_the_same_gradient() {
    let (case, pool) = (case(InnerRate::Learned), pool());
    let data = tasks(&case.spec, case.spec.theta(&case.meta), &[(&[200; 60], &[6, 2])], 3);
    let bytes = Fused::<f64>::new(&case.spec.policy).unwrap().prepared_bytes(data[0].support.rows());
    assert!(bytes > 1 << 20, "{bytes} bytes would be kept");
    let at = nearby(&case.meta);
    let mut problem = FusedProblem::new(&case.spec, &data, &case.meta, &pool).unwrap();
    // `keep` keeps them whatever their size.
    let (recomputed, kept) = (problem.gradients(&at).unwrap(), problem.keep(&at).unwrap());
    assert!(error(&recomputed, &kept) < 1e-14, "{:e}", error(&recomputed, &kept));
}

fn rounded(rows: &PreparedRows) -> PreparedRows<f32> {
    let round = |values: &[f64]| values.iter().map(|&x| x as f32).collect();
    PreparedRows {
        observations: round(&rows.observations),
        actions: round(&rows.actions),
        log_probs: round(&rows.log_probs),
        coefficients: round(&rows.coefficients),
        episodes: rows.episodes.clone(),
        curvature: rows.curvature.clone(),
    }
}
