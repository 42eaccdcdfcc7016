//! Indicators and turbulence against what stockstats and numpy made of the same prices (`scripts/market/record.py`).

use xmrl_envs::market::{bollinger, cci, dx, macd, moving_average, rsi, turbulence};

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

    // A name that never moves, and one that is another's double, are left out and change nothing.
    let wider: Vec<f64> = closes.chunks(NAMES).flat_map(|row| [&[7.0][..], row, &[2.0 * row[1]]].concat()).collect();
    for (a, b) in turbulence(&wider, NAMES + 2).iter().zip(&ours) {
        assert!((a - b).abs() <= 1e-9 * b.max(1.0), "{a} {b}");
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
