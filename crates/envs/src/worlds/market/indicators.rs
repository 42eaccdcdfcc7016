//! Technical indicators of one name's prices. Entry t of every series is a function of entries 0 to t of its arguments.
//!
//! The definitions are those of the Python library stockstats, which FinRL uses; recorded values of it are in the
//! tests. Averages over a window take the days there are until there are enough.
//!
//! | indicator | definition |
//! | --- | --- |
//! | sma(w) | mean of the last w closes |
//! | macd | ema(12) - ema(26); ema(s): weights (1 - 2/(s+1))^age, normalised over the days there are |
//! | Bollinger | sma(20) ± 2 × standard deviation of the last 20 closes (divisor 19) |
//! | rsi(30) | 100 U/(U + D): averages of rises and of falls from close to close, weights (1 - 1/30)^age; 50 where both are 0 |
//! | cci(30) | (p - m) / (.015 d): typical price p = (high + low + close)/3, its mean m over 30 days, mean absolute deviation d from m; 0 where d is 0 |
//! | dx(30) | 100 abs(P - N)/(P + N): averages as for rsi of upward moves (rise of the high, where above 0 and the fall of the low) and of downward ones; 0 where both are 0 |

/// Averages of the last `window` entries.
pub fn moving_average(series: &[f64], window: usize) -> Vec<f64> {
    windows(series, window).map(mean).collect()
}

/// Standard deviations of the last `window` entries, divisor one less than their number; 0 for a single one.
fn moving_deviation(series: &[f64], window: usize) -> Vec<f64> {
    let deviation = |values: &[f64]| {
        let m = mean(values);
        let squares: f64 = values.iter().map(|x| (x - m) * (x - m)).sum();
        (squares / (values.len().max(2) - 1) as f64).sqrt()
    };
    windows(series, window).map(deviation).collect()
}

/// Averages of all entries so far, the weight of one `age` days old being `(1 - alpha)^age`.
fn exponential_average(series: &[f64], alpha: f64) -> Vec<f64> {
    let (mut sum, mut weight) = (0.0, 0.0);
    let step = |x: &f64| {
        sum = (1.0 - alpha) * sum + x;
        weight = (1.0 - alpha) * weight + 1.0;
        sum / weight
    };
    series.iter().map(step).collect()
}

/// Difference of the averages of spans 12 and 26 days.
pub fn macd(close: &[f64]) -> Vec<f64> {
    let ema = |span: f64| exponential_average(close, 2.0 / (span + 1.0));
    zip(&ema(12.0), &ema(26.0), |short, long| short - long)
}

/// Upper and lower Bollinger bands, 20 days and 2 deviations.
pub fn bollinger(close: &[f64]) -> [Vec<f64>; 2] {
    let (middle, deviation) = (moving_average(close, 20), moving_deviation(close, 20));
    [2.0, -2.0].map(|times| zip(&middle, &deviation, |m, d| m + times * d))
}

/// Relative strength index, in [0, 100].
pub fn rsi(close: &[f64], window: usize) -> Vec<f64> {
    let change = changes(close);
    let average = |sign: f64| {
        let moves: Vec<f64> = change.iter().map(|c| (sign * c).max(0.0)).collect();
        exponential_average(&moves, 1.0 / window as f64)
    };
    zip(&average(1.0), &average(-1.0), |up, down| if up + down > 0.0 { 100.0 * up / (up + down) } else { 50.0 })
}

/// Commodity channel index.
pub fn cci(high: &[f64], low: &[f64], close: &[f64], window: usize) -> Vec<f64> {
    let typical: Vec<f64> = (0..close.len()).map(|t| (close[t] + high[t] + low[t]) / 3.0).collect();
    let channel = |values: &[f64]| {
        let m = mean(values);
        let deviation = values.iter().map(|x| (x - m).abs()).sum::<f64>() / values.len() as f64;
        // Equal prices have a mean that differs from them by rounding.
        if deviation <= 1e-14 * m { 0.0 } else { (values[values.len() - 1] - m) / (0.015 * deviation) }
    };
    windows(&typical, window).map(channel).collect()
}

/// Directional movement index, in [0, 100].
pub fn dx(high: &[f64], low: &[f64], window: usize) -> Vec<f64> {
    let (rise, fall) = (changes(high), changes(low));
    let average = |moves: Vec<f64>| exponential_average(&moves, 1.0 / window as f64);
    let up = average(zip(&rise, &fall, |rise, fall| if rise > 0.0 && rise > -fall { rise } else { 0.0 }));
    let down = average(zip(&rise, &fall, |rise, fall| if -fall > 0.0 && -fall > rise { -fall } else { 0.0 }));
    zip(&up, &down, |p, n| if p + n > 0.0 { 100.0 * (p - n).abs() / (p + n) } else { 0.0 })
}

/// The last `window` entries up to each, fewer at the beginning.
fn windows(series: &[f64], window: usize) -> impl Iterator<Item = &[f64]> {
    (0..series.len()).map(move |t| &series[(t + 1).saturating_sub(window)..=t])
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Changes from each entry to the next; 0 first.
fn changes(series: &[f64]) -> Vec<f64> {
    std::iter::once(0.0).chain(series.windows(2).map(|pair| pair[1] - pair[0])).take(series.len()).collect()
}

fn zip(a: &[f64], b: &[f64], f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    a.iter().zip(b).map(|(&a, &b)| f(a, b)).collect()
}
