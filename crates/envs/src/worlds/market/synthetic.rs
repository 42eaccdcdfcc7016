//! `stock/synthetic`: a market made of random numbers, the same on every machine and for every seed of an experiment.
//!
//! One factor with two regimes. Calm days turn turbulent with probability .008, turbulent ones calm with .04. Log
//! return of name i on day t: `beta_i f + s_i e`, e standard normal, f ~ N(.0006, .007²) on calm days and N(-.001,
//! .022²) on turbulent ones; beta_i uniform in [.5, 1.5], s_i uniform in [.006, .018], half as large again on turbulent
//! days. All start at $50. High and low lie `exp(±.5 s_i abs(e'))` off the close.

use super::constants::{FIRST_DAY, PERIOD};
use super::prices::Prices;
use crate::rng::{Purpose, Stream};

/// Names of the synthetic market.
pub(super) const NAMES: usize = 20;
/// Its periods.
const PERIODS: usize = 12;
/// Its days.
pub(super) const DAYS: usize = FIRST_DAY + PERIODS * PERIOD;
/// Beyond every seed of an experiment.
const SEED: u64 = 0x53_544F_434B;

/// The table of prices.
pub(super) fn prices() -> Prices {
    let stream = Stream::new(SEED, Purpose::Prices, 0);
    let uniform =
        |what: u32, name: usize, low: f64, high: f64| low + (high - low) * stream.uniform(what, name as u32, 0, 0);
    let names: Vec<[f64; 2]> = (0..NAMES).map(|i| [uniform(0, i, 0.5, 1.5), uniform(1, i, 0.006, 0.018)]).collect();
    let mut logs = [0.0; NAMES];
    let mut turbulent = false;
    let [mut closes, mut highs, mut lows] = [(); 3].map(|()| Vec::with_capacity(DAYS * NAMES));
    for day in 0..DAYS as u32 {
        if stream.uniform(2, 0, day, 0) < if turbulent { 0.04 } else { 0.008 } {
            turbulent = !turbulent;
        }
        let [mean, deviation, own] = if turbulent { [-0.001, 0.022, 1.5] } else { [0.0006, 0.007, 1.0] };
        let factor = mean + deviation * stream.normal(3, 0, day, 0);
        for (i, &[beta, s]) in names.iter().enumerate() {
            let normal = |k| stream.normal(4, i as u32, day, k);
            logs[i] += beta * factor + own * s * normal(0);
            let close = 50.0 * f64::exp(logs[i]);
            closes.push(close);
            highs.push(close * f64::exp(0.5 * s * normal(1).abs()));
            lows.push(close * f64::exp(-0.5 * s * normal(2).abs()));
        }
    }
    let names = (1..=NAMES).map(|i| format!("S{i:02}")).collect();
    Prices::new(names, closes, Some([highs, lows])).expect("the generator makes finite prices above 0")
}
