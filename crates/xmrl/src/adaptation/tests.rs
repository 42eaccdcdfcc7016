use xmrl_oracle::{Random, dense};

use super::*;
use crate::reliability::top_k;

mod kept;

/// `count` directions of `width`, around `centre`.
fn rows(random: &mut Random, count: usize, centre: &[f64], spread: f64) -> Vec<f64> {
    (0..count).flat_map(|_| centre.iter().map(|c| c + spread * random.normal()).collect::<Vec<_>>()).collect()
}

/// Two noisy copies of `truth`.
fn halves(random: &mut Random, truth: &[f64], noise: f64) -> [Vec<f64>; 2] {
    [0, 1].map(|_| truth.iter().map(|x| x + noise * random.normal()).collect())
}

fn hashed(resample: u32, draw: u32) -> f64 {
    Random::new(u64::from(resample) << 32 | u64::from(draw)).uniform()
}

fn explain(train: &[Vec<f64>; 2], poor: &[Vec<f64>; 2], width: usize) -> AdaptationExplanation {
    in_metric(train, poor, width, Metric::Raw, None)
}

fn in_metric(
    train: &[Vec<f64>; 2],
    poor: &[Vec<f64>; 2],
    width: usize,
    metric: Metric<'_>,
    group_cosine: Option<f64>,
) -> AdaptationExplanation {
    let (train, poor) = ([&train[0][..], &train[1][..]], [&poor[0][..], &poor[1][..]]);
    let options = AdaptationOptions { resamples: 50, group_cosine, ..Default::default() };
    explain_adaptation(&Directions { parameters: width, train, poor, metric }, &options, hashed).unwrap()
}

/// omega* straight from its definition on vectors: centre, normalise, then projected gradient with small steps.
fn by_definition(train: &[Vec<f64>; 2], poor: &[Vec<f64>; 2], width: usize, rho: f64) -> (Vec<f64>, f64) {
    let pool = |halves: &[Vec<f64>; 2]| -> Vec<Vec<f64>> {
        let mean: Vec<f64> = halves[0].iter().zip(&halves[1]).map(|(a, b)| 0.5 * (a + b)).collect();
        mean.chunks_exact(width).map(<[f64]>::to_vec).collect()
    };
    let (mut train, mut poor) = (pool(train), pool(poor));
    let count = train.len();
    let centre: Vec<f64> = (0..width).map(|d| train.iter().map(|row| row[d]).sum::<f64>() / count as f64).collect();
    for row in train.iter_mut().chain(poor.iter_mut()) {
        row.iter_mut().zip(&centre).for_each(|(x, c)| *x -= c);
        let norm = row.iter().map(|x| x * x).sum::<f64>().sqrt();
        row.iter_mut().for_each(|x| *x /= norm);
    }
    let target: Vec<f64> = (0..width).map(|d| poor.iter().map(|row| row[d]).sum::<f64>() / poor.len() as f64).collect();
    let residual = |omega: &[f64]| -> Vec<f64> {
        (0..width).map(|d| omega.iter().zip(&train).map(|(w, row)| w * row[d]).sum::<f64>() - target[d]).collect()
    };
    let mut omega = vec![1.0 / count as f64; count];
    for _ in 0..60_000 {
        let error = residual(&omega);
        for i in 0..count {
            let slope = error.iter().zip(&train[i]).map(|(e, x)| e * x).sum::<f64>() + rho * omega[i];
            omega[i] -= slope / (count as f64 + rho);
        }
        simplex::project(&mut omega);
    }
    let squares = |values: &[f64]| values.iter().map(|x| x * x).sum::<f64>();
    let objective = 0.5 * squares(&residual(&omega)) + 0.5 * rho * squares(&omega);
    (omega, objective)
}

/// 12 training tasks, of which 3, 7 and 8 share the direction of the 4 poor ones; a large common part, as in practice.
fn planted(noise: f64) -> ([Vec<f64>; 2], [Vec<f64>; 2], usize) {
    let (width, mut random) = (30, Random::new(5));
    let common: Vec<f64> = random.normals(width).iter().map(|x| 20.0 * x).collect();
    let mut train = rows(&mut random, 12, &common, 1.0);
    let special: Vec<f64> = random.normals(width).iter().zip(&common).map(|(s, c)| c + 2.0 * s).collect();
    for i in [3, 7, 8] {
        let row = rows(&mut random, 1, &special, 0.5);
        train[i * width..(i + 1) * width].copy_from_slice(&row);
    }
    let poor = rows(&mut random, 4, &special, 0.5);
    (halves(&mut random, &train, noise), halves(&mut random, &poor, noise), width)
}

#[test]
fn the_gram_route_equals_the_definition_on_vectors() {
    let (train, poor, width) = planted(0.3);
    let found = explain(&train, &poor, width);
    let (omega, objective) = by_definition(&train, &poor, width, 0.05);
    let error = found.omega.iter().zip(&omega).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(error < 1e-9, "largest error of a weight {error:e}");
    assert!((found.objective - objective).abs() < 1e-12, "{} against {objective}", found.objective);
    assert!(found.gap <= 1e-14);
}

#[test]
fn the_planted_tasks_carry_the_weight_and_repeat_between_halves() {
    let (train, poor, width) = planted(0.3);
    let found = explain(&train, &poor, width);
    let mut top = top_k(&found.omega, 3);
    top.sort_unstable();
    assert_eq!(top, [3, 7, 8]);
    assert!(top.iter().map(|&i| found.omega[i]).sum::<f64>() > 0.8, "{:?}", found.omega);
    assert!((found.omega.iter().sum::<f64>() - 1.0).abs() < 1e-14);
    assert!(found.reliability.spearman > 0.8, "{:?}", found.reliability);
    for i in 0..12 {
        assert!(found.interval[0][i] <= found.interval[1][i]);
    }
    // A planted task's interval excludes 0, and intervals have width.
    assert!(found.interval[0][3] > 0.0 && found.interval[1][3] > found.interval[0][3] + 1e-3, "{:?}", found.interval);
}

#[test]
fn pure_noise_does_not_repeat() {
    let (width, mut random) = (30, Random::new(8));
    let zeros = vec![0.0; 40 * width];
    let (train, poor) = (halves(&mut random, &zeros, 1.0), halves(&mut random, &zeros[..5 * width], 1.0));
    let found = explain(&train, &poor, width);
    assert!(found.reliability.spearman < 0.3, "{:?}", found.reliability);
}

#[test]
fn similarities_are_cosines_with_the_poor_mean() {
    // Centred rows ±e1, ±e2, one poor task along (3, 4) from the centre (1, 1).
    let train = vec![2.0, 1.0, 0.0, 1.0, 1.0, 2.0, 1.0, 0.0];
    let poor = vec![4.0, 5.0];
    let found = explain(&[train.clone(), train], &[poor.clone(), poor], 2);
    for (similarity, truth) in found.similarity.iter().zip([0.6, -0.6, 0.8, -0.8]) {
        assert!((similarity - truth).abs() < 1e-14);
    }
    assert_eq!(found.similarity_halves[0], found.similarity_halves[1]);
    // omega on e1, e2: minimise ½(w-.6)² + ½(1-w-.8)² + .025(w² + (1-w)²), so w (2 + 2 rho) = .6 + .2 + rho.
    let weight = (0.6 + 0.2 + 0.05) / 2.1;
    assert!((found.omega[0] - weight).abs() < 1e-8 && found.omega[1] == 0.0, "{:?}", found.omega);
    assert!((found.omega[2] - (1.0 - weight)).abs() < 1e-8 && found.omega[3] == 0.0);
}

/// Each half is centred on its own mean: what all of its directions have in common says nothing about any of them.
#[test]
fn a_shift_of_all_directions_of_one_half_changes_nothing() {
    let (train, poor, width) = planted(0.3);
    let shift = Random::new(9).normals(width);
    let moved = |halves: &[Vec<f64>; 2]| -> [Vec<f64>; 2] {
        let first = halves[0].chunks(width).flat_map(|row| row.iter().zip(&shift).map(|(x, s)| x + 5.0 * s));
        [first.collect(), halves[1].clone()]
    };
    let (found, other) = (explain(&train, &poor, width), explain(&moved(&train), &moved(&poor), width));
    let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9);
    for half in 0..2 {
        assert!(near(&found.similarity_halves[half], &other.similarity_halves[half]), "half {half}");
        assert!(near(&found.omega_halves[half], &other.omega_halves[half]), "half {half}");
    }
    assert!(near(&found.similarity, &other.similarity) && near(&found.omega, &other.omega));
}

#[test]
fn one_task_and_identical_tasks() {
    let mut random = Random::new(2);
    let one = [random.normals(6), random.normals(6)];
    let poor = [random.normals(12), random.normals(12)];
    let single = explain(&one, &poor, 6);
    assert_eq!(single.omega, [1.0]);
    let repeat = |half: &[f64]| half.repeat(4);
    let equal = explain(&[repeat(&one[0]), repeat(&one[1])], &poor, 6);
    assert!(equal.omega.iter().all(|w| (w - 0.25).abs() < 1e-12), "{:?}", equal.omega);
    assert!(equal.similarity.iter().all(|s| *s == 0.0), "no direction of their own");
}

#[test]
fn permuting_tasks_permutes_weights_and_duplicates_share() {
    let (train, poor, width) = planted(0.3);
    let base = explain(&train, &poor, width).omega;
    let order: Vec<usize> = (0..12).map(|i| (5 * i + 3) % 12).collect();
    let gather = |half: &Vec<f64>, order: &[usize]| -> Vec<f64> {
        order.iter().flat_map(|&i| half[i * width..(i + 1) * width].to_vec()).collect()
    };
    let permuted = explain(&train.clone().map(|half| gather(&half, &order)), &poor, width).omega;
    for (at, &from) in order.iter().enumerate() {
        assert!((permuted[at] - base[from]).abs() < 1e-7);
    }
    let reversed = explain(&train, &poor.clone().map(|half| gather(&half, &[3, 2, 1, 0])), width).omega;
    assert!(reversed.iter().zip(&base).all(|(a, b)| (a - b).abs() < 1e-7), "the order of poor tasks is immaterial");
    let with_twins: Vec<usize> = (0..12).chain([3, 3]).collect();
    let twins = explain(&train.clone().map(|half| gather(&half, &with_twins)), &poor, width).omega;
    assert!(twins[3] > 0.01 && (twins[3] - twins[12]).abs() < 1e-7 && (twins[3] - twins[13]).abs() < 1e-7, "{twins:?}");
}

#[test]
fn the_bootstrap_repeats_itself() {
    let (train, poor, width) = planted(0.3);
    assert_eq!(explain(&train, &poor, width), explain(&train, &poor, width));
}

#[test]
fn bad_directions_and_options_are_errors() {
    let (train, poor, width) = planted(0.3);
    let attempt = |train: [&[f64]; 2], poor: [&[f64]; 2], options: AdaptationOptions| {
        let directions = Directions { parameters: width, train, poor, metric: Metric::Raw };
        explain_adaptation(&directions, &options, hashed).unwrap_err().to_string()
    };
    let (a, b) = (&train[0][..], &train[1][..]);
    let good = [&poor[0][..], &poor[1][..]];
    let options = AdaptationOptions::default();
    assert!(attempt([a, &b[1..]], good, options).contains("training directions"));
    assert!(attempt([a, b], [&[], &[]], options).contains("0 poor tasks"));
    let mut broken = poor[0].clone();
    broken[3] = f64::NAN;
    assert!(attempt([a, b], [&broken, good[1]], options).contains("poor directions is NaN at entry 3"));
    assert!(attempt([a, b], good, AdaptationOptions { rho: -1.0, ..options }).contains("explain.rho"));
    assert!(attempt([a, b], good, AdaptationOptions { level: f64::NAN, ..options }).contains("explain.level"));
}

/// The rows of both halves, each mapped.
fn mapped(halves: &[Vec<f64>; 2], width: usize, map: impl Fn(&[f64]) -> Vec<f64>) -> [Vec<f64>; 2] {
    [0, 1].map(|half| halves[half].chunks_exact(width).flat_map(&map).collect())
}

#[test]
fn a_metric_is_the_euclidean_one_after_its_square_root() {
    let (train, poor, width) = planted(0.3);
    let mut random = Random::new(8);
    let spectrum: Vec<f64> = (0..width).map(|_| (2.0 * random.normal()).exp()).collect();
    let fisher = random.symmetric(&spectrum);
    let factor = dense::cholesky(&fisher, width).unwrap();
    // F = L L', so <u, F v> = <L'u, L'v>.
    let root = |u: &[f64]| -> Vec<f64> {
        (0..width).map(|j| (0..width).map(|i| factor[i * width + j] * u[i]).sum()).collect()
    };
    let image = |u: &[f64]| dense::product(&fisher, u);
    let (train_images, poor_images) = (mapped(&train, width, image), mapped(&poor, width, image));
    let metric =
        Metric::Images { train: [&train_images[0], &train_images[1]], poor: [&poor_images[0], &poor_images[1]] };
    let found = in_metric(&train, &poor, width, metric, None);
    let truth = explain(&mapped(&train, width, root), &mapped(&poor, width, root), width);
    for (a, b) in found.omega.iter().zip(&truth.omega).chain(found.similarity.iter().zip(&truth.similarity)) {
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }
    // It is another answer than that of parameters.
    let raw = explain(&train, &poor, width);
    assert!(raw.similarity.iter().zip(&found.similarity).any(|(a, b)| (a - b).abs() > 0.05));
}

#[test]
fn layers_count_alike_whatever_their_scale() {
    let (train, poor, width) = planted(0.3);
    let sizes = [4, 20, 6];
    let scaled = |row: &[f64]| -> Vec<f64> {
        row.iter()
            .enumerate()
            .map(|(at, x)| x * [1e-3, 1.0, 40.0][usize::from(at >= 4) + usize::from(at >= 24)])
            .collect()
    };
    let (large_train, large_poor) = (mapped(&train, width, scaled), mapped(&poor, width, scaled));
    let found = in_metric(&large_train, &large_poor, width, Metric::Layers(&sizes), None);
    let plain = in_metric(&train, &poor, width, Metric::Layers(&sizes), None);
    for (a, b) in found.omega.iter().zip(&plain.omega) {
        assert!((a - b).abs() < 1e-6);
    }
    // By hand: groups of the centred pooled rows have length 1 on average over both halves.
    let tasks = train[0].len() / width;
    let mean: Vec<f64> = (0..width)
        .map(|d| {
            train.iter().flat_map(|half| half.chunks_exact(width)).map(|row| row[d]).sum::<f64>() / (2 * tasks) as f64
        })
        .collect();
    let rms = |span: std::ops::Range<usize>| -> f64 {
        let rows = train.iter().flat_map(|half| half.chunks_exact(width));
        let squares: f64 = rows.map(|row| span.clone().map(|d| (row[d] - mean[d]).powi(2)).sum::<f64>()).sum();
        (squares / (2 * tasks) as f64).sqrt()
    };
    let by_hand = [rms(0..4), rms(4..24), rms(24..30)];
    let even = |row: &[f64]| -> Vec<f64> {
        row.iter().enumerate().map(|(at, x)| x / by_hand[usize::from(at >= 4) + usize::from(at >= 24)]).collect()
    };
    let truth = explain(&mapped(&train, width, even), &mapped(&poor, width, even), width);
    for (a, b) in plain.omega.iter().zip(&truth.omega).chain(plain.similarity.iter().zip(&truth.similarity)) {
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }
}

#[test]
fn a_layer_that_nothing_moves_is_left_out() {
    let (train, poor, width) = planted(0.3);
    let still =
        |row: &[f64]| -> Vec<f64> { row.iter().enumerate().map(|(at, x)| if at < 10 { 7.0 } else { *x }).collect() };
    let found =
        in_metric(&mapped(&train, width, still), &mapped(&poor, width, still), width, Metric::Layers(&[10, 20]), None);
    assert!(found.omega.iter().all(|w| w.is_finite()) && (found.omega.iter().sum::<f64>() - 1.0).abs() < 1e-12);
}

#[test]
fn planted_near_duplicates_are_one_group() {
    let (train, poor, width) = planted(0.0);
    let found = in_metric(&train, &poor, width, Metric::Raw, Some(0.8)).groups;
    assert_eq!(found.len(), 12);
    assert!(found[3] == found[7] && found[7] == found[8], "{found:?}");
    assert!((0..12).all(|i| [3, 7, 8].contains(&i) || found[i] != found[3]), "{found:?}");
    assert!(in_metric(&train, &poor, width, Metric::Raw, None).groups.is_empty());
}
