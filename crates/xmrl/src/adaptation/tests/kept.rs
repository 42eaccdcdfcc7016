//! Explanations that keep the lengths of directions.

use super::*;
use crate::reliability::spearman;

type Halves = [Vec<f64>; 2];

/// Solved until nothing moves any more.
fn kept(train: &Halves, poor: &Halves, width: usize, metric: Metric<'_>) -> AdaptationExplanation {
    let (train, poor) = ([&train[0][..], &train[1][..]], [&poor[0][..], &poor[1][..]]);
    let options =
        AdaptationOptions { lengths: Lengths::Kept, resamples: 20, gap: 0.0, iterations: 3000, ..Default::default() };
    explain_adaptation(&Directions { parameters: width, train, poor, metric }, &options, hashed).unwrap()
}

/// The same numbers as both halves.
fn twice(rows: &[f64]) -> Halves {
    [rows.to_vec(), rows.to_vec()]
}

fn near(a: &[f64], b: &[f64], by: f64) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < by)
}

/// Rows of the halves' mean, centred on the training mean and divided by the training rows' root mean square length.
fn scaled(train: &Halves, poor: &Halves, width: usize) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let pool = |halves: &Halves| -> Vec<Vec<f64>> {
        let mean: Vec<f64> = halves[0].iter().zip(&halves[1]).map(|(a, b)| 0.5 * (a + b)).collect();
        mean.chunks_exact(width).map(<[f64]>::to_vec).collect()
    };
    let (mut train, mut poor) = (pool(train), pool(poor));
    let count = train.len() as f64;
    let centre: Vec<f64> = (0..width).map(|d| train.iter().map(|row| row[d]).sum::<f64>() / count).collect();
    train.iter_mut().chain(&mut poor).for_each(|row| row.iter_mut().zip(&centre).for_each(|(x, c)| *x -= c));
    let size = (train.iter().flatten().map(|x| x * x).sum::<f64>() / count).sqrt();
    train.iter_mut().chain(&mut poor).flatten().for_each(|x| *x /= size);
    (train, poor)
}

fn mean(rows: &[Vec<f64>]) -> Vec<f64> {
    (0..rows[0].len()).map(|d| rows.iter().map(|row| row[d]).sum::<f64>() / rows.len() as f64).collect()
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The optimum by trying every support: dense stationarity with a multiplier on it, then feasibility of both kinds.
fn enumerated(train: &[Vec<f64>], aim: &[f64], rho: f64) -> Vec<f64> {
    let n = train.len();
    for mask in 1_usize..1 << n {
        let support: Vec<usize> = (0..n).filter(|i| mask >> i & 1 == 1).collect();
        let row = |&i: &usize| -> Vec<f64> {
            let entry = |&j: &usize| product(&train[i], &train[j]) + if i == j { rho } else { 0.0 };
            support.iter().map(entry).chain([1.0]).collect()
        };
        let mut system: Vec<f64> = support.iter().flat_map(row).collect();
        system.extend(support.iter().map(|_| 1.0).chain([0.0]));
        let right: Vec<f64> = support.iter().map(|&i| product(&train[i], aim)).chain([1.0]).collect();
        let solution = dense::lu_solve(&system, &right).unwrap();
        let mut omega = vec![0.0; n];
        support.iter().zip(&solution).for_each(|(&i, weight)| omega[i] = *weight);
        let short: Vec<f64> =
            (0..aim.len()).map(|d| (0..n).map(|i| omega[i] * train[i][d]).sum::<f64>() - aim[d]).collect();
        let slack = |i: usize| product(&train[i], &short) + rho * omega[i] + solution[support.len()];
        if omega.iter().all(|&weight| weight >= 0.0) && (0..n).all(|i| slack(i) >= -1e-12) {
            return omega;
        }
    }
    unreachable!("a strictly convex programme has a KKT point")
}

#[test]
fn weights_are_those_of_the_enumerated_optimum_on_vectors() {
    let mut worst = 0.0_f64;
    for seed in 1..=30 {
        let (mut random, count, width) = (Random::new(seed), 2 + seed as usize % 7, 2 + seed as usize % 5);
        // Lengths from a tenth to three, and a common part that is longer than any of them.
        let truth: Vec<f64> = (0..count)
            .flat_map(|i| random.normals(width).iter().map(|x| 5.0 + x * (0.1 + 0.4 * i as f64)).collect::<Vec<_>>())
            .collect();
        let train = halves(&mut random, &truth, 0.2);
        let poor = halves(&mut random, &truth[(count - 1) * width..].repeat(3), 0.7);
        let found = kept(&train, &poor, width, Metric::Raw);
        let (rows, aims) = scaled(&train, &poor, width);
        let omega = enumerated(&rows, &mean(&aims), 0.05);
        worst = found.omega.iter().zip(&omega).map(|(a, b)| (a - b).abs()).fold(worst, f64::max);
        let aim = mean(&aims);
        let short: Vec<f64> =
            (0..width).map(|d| (0..count).map(|i| omega[i] * rows[i][d]).sum::<f64>() - aim[d]).collect();
        let value = 0.5 * product(&short, &short) + 0.025 * product(&omega, &omega);
        assert!((found.objective - value).abs() < 1e-12, "seed {seed}: {} against {value}", found.objective);
        assert!((found.effective_tasks * product(&omega, &omega) - 1.0).abs() < 1e-9);
        for (similarity, row) in found.similarity.iter().zip(&rows) {
            let cosine = product(row, &aim) / (product(row, row) * product(&aim, &aim)).sqrt();
            assert!((similarity - cosine).abs() < 1e-10, "seed {seed}: {similarity} against {cosine}");
        }
    }
    assert!(worst < 1e-10, "largest error of a weight {worst:e}");
}

/// Goals on a line, the poor task at the far one: directions of length one cannot tell the two on its side apart.
#[test]
fn a_line_by_hand() {
    let train = twice(&[-3.0, 7.0, -1.0, 7.0, 1.0, 7.0, 3.0, 7.0]);
    let poor = twice(&[3.0, 7.0]);
    let unit = explain(&train, &poor, 2);
    // Two of weight a on each side of ½: 16 a - 8 + .05 (4 a - 1) = 0.
    let a = 8.05 / 16.2;
    assert!(near(&unit.omega, &[0.5 - a, 0.5 - a, a, a], 1e-7), "{:?}", unit.omega);
    // Lengths in units of sqrt(5): the slopes of tasks at 1 and 3 are alike where .8 (w - 1) + .05 (2 w - 1) = 0.
    let weight = 0.85 / 0.9;
    let found = kept(&train, &poor, 2, Metric::Raw);
    assert!(near(&found.omega, &[0.0, 0.0, 1.0 - weight, weight], 1e-9), "{:?}", found.omega);
    assert!((found.effective_tasks - (weight * weight + (1.0 - weight).powi(2)).recip()).abs() < 1e-9);
    assert!(near(&found.similarity, &[-1.0, -1.0, 1.0, 1.0], 1e-12));
}

#[test]
fn directions_of_equal_length_are_those_of_length_one() {
    let mut random = Random::new(12);
    // Pairs u, -u around a common part: their mean is that part, so they are centred by it.
    let direction = |random: &mut Random| -> Vec<f64> {
        let row = random.normals(5);
        let length = product(&row, &row).sqrt();
        row.iter().map(|x| 0.3 * x / length).collect()
    };
    let rows: Vec<Vec<f64>> = (0..4).map(|_| direction(&mut random)).collect();
    let signed = rows.iter().flat_map(|row| [1.0, -1.0].map(|sign| row.iter().map(move |x| 2.0 + sign * x)));
    let train = twice(&signed.flatten().collect::<Vec<_>>());
    let poor = twice(&(0..3).flat_map(|_| direction(&mut random)).map(|x| 2.0 + x).collect::<Vec<_>>());
    let (unit, found) = (explain(&train, &poor, 5), kept(&train, &poor, 5, Metric::Raw));
    assert!(near(&unit.omega, &found.omega, 1e-7) && near(&unit.similarity, &found.similarity, 1e-12));
    assert!((unit.objective - found.objective).abs() < 1e-12);
    assert_eq!(unit.reliability, found.reliability);
}

#[test]
fn no_unit_matters_and_lengths_do() {
    let (train, poor, width) = planted(0.3);
    let base = kept(&train, &poor, width, Metric::Raw);
    let times = |halves: &Halves, by: f64| halves.clone().map(|half| half.iter().map(|x| by * x).collect());
    // By a power of two nothing is rounded.
    let exact = kept(&times(&train, 1.0 / 1024.0), &times(&poor, 1.0 / 1024.0), width, Metric::Raw);
    assert_eq!(exact, base);
    for by in [1e-5, 3e4] {
        let found = kept(&times(&train, by), &times(&poor, by), width, Metric::Raw);
        assert!(near(&found.omega, &base.omega, 1e-8) && (found.objective - base.objective).abs() < 1e-10);
        assert!(near(&found.interval[0], &base.interval[0], 1e-3) && found.reliability == base.reliability);
    }
    let unit = explain(&train, &poor, width);
    assert!(!near(&unit.omega, &base.omega, 1e-2));
    // One task's own length counts: its direction doubled from the centre of the others is another programme.
    let mut longer = train.clone();
    longer.iter_mut().for_each(|half| half[..width].iter_mut().for_each(|x| *x *= 2.0));
    assert!(!near(&kept(&longer, &poor, width, Metric::Raw).omega, &base.omega, 1e-3));
}

#[test]
fn permuting_tasks_permutes_weights() {
    let (train, poor, width) = planted(0.3);
    let base = kept(&train, &poor, width, Metric::Raw);
    let order: Vec<usize> = (0..12).map(|i| (5 * i + 3) % 12).collect();
    let gather = |half: Vec<f64>| -> Vec<f64> {
        order.iter().flat_map(|&i| half[i * width..(i + 1) * width].to_vec()).collect()
    };
    let found = kept(&train.map(gather), &poor, width, Metric::Raw);
    for (at, &from) in order.iter().enumerate() {
        assert!((found.omega[at] - base.omega[from]).abs() < 1e-9);
        assert!((found.similarity[at] - base.similarity[from]).abs() < 1e-12);
    }
    assert!((found.reliability.spearman - base.reliability.spearman).abs() < 1e-12);
}

/// Each half's products with its own poor mean, centred on its own mean, are what is compared.
#[test]
fn reliability_is_that_of_the_products() {
    let (train, poor, width) = planted(2.0);
    let products = |half: usize| -> Vec<f64> {
        let (rows, aims) = scaled(&twice(&train[half]), &twice(&poor[half]), width);
        rows.iter().map(|row| product(row, &mean(&aims))).collect()
    };
    let truth = spearman(&products(0), &products(1)).unwrap();
    let found = kept(&train, &poor, width, Metric::Raw);
    assert!((found.reliability.spearman - truth).abs() < 1e-12);
    let cosines = spearman(&found.similarity_halves[0], &found.similarity_halves[1]).unwrap();
    assert!((truth - cosines).abs() > 1e-3, "the data tell the two apart");
    assert!(found.similarity_halves.iter().flatten().all(|cosine| cosine.abs() <= 1.0));
}

#[test]
fn a_metric_is_the_euclidean_one_after_its_square_root_with_lengths() {
    let (train, poor, width) = planted(0.3);
    let root = |row: &[f64]| -> Vec<f64> { row.iter().enumerate().map(|(d, x)| (1.0 + d as f64) * x).collect() };
    let image = |row: &[f64]| root(&root(row));
    let (images, aims) = (mapped(&train, width, image), mapped(&poor, width, image));
    let metric = Metric::Images { train: [&images[0], &images[1]], poor: [&aims[0], &aims[1]] };
    let found = kept(&train, &poor, width, metric);
    let truth = kept(&mapped(&train, width, root), &mapped(&poor, width, root), width, Metric::Raw);
    assert!(near(&found.omega, &truth.omega, 1e-9) && near(&found.similarity, &truth.similarity, 1e-10));
    assert!(!near(&found.omega, &kept(&train, &poor, width, Metric::Raw).omega, 1e-3));
}

#[test]
fn tasks_that_do_not_differ_share_and_groups_go_by_angle() {
    let mut random = Random::new(2);
    let row = random.normals(6);
    let found = kept(&twice(&row.repeat(4)), &twice(&random.normals(12)), 6, Metric::Raw);
    assert!(near(&found.omega, &[0.25; 4], 1e-12) && found.similarity == [0.0; 4], "{found:?}");
    assert_eq!(kept(&twice(&row), &twice(&random.normals(12)), 6, Metric::Raw).omega, [1.0]);
    let line = [-3.0, 7.0, -1.0, 7.0, 1.0, 7.0, 3.0, 7.0];
    let options = AdaptationOptions { lengths: Lengths::Kept, group_cosine: Some(0.99), ..Default::default() };
    let directions =
        Directions { parameters: 2, train: [&line, &line], poor: [&line[6..], &line[6..]], metric: Metric::Raw };
    assert_eq!(explain_adaptation(&directions, &options, hashed).unwrap().groups, [0, 0, 1, 1]);
}
