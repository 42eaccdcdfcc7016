//! Made-up prices for tests.

use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Environment, Market, Prices};

/// Names of the table.
pub(crate) const WIDTH: usize = 3;
/// Its days: six periods and half of a seventh.
pub(crate) const DAYS: usize = 253 + 6 * 274 + 137;

/// Closes `[DAYS, WIDTH]` of independent random walks, 1.5 % a day.
pub(crate) fn closes() -> Vec<f64> {
    let stream = Stream::new(1 << 40, Purpose::Prices, 0);
    let mut logs = [0.0; WIDTH];
    let step = |day: u32| {
        for (i, log) in logs.iter_mut().enumerate() {
            *log += 0.015 * stream.normal(0, i as u32, day, 0);
        }
        logs.map(|log| 40.0 * f64::exp(log))
    };
    (0..DAYS as u32).flat_map(step).collect()
}

/// The table, without highs and lows.
pub(crate) fn prices() -> Prices {
    Prices::new(["A", "B", "C"].map(String::from).into(), closes(), None).unwrap()
}

/// `stock/csv` on the table.
pub(crate) fn environment() -> Environment {
    Environment::from(Market::new("stock/csv", prices()).unwrap())
}
