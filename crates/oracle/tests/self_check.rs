//! The oracle against itself: each tool agrees with another that shares no code with it.

use xmrl_oracle::dense::{cholesky_solve, lu_solve, product, symmetric_eigen};
use xmrl_oracle::mdp::TabularMdp;
use xmrl_oracle::{HyperDual, Linear, Random, SurrogateRows, difference, relative_error};

#[test]
fn dense_solvers_agree_and_reproduce_the_right_hand_side() {
    let mut random = Random::new(1);
    let a = random.symmetric(&[0.5, 1.0, 2.0, 3.0, 10.0, 40.0]);
    let b = random.normals(6);
    let x = cholesky_solve(&a, &b).unwrap();
    assert!(relative_error(&product(&a, &x), &b, 0.0) < 1e-13);
    assert!(relative_error(&lu_solve(&a, &b).unwrap(), &x, 0.0) < 1e-13);
    assert!(cholesky_solve(&random.symmetric(&[-1.0, 1.0, 2.0]), &[1.0, 1.0, 1.0]).is_none());
}

#[test]
fn jacobi_finds_the_eigenvalues_a_matrix_was_built_from() {
    let wanted = [-3.0, -0.1, 0.0, 0.7, 0.7, 12.0];
    let a = Random::new(2).symmetric(&wanted);
    let (values, vectors) = symmetric_eigen(&a, 6);
    assert!(relative_error(&values, &wanted, 0.0) < 1e-14);
    for (value, vector) in values.iter().zip(&vectors) {
        let scaled: Vec<f64> = vector.iter().map(|x| value * x).collect();
        assert!(relative_error(&product(&a, vector), &scaled, 1.0) < 1e-13);
    }
}

#[test]
fn hyper_duals_agree_with_finite_differences() {
    let f = |x: &[HyperDual]| (x[0] * x[1].tanh() - (x[2] / x[0]).exp()).exp() * x[1].ln();
    let real = |x: &[f64]| (x[0] * x[1].tanh() - (x[2] / x[0]).exp()).exp() * x[1].ln();
    let at = [1.3, 0.8, -0.4];
    let (gradient, hessian) = HyperDual::hessian(f, &at);
    assert!(relative_error(&gradient, &difference::gradient(real, &at, 1e-3), 0.0) < 1e-10);
    for j in 0..3 {
        let unit: Vec<f64> = (0..3).map(|k| f64::from(k == j)).collect();
        let row = difference::along(|x| HyperDual::hessian(f, x).0, &at, &unit, 1e-3);
        assert!(relative_error(&hessian[j * 3..j * 3 + 3], &row, 0.0) < 1e-9);
    }
}

#[test]
fn enumerating_a_process_gives_its_value_by_induction() {
    let mut random = Random::new(3);
    let mdp = TabularMdp::random(3, 2, 4, &mut random);
    let theta = random.normals(mdp.parameters());
    let all = mdp.enumerate();
    assert_eq!(all.len(), 6usize.pow(4));
    let total: f64 = all.iter().map(|t| mdp.probability(&theta, t)).sum();
    assert!((total - 1.0).abs() < 1e-13);
    let by_enumeration: f64 = all.iter().map(|t| mdp.probability(&theta, t) * t.returns_to_go()[0]).sum();
    let constants: Vec<HyperDual> = theta.iter().map(|x| HyperDual::constant(*x)).collect();
    assert!((by_enumeration - mdp.value(&constants).x).abs() < 1e-13);
}

#[test]
fn a_linear_policy_has_the_slopes_of_its_values() {
    let (linear, mut random) = (Linear { observation: 3, action: 2 }, Random::new(4));
    let theta: Vec<f64> = random.normals(linear.parameters()).iter().map(|x| 0.3 * x).collect();
    let mut rows = |count: usize| (random.normals(3 * count), random.normals(2 * count), random.normals(count));
    let ((o, a, c), (oq, aq, cq)) = (rows(7), rows(5));
    let (q, qq) = (vec![-2.5; 7], vec![-2.0; 5]);
    let support = SurrogateRows { observations: &o, actions: &a, log_probs: &q, coefficients: &c };
    let query = SurrogateRows { observations: &oq, actions: &aq, log_probs: &qq, coefficients: &cq };
    let at = linear.surrogate(&theta, &support);
    let slope = difference::gradient(|x| linear.surrogate(x, &support).value, &theta, 1e-3);
    assert!(relative_error(&at.gradient, &slope, 0.0) < 1e-9);
    let size = linear.parameters();
    for j in 0..size {
        let unit: Vec<f64> = (0..size).map(|k| f64::from(k == j)).collect();
        let row = difference::along(|x| linear.surrogate(x, &support).gradient, &theta, &unit, 1e-3);
        assert!(relative_error(&at.hessian[j * size..(j + 1) * size], &row, 1e-3) < 1e-8);
    }
    let rates = vec![0.2; size];
    let whole = |x: &[f64]| linear.surrogate(&linear.adapted(x, &rates, &support), &query).value;
    let truth = difference::gradient(whole, &theta, 1e-3);
    assert!(relative_error(&linear.meta_gradient(&theta, &rates, &support, &query), &truth, 0.0) < 1e-7);
    // The Fisher matrix is the mean outer product of the scores: over many actions at one observation.
    let (observation, fisher) = (&o[..3], linear.fisher(&theta, &o[..3]));
    let v = random.normals(size);
    let draws = 40_000;
    let mut squares = 0.0;
    for _ in 0..draws {
        let action: Vec<f64> = (0..2)
            .map(|k| {
                let mean: f64 = (0..3).map(|i| observation[i] * theta[2 * i + k]).sum::<f64>() + theta[6 + k];
                mean + theta[8 + k].exp() * random.normal()
            })
            .collect();
        let score = linear.log_prob(&theta, observation, &action).gradient;
        squares += score.iter().zip(&v).map(|(s, v)| s * v).sum::<f64>().powi(2) / f64::from(draws);
    }
    let truth: f64 = product(&fisher, &v).iter().zip(&v).map(|(f, v)| f * v).sum();
    assert!((squares / truth - 1.0).abs() < 0.05, "{squares} {truth}");
}
