//! Bootstrap intervals of influence scores against the known law of a mean.

use xmrl_core::{
    AdaptationExplanation, AdaptationOptions, Blocks, Directions, IntervalOptions, Lengths, Metric, XmrlError,
    explain_adaptation, influence_intervals,
};
use xmrl_oracle::Random;

const V: [f64; 3] = [1.0, -2.0, 0.5];

fn uniform(resample: u32, draw: u32) -> f64 {
    Random::new((u64::from(resample) << 32) | u64::from(draw)).uniform()
}

/// Blocks of `tasks` whose projection on [`V`] has mean `i` for task i and this standard deviation.
fn blocks(tasks: usize, count: usize, spread: f64, random: &mut Random) -> Vec<f64> {
    (0..tasks * count)
        .flat_map(|at| {
            let along = (at / count) as f64 + spread * random.normal();
            // V has squared length 5.25; the part across it, (2, 1, 0), must not matter.
            let across = 10.0 * random.normal();
            [along * V[0] / 5.25 + 2.0 * across, along * V[1] / 5.25 + across, along * V[2] / 5.25]
        })
        .collect()
}

#[test]
fn intervals_have_the_width_of_a_mean_and_keep_the_estimate_inside() {
    let (tasks, count) = (12, 64);
    let gradients = blocks(tasks, count, 0.8, &mut Random::new(70));
    let options = IntervalOptions { resamples: 2000, level: 0.95, top: 3 };
    let found = influence_intervals(Blocks { count, gradients: &gradients }, &V, &options, uniform).unwrap();
    for i in 0..tasks {
        let parts: Vec<f64> = gradients[i * count * 3..(i + 1) * count * 3]
            .chunks_exact(3)
            .map(|g| g.iter().zip(&V).map(|(a, b)| a * b).sum())
            .collect();
        let mean: f64 = parts.iter().sum::<f64>() / count as f64;
        let variance: f64 = parts.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count as f64;
        // The bootstrap's own variance of a mean is the plug-in variance over B.
        let error = (variance / count as f64).sqrt();
        assert!((found.standard_error[i] / error - 1.0).abs() < 0.06, "{i}: {} {error}", found.standard_error[i]);
        let width = found.high[i] - found.low[i];
        assert!((width / (2.0 * 1.96 * error) - 1.0).abs() < 0.1, "{i}: {width} {error}");
        assert!(found.low[i] < mean && mean < found.high[i]);
    }
    // Means 1 apart with errors of .1 never change places.
    assert_eq!(found.top_stability, 1.0);
    assert_eq!(found.top_frequency[8..], [0.0, 1.0, 1.0, 1.0]);
}

#[test]
fn noise_makes_the_top_set_unstable_and_the_shares_add_up() {
    let gradients = blocks(10, 4, 30.0, &mut Random::new(71));
    let options = IntervalOptions { resamples: 500, level: 0.9, top: 4 };
    let found = influence_intervals(Blocks { count: 4, gradients: &gradients }, &V, &options, uniform).unwrap();
    assert!(found.top_stability < 0.9, "{}", found.top_stability);
    assert!((found.top_frequency.iter().sum::<f64>() - 4.0).abs() < 1e-12);
    let again = influence_intervals(Blocks { count: 4, gradients: &gradients }, &V, &options, uniform).unwrap();
    assert_eq!(found, again);
}

/// Tasks that shared their draws would move together, and the top set would look more stable or less than it is.
#[test]
fn every_block_of_every_task_is_drawn_by_a_number_of_its_own() {
    let gradients = blocks(3, 4, 1.0, &mut Random::new(72));
    let options = IntervalOptions { resamples: 5, level: 0.9, top: 1 };
    let asked = std::cell::RefCell::new(Vec::new());
    let noted = |resample: u32, draw: u32| {
        asked.borrow_mut().push((resample, draw));
        uniform(resample, draw)
    };
    influence_intervals(Blocks { count: 4, gradients: &gradients }, &V, &options, noted).unwrap();
    let mut asked = asked.into_inner();
    let count = asked.len();
    asked.sort_unstable();
    asked.dedup();
    assert_eq!((asked.len(), count), (count, 5 * 3 * 3), "3 of 4 blocks of 3 tasks, 5 times");
}

#[test]
fn identical_blocks_have_no_width() {
    let gradients = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 2.0, 0.0];
    let found =
        influence_intervals(Blocks { count: 2, gradients: &gradients }, &V, &IntervalOptions::default(), uniform)
            .unwrap();
    assert_eq!((found.low.clone(), found.high), (vec![1.0, -4.0], vec![1.0, -4.0]));
    assert_eq!(found.standard_error, [0.0, 0.0]);
}

#[test]
fn bad_blocks_are_errors() {
    let run = |count, gradients: &[f64], options| {
        influence_intervals(Blocks { count, gradients }, &V, &options, uniform).map(|_| ()).unwrap_err()
    };
    let good = IntervalOptions::default();
    assert!(matches!(run(1, &[0.0; 6], good), XmrlError::Option { key: "explain.blocks", .. }));
    assert!(matches!(run(2, &[0.0; 7], good), XmrlError::Shape { expected: 6, got: 7, .. }));
    assert!(matches!(run(2, &[f64::NAN; 6], good), XmrlError::NonFinite { index: 0, .. }));
    assert!(matches!(run(2, &[0.0; 6], IntervalOptions { level: 1.0, ..good }), XmrlError::Option { .. }));
}

/// Share of the data sets in whose intervals the truth lies, by task; `intervals` gives one data set's two ends.
fn coverage(sets: u64, truth: &[f64], intervals: impl Fn(u64) -> [Vec<f64>; 2]) -> Vec<f64> {
    let mut covered = vec![0.0; truth.len()];
    for set in 0..sets {
        let [low, high] = intervals(set);
        for (i, covered) in covered.iter_mut().enumerate() {
            *covered += f64::from(u8::from(low[i] <= truth[i] && truth[i] <= high[i])) / sets as f64;
        }
    }
    covered
}

#[test]
fn influence_intervals_hold_the_truth_in_95_of_100_data_sets() {
    // Eight blocks, as two halves of four; task i's score is i.
    let (tasks, count) = (6, 8);
    let truth: Vec<f64> = (0..tasks).map(|i| i as f64).collect();
    let covered = coverage(500, &truth, |set| {
        let gradients = blocks(tasks, count, 0.8, &mut Random::new(1000 + set));
        let draws =
            |resample: u32, draw: u32| Random::new(set << 40 | u64::from(resample) << 20 | u64::from(draw)).uniform();
        let options = IntervalOptions { resamples: 400, ..IntervalOptions::default() };
        let found = influence_intervals(Blocks { count, gradients: &gradients }, &V, &options, draws).unwrap();
        [found.low, found.high]
    });
    let mean = covered.iter().sum::<f64>() / tasks as f64;
    assert!((mean - 0.95).abs() < 0.02, "{mean}: {covered:?}");
}

/// N tasks and the law of the poor ones, in D dimensions, with what the halves' noise is made of.
struct Planted {
    train: Vec<f64>,
    poor: Vec<f64>,
    width: usize,
    /// Standard deviations, entry by entry: of poor tasks around `poor`, and of each half around its task.
    spread: f64,
    noise: f64,
    lengths: Lengths,
}

impl Planted {
    fn new(tasks: usize, width: usize, spread: f64, noise: f64, lengths: Lengths) -> Self {
        let mut random = Random::new(40);
        let train = random.normals(tasks * width);
        // Between the first three tasks, so that these and a few others carry weight.
        let poor = (0..width).map(|d| (0..3).map(|i| train[i * width + d]).sum::<f64>() / 1.5).collect();
        Self { train, poor, width, spread, noise, lengths }
    }

    fn poor_tasks(&self, count: usize, random: &mut Random) -> Vec<f64> {
        (0..count * self.width).map(|k| self.poor[k % self.width] + self.spread * random.normal()).collect()
    }

    fn explain(&self, train: [&[f64]; 2], poor: [&[f64]; 2], resamples: usize, set: u64) -> AdaptationExplanation {
        let directions = Directions { parameters: self.width, train, poor, metric: Metric::Raw };
        let options =
            AdaptationOptions { lengths: self.lengths, rho: 0.3, gap: 1e-9, resamples, ..AdaptationOptions::default() };
        let draws =
            |resample: u32, draw: u32| Random::new(set << 40 | u64::from(resample) << 20 | u64::from(draw)).uniform();
        explain_adaptation(&directions, &options, draws).unwrap()
    }

    /// Mean coverage of the weights that are not 0.
    fn coverage(&self, poor: usize) -> f64 {
        let many = self.poor_tasks(3000, &mut Random::new(41));
        let truth = self.explain([&self.train, &self.train], [&many, &many], 0, 0).omega;
        let covered = coverage(500, &truth, |set| {
            let mut random = Random::new(5000 + set);
            let aims = self.poor_tasks(poor, &mut random);
            let mut half = |of: &[f64]| -> Vec<f64> { of.iter().map(|x| x + self.noise * random.normal()).collect() };
            let (train, aims) = ([half(&self.train), half(&self.train)], [half(&aims), half(&aims)]);
            self.explain([&train[0], &train[1]], [&aims[0], &aims[1]], 200, set).interval
        });
        let inside: Vec<usize> = (0..truth.len()).filter(|&i| truth[i] > 0.05).collect();
        inside.iter().map(|&i| covered[i]).sum::<f64>() / inside.len() as f64
    }
}

#[test]
fn intervals_of_omega_hold_the_truth_in_95_of_100_data_sets() {
    // Mostly which tasks happened to be poor, then mostly the noise of the halves.
    for lengths in [Lengths::Unit, Lengths::Kept] {
        for (spread, noise) in [(0.4, 0.1), (0.1, 0.3)] {
            let covered = Planted::new(8, 12, spread, noise, lengths).coverage(12);
            assert!((covered - 0.95).abs() < 0.03, "{lengths:?}, spread {spread}, noise {noise}: {covered}");
        }
    }
}
