//! Solvers against dense algebra.

use xmrl_autodiff::{
    AutodiffError, CgOptions, NeumannOptions, conjugate_gradient, dense_solve, lanczos_bounds, neumann,
};
use xmrl_oracle::dense::{cholesky_solve, lu_solve, product, shifted, symmetric_eigen};
use xmrl_oracle::{Random, relative_error};

type Outcome = Result<(), AutodiffError>;

fn operator(a: &[f64]) -> impl FnMut(&[f64], &mut [f64]) -> Outcome + '_ {
    move |v, out| {
        out.copy_from_slice(&product(a, v));
        Ok(())
    }
}

/// Eigenvalues from 0.01 to 100, evenly in the exponent.
fn graded(n: usize) -> Vec<f64> {
    (0..n).map(|j| 10f64.powf(-2.0 + 4.0 * j as f64 / (n - 1) as f64)).collect()
}

const TIGHT: CgOptions = CgOptions { max_iterations: 400, tolerance: 1e-13, damping: 0.0 };

#[test]
fn cg_is_the_dense_solution() {
    let mut random = Random::new(10);
    for (n, damping) in [(1, 0.0), (7, 0.0), (40, 0.0), (40, 0.3)] {
        let a = random.symmetric(&if n == 1 { vec![2.5] } else { graded(n) });
        let b = random.normals(n);
        let truth = cholesky_solve(&shifted(&a, n, damping), &b).unwrap();
        let (x, info) = conjugate_gradient(operator(&a), &b, None, CgOptions { damping, ..TIGHT }).unwrap();
        assert!(info.converged && !info.negative_curvature, "{info:?}");
        assert!(relative_error(&x, &truth, 0.0) < 1e-9, "{n}: {}", relative_error(&x, &truth, 0.0));
        assert_eq!(info.history.len(), info.iterations + 1);
        let mut left = product(&shifted(&a, n, damping), &x);
        left.iter_mut().zip(&b).for_each(|(l, b)| *l -= b);
        let residual = relative_error(&left, &vec![0.0; n], 1.0) / relative_error(&b, &vec![0.0; n], 1.0);
        assert!((residual - info.residual).abs() < 1e-12);
    }
}

#[test]
fn a_warm_start_starts_where_it_stands() {
    let mut random = Random::new(11);
    let a = random.symmetric(&graded(30));
    let b = random.normals(30);
    let truth = cholesky_solve(&a, &b).unwrap();
    let cold = conjugate_gradient(operator(&a), &b, None, CgOptions { tolerance: 1e-8, ..TIGHT }).unwrap().1;
    let near: Vec<f64> = truth.iter().map(|x| x * (1.0 + 1e-7)).collect();
    let (x, warm) = conjugate_gradient(operator(&a), &b, Some(&near), CgOptions { tolerance: 1e-8, ..TIGHT }).unwrap();
    assert!(warm.iterations < cold.iterations / 2, "{} against {}", warm.iterations, cold.iterations);
    assert!(relative_error(&x, &truth, 0.0) < 1e-6);
    let (_, exact) =
        conjugate_gradient(operator(&a), &b, Some(&truth), CgOptions { tolerance: 1e-10, ..TIGHT }).unwrap();
    assert_eq!((exact.iterations, exact.converged), (0, true));
    // A far start must not change the answer.
    let far = random.normals(30).iter().map(|x| 1e3 * x).collect::<Vec<_>>();
    let (x, info) = conjugate_gradient(operator(&a), &b, Some(&far), TIGHT).unwrap();
    assert!(info.residual < 1e-9 && relative_error(&x, &truth, 0.0) < 1e-6);
}

#[test]
fn running_out_of_steps_is_a_value() {
    let mut random = Random::new(12);
    let a = random.symmetric(&graded(30));
    let b = random.normals(30);
    let (_, info) = conjugate_gradient(operator(&a), &b, None, CgOptions { max_iterations: 4, ..TIGHT }).unwrap();
    assert_eq!((info.iterations, info.converged, info.negative_curvature), (4, false, false));
    assert!(info.residual > 1e-6);
}

#[test]
fn neumann_sums_to_the_dense_solution_and_reports_divergence() {
    let mut random = Random::new(15);
    let n = 12;
    let a = random.symmetric(&(0..n).map(|j| 1.0 + 3.0 * j as f64 / (n - 1) as f64).collect::<Vec<_>>());
    let b = random.normals(n);
    let options = NeumannOptions { max_iterations: 400, tolerance: 1e-13, damping: 0.5, step: 0.3 };
    let (x, info) = neumann(operator(&a), &b, options).unwrap();
    let truth = cholesky_solve(&shifted(&a, n, 0.5), &b).unwrap();
    assert!(info.converged && relative_error(&x, &truth, 0.0) < 1e-12);
    // K terms leave (I - aA)^K b behind: the error after 5 terms in closed form.
    let (x, info) = neumann(operator(&a), &b, NeumannOptions { max_iterations: 5, ..options }).unwrap();
    let (values, vectors) = symmetric_eigen(&shifted(&a, n, 0.5), n);
    let mut partial = vec![0.0; n];
    for (value, q) in values.iter().zip(&vectors) {
        let along: f64 = q.iter().zip(&b).map(|(p, r)| p * r).sum();
        let sum = (1.0 - (1.0 - 0.3 * value).powi(5)) / value;
        partial.iter_mut().zip(q).for_each(|(x, e)| *x += sum * along * e);
    }
    assert!(!info.converged && relative_error(&x, &partial, 0.0) < 1e-13);
    let (_, info) = neumann(operator(&a), &b, NeumannOptions { step: 3.0, ..options }).unwrap();
    assert!(!info.converged && info.residual > 1e8 && info.iterations < 60);
}

#[test]
fn the_direct_solve_handles_definite_and_indefinite_systems() {
    let mut random = Random::new(16);
    let n = 15;
    let mut spectrum = graded(n);
    let b = random.normals(n);
    let a = random.symmetric(&spectrum);
    let (x, info) = dense_solve(operator(&a), &b, 0.2).unwrap();
    assert!(relative_error(&x, &cholesky_solve(&shifted(&a, n, 0.2), &b).unwrap(), 0.0) < 1e-12);
    assert!(!info.negative_curvature && info.converged && info.iterations == n);
    spectrum[3] = -2.0;
    let a = random.symmetric(&spectrum);
    let (x, info) = dense_solve(operator(&a), &b, 0.0).unwrap();
    assert!(relative_error(&x, &lu_solve(&a, &b).unwrap(), 0.0) < 1e-11);
    assert!(info.negative_curvature && info.converged);
    assert!(matches!(dense_solve(operator(&[0.0; 4]), &[1.0, 1.0], 0.0), Err(AutodiffError::Singular { size: 2, .. })));
}

#[test]
fn bad_input_is_named() {
    let identity = |v: &[f64], out: &mut [f64]| -> Outcome {
        out.copy_from_slice(v);
        Ok(())
    };
    let poisoned = |_: &[f64], out: &mut [f64]| -> Outcome {
        out.fill(f64::NAN);
        Ok(())
    };
    let options = CgOptions::default();
    let error = conjugate_gradient(identity, &[1.0, f64::INFINITY], None, options).unwrap_err();
    assert_eq!(error.to_string(), "right-hand side: entry 1 is inf; every entry must be finite");
    let error = conjugate_gradient(identity, &[1.0, 2.0], Some(&[1.0]), options).unwrap_err();
    assert_eq!(error.to_string(), "warm start: expected 2 numbers, found 1");
    let error = conjugate_gradient(identity, &[1.0], None, CgOptions { damping: -1.0, ..options }).unwrap_err();
    assert!(matches!(error, AutodiffError::Option { what: "damping", .. }));
    let error = conjugate_gradient(poisoned, &[1.0], None, options).unwrap_err();
    assert!(matches!(error, AutodiffError::NotFinite { what: "operator product", index: 0, .. }));
    assert!(lanczos_bounds(identity, &[0.0, 0.0], 3).is_err());
    assert!(lanczos_bounds(identity, &[1.0], 0).is_err());
    assert!(
        neumann(identity, &[1.0], NeumannOptions { max_iterations: 1, tolerance: 0.0, damping: 0.0, step: 0.0 })
            .is_err()
    );
    // A zero right-hand side has the exact answer zero, whatever the start.
    let (x, info) = conjugate_gradient(identity, &[0.0, 0.0], Some(&[3.0, 4.0]), options).unwrap();
    assert_eq!((x, info.converged, info.residual), (vec![0.0, 0.0], true, 0.0));
}
