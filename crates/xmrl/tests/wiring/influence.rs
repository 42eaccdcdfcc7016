//! An influence explanation against its loop: two halves on numbers of their own, the pooled scores on the mean of both.

use xmrl_autodiff::ImplicitOptions;
use xmrl_core::{Average, ExplainOptions, Explanation, InfluenceOptions, LowerCurvature, explain_influence};
use xmrl_meta::Engine;
use xmrl_oracle::dense::{lu_solve, shifted, symmetric_eigen};
use xmrl_oracle::relative_error;

use crate::episodes::{Episodes, along, mean};
use crate::hand::{Hand, Numbers, close};

const SEED: u64 = 17;
const STREAMS: [u64; 2] = [3, 9];
const TRAIN: usize = 3;

/// One half: the training tasks' slopes, the poor tasks' mean slope, the episodes of its first batch, the steps of all.
struct Half {
    train: Vec<Vec<f64>>,
    poor: Vec<f64>,
    first: Vec<Episodes>,
    steps: usize,
}

impl Hand {
    /// The poor tasks follow the training tasks in the streams; every batch is a repetition of its own.
    fn half(&self, stream: u64, batches: u64) -> Half {
        let mut steps = 0;
        let mut slopes = |task: usize| {
            let of = (0..batches).map(|batch| {
                let episodes = self.episodes(Numbers(SEED, 5, stream, batch), &self.meta, task);
                steps += episodes.steps();
                self.slope(&episodes, &self.meta)
            });
            mean(&of.collect::<Vec<_>>())
        };
        let train = (0..TRAIN).map(&mut slopes).collect();
        let poor = mean(&(TRAIN..5).map(&mut slopes).collect::<Vec<_>>());
        let first = (0..TRAIN).map(|task| self.episodes(Numbers(SEED, 5, stream, 0), &self.meta, task)).collect();
        Half { train, poor, first, steps }
    }

    fn explained(&self, implicit: Option<InfluenceOptions>, batches: usize) -> Explanation {
        let options = ExplainOptions {
            implicit,
            curvature: LowerCurvature::Hessian,
            group_cosine: None,
            data: self.few(),
            batches,
            average: Average::Mean,
            streams: STREAMS,
            seed: SEED,
            top: 1,
            engine: Engine::default(),
        };
        let (train, poor) = self.tasks.split_at(2 * TRAIN);
        explain_influence(self.context(), &self.meta, train, poor, &options).unwrap()
    }
}

fn pooled(halves: &[Half; 2]) -> (Vec<Vec<f64>>, Vec<f64>) {
    let [a, b] = halves;
    let train = (0..TRAIN).map(|task| mean(&[a.train[task].clone(), b.train[task].clone()])).collect();
    (train, mean(&[a.poor.clone(), b.poor.clone()]))
}

#[test]
fn inner_products_are_their_loop() {
    let hand = Hand::new();
    for batches in [1, 2] {
        let found = hand.explained(None, batches);
        let halves = STREAMS.map(|stream| hand.half(stream, batches as u64));
        for (half, scores) in halves.iter().zip(&found.halves) {
            assert!(close(scores, &along(&half.train, &half.poor)), "{batches} batches: {scores:?}");
        }
        assert_eq!(found.env_steps, halves[0].steps + halves[1].steps);
        let (train, poor) = pooled(&halves);
        let truth = along(&train, &poor);
        assert!(close(&found.pooled.scores, &truth), "{:?} {truth:?}", found.pooled.scores);
        assert!(relative_error(&found.halves[0], &found.halves[1], 0.0) > 0.05, "halves of their own");
    }
}

/// `(delta I - sum_i w_i hess J_i) v = grad L`, each half with its own Hessian and the pooled scores with the mean of both.
#[test]
fn implicit_scores_are_a_dense_solve() {
    let hand = Hand::new();
    let halves = STREAMS.map(|stream| hand.half(stream, 1));
    let hessians = [0, 1].map(|h| hand.hessian(&halves[h].first, &[1.0 / 3.0; TRAIN], &hand.meta));
    let both = mean(&hessians);
    let largest = [&hessians[0], &hessians[1], &both].map(|h| *symmetric_eigen(h, 14).0.last().unwrap());
    // Definite, and yet the curvature counts.
    let delta = 0.5 + largest.iter().fold(0.0_f64, |most, top| most.max(*top));
    let implicit = ImplicitOptions { delta, tolerance: 1e-13, max_iterations: 400, ..ImplicitOptions::default() };
    let found = hand.explained(Some(InfluenceOptions { implicit, ..InfluenceOptions::default() }), 1);
    let solved = |hessian: &[f64], train: &[Vec<f64>], poor: &[f64]| {
        let system = shifted(&hessian.iter().map(|x| -x).collect::<Vec<_>>(), 14, delta);
        along(train, &lu_solve(&system, poor).unwrap())
    };
    for h in 0..2 {
        let truth = solved(&hessians[h], &halves[h].train, &halves[h].poor);
        let error = relative_error(&found.halves[h], &truth, 0.0);
        assert!(error < 1e-6, "half {h}: {error:e}");
    }
    let (train, poor) = pooled(&halves);
    let truth = solved(&both, &train, &poor);
    let error = relative_error(&found.pooled.scores, &truth, 0.0);
    assert!(error < 1e-6, "pooled: {error:e}");
    let flat: Vec<f64> = along(&train, &poor).iter().map(|product| product / delta).collect();
    assert!(relative_error(&flat, &truth, 0.0) > 0.02, "the curvature counts: {flat:?} {truth:?}");
    // Products with the mean of both Hessians: the spectrum is that of its negative.
    let bottom = found.pooled.spectrum.unwrap().lambda_min;
    assert!((bottom + largest[2]).abs() < 1e-4 * largest[2].abs().max(1.0), "{bottom} {largest:?}");
}
