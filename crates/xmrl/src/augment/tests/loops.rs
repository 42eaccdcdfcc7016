//! Mixed episodes against their loop: policies, visited states, baselines, parts, scores and the covariance by hand.

#[expect(dead_code, reason = "shared with the tests of meta")]
#[path = "../../../../meta/tests/wiring/hand.rs"]
mod hand;

use hand::{From, Hand, Numbers, close};
use xmrl_envs::rng::Purpose;
use xmrl_meta::{AdvantageOptions, Draws as Collection, Usage};
use xmrl_oracle::dense::{cholesky_solve, shifted};
use xmrl_oracle::{Random, SurrogateRows};
use xmrl_rollout::{Precision, TaskBatch, advantages, fit_baseline};

use crate::augment::*;

const IDS: [u32; 3] = [5, 1, 8];
const SUPPORT: usize = 8;
const VISITED: usize = 4;
const EPISODES: usize = 3;
const HORIZON: usize = 12;

/// The draws of a repetition: 0, 1, .. are noise numbers; the last is the pilots', the one before the visited states'.
fn numbers(part: u64) -> Numbers {
    Numbers(29, 6, 7, part)
}

fn with_episodes(hand: &Hand, with: impl FnOnce(&mut CriticalEpisodes<'_>)) {
    let request = CriticalRequest {
        context: hand.context(),
        meta: &hand.meta,
        tasks: &hand.tasks[..6],
        task_ids: &IDS,
        support_episodes: SUPPORT,
        visited_episodes: VISITED,
        episodes: EPISODES,
        horizon: HORIZON,
        mixing: None,
        precision: Precision::F64,
        advantage: &hand.advantage,
        draws: Collection::new(29, Usage::Other, 7),
    };
    with(&mut CriticalEpisodes::prepare(&request).unwrap());
}

/// `[N]` the adapted policies, and the episodes whose states are mixed.
fn visited(hand: &Hand) -> Vec<(Vec<f64>, TaskBatch)> {
    let of = |task: usize| {
        let adapted = hand.adapted(numbers(0), (task, IDS[task]), &hand.meta, SUPPORT);
        let flown = hand.fly(numbers(0xFFFE), From::Query, (task, IDS[task]), &adapted, (0, VISITED));
        (adapted, flown)
    };
    (0..3).map(of).collect()
}

/// Whether a state is one of `states`.
fn among(state: &[f64], states: &[f64]) -> bool {
    states.chunks_exact(4).any(|row| row.iter().zip(state).all(|(a, b)| (a - b).abs() < 1e-9))
}

#[test]
fn parents_are_states_that_the_adapted_policies_visit() {
    let hand = Hand::new();
    let visited = visited(&hand);
    with_episodes(&hand, |episodes| {
        for (noise, lambda) in [(0, 1.0), (1, 1.0), (2, 0.0), (3, 0.0)] {
            let (starts, _) = episodes.starts(&[lambda; 9], 1, noise).unwrap();
            for (unit, start) in starts.chunks_exact(4).enumerate() {
                assert!(among(start, &visited[unit / EPISODES].1.states), "noise {noise}, episode {unit}: {start:?}");
            }
        }
    });
}

/// A part is the slope of an episode's share of the surrogate, its advantages against the baseline of its task's pilots; pilots
/// have pairs, coefficients and noise of their own.
#[test]
fn parts_and_scores_are_their_loop() {
    let hand = Hand::new();
    let visited = visited(&hand);
    let AdvantageOptions { gamma, outer_lambda, ridge, .. } = hand.advantage;
    with_episodes(&hand, |episodes| {
        let flown_by_hand = |starts: &[f64], task: usize, part: u64| {
            let from = From::States(&starts[task * EPISODES * 4..(task + 1) * EPISODES * 4], HORIZON);
            hand.fly(numbers(part), from, (task, IDS[task]), &visited[task].0, (0, EPISODES))
        };
        let pilot: Vec<f64> = IDS
            .iter()
            .flat_map(|&id| {
                (0..3).map(move |episode| numbers(0xFFFF).stream(Purpose::MixLambda).uniform(id, episode, 0, 0))
            })
            .collect();
        let (pilots, _) = episodes.starts(&pilot, 1, 0xFFFF).unwrap();
        let piloted: Vec<TaskBatch> = (0..3).map(|task| flown_by_hand(&pilots, task, 0xFFFF)).collect();
        let baselines: Vec<Vec<f64>> = piloted.iter().map(|batch| fit_baseline(batch, 4, gamma, ridge)).collect();
        let support =
            |task: usize| hand.fly(numbers(0), From::Support, (task, IDS[task]), &hand.meta[..12], (0, SUPPORT));
        let before =
            (0..3).map(|task| support(task).rows() + visited[task].1.rows() + piloted[task].rows()).sum::<usize>();
        assert_eq!(episodes.env_steps(), before, "adaptation, visited states, pilots");

        let lambda: Vec<f64> = (0..18).map(|k| f64::from(k) / 17.0).collect();
        let (starts, _) = episodes.starts(&lambda, 2, 1).unwrap();
        let (mut parts, mut scores, mut steps) = (Vec::new(), Vec::new(), 0);
        for set in starts.chunks_exact(9 * 4) {
            for task in 0..3 {
                let (theta, batch) = (&visited[task].0, flown_by_hand(set, task, 1));
                steps += batch.rows();
                let shares = advantages(&batch, &baselines[task], gamma, outer_lambda);
                let shares: Vec<f64> = shares.iter().map(|a| a / 9.0).collect();
                for episode in &batch.episodes {
                    let at = |width: usize| episode.start * width..(episode.start + episode.len) * width;
                    let rows = SurrogateRows {
                        observations: &batch.observations[at(4)],
                        actions: &batch.actions[at(2)],
                        log_probs: &batch.log_probs[at(1)],
                        coefficients: &shares[at(1)],
                    };
                    parts.extend(hand.linear.surrogate(theta, &rows).gradient);
                    let first = (&rows.observations[..4], &rows.actions[..2]);
                    scores.extend(hand.linear.log_prob(theta, first.0, first.1).gradient);
                }
            }
        }
        let found = episodes.fly(&lambda, 2, 1).unwrap();
        assert!(close(&found.parts, &parts), "{:?} {:?}", &found.parts[..12], &parts[..12]);
        assert!(close(&found.scores, &scores));
        assert_eq!((found.env_steps, episodes.env_steps()), (steps, before + steps));
    });
}

/// `(beta A + delta I)⁻¹` with A the mean over tasks of each one's mean Fisher matrix.
#[test]
fn the_covariance_is_a_dense_inverse() {
    let hand = Hand::new();
    let mut fisher = vec![0.0; 144];
    for (adapted, flown) in visited(&hand) {
        let own = hand.linear.fisher(&adapted, &flown.observations);
        fisher.iter_mut().zip(own).for_each(|(sum, entry)| *sum += entry / 3.0);
    }
    let (beta, delta, v) = (2.0, 0.3, Random::new(9).normals(12));
    let system = shifted(&fisher.iter().map(|entry| beta * entry).collect::<Vec<_>>(), 12, delta);
    let truth = cholesky_solve(&system, &v).unwrap();
    with_episodes(&hand, |episodes| {
        let options = PosteriorOptions { beta, delta, rows: usize::MAX, iterations: 200, tolerance: 1e-13 };
        let mut found = vec![0.0; 12];
        episodes.covariance(&options).unwrap().apply(&v, &mut found).unwrap();
        assert!(close(&found, &truth), "{found:?} {truth:?}");
    });
}
