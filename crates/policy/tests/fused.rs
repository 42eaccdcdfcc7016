//! What the fused kernel promises besides its numbers: bits, instruction sets, prepared points, shapes.

mod common;

use common::{Data, Draws, parameters, relative, spec, specs};
use xmrl_lanes::Isa;
use xmrl_policy::{Activation, Fused, KeptRates, Number, PolicyError, Rows, SideOutput, Totals};

/// Value, gradient, HVP, Fisher product of one problem, one after the other.
fn everything<T: Number>(fused: &Fused<T>, theta: &[f64], data: &Data<T>, v: &[f64]) -> Vec<f64> {
    let (mut ws, p) = (fused.workspace(), theta.len());
    let mut all = vec![0.0; 1 + 3 * p];
    let (gradient, rest) = all[1..].split_at_mut(p);
    let (hvp, fisher) = rest.split_at_mut(p);
    let value = fused.surrogate_gradient(&mut ws, theta, &data.rows(), gradient);
    fused.surrogate_hvp(&mut ws, theta, &data.rows(), v, hvp);
    fused.fisher_product(&mut ws, theta, &data.observations, 0.1, v, fisher);
    all[0] = value;
    all
}

#[test]
fn instruction_sets_agree() {
    agree::<f64>(1e-12);
    agree::<f32>(1e-4);
}

fn agree<T: Number>(tolerance: f64) {
    for (index, spec) in specs().iter().enumerate() {
        let mut draws = Draws(index as u64);
        let theta = parameters(spec, &mut draws);
        let data = Data::new(spec, &theta, 101, 0.5, &mut draws).rounded::<T>();
        let v = draws.normals(theta.len());
        let with = |isa| everything(&Fused::with_isa(spec, isa).unwrap(), &theta, &data, &v);
        let (portable, avx2, avx512) = (with(Isa::Portable), with(Isa::Avx2), with(Isa::Avx512));
        assert!(relative(&portable, &avx2) < tolerance, "{spec:?} {}", relative(&portable, &avx2));
        // Lowered to AVX2 where the CPU has no wider registers.
        assert_eq!(avx2, avx512, "{spec:?}");
        if xmrl_lanes::isa() != Isa::Portable {
            assert_ne!(portable, avx2, "the portable kernel was not used");
        }
    }
}

/// Single precision is right to its own rounding, and 6,000 rows (fifteen carries of the sums) lose nothing more.
#[test]
fn single_precision_is_the_double_one_rounded() {
    let mut worst: f64 = 0.0;
    for (index, spec) in specs().iter().enumerate() {
        for rows in [7, 6_000] {
            let mut draws = Draws(80 + index as u64);
            let theta = parameters(spec, &mut draws);
            let data = Data::new(spec, &theta, rows, 0.5, &mut draws);
            let v = draws.normals(theta.len());
            let double = everything(&Fused::<f64>::new(spec).unwrap(), &theta, &data, &v);
            let single = everything(&Fused::<f32>::new(spec).unwrap(), &theta, &data.rounded(), &v);
            let p = theta.len();
            for part in [0..1, 1..p + 1, p + 1..2 * p + 1, 2 * p + 1..3 * p + 1] {
                // The value of signed terms is compared with their size.
                let scale = if part.len() == 1 { data.coefficients.iter().map(|c| c.abs()).sum::<f64>() } else { 0.0 };
                let (a, b) = (&single[part.clone()], &double[part]);
                let error = if scale > 0.0 { (a[0] - b[0]).abs() / scale } else { relative(a, b) };
                worst = worst.max(error);
                assert!(error < 2e-5, "{spec:?}, {rows} rows: {error:e}");
            }
        }
    }
    assert!(worst > 1e-9, "the single-precision kernel was not used");
}

#[test]
fn prepared_points_give_the_same_bits() {
    for (index, spec) in specs().iter().enumerate() {
        let mut draws = Draws(40 + index as u64);
        let fused = Fused::<f64>::new(spec).unwrap();
        let (mut ws, mut prepared) = (fused.workspace(), fused.prepared_surrogate());
        let mut prepared_distribution = fused.prepared_distribution();
        // Shrinking and growing again reuses the memory.
        for rows in [130, 7, 0, 200] {
            let theta = parameters(spec, &mut draws);
            let data = Data::new(spec, &theta, rows, 0.5, &mut draws);
            let (p, v) = (theta.len(), draws.normals(theta.len()));
            let want = everything(&fused, &theta, &data, &v);
            let mut got = vec![0.0; p];
            let value = fused.prepare_surrogate(&mut ws, &theta, &data.rows(), &mut prepared, &mut got);
            assert_eq!((value, &got[..]), (want[0], &want[1..=p]));
            fused.prepared_hvp(&mut ws, &prepared, &v, &mut got);
            assert_eq!(got, want[1 + p..=2 * p]);
            fused.prepared_fisher_product(&mut ws, prepared.distribution(), 0.1, &v, &mut got);
            assert_eq!(got, want[1 + 2 * p..]);
            fused.prepare_distribution(&theta, &data.observations, &mut prepared_distribution);
            fused.prepared_fisher_product(&mut ws, &prepared_distribution, 0.1, &v, &mut got);
            assert_eq!((got, prepared_distribution.rows()), (want[1 + 2 * p..].to_vec(), rows));
        }
    }
}

#[test]
fn one_forward_pass_serves_values_divergences_and_both_products() {
    for (index, spec) in specs().iter().enumerate() {
        let mut draws = Draws(60 + index as u64);
        let fused = Fused::<f64>::new(spec).unwrap();
        let (mut ws, mut prepared) = (fused.workspace(), fused.prepared_surrogate());
        let mut kept = KeptRates::default();
        for rows in [130, 7, 200] {
            let theta = parameters(spec, &mut draws);
            let data = Data::new(spec, &theta, rows, 0.5, &mut draws);
            let (p, u, v) = (theta.len(), draws.normals(theta.len()), draws.normals(theta.len()));
            let (along_u, along_v) = (everything(&fused, &theta, &data, &u), everything(&fused, &theta, &data, &v));
            let mut got = vec![0.0; p];
            fused.prepare_surrogate(&mut ws, &theta, &data.rows(), &mut prepared, &mut got);
            let (old, log_std) = (draws.normals(rows * spec.action_size), draws.normals(spec.action_size));
            let kl = fused.kl(&mut ws, &theta, &data.observations, &old, &log_std, 1.0);
            let divergence = || SideOutput::Divergence { means: &old, log_std: &log_std };
            let mut gradient = vec![0.0; p];
            let totals = Totals { value: along_u[0], divergence: kl };
            assert_eq!(fused.surrogate_with(&mut ws, &theta, &data.rows(), divergence()), totals);
            let with = fused.surrogate_gradient_with(&mut ws, &theta, &data.rows(), divergence(), &mut gradient);
            assert_eq!((with, &gradient), (totals, &got));
            let (mut means, mut side) = (vec![0.0; old.len()], vec![f64::NAN; old.len()]);
            fused.distribution(&mut ws, &theta, &data.observations, &mut means);
            let none = Totals { divergence: 0.0, ..totals };
            let taken = SideOutput::Means(&mut side);
            assert_eq!(fused.surrogate_gradient_with(&mut ws, &theta, &data.rows(), taken, &mut gradient), none);
            assert_eq!(side, means);
            fused.prepared_hvp_keeping(&mut ws, &prepared, &u, &mut got, &mut kept);
            assert_eq!(got, along_u[1 + p..=2 * p]);
            // The Fisher products above carry the weight 0.1; three times that along u, and the Hessian along v.
            fused.prepared_hvp_and_fisher(&mut ws, &prepared, &v, (&kept, 0.3), &mut got);
            let (hessian, fisher) = (&along_v[1 + p..=2 * p], &along_u[1 + 2 * p..]);
            let want: Vec<f64> = hessian.iter().zip(fisher).map(|(h, f)| h + 3.0 * f).collect();
            assert!(relative(&got, &want) < 1e-12, "{spec:?} {}", relative(&got, &want));
        }
    }
}

#[test]
fn bits_do_not_depend_on_threads_or_history() {
    let spec = spec(&[4, 32, 32, 2], Activation::Tanh);
    let fused = Fused::<f64>::new(&spec).unwrap();
    let problems: Vec<_> = (0..6)
        .map(|k| {
            let mut draws = Draws(k);
            let theta = parameters(&spec, &mut draws);
            let data = Data::new(&spec, &theta, 20 + 37 * k as usize, 0.5, &mut draws);
            (theta, data)
        })
        .collect();
    let gradient = |ws: &mut _, k: usize| {
        let mut out = vec![0.0; spec.parameters()];
        fused.surrogate_gradient(ws, &problems[k].0, &problems[k].1.rows(), &mut out);
        out
    };
    let fresh: Vec<_> = (0..6).map(|k| gradient(&mut fused.workspace(), k)).collect();
    std::thread::scope(|scope| {
        for thread in 0..3 {
            let (fresh, gradient, fused) = (&fresh, &gradient, &fused);
            scope.spawn(move || {
                let mut ws = fused.workspace();
                for step in 0..12 {
                    let k = (step * (thread + 1) + thread) % 6;
                    assert_eq!(gradient(&mut ws, k), fresh[k]);
                }
            });
        }
    });
}

#[test]
fn no_rows_give_zero_and_a_nan_shows() {
    let spec = spec(&[3, 5, 7, 2], Activation::Relu);
    let fused = Fused::<f64>::new(&spec).unwrap();
    let mut draws = Draws(3);
    let mut theta = parameters(&spec, &mut draws);
    let v = draws.normals(theta.len());
    let empty = Data::new(&spec, &theta, 0, 0.5, &mut draws);
    assert!(everything(&fused, &theta, &empty, &v).iter().all(|&x| x == 0.0));
    let data = Data::new(&spec, &theta, 5, 0.5, &mut draws);
    theta[0] = f64::NAN;
    let all = everything(&fused, &theta, &data, &v);
    assert!(all[0].is_nan() && all[1].is_nan());
}

/// A line search may try parameters at which the policy is not finite; the next candidate must not see it.
#[test]
fn a_call_that_was_not_finite_leaves_no_trace() {
    forgets::<f64>();
    forgets::<f32>();
}

fn forgets<T: Number>() {
    for spec in specs() {
        let mut draws = Draws(7);
        let fused = Fused::<T>::new(&spec).unwrap();
        let theta = parameters(&spec, &mut draws);
        let good = Data::new(&spec, &theta, 60, 0.5, &mut draws).rounded::<T>();
        let bad = vec![f64::INFINITY; theta.len()];
        let (mut out, mut again) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
        let want = fused.surrogate_gradient(&mut fused.workspace(), &theta, &good.rows(), &mut out);
        let mut ws = fused.workspace();
        assert!(!fused.surrogate_gradient(&mut ws, &bad, &good.rows(), &mut again).is_finite());
        let got = fused.surrogate_gradient(&mut ws, &theta, &good.rows(), &mut again);
        assert_eq!((got, again), (want, out), "{spec:?}");
    }
}

#[test]
fn wrong_shapes_are_named() {
    let spec = spec(&[3, 5, 2], Activation::Tanh);
    let rows =
        Rows::<f64> { observations: &[0.0; 6], actions: &[0.0; 4], log_probs: &[0.0; 2], coefficients: &[0.0; 2] };
    assert_eq!(rows.check(&spec), Ok(()));
    let error = Rows { actions: &[0.0; 5], ..rows }.check(&spec).unwrap_err();
    assert_eq!(error, PolicyError::Shape { name: "actions", shape: "[R,A]", expected: 4, got: 5 });
    assert!(Rows { coefficients: &[], ..rows }.check(&spec).is_err());
    assert!(Rows { observations: &[0.0; 7], ..rows }.check(&spec).is_err());
}
