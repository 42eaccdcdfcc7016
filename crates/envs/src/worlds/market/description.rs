//! What the presets of the family are: names, sizes, prices.

use super::calendar::periods;
use super::constants::*;
use super::features::PER_NAME;
use super::tasks::Thresholds;
use super::{Prices, synthetic};
use crate::error::EnvError;
use crate::mix::{Geometry, Repair};
use crate::spec::{EnvSpec, PriceSource, Sizes, View};
use crate::tasks::{End, Rareness};

pub(super) const SYNTHETIC: &str = "stock/synthetic";
pub(super) const SP20: &str = "stock/sp20";
pub(super) const CSV: &str = "stock/csv";
pub(super) const RARE: &str = "stock/rare";
pub(super) const PRESETS: [&str; 4] = [SYNTHETIC, SP20, CSV, RARE];

/// Names and days of the prices that a preset stands for; `None` for any.
fn sizes(preset: &str) -> Option<[usize; 2]> {
    match preset {
        SYNTHETIC | RARE => Some([synthetic::NAMES, synthetic::DAYS]),
        SP20 => Some([20, 8313]),
        _ => None,
    }
}

/// The specification of a preset whose prices are not there: its thresholds may be any, as they are quantiles of what the
/// prices do. That of `stock/csv` shows the sizes for one name.
pub(super) fn expected(preset: &'static str) -> EnvSpec {
    let [names, days] = sizes(preset).unwrap_or([1, FIRST_DAY + FEWEST_PERIODS * PERIOD]);
    describe(preset, names, days, [0.0, names as f64, f64::INFINITY])
}

/// The specification of a preset on a table of prices. Errors: no such preset, or not its sizes.
pub(super) fn specification(preset: &str, prices: &Prices, thresholds: &Thresholds) -> Result<EnvSpec, EnvError> {
    let [names, days] = [prices.width(), prices.days()];
    let name = check(preset, prices)?;
    let [least, most] = thresholds.range();
    Ok(describe(name, names, days, [least, thresholds.at(0.5), most]))
}

/// The preset's name, where the prices are of its sizes.
pub(super) fn check(preset: &str, prices: &Prices) -> Result<&'static str, EnvError> {
    let Some(name) = PRESETS.into_iter().find(|name| *name == preset) else {
        return Err(EnvError::TakesNoPrices { preset: preset.to_owned() });
    };
    let got = [prices.width(), prices.days()];
    match sizes(name) {
        Some(expected) if expected != got => Err(EnvError::OtherPrices { preset: name.to_owned(), got, expected }),
        _ => Ok(name),
    }
}

/// The least, the usual and the largest threshold of its tasks are given.
fn describe(preset: &str, names: usize, days: usize, [least, usual, most]: [f64; 3]) -> EnvSpec {
    let (description, prices) = match preset {
        SYNTHETIC => (
            "Trading of 20 made-up names with calm and turbulent times, hidden aversion to turbulence; a benchmark.",
            PriceSource::Made,
        ),
        RARE => (
            "`stock/synthetic` with one training investor in ten among the least brave, whose thresholds are the lowest .4.",
            PriceSource::Made,
        ),
        SP20 => (
            "Trading of 20 S&P 500 names 1990-2022, hidden aversion to turbulence; a benchmark, no advice.",
            PriceSource::Fetched,
        ),
        _ => (
            "Trading of the names of your own file (sizes follow it), hidden aversion to turbulence; a benchmark, no advice.",
            PriceSource::Files,
        ),
    };
    let last = (periods(days) - 1) as f64;
    let sizes = Sizes { observation: 2 + (1 + PER_NAME) * names, action: names, state: names + 2, task: 2, memory: 0 };
    let spec = EnvSpec::of(preset, sizes)
        .described(description)
        .horizons(HORIZON, SUPPORT_HORIZON)
        .tasks(&[("turbulence threshold", least, most, usual), ("period", 1.0, last, 1.0)])
        .mixed(Geometry::Linear, Repair::Reject);
    let rareness = Some(Rareness::of("turbulence threshold", End::Low));
    EnvSpec { view: View::Account, prices, rareness, knows_rare_tasks: preset == RARE, ..spec }
}
