//! Hypergradients of a MAML problem against finite differences of the whole re-solved problem (rung 4).

use xmrl_autodiff::{ImplicitOptions, softmax, softmax_pullback};
use xmrl_core::{Influence, InfluenceOptions, MetaGradients, explain_implicit};
use xmrl_oracle::{Random, difference, relative_error};

use crate::goal::{Goals, P, Weighted, suite};
use crate::polish::LowerLevel;

const DELTA: f64 = 2.0;

/// Of the weights, for two-point differences: `theta*` is solved to 1e-12, so rounding is near 1e-7 and truncation less.
const STEP: f64 = 2e-5;

fn explain(train: &Goals, poor: &Goals, weights: &[f64], theta: &[f64], anchor: &[f64]) -> Influence {
    let mut lower = Weighted::new(train, weights);
    lower.gradient(theta);
    let (task, upper) = (train.meta_gradients(theta), poor.mean_gradient(theta));
    let gradients = MetaGradients { theta, anchor, weights, train: &task, poor: &upper };
    let implicit = ImplicitOptions { delta: DELTA, tolerance: 1e-12, ..ImplicitOptions::default() };
    let options = InfluenceOptions { implicit, lanczos_steps: P, ..InfluenceOptions::default() };
    let product = |v: &[f64], out: &mut [f64]| {
        lower.hvp(v, out);
        Ok(())
    };
    explain_implicit(&gradients, product, None, &options).unwrap()
}

/// `L(theta*(omega))`, the lower level solved anew.
fn solved(train: &Goals, poor: &Goals, weights: &[f64], start: &[f64], anchor: &[f64]) -> f64 {
    let found = Weighted::new(train, weights).solve(start, anchor, DELTA);
    assert!(found.converged, "{:?}", found.history);
    poor.mean(&found.theta)
}

#[test]
fn the_suite_derivatives_are_central_differences() {
    let (goals, _, theta) = suite(60);
    let train = Goals::new(&goals);
    let mut random = Random::new(61);
    let weights = softmax(&random.normals(6));
    let mut lower = Weighted::new(&train, &weights);
    let gradient = lower.gradient(&theta);
    let by_difference = difference::gradient(|x| lower.value(x), &theta, 1e-3);
    assert!(relative_error(&gradient, &by_difference, 0.0) < 1e-8);
    let (u, v) = (random.normals(P), random.normals(P));
    let (mut hu, mut hv) = (vec![0.0; P], vec![0.0; P]);
    lower.hvp(&u, &mut hu);
    lower.hvp(&v, &mut hv);
    let mut moved = Weighted::new(&train, &weights);
    let truth = difference::along(|x| moved.gradient(x), &theta, &v, 1e-4);
    assert!(relative_error(&hv, &truth, 0.0) < 1e-6, "{:e}", relative_error(&hv, &truth, 0.0));
    let left: f64 = u.iter().zip(&hv).map(|(a, b)| a * b).sum();
    let right: f64 = v.iter().zip(&hu).map(|(a, b)| a * b).sum();
    assert!((left - right).abs() < 1e-10 * left.abs().max(1.0));
}

#[test]
fn hypergradients_are_differences_of_the_re_solved_problem() {
    for seed in [62, 63] {
        let (goals, poor, anchor) = suite(seed);
        let train = Goals::new(&goals);
        let eta = Random::new(seed + 100).normals(6);
        let weights = softmax(&eta);
        let lower = Weighted::new(&train, &weights).solve(&anchor, &anchor, DELTA);
        assert!(lower.converged && lower.gain > 0.0, "{:?}", lower.history);
        let theta = lower.theta;
        let found = explain(&train, &poor, &weights, &theta, &anchor);
        assert!(found.solve.converged && !found.solve.negative_curvature, "{:?}", found.solve);
        assert!(found.stationarity.defect < 1e-9, "{:?}", found.stationarity);

        let flat: Vec<f64> = found.inner_products.iter().map(|x| x / DELTA).collect();
        if seed == 62 {
            let truth = difference::two_point_gradient(|w| solved(&train, &poor, w, &theta, &anchor), &weights, STEP);
            let error = relative_error(&found.scores, &truth, 0.0);
            assert!(error < 1e-5, "{error:e}: {:?} against {truth:?}", found.scores);
            // The gate would not see a solver that drops the Hessian unless dropping it mattered here.
            assert!(relative_error(&flat, &truth, 0.0) > 0.05);
        } else {
            let at = |e: &[f64]| solved(&train, &poor, &softmax(e), &theta, &anchor);
            let truth = difference::two_point_gradient(at, &eta, STEP);
            let error = relative_error(&found.softmax_gradient, &truth, 0.0);
            assert!(error < 1e-5, "{error:e}: {:?} against {truth:?}", found.softmax_gradient);
            assert!(relative_error(&softmax_pullback(&weights, &flat).unwrap(), &truth, 0.0) > 0.05);
        }
    }
}

#[test]
fn order_duplicates_and_zero_weights_on_the_suite() {
    let (goals, poor, anchor) = suite(64);
    let weights = softmax(&Random::new(65).normals(6));
    let train = Goals::new(&goals);
    let theta = Weighted::new(&train, &weights).solve(&anchor, &anchor, DELTA).theta;
    let base = explain(&train, &poor, &weights, &theta, &anchor).scores;

    let order = [3, 5, 0, 1, 4, 2];
    let shuffled = Goals::new(&order.map(|i| goals[i]));
    let moved = explain(&shuffled, &poor, &order.map(|i| weights[i]), &theta, &anchor).scores;
    assert!(relative_error(&moved, &order.map(|i| base[i]), 0.0) < 1e-10);

    let mut more = goals.clone();
    more.extend([goals[2], [4.0, 4.0]]);
    let mut shared = weights.clone();
    shared.extend([0.5 * weights[2], 0.0]);
    shared[2] *= 0.5;
    let extended = Goals::new(&more);
    let copies = explain(&extended, &poor, &shared, &theta, &anchor).scores;
    assert!(relative_error(&copies[..6], &base, 0.0) < 1e-10);
    assert!((copies[6] - base[2]).abs() < 1e-10 * base[2].abs().max(1e-3));
    // The goal of weight 0 scores what re-solving with a little of it gives.
    let at = |w: &[f64]| solved(&extended, &poor, &[&shared[..7], w].concat(), &theta, &anchor);
    let raised = difference::two_point_gradient(at, &shared[7..], STEP)[0];
    assert!((copies[7] - raised).abs() < 1e-5 * raised.abs(), "{} {raised}", copies[7]);
}

/// Off the lower level's maximum the free identity fails, and it is the polish that restores it.
#[test]
fn the_defect_measures_stationarity_and_not_the_solve() {
    let (goals, poor, anchor) = suite(66);
    let train = Goals::new(&goals);
    let weights = [1.0 / 6.0; 6];
    let at_anchor = explain(&train, &poor, &weights, &anchor, &anchor);
    assert!(at_anchor.stationarity.right == 0.0 && at_anchor.stationarity.defect > 1e-3);
    let polished = Weighted::new(&train, &weights).solve(&anchor, &anchor, DELTA);
    assert!(polished.residual < 1e-12 && polished.history[0] > 1e-3);
    let at_solution = explain(&train, &poor, &weights, &polished.theta, &anchor);
    assert!(at_solution.stationarity.defect < 1e-9, "{:?}", at_solution.stationarity);
}
