//! Guard 4 against its loop.

use xmrl_meta::{
    DataOptions, Monitor, StepOptions, StepOutcome, StepRequest, StepStats, TrpoOptions, UniformLaw, meta_step,
};

use crate::hand::{From, Hand, Numbers, Weighed, close, dot};

const WEIGHTS: [f64; 3] = [0.5, 0.2, 0.3];
const SUPPORT: usize = 10;
const QUERY: usize = 6;

impl Hand {
    /// Iteration `iteration` on the first three tasks, watched at every third.
    fn step(&self, delta: f64, iteration: u64) -> StepOutcome {
        let data = DataOptions {
            support_episodes: SUPPORT,
            query_episodes: QUERY,
            advantage: self.advantage.clone(),
            ..DataOptions::default()
        };
        let trpo = TrpoOptions { delta, ..TrpoOptions::default() };
        let request = StepRequest {
            context: self.context(),
            meta: &self.meta,
            tasks: &self.tasks[..6],
            weights: Some(&WEIGHTS),
            mixed_episodes: &[],
            law: &UniformLaw,
            options: &StepOptions { data, trpo, monitor_every: 3, ..StepOptions::default() },
            seed: 13,
            iteration,
        };
        meta_step(&request).unwrap()
    }

    /// Weighted return of three policies in guard 4's own query episodes, whose steps are counted.
    fn earned(&self, policies: &[Vec<f64>], steps: &mut usize) -> f64 {
        let returns = (0..3).map(|task| {
            let flown = self.fly(Numbers(13, 1, 6, 0), From::Query, (task, task as u32), &policies[task], (0, QUERY));
            *steps += flown.rows();
            flown.mean_return()
        });
        dot(&WEIGHTS, &returns.collect::<Vec<f64>>())
    }
}

#[test]
fn guard_4_is_its_loop() {
    let hand = Hand::new();
    // A wide trust region: the step is long enough that no figure is near 0.
    let StepOutcome { meta: new, stats } = hand.step(0.3, 6);
    let found = stats.monitor.unwrap();
    let per_task = |of: &dyn Fn(usize) -> Vec<f64>| (0..3).map(of).collect::<Vec<Vec<f64>>>();

    // The iteration's own episodes: the policy of either meta vector adapts on the old one's support rows.
    let theta = hand.parts(&hand.meta).0;
    let support: Vec<Weighed> =
        (0..3).map(|task| hand.support(Numbers(13, 0, 6, 0), (task, task as u32), theta, SUPPORT)).collect();
    let on_old_episodes = |meta: &[f64]| {
        let (theta, rates) = hand.parts(meta);
        per_task(&|task| hand.linear.adapted(theta, &rates, &support[task].rows()))
    };
    let [old, moved] = [on_old_episodes(&hand.meta), on_old_episodes(&new)];
    let promised: Vec<f64> = (0..3)
        .map(|task| {
            let flown = hand.fly(Numbers(13, 0, 6, 0), From::Query, (task, task as u32), &old[task], (0, QUERY));
            let query = hand.weigh(flown, QUERY);
            let value = |policy: &[f64]| hand.linear.surrogate(policy, &query.rows()).value;
            value(&moved[task]) - value(&old[task])
        })
        .collect();
    // Episodes of the guard's own: each unadapted policy flies its support episodes anew.
    let mut steps = 0;
    let mut on_fresh_episodes = |meta: &[f64]| {
        let (theta, rates) = hand.parts(meta);
        let own = (0..3).map(|task| hand.support(Numbers(13, 1, 6, 0), (task, task as u32), theta, SUPPORT));
        let own: Vec<Weighed> = own.collect();
        steps += own.iter().map(|support| support.batch.rows()).sum::<usize>();
        per_task(&|task| hand.linear.adapted(theta, &rates, &own[task].rows()))
    };
    let [fresh_old, fresh_new] = [on_fresh_episodes(&hand.meta), on_fresh_episodes(&new)];
    let [old, moved, fresh_old, fresh_new] =
        [&old, &moved, &fresh_old, &fresh_new].map(|policies| hand.earned(policies, &mut steps));
    let truth = [dot(&WEIGHTS, &promised), moved - old, fresh_new - fresh_old];
    assert_eq!(found.env_steps, steps);
    let gains = [found.predicted, found.frozen, found.readapted];
    assert!((0..3).all(|k| close(&gains[k..=k], &truth[k..=k])), "{gains:?} {truth:?}");
    assert!(truth.iter().all(|gain| gain.abs() > 1e-2), "too small to tell apart: {truth:?}");
    assert!((truth[1] - truth[2]).abs() > 1e-3, "{truth:?}");
}

/// Old and new policies fly with the same numbers, so a step of next to nothing gains next to nothing; and it is watched only
/// when it is its turn.
#[test]
fn a_step_of_nothing_gains_nothing() {
    let hand = Hand::new();
    let StepStats { monitor, accepted, .. } = hand.step(1e-12, 6).stats;
    let Monitor { predicted, frozen, readapted, .. } = monitor.unwrap();
    assert!(accepted && [predicted, frozen, readapted].iter().all(|gain| gain.abs() < 1e-4), "{monitor:?}");
    for iteration in [0, 4, 5] {
        assert!(hand.step(0.01, iteration).stats.monitor.is_none());
    }
}
