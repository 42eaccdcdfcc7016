//! Prices of stock presets for this addon's learners: it shares no memory with the one that holds the worlds.

use napi::bindgen_prelude::Float64Array;
use napi_derive::napi;
use xmrl_envs::{Prices, provide_prices};

use crate::error::{Result, SeamError};

/// A table of daily prices, `[T, n]` row-major, oldest day first.
#[napi(object)]
pub struct LearnerPrices {
    /// `[n]`.
    pub names: Vec<String>,
    /// Closing prices.
    pub closes: Float64Array,
    /// Highest prices; absent with `lows`.
    pub highs: Option<Float64Array>,
    /// Lowest prices.
    pub lows: Option<Float64Array>,
}

/// Gives a stock preset the prices that learners made from now on trade at. `ERR_PRICES` where they are none or not the
/// preset's.
#[napi]
pub fn provide_learner_prices(preset: String, prices: LearnerPrices) -> napi::Result<()> {
    Ok(provide(&preset, prices)?)
}

fn provide(preset: &str, prices: LearnerPrices) -> Result<()> {
    let ranges = match (prices.highs, prices.lows) {
        (Some(highs), Some(lows)) => Some([highs.to_vec(), lows.to_vec()]),
        (None, None) => None,
        _ => return Err(SeamError::new("ERR_SHAPE", "give highs and lows together, or neither")),
    };
    Ok(provide_prices(preset, Prices::new(prices.names, prices.closes.to_vec(), ranges)?)?)
}
