//! A collection against its loop, and the scale laws of the coefficients.

use xmrl_envs::rng::Purpose;
use xmrl_meta::{
    AdvantageOptions, DataOptions, DataRequest, Draws, MetaData, UniformLaw, Usage, inner_coefficients, meta_data,
    outer_coefficients,
};
use xmrl_rollout::{Episode, TaskBatch};

use crate::hand::{From, Hand, Numbers, close};

const SUPPORT: usize = 9;
const QUERY: usize = 7;

impl Hand {
    fn collected(&self, draws: Draws, ids: &[u32], mixed: &[usize], rows: (usize, usize)) -> MetaData {
        let options = DataOptions {
            support_episodes: SUPPORT,
            query_episodes: QUERY,
            curvature_rows: rows,
            mixed_horizon: Some(11),
            advantage: self.advantage.clone(),
            ..DataOptions::default()
        };
        let request = DataRequest {
            context: self.context(),
            meta: &self.meta,
            tasks: &self.tasks[..2 * ids.len()],
            task_ids: ids,
            mixed_episodes: mixed,
            law: &UniformLaw,
            options: &options,
            draws,
        };
        meta_data(&request).unwrap()
    }
}

/// Plain and mixed episodes share one scale, the number of all query episodes, and have a baseline each; mixed ones go on in the
/// count of the plain ones.
#[test]
fn a_collection_is_its_loop() {
    let hand = Hand::new();
    let (ids, mixed, numbers) = ([4, 0, 9], [3, 0, 2], Numbers(21, 0, 6, 0));
    let found = hand.collected(Draws::new(21, Usage::Train, 6), &ids, &mixed, (40, 30));
    let (theta, rates) = hand.parts(&hand.meta);
    let [mut support_steps, mut query_steps] = [0; 2];
    for task in 0..3 {
        let (at, data) = ((task, ids[task]), &found.data[task]);
        let support = hand.support(numbers, at, theta, SUPPORT);
        assert_eq!(data.support.observations, support.batch.observations);
        assert_eq!(data.support.actions, support.batch.actions);
        assert!(close(&data.support.coefficients, &support.coefficients));
        let adapted = hand.linear.adapted(theta, &rates, &support.rows());
        assert!(close(&found.inner.adapted[task * 12..(task + 1) * 12], &adapted));

        let plain = QUERY - mixed[task];
        let flown = hand.fly(numbers, From::Query, at, &adapted, (0, plain));
        assert!(close(&[found.query_returns[task]], &[flown.mean_return()]));
        let starts = &found.mixed[task];
        assert_eq!(starts.len(), mixed[task]);
        let mut states = Vec::new();
        for (k, start) in starts.iter().enumerate() {
            let lambda = numbers.stream(Purpose::MixLambda).uniform(ids[task], (plain + k) as u32, 0, 0);
            assert!(start.lambda == lambda && start.counts.gave_up == 0);
            let [a, b] = [start.first, start.second].map(|row| &flown.states[4 * row..4 * row + 4]);
            states.extend(a.iter().zip(b).map(|(a, b)| lambda * a + (1.0 - lambda) * b));
        }
        let mut parts = vec![hand.weigh(flown, QUERY)];
        if mixed[task] > 0 {
            let from = From::States(&states, 11);
            parts.push(hand.weigh(hand.fly(numbers, from, at, &adapted, (plain as u32, mixed[task])), QUERY));
        }
        let join = |of: &dyn Fn(&crate::hand::Weighed) -> Vec<f64>| parts.iter().flat_map(of).collect::<Vec<f64>>();
        assert!(close(&data.query.observations, &join(&|part| part.batch.observations.clone())));
        assert!(close(&data.query.actions, &join(&|part| part.batch.actions.clone())));
        assert!(close(&data.query.log_probs, &join(&|part| part.batch.log_probs.clone())));
        assert!(close(&data.query.coefficients, &join(&|part| part.coefficients.clone())), "task {task}");
        assert_eq!(data.query.episodes.len(), QUERY + 1);
        // Mean size of the advantages over all rows, mixed ones included: a coefficient is one over the number of episodes.
        let sizes: Vec<f64> = join(&|part| part.coefficients.iter().map(|c| c.abs() * QUERY as f64).collect());
        let size = sizes.iter().sum::<f64>() / sizes.len() as f64;
        assert!(size > 0.0 && close(&[found.query_advantages[task]], &[size]), "task {task}");
        support_steps += support.coefficients.len();
        query_steps += data.query.rows();
    }
    assert_eq!((found.support_steps, found.query_steps), (support_steps, query_steps));
}

/// Rows of the curvature are drawn evenly and without replacement: over many collections each has its share, at both phases,
/// and the phases do not choose alike.
#[test]
fn curvature_rows_are_drawn_evenly() {
    let hand = Hand::new();
    let (collections, wanted) = (400, 20);
    // Of the first, a middle and the last row: how often it was drawn less how often it should be, and the variance of that.
    let (mut excess, mut variance) = ([[0.0; 3]; 2], [[0.0; 3]; 2]);
    let mut alike = 0;
    for index in 0..collections {
        let found = hand.collected(Draws::new(3, Usage::Train, index), &[5], &[], (wanted, wanted));
        let phases = [&found.data[0].support, &found.data[0].query];
        for (phase, rows) in phases.into_iter().enumerate() {
            assert!(rows.curvature.len() == wanted && rows.curvature.windows(2).all(|pair| pair[0] < pair[1]));
            let share = wanted as f64 / rows.rows() as f64;
            for (k, row) in [0, rows.rows() / 2, rows.rows() - 1].into_iter().enumerate() {
                excess[phase][k] += f64::from(rows.curvature.contains(&row)) - share;
                variance[phase][k] += share * (1.0 - share);
            }
        }
        alike += usize::from(phases[0].curvature[..3] == phases[1].curvature[..3]);
    }
    for (excess, variance) in excess.iter().flatten().zip(variance.iter().flatten()) {
        assert!(excess.abs() < 4.0 * f64::sqrt(*variance), "{excess} against {}", variance.sqrt());
    }
    assert!(alike < 20, "{alike} of {collections}");
}

fn twice(batch: &TaskBatch) -> TaskBatch {
    let shift = batch.rows();
    let copied = batch.episodes.iter().map(|e| Episode { start: e.start + shift, ..*e });
    TaskBatch {
        observations: batch.observations.repeat(2),
        actions: batch.actions.repeat(2),
        log_probs: batch.log_probs.repeat(2),
        rewards: batch.rewards.repeat(2),
        steps: batch.steps.repeat(2),
        episodes: batch.episodes.iter().copied().chain(copied).collect(),
        ..TaskBatch::default()
    }
}

/// Doubled rewards double the outer coefficients and leave the inner ones; every episode flown twice changes neither surrogate.
#[test]
fn coefficients_follow_the_scale_of_the_rewards_and_not_the_number_of_episodes() {
    let hand = Hand::new();
    let batch = hand.fly(Numbers(5, 0, 1, 0), From::Query, (1, 1), &hand.meta[..12], (0, 6));
    let options = &hand.advantage;
    let (outer, inner) = (outer_coefficients(&batch, 6, 4, options), inner_coefficients(&batch, 4, options));

    let mut rich = batch.clone();
    rich.rewards.iter_mut().for_each(|reward| *reward *= 2.0);
    let doubled: Vec<f64> = outer.iter().map(|c| 2.0 * c).collect();
    assert!(close(&outer_coefficients(&rich, 6, 4, options), &doubled));
    assert!(close(&inner_coefficients(&rich, 4, options), &inner));

    // The ridge stands beside twice as many squares.
    let options = &AdvantageOptions { ridge: 2.0 * options.ridge, ..options.clone() };
    let double = twice(&batch);
    for (found, once) in
        [(outer_coefficients(&double, 12, 4, options), outer), (inner_coefficients(&double, 4, options), inner)]
    {
        let halved: Vec<f64> = once.repeat(2).iter().map(|c| c / 2.0).collect();
        assert!(found.iter().zip(&halved).all(|(a, b)| (a - b).abs() < 1e-7 * (1.0 + b.abs())));
    }
}
