//! What is seen of the prices on a day: every number from that day and earlier, scaled by them alone.

use super::constants::{CLIP, FIRST_DAY, PRICE_MEAN, TURBULENCE_SCALE};
use super::indicators::{bollinger, cci, dx, macd, moving_average, rsi};
use super::prices::Prices;

/// Numbers of one name: price, macd, upper and lower band, rsi, cci, dx, sma 30, sma 60.
pub(super) const PER_NAME: usize = 9;

/// Observed numbers of every day `[T, 1 + 9 n]`: the scaled turbulence, then the names `[n]` of one indicator after
/// another.
///
/// The scales are in the module's table; all but the turbulence are clipped to ±[`CLIP`], it to [0, `CLIP`]. Days
/// before [`FIRST_DAY`] are 0.
pub(super) fn features(prices: &Prices, turbulence: &[f64]) -> Vec<f64> {
    let (width, days) = (prices.width(), prices.days());
    let row = 1 + PER_NAME * width;
    let mut features = vec![0.0; days * row];
    for day in FIRST_DAY..days {
        features[day * row] = (turbulence[day] / (TURBULENCE_SCALE * width as f64)).min(CLIP);
    }
    for name in 0..width {
        for (k, series) in of_name(&prices.name(name)).iter().enumerate() {
            for day in FIRST_DAY..days {
                features[day * row + 1 + k * width + name] = series[day].clamp(-CLIP, CLIP);
            }
        }
    }
    features
}

/// Scaled series of one name from its high, low and close, `[T]` each.
fn of_name([high, low, close]: &[Vec<f64>; 3]) -> [Vec<f64>; PER_NAME] {
    let scaled = |series: &[f64], scale: &dyn Fn(f64, f64) -> f64| -> Vec<f64> {
        series.iter().zip(close).map(|(&x, &price)| scale(x, price)).collect()
    };
    let [upper, lower] = bollinger(close);
    let distance = |average: f64, price: f64| 10.0 * (price / average - 1.0);
    [
        scaled(&moving_average(close, PRICE_MEAN), &|mean, price| 5.0 * (price / mean - 1.0)),
        scaled(&macd(close), &|macd, price| 50.0 * macd / price),
        scaled(&upper, &|band, price| 10.0 * (band / price - 1.0)),
        scaled(&lower, &|band, price| 10.0 * (1.0 - band / price)),
        scaled(&rsi(close, 30), &|rsi, _| (rsi - 50.0) / 10.0),
        scaled(&cci(high, low, close, 30), &|cci, _| cci / 100.0),
        scaled(&dx(high, low, 30), &|dx, _| dx / 20.0),
        scaled(&moving_average(close, 30), &distance),
        scaled(&moving_average(close, 60), &distance),
    ]
}
