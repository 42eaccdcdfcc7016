//! The fused problem against the libtorch one, and in single precision.

use xmrl_meta::{FusedProblem, InnerRate, MetaHessian, MetaProblem, PreparedRows, Surrogate, TaskData, TorchOptions};
use xmrl_policy::Fused;

use super::plain::{Draws, STEP, error, slope, tasks};
use super::{all_of, case, nearby};

#[test]
fn the_fused_problem_keeps_one_point_for_many_products_and_its_hessian_is_symmetric() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    for rate in [InnerRate::Fixed, InnerRate::Learned] {
        let case = case(rate);
        let mut problem = FusedProblem::new(&case.spec, &case.tasks, &case.meta, &pool).unwrap();
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
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
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
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let case = case(InnerRate::Learned);
    let data = tasks(&case.spec, case.spec.theta(&case.meta), &[(&[200; 60], &[6, 2])], 3);
    let bytes = Fused::<f64>::new(&case.spec.policy).unwrap().prepared_bytes(data[0].support.rows());
    assert!(bytes > 1 << 20, "{bytes} bytes would be kept");
    let at = nearby(&case.meta);
    let fused = FusedProblem::new(&case.spec, &data, &case.meta, &pool).unwrap().gradients(&at).unwrap();
    let torch = case.with(&data, &TorchOptions::default(), 1).gradients(&at).unwrap();
    assert!(error(&fused, &torch) < 1e-10, "{:e}", error(&fused, &torch));
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

#[test]
fn the_fused_problem_is_the_same_problem() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    for which in [Surrogate::Lvc, Surrogate::FirstOrder] {
        for rate in [InnerRate::Fixed, InnerRate::Learned] {
            let case = case(rate);
            let fused = FusedProblem::new(&case.spec, &case.tasks, &case.meta, &pool).unwrap();
            let fused = all_of(&mut fused.with_surrogate(which).unwrap(), &case.meta);
            let torch = all_of(&mut case.problem(which), &case.meta);
            for ((name, fused), (_, torch)) in fused.iter().zip(&torch) {
                let gap = error(fused, torch);
                assert!(gap < 1e-10, "{which:?} {rate:?} {name}: {gap:e}");
            }
        }
    }
}
