//! What the presets of the family are called and how large they are.

use std::sync::OnceLock;

use super::calendar::periods;
use super::constants::*;
use super::features::PER_NAME;
use super::tasks::Thresholds;
use super::{Prices, synthetic};
use crate::error::EnvError;
use crate::mixup::{Geometry, MixRule, Repair};
use crate::task::{EnvSpec, PriceSource, Score, View};

pub(super) const SYNTHETIC: &str = "stock/synthetic";
pub(super) const SP20: &str = "stock/sp20";
pub(super) const CSV: &str = "stock/csv";
pub(super) const PRESETS: [&str; 3] = [SYNTHETIC, SP20, CSV];

/// Names and days of the prices that a preset stands for; `None` for any.
fn sizes(preset: &str) -> Option<[usize; 2]> {
    match preset {
        SYNTHETIC => Some([synthetic::NAMES, synthetic::DAYS]),
        SP20 => Some([20, 8313]),
        _ => None,
    }
}

/// The specification of a preset whose prices are not there: its thresholds may be any, as they are quantiles of what the
/// prices do. That of `stock/csv` shows the sizes for one name.
pub(super) fn expected(preset: &str) -> &'static EnvSpec {
    static EXPECTED: [OnceLock<&EnvSpec>; PRESETS.len()] = [const { OnceLock::new() }; PRESETS.len()];
    let number = PRESETS.iter().position(|name| *name == preset).unwrap_or(0);
    EXPECTED[number].get_or_init(|| {
        let [names, days] = sizes(PRESETS[number]).unwrap_or([1, FIRST_DAY + FEWEST_PERIODS * PERIOD]);
        describe(PRESETS[number], names, days, [0.0, names as f64, f64::INFINITY])
    })
}

/// The specification of a preset on a table of prices. Errors: no such preset, or not its sizes.
pub(super) fn specification(
    preset: &str,
    prices: &Prices,
    thresholds: &Thresholds,
) -> Result<&'static EnvSpec, EnvError> {
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
        Some(expected) if expected != got => Err(EnvError::OtherPrices { preset: name, got, expected }),
        _ => Ok(name),
    }
}

/// A specification that lives as long as the process, as those of the other families do: one for each table that is
/// given. The least, the usual and the largest threshold of its tasks are given.
fn describe(preset: &'static str, names: usize, days: usize, [least, usual, most]: [f64; 3]) -> &'static EnvSpec {
    let kept = |values: Vec<f64>| -> &'static [f64] { values.leak() };
    let observation_size = 2 + (1 + PER_NAME) * names;
    let (mut low, mut high) = (vec![-CLIP; observation_size], vec![CLIP; observation_size]);
    // Cash and holdings; the turbulence.
    low[..=names + 1].fill(0.0);
    high[..=names].fill(f64::INFINITY);
    let last = (periods(days) - 1) as f64;
    Box::leak(Box::new(EnvSpec {
        preset,
        family: "stock",
        description: match preset {
            SYNTHETIC => {
                "Trading of 20 made-up names with calm and turbulent times, hidden aversion to turbulence; a benchmark."
            }
            SP20 => "Trading of 20 S&P 500 names 1990-2022, hidden aversion to turbulence; a benchmark, no advice.",
            _ => {
                "Trading of the names of your own file (sizes follow it), hidden aversion to turbulence; a benchmark, no advice."
            }
        },
        observation_size,
        action_size: names,
        action_scale: 1.0,
        state_size: names + 2,
        task_size: 2,
        horizon: HORIZON,
        support_horizon: SUPPORT_HORIZON,
        observation_low: kept(low),
        observation_high: kept(high),
        task_names: &["turbulence threshold", "period"],
        task_low: kept(vec![least, 1.0]),
        task_high: kept(vec![most, last]),
        default_task: kept(vec![usual, 1.0]),
        scored_by: Score::Return,
        mixing: MixRule { geometry: Geometry::Linear, repair: Repair::Reject },
        knows_rare_tasks: false,
        view: View::Account,
        liftable: false,
        smooth: false,
        prices: match preset {
            SYNTHETIC => PriceSource::Made,
            SP20 => PriceSource::Fetched,
            _ => PriceSource::Files,
        },
    }))
}
