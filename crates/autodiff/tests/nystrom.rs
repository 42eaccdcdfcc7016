//! The Nyström approximation and conjugate gradients preconditioned by it, against dense algebra.

use xmrl_autodiff::{
    AutodiffError, CgOptions, DampedOptions, conjugate_gradient, nystrom, preconditioned_gradient, solve_preconditioned,
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

/// A Gaussian sketch as a function of its place.
fn sketch(seed: u64) -> impl Fn(usize, usize) -> f64 {
    move |column, entry| Random::new(seed ^ (column as u64) << 32 ^ entry as u64).normal()
}

/// A few large eigenvalues over a small tail: where a sketch helps.
fn steep(n: usize, large: usize, tail: f64) -> Vec<f64> {
    (0..n).map(|j| if j < large { 100.0 * (j + 1) as f64 } else { tail * (1.0 + j as f64 / n as f64) }).collect()
}

#[test]
fn an_operator_of_low_rank_is_met_exactly() {
    let mut random = Random::new(20);
    let n = 40;
    let a = random.symmetric(&steep(n, 6, 0.0));
    for rank in [6, 9] {
        let found = nystrom(operator(&a), n, rank, sketch(1)).unwrap();
        let truth: Vec<f64> = (0..rank).map(|j| if j < 6 { 100.0 * (6 - j) as f64 } else { 0.0 }).collect();
        assert!(relative_error(found.values(), &truth, 0.0) < 1e-10, "{:?}", found.values());
        assert!(found.shift() < 1e-9);
        // (A + d I)^-1 up to the factor l + d, l the least eigenvalue kept.
        let (damping, b) = (0.7, random.normals(n));
        let mut out = vec![0.0; n];
        found.solve(damping, &b, &mut out);
        let scale = found.values()[rank - 1] + damping;
        let solved: Vec<f64> = out.iter().map(|x| x / scale).collect();
        if rank == 9 {
            let truth = cholesky_solve(&shifted(&a, n, damping), &b).unwrap();
            assert!(relative_error(&solved, &truth, 0.0) < 1e-9);
        }
    }
}

#[test]
fn the_preconditioned_answer_is_the_dense_one_in_fewer_steps() {
    let mut random = Random::new(21);
    let n = 60;
    let a = random.symmetric(&steep(n, 12, 1e-3));
    let b = random.normals(n);
    let options = CgOptions { max_iterations: 500, tolerance: 1e-12, damping: 1e-2 };
    let truth = cholesky_solve(&shifted(&a, n, 1e-2), &b).unwrap();
    let near = nystrom(operator(&a), n, 14, sketch(2)).unwrap();
    let inverse = |r: &[f64], out: &mut [f64]| near.solve(1e-2, r, out);
    let (x, info) = preconditioned_gradient(operator(&a), inverse, &b, None, options).unwrap();
    let plain = conjugate_gradient(operator(&a), &b, None, options).unwrap().1;
    assert!(info.converged && relative_error(&x, &truth, 0.0) < 1e-9);
    assert!(info.iterations * 2 < plain.iterations, "{} against {}", info.iterations, plain.iterations);
    assert_eq!((info.lambda_min, info.lambda_max), (None, None));
    // A start at the answer needs no step, a bad preconditioner only costs steps.
    let start = preconditioned_gradient(operator(&a), inverse, &b, Some(&x), CgOptions { tolerance: 1e-8, ..options });
    assert_eq!(start.unwrap().1.iterations, 0);
    let poor = nystrom(operator(&random.symmetric(&steep(n, 3, 1.0))), n, 5, sketch(3)).unwrap();
    let inverse = |r: &[f64], out: &mut [f64]| poor.solve(1e-2, r, out);
    let (x, info) = preconditioned_gradient(operator(&a), inverse, &b, None, options).unwrap();
    assert!(info.converged && relative_error(&x, &truth, 0.0) < 1e-8);
}

#[test]
fn an_indefinite_operator_is_damped_until_it_is_not() {
    let mut random = Random::new(22);
    let n = 30;
    let mut spectrum = steep(n, 5, 0.5);
    spectrum[n - 1] = -3.0;
    let a = random.symmetric(&spectrum);
    let b = random.normals(n);
    let near = nystrom(operator(&a), n, 8, sketch(4)).unwrap();
    assert!(near.values().iter().all(|value| *value >= 0.0));
    let cg = CgOptions { max_iterations: 300, tolerance: 1e-12, damping: 1.0 };
    let (x, info) =
        solve_preconditioned(operator(&a), &near, &b, None, DampedOptions { cg, max_restarts: 10 }).unwrap();
    assert!(info.converged && info.negative_curvature && info.damping == 4.0 && info.restarts == 2, "{info:?}");
    assert!(relative_error(&x, &cholesky_solve(&shifted(&a, n, 4.0), &b).unwrap(), 0.0) < 1e-9);
    // A sketch of the whole space sees the negative eigenvalue and has to shift past it.
    let whole = nystrom(operator(&a), n, n, sketch(5)).unwrap();
    assert!(whole.shift() >= 3.0, "{}", whole.shift());
    let (values, _) = symmetric_eigen(&a, n);
    assert!((whole.values()[0] - values[n - 1]).abs() < 1e-9 * values[n - 1]);
}

#[test]
fn nothing_to_see_and_bad_input() {
    let zero = |_: &[f64], out: &mut [f64]| -> Outcome {
        out.fill(0.0);
        Ok(())
    };
    let found = nystrom(zero, 5, 3, sketch(6)).unwrap();
    let mut out = vec![0.0; 5];
    found.solve(0.0, &[1.0, 2.0, 3.0, 4.0, 5.0], &mut out);
    assert_eq!((found.values().len(), out), (0, vec![1.0, 2.0, 3.0, 4.0, 5.0]));
    assert!(matches!(nystrom(zero, 5, 0, sketch(6)), Err(AutodiffError::Option { what: "sketch rank", .. })));
    let poisoned = |_: &[f64], out: &mut [f64]| -> Outcome {
        out.fill(f64::NAN);
        Ok(())
    };
    assert!(matches!(nystrom(poisoned, 5, 2, sketch(6)), Err(AutodiffError::NotFinite { .. })));
}
