use xmrl_core::{Bilevel, BilevelSample, GradientBy, LoopState, MixDistribution, MixFamily, Objective};
use xmrl_oracle::{dense, difference};

use super::*;
use crate::check::log_slope;
use crate::process::{Process, stream};

fn process(seed: u64) -> Process {
    Process::random(4, 2, 3, 3, &stream(seed, 99))
}

fn reward(process: &Process, seed: u64) -> Vec<f64> {
    xmrl_oracle::Random::new(seed).normals(process.states * process.actions)
}

/// Expected return by enumerating every trajectory, from a start law with a mixed state in front where one is given.
fn enumerated(process: &Process, reward: &[f64], theta: &[f64], mixed: Option<([usize; 2], f64)>) -> f64 {
    let Process { states, actions, horizon, .. } = *process;
    let mut sum = 0.0;
    // A trajectory is a number in base S A, a digit a step; the state of the first digit is not used where it is mixed.
    for index in 0..(states * actions).pow(horizon as u32) {
        let step = |t: usize| {
            let digit = index / (states * actions).pow(t as u32) % (states * actions);
            (digit / actions, digit % actions)
        };
        let (mut probability, mut value) = (1.0, 0.0);
        let mut arrival: Vec<f64> = process.start.clone();
        for t in 0..horizon {
            let (state, action) = step(t);
            let (x, law, gained) = match mixed {
                Some((pair, lambda)) if t == 0 => {
                    // One of the S copies of a mixed start stands for all.
                    probability *= f64::from(u8::from(state == 0));
                    let row = |s: usize| (s * actions + action) * states..(s * actions + action + 1) * states;
                    let both = process.transition[row(pair[0])].iter().zip(&process.transition[row(pair[1])]);
                    let law: Vec<f64> = both.map(|(a, b)| lambda * a + (1.0 - lambda) * b).collect();
                    let of = |s: usize| reward[s * actions + action];
                    (process.mixed_features(pair, lambda), law, lambda * of(pair[0]) + (1.0 - lambda) * of(pair[1]))
                }
                _ => {
                    probability *= arrival[state];
                    let row = (state * actions + action) * states;
                    let law = process.transition[row..row + states].to_vec();
                    (process.features_of(state).to_vec(), law, reward[state * actions + action])
                }
            };
            let logit = |a: usize| -> f64 { (0..3).map(|k| theta[a * 3 + k] * x[k]).sum::<f64>().exp() };
            probability *= logit(action) / (0..actions).map(logit).sum::<f64>();
            value += gained;
            arrival = law;
        }
        sum += probability * value;
    }
    sum
}

#[test]
fn the_process_is_exact() {
    for seed in 0..3 {
        let process = process(seed);
        let (reward, theta) = (reward(&process, seed), xmrl_oracle::Random::new(40 + seed).normals(6));
        for row in process.transition.chunks_exact(4).chain([&process.start[..]]) {
            assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-14);
        }
        let (value, gradient) = process.value_gradient(&reward, &theta, &process.start, 3);
        assert!((value - enumerated(&process, &reward, &theta, None)).abs() < 1e-13);
        let numeric = difference::gradient(|theta| enumerated(&process, &reward, theta, None), &theta, 1e-3);
        assert!(gradient.iter().zip(&numeric).all(|(a, b)| (a - b).abs() < 1e-10), "{gradient:?} {numeric:?}");
        let mixed = ([1, 3], 0.3);
        let (value, gradient) =
            process.mixed_gradient((&reward, &theta), &process.ahead(&reward, &theta), mixed.0, mixed.1);
        assert!((value - enumerated(&process, &reward, &theta, Some(mixed))).abs() < 1e-13);
        let numeric = difference::gradient(|theta| enumerated(&process, &reward, theta, Some(mixed)), &theta, 1e-3);
        assert!(gradient.iter().zip(&numeric).all(|(a, b)| (a - b).abs() < 1e-10), "{gradient:?} {numeric:?}");
    }
}

/// Every claim of a part holds, and its picture is complete.
fn holds(index: usize, id: &str) {
    let part = theory_part(index, 0).unwrap();
    assert_eq!((part.id, THEORY_PARTS[index]), (id, id));
    for check in &part.checks {
        assert!(check.holds && check.tolerance >= 0.0 && check.measured.is_finite(), "{id}: {check:?}");
    }
    for series in &part.curve.series {
        assert!(series.x.len() == series.y.len() && series.y.iter().all(|y| y.is_finite()), "{id}: {series:?}");
    }
}

#[test]
fn theorem_1_holds() {
    holds(0, "theorem-1");
}

#[test]
fn theorem_2_holds() {
    holds(1, "theorem-2");
}

#[test]
fn theorem_3_holds() {
    holds(2, "theorem-3");
}

#[test]
fn lemma_1_holds() {
    holds(3, "lemma-1");
}

#[test]
fn lemma_2_holds_and_its_figures_depend_on_the_seed_alone() {
    holds(4, "lemma-2");
    for seed in 1..8 {
        assert!(theory_part(4, seed).unwrap().checks.iter().all(|check| check.holds), "seed {seed}");
    }
    assert_eq!(theory_part(4, 3).unwrap(), theory_part(4, 3).unwrap());
    assert_ne!(theory_part(4, 3).unwrap().curve, theory_part(4, 4).unwrap().curve);
}

#[test]
fn relations_can_fail() {
    let holds = |measured: f64, relation: Relation| TheoryCheck::new("", "", measured, relation, 1.0, 0.1).holds;
    assert!(holds(1.05, Relation::Equal) && !holds(1.2, Relation::Equal) && !holds(0.8, Relation::Equal));
    assert!(holds(0.2, Relation::AtMost) && holds(1.05, Relation::AtMost) && !holds(1.2, Relation::AtMost));
    assert!(holds(1.2, Relation::Above) && !holds(1.05, Relation::Above));
    for relation in [Relation::Equal, Relation::AtMost, Relation::Above] {
        assert!(!holds(f64::NAN, relation));
    }
    let x = [1.0, 2.0, 4.0, 8.0];
    assert!((log_slope(&x, &x.map(|x: f64| 3.0 * x.powf(-0.7))) + 0.7).abs() < 1e-14);
}

#[test]
fn theorem_1_its_hypergradient_and_what_breaks_the_rate() {
    // The exact hypergradient is the derivative of F(x, y*(x)), y* by dense algebra.
    let (matrix, offset) = rate::exact().unwrap();
    let mut sample = BilevelSample {
        lower_gradient: vec![0.0; 3],
        lower_product: vec![0.0; 3],
        upper_by_lower: vec![0.0; 3],
        upper_by_upper: vec![0.0; 2],
        mixed_product: vec![0.0; 2],
    };
    // One round's noise is the same wherever the state is, so differences of samples are free of it.
    let mut problem = rate::Noisy::new(0, 0);
    let mut at = |upper: [f64; 2], lower: [f64; 3], adjoint: [f64; 3]| {
        let state = LoopState {
            upper: upper.to_vec(),
            lower: lower.to_vec(),
            adjoint: adjoint.to_vec(),
            average: vec![0.0; 2],
            round: 0,
        };
        problem.sample(&state, &mut sample).unwrap();
        sample.clone()
    };
    let unit = |k: usize| std::array::from_fn::<f64, 3, _>(|j| f64::from(u8::from(j == k)));
    let base = at([0.0; 2], [0.0; 3], [0.0; 3]);
    let minus = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<f64>>();
    let columns: Vec<Vec<f64>> =
        (0..3).map(|k| minus(&at([0.0; 2], unit(k), [0.0; 3]).lower_gradient, &base.lower_gradient)).collect();
    let a: Vec<f64> = (0..9).map(|k| columns[k % 3][k / 3]).collect();
    let products: Vec<Vec<f64>> =
        (0..3).map(|k| minus(&at([0.0; 2], [0.0; 3], unit(k)).lower_product, &base.lower_product)).collect();
    assert!((0..9).all(|k| (products[k % 3][k / 3] - a[k]).abs() < 1e-12), "both are A");
    let mut driven = |x: [f64; 2]| minus(&base.lower_gradient, &at(x, [0.0; 3], [0.0; 3]).lower_gradient);
    let b = [driven([1.0, 0.0]), driven([0.0, 1.0])];
    // Mixed products are -Bᵀ v.
    for k in 0..3 {
        let mixed = minus(&at([0.0; 2], [0.0; 3], unit(k)).mixed_product, &base.mixed_product);
        assert!((0..2).all(|m| (mixed[m] + b[m][k]).abs() < 1e-12));
    }
    let solved: Vec<Vec<f64>> = b.iter().map(|column| dense::cholesky_solve(&a, column).unwrap()).collect();
    let target = [1.0, -2.0, 0.5];
    let outer = |x: &[f64]| -> f64 {
        let y = |p: usize| x[0] * solved[0][p] + x[1] * solved[1][p] - target[p];
        0.5 * (0..3).map(|p| y(p).powi(2)).sum::<f64>() + 0.5 * 0.2 * (x[0] * x[0] + x[1] * x[1])
    };
    let x = [0.7, -1.3];
    let numeric = difference::gradient(outer, &x, 1e-2);
    for m in 0..2 {
        let found = matrix[2 * m] * x[0] + matrix[2 * m + 1] * x[1] - offset[m];
        assert!((found - numeric[m]).abs() < 1e-10, "{found} {numeric:?}");
    }
    // Steps that shrink as 1/K go no farther in more rounds: no rate.
    let flat: Vec<f64> = [1024, 4096].map(|k| rate::mean_square(0, k, |k| (1024.0 / k as f64).sqrt()).unwrap()).into();
    assert!(log_slope(&[1024.0, 4096.0], &flat) > -0.35, "{flat:?}");
}

#[test]
fn theorem_2_form_i_bounds_the_information_of_the_mixture() {
    // With many draws form (i) is the Gaussian of the mixture's own covariance, the greatest entropy of that covariance.
    let tasks = information::Tasks::new(5);
    let uniform = MixDistribution::start(MixFamily::Uniform);
    let mixture = xmrl_core::mean_error(&tasks.mixture_samples(&uniform).unwrap()).unwrap();
    let sets = 400;
    let responses: Vec<f64> = (0..sets)
        .flat_map(|set| {
            let mut random = xmrl_oracle::Random::new(set);
            let lambda = [(); 8].map(|()| random.uniform());
            tasks.response(0..2, |unit| lambda[unit])
        })
        .collect();
    let bound = tasks.information(&responses).unwrap();
    assert!(mixture.mean > 5.0 * mixture.error, "{mixture:?}");
    assert!(mixture.mean < 1.1 * bound + 4.0 * mixture.error, "{mixture:?} against {bound}");
}

#[test]
fn lemma_1_its_truth_is_the_slope_of_the_expected_information_and_a_wrong_law_is_noticed() {
    let phi = [0.8, 0.4];
    let law = MixDistribution::new(MixFamily::Beta, &phi).unwrap();
    assert!((gradient::rule(&law).iter().map(|node| node.1).sum::<f64>() - 1.0).abs() < 1e-6);
    let mut exact = gradient::Exact::new(1);
    let truth = gradient::truth(&exact, &law, Objective::InformationGain).unwrap();
    // The expectation is an integral against the density alone, its slope a difference: no score, no path.
    let numeric = difference::gradient(|phi| gradient::expected_gain(&exact, phi), &phi, 1e-2);
    assert!(truth.iter().zip(&numeric).all(|(a, b)| (a - b).abs() < 1e-6), "{truth:?} {numeric:?}");
    let route = (Objective::InformationGain, GradientBy::Pathwise);
    let narrow = MixDistribution::new(MixFamily::Beta, &[2.5, 2.5]).unwrap();
    let found = xmrl_core::mean_error(&gradient::estimates(&mut exact, &narrow, route, truth, 1).unwrap()).unwrap();
    let size = xmrl_autodiff::vector::norm(&truth);
    assert!((found.mean - size).abs() > 5.0 * found.error, "{found:?} against {size}");
}

#[test]
fn lemma_2_the_regulariser_is_half_the_second_derivative_of_mixing() {
    let data = regulariser::Data::new(2, regulariser::Baseline::None);
    for index in 0..3 {
        let theta = data.point(2, index);
        // The change of the mixed surrogate at the mean mixed state, by enumeration; its second derivative in ε at 0.
        let change = |size: f64| data.mixed(&theta, size) - data.regularised(&theta, size).0;
        let slope = |at: f64| difference::derivative(|h| change(at + h), 1e-2);
        let second = difference::derivative(slope, 1e-2);
        // θᵀ H̄ θ / ε², constant to first order.
        let h = 1e-4;
        let expected = -2.0 * data.regularised(&theta, h).1 / (h * h);
        assert!((second / expected - 1.0).abs() < 1e-3, "{second} against {expected}");
    }
    // Two actions, one feature: the logistic function.
    let (features, start, transition) = (vec![0.7], vec![1.0], vec![1.0; 2]);
    let process = Process { states: 1, actions: 2, horizon: 1, size: 1, features, start, transition };
    assert!((process.policy(&[1.3, 0.0], &[0.7])[0] - 1.0 / (1.0 + (-0.91_f64).exp())).abs() < 1e-15);
}

#[test]
fn theorem_3_meta_gradients_are_those_of_the_adapted_return() {
    let learning = generalisation::Learning::new(1);
    let theta = xmrl_oracle::Random::new(3).normals(6);
    for g in [[0.4, -1.0], [-0.2, 0.6]] {
        let (_, gradient) = learning.adapted(g, &theta);
        let numeric = difference::gradient(|theta| learning.adapted(g, theta).0, &theta, 1e-3);
        assert!(gradient.iter().zip(&numeric).all(|(a, b)| (a - b).abs() < 1e-6), "{gradient:?} {numeric:?}");
    }
    // The law is a mean: weights sum to 1, the mean direction is the centre.
    let law = learning.law();
    let mass: f64 = law.iter().map(|(weight, _)| weight).sum();
    let centre: f64 = law.iter().map(|(weight, g)| weight * g[0]).sum();
    assert!((mass - 1.0).abs() < 1e-13 && (centre - 0.3).abs() < 1e-13);
    // A law that is trained on is a law that is known: the more of it, the smaller the gap.
    let mean = |count: usize| learning.gaps(count, 0.0).0.iter().map(|gap| gap.abs()).sum::<f64>();
    assert!(mean(32) < 0.7 * mean(4));
}
