//! What the solvers say about a spectrum, and what they do about an indefinite one.

use xmrl_autodiff::{
    AutodiffError, CgOptions, DampedOptions, ImplicitOptions, LinearSolver, adjoint, conjugate_gradient,
    lanczos_bounds, solve_damped, spread_start,
};
use xmrl_oracle::dense::{cholesky_solve, product, shifted, symmetric_eigen};
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

/// A Neumann series whose delta lies between the least eigenvalue and what twelve products see of it.
#[test]
fn a_series_covers_the_error_of_the_least_ritz_value() {
    let (n, mut uncovered) = (60, 0);
    for seed in 0..8 {
        let spectrum: Vec<f64> = (0..n).map(|j| -3.0 + 0.25 * j as f64).collect();
        let a = Random::new(200 + seed).symmetric(&spectrum);
        let seen = lanczos_bounds(operator(&a), &spread_start(n), 12).unwrap();
        let delta = -seen.lambda_min * 1.0001;
        uncovered += usize::from(delta < 3.0);
        let solver = LinearSolver::Neumann { step: None };
        let options = ImplicitOptions { delta, tolerance: 1e-6, max_iterations: 4000, solver, ..Default::default() };
        // The adjoint's system is delta I - hess, so the operator is the negative.
        let minus = |v: &[f64], out: &mut [f64]| -> Outcome {
            out.iter_mut().zip(product(&a, v)).for_each(|(out, x)| *out = -x);
            Ok(())
        };
        let found = adjoint(minus, &Random::new(seed).normals(n), None, options).unwrap().info;
        assert!(found.damping > 3.0 && found.converged, "{seed}: {found:?}");
    }
    assert!(uncovered >= 4, "of 8 starts {uncovered} do not see the end of the spectrum");
}

const TIGHT: CgOptions = CgOptions { max_iterations: 400, tolerance: 1e-13, damping: 0.0 };

#[test]
fn cg_reports_curvature_that_contains_no_invented_eigenvalue() {
    let mut random = Random::new(13);
    let spectrum = graded(20);
    let a = random.symmetric(&spectrum);
    let (_, info) =
        conjugate_gradient(operator(&a), &random.normals(20), None, CgOptions { damping: 0.5, ..TIGHT }).unwrap();
    let (low, high) = (info.lambda_min.unwrap(), info.lambda_max.unwrap());
    assert!((high - 100.0).abs() < 1e-9, "{high}");
    assert!((low - 0.01).abs() < 1e-6, "{low}");
}

#[test]
fn negative_curvature_is_detected_and_damped_away() {
    let mut random = Random::new(14);
    let n = 25;
    let mut spectrum = graded(n);
    spectrum[0] = -6.0;
    spectrum[1] = -0.4;
    let a = random.symmetric(&spectrum);
    let b = random.normals(n);
    let (_, plain) = conjugate_gradient(operator(&a), &b, None, CgOptions { damping: 1.0, ..TIGHT }).unwrap();
    assert!(plain.negative_curvature && !plain.converged);
    assert!(plain.lambda_min.unwrap() < -1.0 && plain.lambda_min.unwrap() >= -6.0 - 1e-9, "{:?}", plain.lambda_min);

    let options = DampedOptions { cg: CgOptions { damping: 1.0, ..TIGHT }, max_restarts: 40 };
    let (x, info) = solve_damped(operator(&a), &b, None, options).unwrap();
    // 1, 2 and 4 leave -6 negative; 8 is the first that does not.
    assert_eq!((info.damping, info.restarts, info.converged, info.negative_curvature), (8.0, 3, true, true));
    assert!(info.iterations > plain.iterations);
    let truth = cholesky_solve(&shifted(&a, n, 8.0), &b).unwrap();
    assert!(relative_error(&x, &truth, 0.0) < 1e-10);
    assert!((info.lambda_min.unwrap() + 6.0).abs() < 1e-6);

    let from_zero = DampedOptions { cg: TIGHT, max_restarts: 40 };
    let (_, info) = solve_damped(operator(&a), &b, None, from_zero).unwrap();
    assert!(info.converged && info.damping > 6.0 && info.damping < 24.0, "{}", info.damping);
    let (_, info) = solve_damped(operator(&a), &b, None, DampedOptions { max_restarts: 1, ..options }).unwrap();
    assert!(info.negative_curvature && !info.converged && info.damping == 2.0);
}

#[test]
fn lanczos_ends_are_jacobi_ends() {
    let mut random = Random::new(17);
    let n = 40;
    let mut spectrum = graded(n);
    spectrum[0] = -3.0;
    let a = random.symmetric(&spectrum);
    let (values, _) = symmetric_eigen(&a, n);
    let start = random.normals(n);
    let full = lanczos_bounds(operator(&a), &start, n).unwrap();
    assert!((full.lambda_min - values[0]).abs() < 1e-12 && (full.lambda_max - values[n - 1]).abs() < 1e-11, "{full:?}");
    let few = lanczos_bounds(operator(&a), &start, 12).unwrap();
    assert_eq!(few.steps, 12);
    assert!(few.lambda_min >= values[0] - 1e-12 && few.lambda_max <= values[n - 1] + 1e-11);
    let nearest = |x: f64| values.iter().map(|v| (v - x).abs()).fold(f64::INFINITY, f64::min);
    assert!(nearest(few.lambda_min) <= few.lambda_min_error + 1e-12);
    assert!(nearest(few.lambda_max) <= few.lambda_max_error + 1e-11);
    // A start inside a three-dimensional invariant space closes it after three products.
    let mut diagonal = vec![0.0; n * n];
    (0..n).for_each(|j| diagonal[j * n + j] = j as f64 - 5.0);
    let mut start = vec![0.0; n];
    (start[1], start[7], start[30]) = (1.0, -2.0, 0.5);
    let closed = lanczos_bounds(operator(&diagonal), &start, n).unwrap();
    assert_eq!(closed.steps, 3);
    assert!((closed.lambda_min + 4.0).abs() < 1e-13 && (closed.lambda_max - 25.0).abs() < 1e-13);
    assert_eq!((closed.lambda_min_error, closed.lambda_max_error), (0.0, 0.0));
}
