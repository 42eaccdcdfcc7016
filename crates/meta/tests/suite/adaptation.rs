//! The inner step and the coefficients against closed forms.

use crate::common::{pool, spec};
use xmrl_meta::{
    AdvantageOptions, InnerRate, Keep, MetaSpec, PreparedRows, adapt, inner_coefficients, inner_steps, join,
    outer_coefficients,
};
use xmrl_policy::{Activation, PolicySpec};
use xmrl_rollout::{Episode, TaskBatch};

/// A one-step bandit: one observation (always 1), one action, a linear policy `a ~ N(w + b, exp(2 l))`.
fn bandit() -> MetaSpec {
    let policy = PolicySpec {
        observation_size: 1,
        action_size: 1,
        hidden: vec![],
        activation: Activation::Tanh,
        log_std_init: -0.3,
        log_std_min: -2.3,
    };
    MetaSpec { policy, rate: InnerRate::Learned, initial_rate: 2.0 }
}

/// With ratios 1, `dJ/dmean = sum c (a - mean) / std^2` and `dJ/dlog_std = sum c (z^2 - 1)`.
#[test]
fn one_step_on_a_bandit_is_the_score_sum() {
    let (spec, pool) = (bandit(), pool(2));
    let (w, b, l) = (0.3, -0.1, -0.4_f64);
    let (mean, std) = (w + b, l.exp());
    let actions = [0.9, -0.4, 0.25, 1.7];
    let coefficients = [0.3, -0.2, 0.5, -0.1];
    let log_prob = |a: &f64| -0.5 * ((a - mean) / std).powi(2) - l - 0.5 * std::f64::consts::TAU.ln();
    let rows = PreparedRows {
        observations: vec![1.0; 4],
        actions: actions.to_vec(),
        log_probs: actions.iter().map(log_prob).collect(),
        coefficients: coefficients.to_vec(),
        episodes: vec![0, 1, 2, 3, 4],
        curvature: vec![0, 1, 2, 3],
    };
    let z = actions.map(|a| (a - mean) / std);
    let by_mean: f64 = coefficients.iter().zip(z).map(|(c, z)| c * z / std).sum();
    let by_log_std: f64 = coefficients.iter().zip(z).map(|(c, z)| c * (z * z - 1.0)).sum();
    let (network, noise) = (0.7_f64, 1.9_f64);
    let meta = [w, b, l, network.ln(), noise.ln()];
    let ours = adapt(&spec, &meta, std::slice::from_ref(&rows), &pool).unwrap();
    let truth = [w + network * by_mean, b + network * by_mean, l + noise * by_log_std];
    assert!(ours.iter().zip(truth).all(|(a, b)| (a - b).abs() < 1e-13), "{ours:?} {truth:?}");
    // A second step, at half the rate, from the task's own policy; ratios are no longer 1.
    let again =
        inner_steps(&spec, &ours, &[network / 2.0, noise / 2.0], std::slice::from_ref(&rows), Keep::Nothing, &pool)
            .unwrap();
    let (mean, std) = (ours[0] + ours[1], ours[2].exp());
    let mut by_mean = 0.0;
    for (a, (c, behaviour)) in actions.iter().zip(coefficients.iter().zip(&rows.log_probs)) {
        let z = (a - mean) / std;
        let ratio = (-0.5 * z * z - ours[2] - 0.5 * std::f64::consts::TAU.ln() - behaviour).exp();
        by_mean += c * ratio * z / std;
    }
    assert!((again.adapted[0] - ours[0] - network / 2.0 * by_mean).abs() < 1e-13);
    assert!((again.gradients[1] - by_mean).abs() < 1e-13);
}

#[test]
fn a_step_that_leaves_the_finite_numbers_names_its_task() {
    let (spec, pool) = (bandit(), pool(1));
    let fine = PreparedRows {
        observations: vec![1.0],
        actions: vec![0.2],
        log_probs: vec![-0.9],
        coefficients: vec![1.0],
        episodes: vec![0, 1],
        curvature: vec![0],
    };
    let extreme = PreparedRows { log_probs: vec![-2000.0], ..fine.clone() };
    let message = adapt(&spec, &[0.0, 0.0, 0.0, 0.0, 0.0], &[fine, extreme], &pool).unwrap_err().to_string();
    assert!(message.contains("inner gradient of task 1"), "{message}");
}

/// Episodes of the given lengths; reward 1 a step, made-up observations.
fn flown(lengths: &[usize], reward: impl Fn(usize, usize) -> f64) -> TaskBatch {
    let mut batch = TaskBatch::default();
    for (number, &len) in lengths.iter().enumerate() {
        let start = batch.rewards.len();
        batch.rewards.extend((0..len).map(|step| reward(number, step)));
        batch.steps.extend((0..len).map(|step| u32::try_from(step).unwrap()));
        batch.episodes.push(Episode { start, len, ret: 0.0, success: false, terminated: false });
    }
    let rows = batch.rewards.len();
    batch.observations = vec![0.0; 3 * rows];
    batch.actions = vec![0.0; 2 * rows];
    batch.log_probs = vec![-1.0; rows];
    batch
}

/// Guard 1. One-step episodes of a solved task with rewards 2 +- .01, against full-length episodes of an unsolved one with
/// rewards +- 1. Observations are 0 and gamma is 0 with a stiff ridge, so the baseline is 0 and advantages are the
/// rewards; per-task standardising would give both tasks the same spread of coefficients.
#[test]
fn a_task_that_ends_early_gets_no_extra_weight() {
    let options = AdvantageOptions { gamma: 0.0, ridge: 1e12, ..AdvantageOptions::default() };
    let solved = flown(&[1; 4], |episode, _| 2.0 + if episode % 2 == 0 { 0.01 } else { -0.01 });
    let unsolved = flown(&[5; 4], |episode, step| if (episode + step) % 2 == 0 { 1.0 } else { -1.0 });
    let early = outer_coefficients(&solved, 4, 3, &options);
    let late = outer_coefficients(&unsolved, 4, 3, &options);
    for (c, r) in early.iter().zip(&solved.rewards).chain(late.iter().zip(&unsolved.rewards)) {
        assert!((c - r / 4.0).abs() < 1e-9, "{c} {r}");
    }
    // Raw: the solved task's spread stays a hundred times smaller; inner coefficients are standardised and means over rows.
    let spread = |c: &[f64]| c.iter().fold(f64::MIN, |m, &x| m.max(x)) - c.iter().fold(f64::MAX, |m, &x| m.min(x));
    assert!((spread(&early) / spread(&late) - 0.01).abs() < 1e-6);
    let inner = inner_coefficients(&solved, 3, &options);
    assert!(inner.iter().zip([0.25, -0.25, 0.25, -0.25]).all(|(a, b)| (a - b).abs() < 1e-6), "{inner:?}");
    let inner = inner_coefficients(&unsolved, 3, &options);
    assert!(inner.iter().all(|c| (c.abs() - 1.0 / 20.0).abs() < 1e-6), "{inner:?}");
}

/// A part of a task's episodes is weighed by the number of all of them.
#[test]
fn phases_share_the_scale_and_are_joined_in_order() {
    let options = AdvantageOptions { gamma: 0.0, ridge: 1e12, ..AdvantageOptions::default() };
    let (plain, mixed) = (flown(&[2, 3], |_, step| step as f64), flown(&[1], |_, _| 7.0));
    let parts = [plain, mixed].map(|part| {
        let coefficients = outer_coefficients(&part, 3, 3, &options);
        (part, coefficients)
    });
    let rows = join(parts.into());
    assert_eq!(rows.episodes, [0, 2, 5, 6]);
    assert_eq!((rows.observations.len(), rows.actions.len(), rows.rows()), (18, 12, 6));
    let truth = [0.0, 1.0, 0.0, 1.0, 2.0, 7.0].map(|r| r / 3.0);
    assert!(rows.coefficients.iter().zip(truth).all(|(a, b)| (a - b).abs() < 1e-9), "{:?}", rows.coefficients);
    let spec = spec(InnerRate::Fixed, &[4]);
    assert!(rows.check(xmrl_meta::Stage::Query, 2, &spec.policy).unwrap_err().to_string().contains("task 2"));
}
