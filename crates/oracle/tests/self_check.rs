//! The oracle against itself: each tool agrees with another that shares no code with it.

use xmrl_oracle::dense::{cholesky_solve, lu_solve, product, symmetric_eigen};
use xmrl_oracle::mdp::TabularMdp;
use xmrl_oracle::{HyperDual, Random, difference, relative_error};

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
