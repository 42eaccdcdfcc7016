//! Hypergradients against closed forms (rung 4): quadratic tasks and weighted ridge regression.

#[path = "support/quadratic.rs"]
mod quadratic;

use quadratic::Quadratic;
use xmrl_autodiff::{ImplicitOptions, LinearSolver};
use xmrl_core::{Influence, InfluenceOptions, MetaGradients, Sketch, XmrlError, explain_gradient, explain_implicit};
use xmrl_oracle::dense::{cholesky_solve, product, shifted, symmetric_eigen};
use xmrl_oracle::{Random, relative_error};

fn exact(delta: f64) -> InfluenceOptions {
    let implicit = ImplicitOptions { delta, tolerance: 1e-13, max_iterations: 300, ..ImplicitOptions::default() };
    InfluenceOptions { implicit, lanczos_steps: 60, ..InfluenceOptions::default() }
}

fn explain(problem: &mut Quadratic, options: &InfluenceOptions) -> Influence {
    let theta = problem.solution();
    let (train, poor) = (problem.task_gradients(&theta), problem.upper_gradient(&theta));
    let (anchor, weights) = (problem.anchor.clone(), problem.weights.clone());
    let gradients = MetaGradients { theta: &theta, anchor: &anchor, weights: &weights, train: &train, poor: &poor };
    explain_implicit(&gradients, |v, out| problem.hvp(v, out), None, options).unwrap()
}

#[test]
fn quadratic_tasks_have_their_closed_hypergradient() {
    for (seed, n, tasks) in [(50, 1, 2), (51, 6, 4), (52, 20, 9)] {
        let mut problem = Quadratic::random(n, tasks, &mut Random::new(seed));
        let truth = problem.truth();
        let options = exact(problem.delta);
        let found = explain(&mut problem, &options);
        let error = relative_error(&found.scores, &truth, 0.0);
        assert!(error < 1e-10, "seed {seed}: {error:e}");
        assert!(found.solve.converged && !found.solve.negative_curvature && found.solve.damping == problem.delta);
        // theta* is stationary, so the free identity holds.
        assert!(found.stationarity.defect < 1e-10, "{:?}", found.stationarity);
        let (spectrum, _) = symmetric_eigen(&shifted(&problem.system(), n, -problem.delta), n);
        let bounds = found.spectrum.unwrap();
        assert!((bounds.lambda_min - spectrum[0]).abs() < 1e-10 * spectrum[n - 1]);
        assert!((bounds.lambda_max - spectrum[n - 1]).abs() < 1e-10 * spectrum[n - 1]);
    }
}

#[test]
fn every_solver_reaches_the_closed_form_and_plain_gradients_do_not() {
    let mut problem = Quadratic::random(8, 5, &mut Random::new(53));
    let truth = problem.truth();
    let top = symmetric_eigen(&problem.system(), 8).0[7];
    let base = exact(problem.delta);
    let with = |solver| InfluenceOptions {
        implicit: ImplicitOptions { solver, max_iterations: 100_000, ..base.implicit },
        lanczos_steps: 0,
        ..InfluenceOptions::default()
    };
    for solver in [LinearSolver::Neumann { step: Some(1.0 / top) }, LinearSolver::Neumann { step: None }] {
        let found = explain(&mut problem, &with(solver));
        assert!(found.solve.converged, "{solver:?} {:?}", found.solve.residual);
        assert!(relative_error(&found.scores, &truth, 0.0) < 1e-10, "{solver:?}");
        assert!(found.spectrum.is_none());
    }
    for rank in [3, 8, 20] {
        let sketch = Some(Sketch { rank, seed: 5 });
        let found = explain(&mut problem, &InfluenceOptions { sketch, lanczos_steps: 0, ..base });
        assert!(found.solve.converged && relative_error(&found.scores, &truth, 0.0) < 1e-10, "rank {rank}");
        // The products of the sketch are counted.
        assert!(found.solve.iterations > rank.min(8), "{:?}", found.solve.iterations);
    }

    let theta = problem.solution();
    let (train, poor) = (problem.task_gradients(&theta), problem.upper_gradient(&theta));
    let gradients =
        MetaGradients { theta: &theta, anchor: &problem.anchor, weights: &problem.weights, train: &train, poor: &poor };
    let plain = explain_gradient(&gradients, problem.delta).unwrap();
    assert!(relative_error(&plain.scores, &truth, 0.0) > 0.1);
    // Without curvature tasks rank as inner products do, and the identity of section 2 holds for any v.
    assert!((plain.identity_spearman - 1.0).abs() < 1e-12 && plain.stationarity.defect < 1e-10);
}

/// Sample i of a ridge regression as task i: `J_i = -1/2 (x_i' theta - y_i)^2`, anchor 0, upper value on other samples.
#[test]
fn weighted_ridge_regression_has_its_closed_hypergradient() {
    let mut random = Random::new(54);
    let (n, rows, held_out, delta) = (5, 14, 7, 0.3);
    let (x, y) = (random.normals(rows * n), random.normals(rows));
    let (xv, yv) = (random.normals(held_out * n), random.normals(held_out));
    let weights: Vec<f64> = (0..rows).map(|_| random.uniform()).collect();
    let row = |i: usize| &x[i * n..(i + 1) * n];
    let mut gram = vec![0.0; n * n];
    let mut right = vec![0.0; n];
    for i in 0..rows {
        for a in 0..n {
            right[a] += weights[i] * y[i] * row(i)[a];
            (0..n).for_each(|b| gram[a * n + b] += weights[i] * row(i)[a] * row(i)[b]);
        }
    }
    let system = shifted(&gram, n, delta);
    let theta = cholesky_solve(&system, &right).unwrap();
    let transposed = |residual: &[f64]| -> Vec<f64> {
        (0..n).map(|a| (0..held_out).map(|j| xv[j * n + a] * residual[j]).sum()).collect()
    };
    let misfit: Vec<f64> = product(&xv, &theta).iter().zip(&yv).map(|(p, y)| y - p).collect();
    let poor = transposed(&misfit);
    let residuals: Vec<f64> = (0..rows).map(|i| y[i] - product(row(i), &theta)[0]).collect();
    // d theta*/d omega_i = K^-1 x_i (y_i - x_i' theta*).
    let truth: Vec<f64> = (0..rows)
        .map(|i| {
            let moved = cholesky_solve(&system, row(i)).unwrap();
            residuals[i] * moved.iter().zip(&poor).map(|(a, b)| a * b).sum::<f64>()
        })
        .collect();
    let train: Vec<f64> = (0..rows).flat_map(|i| row(i).iter().map(|a| a * residuals[i]).collect::<Vec<_>>()).collect();
    let anchor = vec![0.0; n];
    let gradients = MetaGradients { theta: &theta, anchor: &anchor, weights: &weights, train: &train, poor: &poor };
    let hvp = |v: &[f64], out: &mut [f64]| {
        out.iter_mut().zip(product(&gram, v)).for_each(|(o, p)| *o = -p);
        Ok(())
    };
    let found = explain_implicit(&gradients, hvp, None, &exact(delta)).unwrap();
    assert!(relative_error(&found.scores, &truth, 0.0) < 1e-10);
    assert!(found.stationarity.defect < 1e-10);
}

#[test]
fn order_duplicates_and_zero_weights_change_nothing_they_should_not() {
    let mut problem = Quadratic::random(7, 4, &mut Random::new(55));
    let options = exact(problem.delta);
    let base = explain(&mut problem, &options).scores;

    let order = [2, 0, 3, 1];
    let mut permuted = Quadratic {
        tasks: order.iter().map(|&i| problem.tasks[i].clone()).collect(),
        weights: order.iter().map(|&i| problem.weights[i]).collect(),
        anchor: problem.anchor.clone(),
        upper: problem.upper.clone(),
        ..problem
    };
    let moved = explain(&mut permuted, &options).scores;
    let expected: Vec<f64> = order.iter().map(|&i| base[i]).collect();
    assert!(relative_error(&moved, &expected, 0.0) < 1e-12);

    // Task 1 twice, with its weight shared out: both copies keep the score of the one.
    let mut twice = Quadratic { tasks: problem.tasks.clone(), weights: problem.weights.clone(), ..permuted };
    twice.tasks.push(twice.tasks[1].clone());
    twice.weights.push(0.25 * twice.weights[1]);
    twice.weights[1] *= 0.75;
    let copies = explain(&mut twice, &options).scores;
    assert!(relative_error(&copies[..4], &base, 0.0) < 1e-11);
    assert!((copies[4] - base[1]).abs() < 1e-11 * base[1].abs());

    // A task of weight 0 leaves the others alone and still has the score of its first bit of weight.
    twice.weights[1] += twice.weights[4];
    twice.weights[4] = 0.0;
    twice.tasks[4] = Quadratic::random(7, 1, &mut Random::new(56)).tasks[0].clone();
    let idle = explain(&mut twice, &options).scores;
    assert!(relative_error(&idle[..4], &base, 0.0) < 1e-11);
    assert!((idle[4] - twice.truth()[4]).abs() < 1e-10 * idle[4].abs());
}

#[test]
fn an_indefinite_lower_level_is_damped_and_says_so() {
    let n = 6;
    let mut random = Random::new(57);
    let concave = random.symmetric(&[0.5, 1.0, 2.0, 3.0, 4.0, -5.0]);
    let (train, poor) = (random.normals(2 * n), random.normals(n));
    let theta = vec![0.0; n];
    let gradients = MetaGradients { theta: &theta, anchor: &theta, weights: &[0.5, 0.5], train: &train, poor: &poor };
    let hvp = |v: &[f64], out: &mut [f64]| {
        out.iter_mut().zip(product(&concave, v)).for_each(|(o, p)| *o = -p);
        Ok(())
    };
    let found = explain_implicit(&gradients, hvp, None, &exact(1.0)).unwrap();
    assert!(found.solve.negative_curvature && found.solve.converged);
    assert_eq!((found.solve.damping, found.solve.restarts), (8.0, 3));
    let v = cholesky_solve(&shifted(&concave, n, 8.0), &poor).unwrap();
    assert!(relative_error(&found.v, &v, 0.0) < 1e-11);
    assert!((found.spectrum.unwrap().lambda_min + 5.0).abs() < 1e-11);
}

#[test]
fn bad_input_is_named() {
    let (theta, train, poor) = ([0.0, 0.0], [1.0, 2.0, 3.0, 4.0], [1.0, 1.0]);
    let good = MetaGradients { theta: &theta, anchor: &theta, weights: &[0.5, 0.5], train: &train, poor: &poor };
    let explain = |g: MetaGradients| explain_gradient(&g, 1.0).map(|_| ()).unwrap_err();
    assert!(explain_gradient(&good, 1.0).is_ok());
    let shape = explain(MetaGradients { train: &train[..3], ..good });
    assert!(matches!(shape, XmrlError::Shape { shape: "[N,Q]", expected: 4, got: 3, .. }));
    assert!(matches!(explain(MetaGradients { poor: &[1.0, f64::NAN], ..good }), XmrlError::NonFinite { index: 1, .. }));
    let negative = explain(MetaGradients { weights: &[1.5, -0.5], ..good }).to_string();
    assert!(negative.contains("omega") && negative.contains("task 1"), "{negative}");
    assert!(explain(MetaGradients { weights: &[], train: &[], ..good }).to_string().contains("0 tasks"));
    let poisoned = |_: &[f64], out: &mut [f64]| {
        out.fill(f64::NAN);
        Ok(())
    };
    assert!(matches!(
        explain_implicit(&good, poisoned, None, &InfluenceOptions::default()),
        Err(XmrlError::Autodiff(_))
    ));
}
