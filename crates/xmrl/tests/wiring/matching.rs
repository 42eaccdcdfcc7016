//! Kernel mean matching against its definition.

use xmrl_core::{MatchingInputs, MatchingOptions, match_tasks};
use xmrl_oracle::Random;

use crate::hand::Hand;

/// Mean of `exp(-|x - y|² / 2h²)` over the pairs of rows of two tasks; with `apart`, of different rows only.
fn kernel(a: &[f64], b: &[f64], h: f64, apart: bool) -> f64 {
    let (mut sum, mut pairs) = (0.0, 0.0);
    for (i, x) in a.chunks_exact(2).enumerate() {
        for (j, y) in b.chunks_exact(2).enumerate() {
            if !(apart && i == j) {
                sum += (-((x[0] - y[0]).powi(2) + (x[1] - y[1]).powi(2)) / (2.0 * h * h)).exp();
                pairs += 1.0;
            }
        }
    }
    sum / pairs
}

/// One training and one target task: the discrepancy is `k(x,x') + k(y,y') - 2 k(x,y)` with the width that is reported, the
/// median distance of two rows in standard deviations.
#[test]
fn the_kernel_has_the_width_that_is_reported() {
    let (hand, rows) = (Hand::new(), 150);
    let mut random = Random::new(12);
    let train = random.normals(2 * rows);
    let target: Vec<f64> = random.normals(2 * rows).chunks(2).flat_map(|row| [row[0] + 1.5, 5.0 * row[1]]).collect();
    let inputs = MatchingInputs { rows, width: 2, train: &train, target: &target };
    let found = match_tasks(&inputs, &MatchingOptions::default(), &hand.pool).unwrap();

    let mut points = [&train[..], &target[..]].concat();
    for column in 0..2 {
        let values: Vec<f64> = points.iter().skip(column).step_by(2).copied().collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let deviation = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt();
        points.iter_mut().skip(column).step_by(2).for_each(|x| *x = (*x - mean) / deviation);
    }
    let mut distances: Vec<f64> = (0..2 * rows)
        .flat_map(|a| (0..a).map(move |b| (a, b)))
        .map(|(a, b)| (points[2 * a] - points[2 * b]).hypot(points[2 * a + 1] - points[2 * b + 1]))
        .collect();
    distances.sort_by(f64::total_cmp);
    let h = distances[distances.len() / 2];
    assert!((found.bandwidth - h).abs() < 1e-12, "{} {h}", found.bandwidth);

    let (x, y) = points.split_at(2 * rows);
    let discrepancy = |apart| kernel(x, x, h, apart) + kernel(y, y, h, apart) - 2.0 * kernel(x, y, h, false);
    // Between the unbiased estimate and the one that lets every row meet itself, which is an n-th of 1 - k greater in each.
    let (least, most) = (discrepancy(true), discrepancy(false));
    let between = |found: f64| least - 1e-12 < found && found < most + 1e-12;
    assert!(between(found.discrepancy) && between(found.even_discrepancy), "{found:?}: {least} to {most}");
    assert_eq!(found.weights, [1.0]);
    // With another width it is another number.
    let other = kernel(x, x, h / 2.0_f64.sqrt(), true) + kernel(y, y, h / 2.0_f64.sqrt(), true)
        - 2.0 * kernel(x, y, h / 2.0_f64.sqrt(), false);
    assert!((other - least).abs() > 3.0 * (most - least), "{other} {least} {most}");
}
