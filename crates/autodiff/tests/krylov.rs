//! Ritz pairs as a preconditioner: against spectra that are known.

use xmrl_autodiff::{
    AutodiffError, CgOptions, SolveInfo, conjugate_gradient, preconditioned_gradient, ritz_pairs, vector,
};

/// `Q diag(values) Q'`, Q a reflection, so that no coordinate is an eigenvector.
fn apply(values: &[f64], v: &[f64], out: &mut [f64]) {
    let n = values.len() as f64;
    let reflected = |v: &[f64]| -> Vec<f64> {
        let shift = 2.0 * v.iter().sum::<f64>() / n;
        v.iter().map(|x| x - shift).collect()
    };
    let scaled: Vec<f64> = reflected(v).iter().zip(values).map(|(x, value)| x * value).collect();
    out.copy_from_slice(&reflected(&scaled));
}

fn spectrum(n: usize) -> Vec<f64> {
    (0..n).map(|i| 50.0 * 0.8_f64.powi(i as i32) + 0.01).collect()
}

fn right_hand_side(n: usize) -> Vec<f64> {
    (0..n).map(|i| ((i * i) as f64 * 0.37).sin()).collect()
}

type Product = Result<(), AutodiffError>;

#[test]
fn the_whole_space_gives_the_spectrum_and_the_inverse() {
    let (values, b) = (vec![9.0, 4.0, 2.5, 1.0, 0.5, 0.0], right_hand_side(6));
    let pairs = ritz_pairs(
        |v, out| -> Product {
            apply(&values, v, out);
            Ok(())
        },
        &b,
        6,
    )
    .unwrap();
    pairs
        .values()
        .iter()
        .zip(&values)
        .for_each(|(found, value)| assert!((found - value).abs() < 1e-12, "{found} {value}"));
    // M^-1 (A + damping I) r is a multiple of r, that of the middle value.
    let (damping, mut image, mut back) = (0.3, vec![0.0; 6], vec![0.0; 6]);
    apply(&values, &b, &mut image);
    vector::axpy(damping, &b, &mut image);
    pairs.solve(damping, &image, &mut back);
    back.iter().zip(&b).for_each(|(x, b)| assert!((x - (1.0 + damping) * b).abs() < 1e-12, "{x} {b}"));
}

fn solved(values: &[f64], near: Option<&[f64]>, rank: usize, steps: usize) -> (Vec<f64>, SolveInfo) {
    let b = right_hand_side(values.len());
    let options = CgOptions { max_iterations: steps, tolerance: 1e-12, damping: 1e-3 };
    let product = |v: &[f64], out: &mut [f64]| -> Product {
        apply(values, v, out);
        Ok(())
    };
    let Some(near) = near else { return conjugate_gradient(product, &b, None, options).unwrap() };
    let pairs = ritz_pairs(
        |v, out| -> Product {
            apply(near, v, out);
            Ok(())
        },
        &b,
        rank,
    )
    .unwrap();
    preconditioned_gradient(product, |r, out| pairs.solve(options.damping, r, out), &b, None, options).unwrap()
}

/// As many products as the Krylov space had dimensions are saved, and the rest go on from there.
#[test]
fn its_own_pairs_give_in_one_step_what_plain_steps_would_have_found() {
    let values = spectrum(30);
    let (plain, _) = solved(&values, None, 0, 8);
    let (first, info) = solved(&values, Some(&values), 8, 1);
    // One step also scales what the middle value stands for; the energies are equal or better.
    let energy = |x: &[f64]| vector::dot(x, &right_hand_side(30));
    assert_eq!(info.iterations, 1);
    assert!(energy(&first) >= energy(&plain) * (1.0 - 1e-9), "{} {}", energy(&first), energy(&plain));
}

#[test]
fn pairs_of_an_operator_near_by_save_products_and_end_at_the_same_answer() {
    let values = spectrum(40);
    let near: Vec<f64> = values.iter().enumerate().map(|(i, v)| v * (1.0 + 0.05 * (i as f64).sin())).collect();
    let (plain, plainly) = solved(&values, None, 0, 200);
    let (quick, quickly) = solved(&values, Some(&near), 20, 200);
    assert!(plainly.converged && quickly.converged && 3 * quickly.iterations < 2 * plainly.iterations, "{quickly:?}");
    plain.iter().zip(&quick).for_each(|(a, b)| assert!((a - b).abs() < 1e-8, "{a} {b}"));
    // Truth: the reflection, the quotient by the spectrum, the reflection.
    let b = right_hand_side(40);
    let mut truth = vec![0.0; 40];
    let inverse: Vec<f64> = values.iter().map(|value| 1.0 / (value + 1e-3)).collect();
    apply(&inverse, &b, &mut truth);
    quick.iter().zip(&truth).for_each(|(x, truth)| assert!((x - truth).abs() < 1e-7, "{x} {truth}"));
}

#[test]
fn what_is_below_nothing_by_rounding_is_nothing_and_errors_are_said() {
    let values = [3.0, 1.0, -1e-12, -1e-12];
    let pairs = ritz_pairs(
        |v, out| -> Product {
            apply(&values, v, out);
            Ok(())
        },
        &right_hand_side(4),
        9,
    )
    .unwrap();
    assert!(pairs.values().len() <= 4 && pairs.values().iter().all(|value| *value >= 0.0));
    let none = ritz_pairs(|_, _| -> Product { Ok(()) }, &[0.0; 3], 2);
    assert!(matches!(none, Err(AutodiffError::Option { .. })), "{none:?}");
    let empty = ritz_pairs(|_, _| -> Product { Ok(()) }, &[1.0; 3], 0);
    assert!(matches!(empty, Err(AutodiffError::Option { .. })), "{empty:?}");
}
