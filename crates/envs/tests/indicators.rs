//! Indicators and turbulence against what stockstats and numpy made of the same prices (`scripts/market/record.py`).

use xmrl_envs::market::constants::FIRST_DAY;
use xmrl_envs::market::{bollinger, cci, dx, macd, moving_average, rsi, turbulence};
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_oracle::dense::cholesky_solve;

const NAMES: usize = 4;

/// Rows of a recorded file, without its header.
fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().skip(1).map(|line| line.split(',').collect())
}

fn number(text: &str) -> f64 {
    text.parse().unwrap()
}

/// Close, high or low (column 2, 3, 4) of one name.
fn column(name: usize, column: usize) -> Vec<f64> {
    let recorded = include_str!("recorded/market/prices.csv");
    rows(recorded).filter(|row| row[1] == name.to_string()).map(|row| number(row[column])).collect()
}

#[test]
fn indicators_equal_stockstats() {
    let mut compared = 0;
    for row in rows(include_str!("recorded/market/indicators.csv")) {
        let (day, name) = (row[1].parse::<usize>().unwrap(), row[2].parse().unwrap());
        let close = column(name, 2);
        let [high, low] = match row[0] {
            "ranges" => [3, 4].map(|k| column(name, k)),
            _ => [close.clone(), close.clone()],
        };
        let [upper, lower] = bollinger(&close);
        let ours = [
            macd(&close),
            upper,
            lower,
            rsi(&close, 30),
            cci(&high, &low, &close, 30),
            dx(&high, &low, 30),
            moving_average(&close, 30),
            moving_average(&close, 60),
        ];
        for (series, recorded) in ours.iter().zip(&row[3..]) {
            let truth = number(recorded);
            assert!((series[day] - truth).abs() <= 1e-9 * truth.abs().max(1.0), "{row:?}: {}", series[day]);
            compared += 1;
        }
    }
    assert_eq!(compared, 2 * NAMES * 8 * 8);
}

#[test]
fn turbulence_equals_numpy() {
    let columns: Vec<Vec<f64>> = (0..NAMES).map(|name| column(name, 2)).collect();
    let days = columns[0].len();
    let closes: Vec<f64> = (0..days).flat_map(|day| columns.iter().map(move |column| column[day])).collect();
    let ours = turbulence(&closes, NAMES);
    let mut compared = 0;
    for row in rows(include_str!("recorded/market/turbulence.csv")) {
        let (day, truth) = (row[0].parse::<usize>().unwrap(), number(row[1]));
        assert!((ours[day] - truth).abs() <= 1e-9 * truth.max(1.0), "day {day}: {} {truth}", ours[day]);
        compared += 1;
    }
    assert_eq!(compared, days - 253);

    // A name that never moves, and one that gains the same every day, are left out and change nothing.
    let wider: Vec<f64> = (closes.chunks(NAMES).zip(0..))
        .flat_map(|(row, day)| [&[7.0][..], row, &[0.5f64.powf(f64::from(day) / 64.0)]].concat())
        .collect();
    for (a, b) in turbulence(&wider, NAMES + 2).iter().zip(&ours) {
        assert!((a - b).abs() <= 1e-9 * b.max(1.0), "{a} {b}");
    }
}

/// Returns `[days, n]` of one factor and noise, loadings in [.5, 1.5]; and their closes.
fn factor_market(n: usize, days: usize) -> (Vec<f64>, Vec<f64>) {
    let stream = Stream::new(1 << 41, Purpose::Prices, n as u64);
    let mut last = vec![50.0; n];
    let (mut returns, mut closes) = (Vec::new(), last.clone());
    for day in 1..days as u32 {
        let factor = 0.008 * stream.normal(0, 0, day, 0);
        for (i, close) in last.iter_mut().enumerate() {
            let loading = 0.5 + stream.uniform(2, i as u32, 0, 0);
            let r = loading * factor + 0.012 * stream.normal(1, i as u32, day, 0);
            *close *= 1.0 + r;
            returns.push(r);
            closes.push(*close);
        }
    }
    (returns, closes)
}

/// The appendix of the paper, pair by pair and day by day, of the returns `past` `[days, n]`: the shrunk correlations
/// `[n, n]` and how far they were shrunk; with them the means and standard deviations.
fn written_out(past: &[f64], n: usize) -> (Vec<f64>, f64, Vec<f64>, Vec<f64>) {
    let days = past.len() / n;
    let count = days as f64;
    let mean: Vec<f64> = (0..n).map(|i| past.chunks(n).map(|row| row[i]).sum::<f64>() / count).collect();
    let squares = |i: usize| past.chunks(n).map(|row| (row[i] - mean[i]).powi(2)).sum::<f64>();
    let deviation: Vec<f64> = (0..n).map(|i| (squares(i) / count).sqrt()).collect();
    let z: Vec<f64> = (0..past.len()).map(|at| (past[at] - mean[at % n]) / deviation[at % n]).collect();
    let average = |f: &dyn Fn(&[f64]) -> f64| z.chunks(n).map(f).sum::<f64>() / count;
    let mut sample = vec![1.0; n * n];
    for i in 0..n {
        for j in (0..n).filter(|j| *j != i) {
            sample[i * n + j] = average(&|z| z[i] * z[j]);
        }
    }
    let off = |i: usize, j: usize| i != j;
    let pairs: Vec<(usize, usize)> = (0..n * n).map(|at| (at / n, at % n)).collect();
    let common =
        pairs.iter().filter(|(i, j)| off(*i, *j)).map(|(i, j)| sample[i * n + j]).sum::<f64>() / (n * (n - 1)) as f64;
    let (mut p, mut r, mut c) = (0.0, 0.0, 0.0);
    for &(i, j) in &pairs {
        let s = sample[i * n + j];
        let variance = average(&|z| (z[i] * z[j] - s).powi(2));
        let own = |k: usize| average(&|z| (z[k] * z[k] - 1.0) * (z[i] * z[j] - s));
        p += variance;
        r += if off(i, j) { common / 2.0 * (own(i) + own(j)) } else { variance };
        c += if off(i, j) { (common - s).powi(2) } else { 0.0 };
    }
    let intensity = ((p - r) / c / count).clamp(0.0, 1.0);
    for &(i, j) in pairs.iter().filter(|(i, j)| off(*i, *j)) {
        sample[i * n + j] = intensity * common + (1.0 - intensity) * sample[i * n + j];
    }
    (sample, intensity, mean, deviation)
}

#[test]
fn turbulence_is_the_distance_by_the_shrinkage_of_the_paper_written_out() {
    for (n, days) in [(2, 400), (12, 400), (60, 330)] {
        let (returns, closes) = factor_market(n, days);
        let ours = turbulence(&closes, n);
        // The first day, one within a block, the first and the last of blocks of 64.
        for day in [253, 290, 316, 317, days - 1] {
            let past = &returns[(day - 253) * n..(day - 1) * n];
            let (shrunk, intensity, mean, deviation) = written_out(past, n);
            assert!(n == 2 || (intensity > 0.02 && intensity < 0.98), "{n} names: {intensity}");
            let unbiased = (251.0f64 / 252.0).sqrt();
            let unit: Vec<f64> =
                (0..n).map(|i| (returns[(day - 1) * n + i] - mean[i]) / deviation[i] * unbiased).collect();
            let solved = cholesky_solve(&shrunk, &unit).unwrap();
            let truth: f64 = unit.iter().zip(&solved).map(|(a, b)| a * b).sum();
            assert!((ours[day] - truth).abs() <= 1e-9 * truth, "{n} names, day {day}: {} {truth}", ours[day]);
        }
    }
}

#[test]
fn turbulence_means_the_same_for_any_number_of_names() {
    // Squared distances of returns of a known law are about n; those by a sample covariance of 252 days would be 1.7 n on
    // average for 100 names, and without bound from 250 on.
    for (n, days, most) in [(5, 1100, 1.1), (20, 1100, 1.1), (100, 500, 1.3), (300, 400, 1.8)] {
        let (_, closes) = factor_market(n, days);
        let found = &turbulence(&closes, n)[FIRST_DAY..];
        let mean = found.iter().sum::<f64>() / found.len() as f64 / n as f64;
        assert!(mean > 0.9 && mean < most, "{n} names: {mean}");
        assert!(found.iter().all(|x| *x > 0.0 && *x < 12.0 * n as f64), "{n} names");
        // A threshold between two quantiles of earlier days lies between nearly the same quantiles of later ones.
        let (early, late) = found.split_at(found.len() / 2);
        let mut sorted = early.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let above = |level: f64| {
            let threshold = sorted[(level * sorted.len() as f64) as usize];
            late.iter().filter(|x| **x > threshold).count() as f64 / late.len() as f64
        };
        // Four standard errors of a share of so many days, of early and of late ones.
        let room = 4.0 * (0.25 * 2.0 / late.len() as f64).sqrt();
        for level in [0.1, 0.5, 0.9] {
            assert!((above(level) - (1.0 - level)).abs() < room, "{n} names, level {level}: {}", above(level));
        }
    }
}

#[test]
fn a_huge_move_leaves_nothing_behind_when_it_has_left_the_window() {
    let (_, closes) = factor_market(6, 700);
    let mut moved = closes.clone();
    // A price a thousand times as high for a day.
    moved[300 * 6 + 2] *= 1000.0;
    let (clean, found) = (turbulence(&closes, 6), turbulence(&moved, 6));
    assert!(found[300] > 1e6 && found[299] == clean[299]);
    for day in 300 + 253 + 1..700 {
        assert!((found[day] - clean[day]).abs() <= 1e-6 * clean[day], "day {day}: {} {}", found[day], clean[day]);
    }
    // Names that are multiples of one another have a distance all the same.
    let doubled: Vec<f64> =
        closes.chunks(6).flat_map(|row| row.iter().chain([&(2.0 * row[0])]).copied().collect::<Vec<_>>()).collect();
    assert!(turbulence(&doubled, 7)[FIRST_DAY..].iter().all(|x| x.is_finite() && *x < 100.0));
    let one: Vec<f64> = closes.chunks(6).flat_map(|row| [row[0], 2.0 * row[0], 3.0 * row[0]]).collect();
    let alone: Vec<f64> = closes.chunks(6).map(|row| row[0]).collect();
    for (a, b) in turbulence(&one, 3).iter().zip(turbulence(&alone, 1)) {
        assert!((a - b).abs() <= 1e-6 * b.max(1.0), "all names are one: {a} {b}");
    }
}

#[test]
fn prices_that_do_not_move_have_indicators_all_the_same() {
    let flat = vec![3.322; 400];
    let rising: Vec<f64> = (0..400).map(|day| 50.0 + f64::from(day)).collect();
    assert!(rsi(&flat, 30).iter().all(|x| *x == 50.0) && rsi(&rising, 30)[399] == 100.0);
    assert!(dx(&flat, &flat, 30).iter().all(|x| *x == 0.0) && dx(&rising, &rising, 30)[399] == 100.0);
    assert!(cci(&flat, &flat, &flat, 30).iter().all(|x| *x == 0.0));
    assert!(macd(&flat).iter().all(|x| x.abs() < 1e-12));
    // A ramp of slope 1: an average over w days lags by (w - 1)/2, one with weights (1 - a)^age by (1 - a)/a, 5.5 and 12.5 days.
    assert!((moving_average(&rising, 31)[399] - (rising[399] - 15.0)).abs() < 1e-9);
    assert!((macd(&rising)[399] - 7.0).abs() < 1e-9);
    // Thirty evenly spaced values: 14.5 from the mean at a mean deviation of 7.5.
    assert!((cci(&rising, &rising, &rising, 30)[399] - 14.5 / (0.015 * 7.5)).abs() < 1e-9);
}
