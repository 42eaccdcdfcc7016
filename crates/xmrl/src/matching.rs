//! Task weighting by kernel mean matching: weights of the training tasks whose rows are distributed most like the target's.
//!
//! A task is the empirical distribution of n rows; `phi_i` is its mean embedding under a Gaussian kernel. The weights are
//! `argmin over the simplex of ½ |sum_i w_i phi_i - mean_j phi_j|² + ridge/2 |w|²`, the target's tasks under j.
//!
//! `<phi_i, phi_j>` is estimated by the mean kernel over pairs of **different** rows. A row's kernel with itself, 1, would add
//! (1 - k) / n to every `|phi_i|²`, k the mean of the others: a ridge that nobody asked for (.008 of 100 rows). Without it the
//! matrix of products is unbiased and may have small negative eigenvalues; the programme takes those as 0, so that it is
//! convex, and the discrepancies are those of the matrix itself.
//! Source: Huang, Smola, Gretton, Borgwardt and Schölkopf, "Correcting sample selection bias by unlabeled data", NIPS 2006.

mod spectrum;

use rayon::ThreadPool;
use rayon::prelude::*;
use xmrl_threads::leave_if_stopped;

use self::spectrum::semidefinite;
use crate::adaptation::simplex::Quadratic;
use crate::error::{Result, XmrlError, check_finite, check_len};

/// Rows whose distances give the width of the kernel: at most this many, evenly spread over all rows.
const MEDIAN_ROWS: usize = 1000;

/// Rows of two pools of tasks.
#[derive(Debug, Clone, Copy)]
pub struct MatchingInputs<'a> {
    /// n, rows a task.
    pub rows: usize,
    /// d, numbers a row, in any units.
    pub width: usize,
    /// The tasks that are weighted `[N,n,d]`.
    pub train: &'a [f64],
    /// The tasks that are aimed at `[M,n,d]`.
    pub target: &'a [f64],
}

/// How to match.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MatchingOptions {
    /// Weight of |w|². Default .001 (squared discrepancies are at most 2).
    pub ridge: f64,
    /// Duality gap at which the solver stops. Default 1e-12.
    pub gap: f64,
    /// Most solver steps. Default 20 000.
    pub iterations: usize,
}

impl Default for MatchingOptions {
    fn default() -> Self {
        Self { ridge: 1e-3, gap: 1e-12, iterations: 20_000 }
    }
}

/// Weights of the training tasks.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskWeights {
    /// `[N]`, on the simplex.
    pub weights: Vec<f64>,
    /// Duality gap of the programme.
    pub gap: f64,
    /// Solver steps.
    pub iterations: usize,
    /// h of the kernel `exp(-|x - y|² / 2h²)`, in standard deviations: the median distance of two rows.
    pub bandwidth: f64,
    /// Squared maximum mean discrepancy between the weighted training rows and the target's, unbiased: about 0, of either
    /// sign, where they are alike.
    pub discrepancy: f64,
    /// The same with even weights.
    pub even_discrepancy: f64,
}

/// Weighs the training tasks.
///
/// Every number of a row is standardised over all rows of both pools; one that does not vary counts for nothing. Sums run
/// over all pairs of rows, in an order that does not depend on the number of threads.
///
/// # Errors
/// [`XmrlError::Shape`], [`XmrlError::NonFinite`], [`XmrlError::Option`] (no task in a pool, a ridge below 0).
pub fn match_tasks(inputs: &MatchingInputs<'_>, options: &MatchingOptions, pool: &ThreadPool) -> Result<TaskWeights> {
    let (train, target) = check(inputs, options)?;
    let mut points = [inputs.train, inputs.target].concat();
    standardise(&mut points, inputs.width);
    let bandwidth = median_distance(&points, inputs.width);
    // Scaled so that the kernel is exp(-|x - y|²).
    let scale = (bandwidth * std::f64::consts::SQRT_2).recip();
    points.iter_mut().for_each(|x| *x *= scale);

    let kernel = mean_kernels(&points, inputs.rows * inputs.width, inputs.width, pool);
    let tasks = train + target;
    let share = 1.0 / target as f64;
    let aimed = |row: usize| share * kernel[row * tasks + train..(row + 1) * tasks].iter().sum::<f64>();
    let gram: Vec<f64> = (0..train * train).map(|k| kernel[(k / train) * tasks + k % train]).collect();
    let linear: Vec<f64> = (0..train).map(aimed).collect();
    let constant = share * (train..tasks).map(aimed).sum::<f64>();

    let convex = semidefinite(&gram, train);
    let solution = Quadratic { gram: &convex, linear: &linear, rho: options.ridge }.minimise(
        None,
        options.gap,
        options.iterations,
    );
    let matching = Quadratic { gram: &gram, linear: &linear, rho: 0.0 };
    let discrepancy = |weights: &[f64]| {
        // wᵀKw - 2 κᵀw + c, from the gradient Kw - κ.
        let slope = matching.gradient(weights);
        let product: f64 = (0..train).map(|i| weights[i] * (slope[i] - linear[i])).sum();
        product + constant
    };
    Ok(TaskWeights {
        discrepancy: discrepancy(&solution.omega),
        even_discrepancy: discrepancy(&vec![1.0 / train as f64; train]),
        gap: solution.gap,
        iterations: solution.iterations,
        bandwidth,
        weights: solution.omega,
    })
}

/// Shapes, values and options; returns (N, M).
fn check(inputs: &MatchingInputs<'_>, options: &MatchingOptions) -> Result<(usize, usize)> {
    let block = inputs.rows * inputs.width;
    let [train, target] = [inputs.train, inputs.target].map(|pool| pool.len() / block.max(1));
    if train == 0 || target == 0 {
        let got = format!("{train} training and {target} target tasks of {} rows", inputs.rows);
        return Err(XmrlError::Option { key: "tasks", got, fix: "give at least one task in each pool" });
    }
    for (name, pool, count) in [("training rows", inputs.train, train), ("target rows", inputs.target, target)] {
        check_len(name, "[N,n,d]", pool.len(), count * block)?;
        check_finite(name, pool)?;
    }
    if options.ridge.is_finite() && options.ridge >= 0.0 {
        return Ok((train, target));
    }
    let fix = "give a number of at least 0 (default .001)";
    Err(XmrlError::Option { key: "retrain.tw.ridge", got: options.ridge.to_string(), fix })
}

/// Gives every column of `points [.,d]` mean 0 and variance 1; a column that does not vary becomes 0.
fn standardise(points: &mut [f64], width: usize) {
    let count = (points.len() / width) as f64;
    for column in 0..width {
        let values = || points[column..].iter().step_by(width);
        let mean = values().sum::<f64>() / count;
        let deviation = (values().map(|x| (x - mean).powi(2)).sum::<f64>() / count).sqrt();
        // Rounding alone makes equal values differ by a few of their last places.
        let varies = deviation > 1e-12 * mean.abs();
        let scale = if varies { deviation.recip() } else { 0.0 };
        points[column..].iter_mut().step_by(width).for_each(|x| *x = (*x - mean) * scale);
    }
}

/// Median distance of two rows of `points [.,d]`, from evenly spread rows; 1 where all of those are equal.
fn median_distance(points: &[f64], width: usize) -> f64 {
    let rows = points.len() / width;
    let used = rows.min(MEDIAN_ROWS);
    let row = |k: usize| &points[k * rows / used * width..][..width];
    let mut distances: Vec<f64> =
        (0..used).flat_map(|a| (0..a).map(move |b| (a, b))).map(|(a, b)| square(row(a), row(b)).sqrt()).collect();
    if distances.is_empty() {
        return 1.0;
    }
    let middle = distances.len() / 2;
    let median = *distances.select_nth_unstable_by(middle, f64::total_cmp).1;
    if median > 0.0 { median } else { 1.0 }
}

/// Mean of `exp(-|x - y|²)` over the rows x of one task and y of another, for all pairs of tasks `[T,T]`; `block` numbers a
/// task. A task's rows meet each other, and not themselves, unless there is one.
fn mean_kernels(points: &[f64], block: usize, width: usize, pool: &ThreadPool) -> Vec<f64> {
    let tasks: Vec<&[f64]> = points.chunks_exact(block).collect();
    let count = tasks.len();
    let rows = (block / width) as f64;
    let mean = |(a, b): (usize, usize)| {
        leave_if_stopped();
        let row = |x: &[f64]| tasks[b].chunks_exact(width).map(|y| (-square(x, y)).exp()).sum::<f64>();
        let sum = tasks[a].chunks_exact(width).map(row).sum::<f64>();
        if a == b && rows > 1.0 { (sum - rows) / (rows * (rows - 1.0)) } else { sum / (rows * rows) }
    };
    let pairs: Vec<(usize, usize)> = (0..count).flat_map(|a| (a..count).map(move |b| (a, b))).collect();
    let means: Vec<f64> = pool.install(|| pairs.par_iter().map(|&pair| mean(pair)).collect());
    let mut kernel = vec![0.0; count * count];
    for (&(a, b), &value) in pairs.iter().zip(&means) {
        kernel[a * count + b] = value;
        kernel[b * count + a] = value;
    }
    kernel
}

fn square(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum()
}

#[cfg(test)]
mod tests {
    use xmrl_oracle::Random;

    use super::*;

    fn pool(threads: usize) -> ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
    }

    /// `[tasks,rows,2]` rows around a mean of each task's own.
    fn tasks(means: &[[f64; 2]], rows: usize, seed: u64) -> Vec<f64> {
        let mut random = Random::new(seed);
        let noise = random.normals(2 * means.len() * rows);
        noise.chunks(2).enumerate().flat_map(|(row, n)| [0, 1].map(|k| means[row / rows][k] + n[k])).collect()
    }

    const MEANS: [[f64; 2]; 4] = [[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [-2.0, -1.0]];

    /// Three tasks of the first law and one of the third are matched by (3/4, 0, 1/4, 0), however few the rows: the mean over
    /// data sets tells, since one data set is off by its noise.
    #[test]
    fn laws_are_weighted_by_how_often_they_occur() {
        let options = MatchingOptions { ridge: 0.0, ..MatchingOptions::default() };
        let (sets, mut mean) = (60, [0.0; 4]);
        for set in 0..sets {
            let train = tasks(&MEANS, 30, 2 * set);
            let target = tasks(&[MEANS[0], MEANS[2], MEANS[0], MEANS[0]], 30, 2 * set + 1);
            let inputs = MatchingInputs { rows: 30, width: 2, train: &train, target: &target };
            let found = match_tasks(&inputs, &options, &pool(1)).unwrap();
            assert!(found.even_discrepancy > found.discrepancy && found.gap <= 1e-12);
            mean.iter_mut().zip(found.weights).for_each(|(sum, weight)| *sum += weight / sets as f64);
        }
        for (weight, expected) in mean.iter().zip([0.75, 0.0, 0.25, 0.0]) {
            assert!((weight - expected).abs() < 0.05, "{mean:?}");
        }
    }

    /// Rows of one law in both pools: the discrepancy is 0 in the mean. With self pairs it would be (1 - k) (1/n) (1/N + 1/M),
    /// about .03 here.
    #[test]
    fn the_discrepancy_of_equal_laws_is_0_in_the_mean() {
        let found: Vec<f64> = (0..300)
            .map(|set| {
                let [train, target] = [2 * set, 2 * set + 1].map(|seed| tasks(&[[0.0, 0.0]; 3], 12, seed));
                let inputs = MatchingInputs { rows: 12, width: 2, train: &train, target: &target };
                match_tasks(&inputs, &MatchingOptions::default(), &pool(1)).unwrap().even_discrepancy
            })
            .collect();
        let mean = found.iter().sum::<f64>() / 300.0;
        let error = (found.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 299.0 / 300.0).sqrt();
        assert!(mean.abs() < 4.0 * error && error < 0.004, "{mean} ± {error}");
    }

    /// The ridge that is named is the ridge that is used: weights of a programme whose matrix has no negative eigenvalue solve
    /// `(K + ridge I) w = κ + multiplier` with K free of self pairs.
    #[test]
    fn the_named_ridge_is_the_ridge() {
        let (train, target) = (tasks(&MEANS, 100, 11), tasks(&MEANS, 100, 12));
        let inputs = MatchingInputs { rows: 100, width: 2, train: &train, target: &target };
        let mut points = [&train[..], &target].concat();
        standardise(&mut points, 2);
        let scale = (median_distance(&points, 2) * std::f64::consts::SQRT_2).recip();
        let row = |task: usize, k: usize| {
            let at = 2 * (100 * task + k);
            [points[at] * scale, points[at + 1] * scale]
        };
        let product = |a: usize, b: usize| -> f64 {
            let pairs = (0..100).flat_map(|x| (0..100).map(move |y| (x, y))).filter(|(x, y)| a != b || x != y);
            let values: Vec<f64> = pairs.map(|(x, y)| (-square(&row(a, x), &row(b, y))).exp()).collect();
            values.iter().sum::<f64>() / values.len() as f64
        };
        for ridge in [0.001, 0.05] {
            let options = MatchingOptions { ridge, gap: 1e-15, ..MatchingOptions::default() };
            let weights = match_tasks(&inputs, &options, &pool(1)).unwrap().weights;
            assert!(weights.iter().all(|weight| *weight > 0.1), "{weights:?}");
            let slopes: Vec<f64> = (0..4)
                .map(|i| {
                    let own: f64 = (0..4).map(|j| product(i, j) * weights[j]).sum();
                    own + ridge * weights[i] - (4..8).map(|j| 0.25 * product(i, j)).sum::<f64>()
                })
                .collect();
            assert!(slopes.iter().all(|slope| (slope - slopes[0]).abs() < 1e-6), "{ridge}: {slopes:?}");
        }
    }

    /// Of two Gaussians `N(m, I)` and `N(m', I)` in two dimensions the mean of `exp(-|x - y|²)` is
    /// `1/5 · exp(-|m - m'|² / 5)`: x - y has variance 2 in each.
    #[test]
    fn mean_kernels_are_those_of_gaussians() {
        let rows = 1500;
        let kernel = mean_kernels(&tasks(&MEANS[..3], rows, 5), 2 * rows, 2, &pool(2));
        for a in 0..3 {
            for b in 0..3 {
                let apart = square(&MEANS[a], &MEANS[b]);
                let exact = 0.2 * (-apart / 5.0).exp();
                assert!((kernel[a * 3 + b] - exact).abs() < 0.008, "{a} {b}: {} {exact}", kernel[a * 3 + b]);
            }
        }
    }

    #[test]
    fn a_target_between_tasks_weighs_those_and_the_match_is_better_than_even() {
        let train = tasks(&MEANS, 60, 2);
        let target = tasks(&[[2.0, 0.0], [1.9, 0.1], [0.0, 2.0]], 60, 3);
        let inputs = MatchingInputs { rows: 60, width: 2, train: &train, target: &target };
        let found = match_tasks(&inputs, &MatchingOptions::default(), &pool(2)).unwrap();
        assert!(found.weights[1] > 0.45 && found.weights[2] > 0.2 && found.weights[3] < 0.05, "{:?}", found.weights);
        assert!((found.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(found.discrepancy < 0.3 * found.even_discrepancy, "{found:?}");
        // A ridge that outweighs everything leaves the even weights.
        let flat =
            match_tasks(&inputs, &MatchingOptions { ridge: 1e6, ..MatchingOptions::default() }, &pool(1)).unwrap();
        assert!(flat.weights.iter().all(|weight| (weight - 0.25).abs() < 1e-5), "{:?}", flat.weights);
    }

    #[test]
    fn units_and_threads_change_nothing() {
        let (train, target) = (tasks(&MEANS, 20, 7), tasks(&MEANS[1..], 20, 8));
        let solve = |train: &[f64], target: &[f64], width: usize, threads: usize| {
            let inputs = MatchingInputs { rows: 20, width, train, target };
            match_tasks(&inputs, &MatchingOptions::default(), &pool(threads)).unwrap()
        };
        let plain = solve(&train, &target, 2, 1);
        assert_eq!(plain, solve(&train, &target, 2, 3));
        // The second number in other units, and a third that never changes.
        let other =
            |rows: &[f64]| rows.chunks(2).flat_map(|row| [row[0], 1000.0 * row[1] - 7.0, 0.3]).collect::<Vec<_>>();
        let moved = solve(&other(&train), &other(&target), 3, 1);
        assert!((plain.bandwidth - moved.bandwidth).abs() < 1e-9);
        assert!(plain.weights.iter().zip(&moved.weights).all(|(a, b)| (a - b).abs() < 1e-6), "{plain:?} {moved:?}");
    }

    #[test]
    fn bad_inputs_are_named() {
        let refuse = |train: &[f64], target: &[f64], ridge: f64| {
            let inputs = MatchingInputs { rows: 2, width: 2, train, target };
            let options = MatchingOptions { ridge, ..MatchingOptions::default() };
            match_tasks(&inputs, &options, &pool(1)).unwrap_err().to_string()
        };
        let rows = [0.0, 1.0, 2.0, 3.0];
        assert!(refuse(&rows, &[], 0.0).contains("0 target tasks"));
        assert!(refuse(&rows[..3], &rows, 0.0).contains("0 training"));
        assert!(refuse(&[rows, rows].concat()[..6], &rows, 0.0).contains("training rows has 6 entries"));
        assert!(refuse(&[0.0, f64::NAN, 2.0, 3.0], &rows, 0.0).contains("training rows is NaN at entry 1"));
        assert!(refuse(&rows, &rows, -1.0).contains("retrain.tw.ridge is -1"));
    }

    /// Rows that do not differ at all: nothing to tell tasks apart by, so the weights stay even.
    #[test]
    fn equal_rows_give_even_weights() {
        let inputs = MatchingInputs { rows: 3, width: 2, train: &[0.1; 24], target: &[0.1; 12] };
        let found = match_tasks(&inputs, &MatchingOptions::default(), &pool(1)).unwrap();
        assert!(found.weights.iter().all(|weight| (weight - 0.25).abs() < 1e-9));
        assert!(found.bandwidth == 1.0 && found.discrepancy.abs() < 1e-15, "{found:?}");
    }
}
