//! Scale laws of the mixed episodes of critical tasks.

use xmrl_core::{
    AugmentOptions, Augmentation, CriticalEpisodes, CriticalRequest, Isotropic, MixDistribution, MixFamily,
    MixedEpisodes, PosteriorOptions, Result, SetGradients, augment,
};
use xmrl_envs::rng::Purpose;
use xmrl_meta::{Draws, Usage};
use xmrl_oracle::Random;
use xmrl_rollout::Precision;

use crate::hand::{Hand, Numbers, close};

const EPISODES: usize = 3;

impl Hand {
    /// Prepares episodes of some tasks under numbers of their own.
    fn critical<T>(&self, tasks: &[usize], ids: &[u32], with: impl FnOnce(&mut CriticalEpisodes<'_>) -> T) -> T {
        let values: Vec<f64> = tasks.iter().flat_map(|&task| self.task(task)).copied().collect();
        let request = CriticalRequest {
            context: self.context(),
            meta: &self.meta,
            tasks: &values,
            task_ids: ids,
            support_episodes: 8,
            visited_episodes: 4,
            episodes: EPISODES,
            horizon: 12,
            mixing: None,
            precision: Precision::F64,
            advantage: &self.advantage,
            draws: Draws::new(23, Usage::Other, 1),
        };
        with(&mut CriticalEpisodes::prepare(&request).unwrap())
    }
}

/// `[J,P]` rows summed.
fn response(parts: &[f64], width: usize) -> Vec<f64> {
    (0..width).map(|p| parts.iter().skip(p).step_by(width).sum()).collect()
}

/// Copies of a task under one number fly the same episodes, and the means over tasks are the one task's figures.
#[test]
fn copies_of_a_task_are_the_task() {
    let (hand, v) = (Hand::new(), Random::new(2).normals(12));
    let posterior = PosteriorOptions { beta: 3.0, delta: 0.5, iterations: 200, tolerance: 1e-13, rows: usize::MAX };
    let figures = |copies: usize| {
        hand.critical(&vec![1; copies], &vec![4; copies], |episodes| {
            let lambda = [0.2, 0.9, 0.4].repeat(copies);
            let parts = episodes.fly(&lambda, 1, 0).unwrap().parts;
            assert_eq!(parts.len(), copies * EPISODES * 12);
            let mut moved = vec![0.0; 12];
            episodes.covariance(&posterior).unwrap().apply(&v, &mut moved).unwrap();
            (response(&parts, 12), moved)
        })
    };
    let (one, three) = (figures(1), figures(3));
    assert!(close(&three.0, &one.0), "responses: {three:?} {one:?}");
    assert!(close(&three.1, &one.1), "covariance: {three:?} {one:?}");
    assert!(one.0.iter().any(|x| x.abs() > 1e-3));
}

/// Every episode belongs to its task: its baseline, its policy, its states.
#[test]
fn tasks_in_another_order_have_the_same_episodes_in_that_order() {
    let hand = Hand::new();
    let fly = |order: [usize; 3]| {
        let ids = order.map(|task| 10 + task as u32);
        hand.critical(&order, &ids, |episodes| {
            let lambda: Vec<f64> =
                order.iter().flat_map(|&task| (0..EPISODES).map(move |k| (1 + 3 * task + k) as f64 / 11.0)).collect();
            episodes.fly(&lambda, 1, 0).unwrap()
        })
    };
    let (plain, moved) = (fly([0, 1, 2]), fly([2, 0, 1]));
    let of = |flown: &[f64], place: usize| flown[place * EPISODES * 12..(place + 1) * EPISODES * 12].to_vec();
    for (place, task) in [2, 0, 1].into_iter().enumerate() {
        assert_eq!(of(&moved.parts, place), of(&plain.parts, task), "task {task}");
        assert_eq!(of(&moved.scores, place), of(&plain.scores, task), "task {task}");
    }
}

/// Episodes whose rewards are twice those of others.
struct Doubled<'f, 'a>(&'f mut CriticalEpisodes<'a>);

impl MixedEpisodes for Doubled<'_, '_> {
    fn units(&self) -> usize {
        self.0.units()
    }

    fn parameters(&self) -> usize {
        self.0.parameters()
    }

    fn fly(&mut self, lambda: &[f64], sets: usize, noise: u16) -> Result<SetGradients> {
        let mut flown = self.0.fly(lambda, sets, noise)?;
        flown.parts.iter_mut().for_each(|part| *part *= 2.0);
        Ok(flown)
    }
}

/// `½ logdet(I + K)` with K of degree two in the rewards: twice the rewards count as four times the variance, in the value, in
/// the bound and in the gradient; the information of the scores knows no rewards.
#[test]
fn doubled_rewards_are_four_times_the_variance() {
    let hand = Hand::new();
    let law = MixDistribution::start(MixFamily::Kumaraswamy);
    let options =
        AugmentOptions { sets: 4, group: EPISODES, noise_null: true, information_gain: true, ..Default::default() };
    let lambdas = Numbers(23, 6, 2, 0).stream(Purpose::MixLambda);
    let run = |episodes: &mut dyn MixedEpisodes, variance: f64| -> Augmentation {
        augment(episodes, &law, &mut Isotropic { variance }, &options, &lambdas).unwrap()
    };
    hand.critical(&[0, 1], &[0, 1], |episodes| {
        let (single, quadruple) = (run(episodes, 0.5), run(episodes, 2.0));
        let doubled = run(&mut Doubled(episodes), 0.5);
        let figures = |of: &Augmentation| [of.value, of.cmi, of.upper_bound, of.noise_null.unwrap()];
        assert!(close(&figures(&doubled), &figures(&quadruple)), "{doubled:?} {quadruple:?}");
        assert!(close(&doubled.gradient, &quadruple.gradient));
        assert!(close(&[doubled.information_gain.unwrap()], &[single.information_gain.unwrap()]));
        assert!(single.cmi > 0.0 && doubled.cmi > 1.5 * single.cmi);
    });
}
