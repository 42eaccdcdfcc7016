//! Actions for rows from outside, against roll-outs and the noise of their stream.

use xmrl_envs::rng::{Purpose, Stream};
use xmrl_policy::LanePolicy;
use xmrl_rollout::{RolloutError, act};

use crate::support::{Setup, run};

#[test]
fn rows_are_answered_as_a_roll_out_answers_them() {
    for preset in ["drone-planar", "ant-vel/maml", "walker2d-vel/gym"] {
        let setup = Setup::of(preset);
        let mut request = setup.request();
        request.deterministic = true;
        for (task, batch) in run(&request, 2).iter().enumerate() {
            let size = setup.policy.parameters();
            let policy = LanePolicy::new(&setup.policy, &setup.params[task * size..][..size]).unwrap();
            let found = act(&setup.policy, &policy, &batch.observations, None, None).unwrap();
            assert_eq!(found, batch.actions, "{preset}, task {task}");
        }
    }
}

#[test]
fn samples_add_the_noise_of_their_row_on_any_threads() {
    let setup = Setup::new();
    let policy = LanePolicy::new(&setup.policy, &setup.params[..setup.policy.parameters()]).unwrap();
    let std: Vec<f64> = setup.policy.effective_log_std(&setup.params[..setup.policy.parameters()]);
    let rows = 1299;
    let observations: Vec<f64> = (0..rows * 4).map(|i| (f64::from(i as u32) * 0.37).sin()).collect();
    let stream = Stream::new(5, Purpose::Act, 3);
    let means = act(&setup.policy, &policy, &observations, None, None).unwrap();
    let samples = act(&setup.policy, &policy, &observations, Some(stream), None).unwrap();
    for row in 0..rows {
        for k in 0..2 {
            let at = 2 * row + k;
            let truth = means[at] + std[k].exp() * stream.normal(0, row as u32, 0, k as u32);
            assert!((samples[at] - truth).abs() < 1e-14 * truth.abs().max(1.0), "row {row}: {} {truth}", samples[at]);
        }
    }
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(act(&setup.policy, &policy, &observations, Some(stream), Some(&pool)).unwrap(), samples);
    }
    // A row's answer is that of the row alone; its noise is that of its number.
    let alone = act(&setup.policy, &policy, &observations[4 * 700..][..4], None, None).unwrap();
    assert_eq!(alone, means[2 * 700..][..2]);
    let first = act(&setup.policy, &policy, &observations[..4 * 77], Some(stream), None).unwrap();
    assert_eq!(first, samples[..2 * 77]);
}

#[test]
fn rows_that_do_not_fit_are_named() {
    let setup = Setup::new();
    let policy = LanePolicy::new(&setup.policy, &setup.params[..setup.policy.parameters()]).unwrap();
    let answer = |observations: &[f64]| act(&setup.policy, &policy, observations, None, None);
    assert_eq!(answer(&[]).unwrap(), []);
    assert!(matches!(answer(&[0.0; 7]), Err(RolloutError::Shape { expected: 4, got: 7, .. })));
    let mut wild = [0.0; 12];
    wild[9] = f64::NAN;
    assert!(matches!(answer(&wild), Err(RolloutError::Row { tensor: "observations", row: 2, entry: 1, .. })));
}
