//! Flown rounds against their loop.

use xmrl_core::{TaskEpisodes, WeightedTasks};
use xmrl_meta::Engine;
use xmrl_oracle::dense::product;
use xmrl_oracle::{Random, relative_error};

use crate::episodes::{Episodes, mean};
use crate::hand::{Hand, Numbers, close};

const SEED: u64 = 19;
const STREAM: u64 = 6;

/// Round k of stream s draws number `s 2^20 + k`; the poor tasks follow the training tasks, and count by their mean.
#[test]
fn a_round_is_its_loop() {
    let (hand, engine) = (Hand::new(), Engine::default());
    let data = hand.few();
    let (train, poor) = hand.tasks.split_at(6);
    let mut tasks = TaskEpisodes::new(hand.context(), (train, poor), &data, &engine, (SEED, STREAM)).unwrap();
    let (mut random, mut steps) = (Random::new(3), 0);
    for round in [0, 5] {
        let meta: Vec<f64> = hand.meta.iter().map(|x| x + 0.1 * random.normal()).collect();
        tasks.collect(round, &meta).unwrap();
        let numbers = Numbers(SEED, 5, (STREAM << 20) + round, 0);
        let flown: Vec<Episodes> = (0..5).map(|task| hand.episodes(numbers, &meta, task)).collect();
        let slopes: Vec<Vec<f64>> = flown.iter().map(|of| hand.slope(of, &meta)).collect();
        steps += flown.iter().map(Episodes::steps).sum::<usize>();
        assert_eq!(tasks.env_steps(), steps);
        let (gradients, aim) = tasks.gradients().unwrap();
        assert!(close(&gradients, &slopes[..3].concat()), "round {round}");
        assert!(close(&aim, &mean(&slopes[3..])), "round {round}: {aim:?}");

        let (weights, v) = ([0.2, 0.5, 0.3], random.normals(14));
        let mut found = vec![0.0; 14];
        tasks.product(&weights, &v, &mut found).unwrap();
        let truth = product(&hand.hessian(&flown[..3], &weights, &meta), &v);
        let error = relative_error(&found, &truth, 0.0);
        assert!(error < 1e-7, "round {round}: {error:e}");
    }
}
