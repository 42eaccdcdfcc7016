//! A market of this addon: it shares no memory with the one that holds the worlds.

use napi::bindgen_prelude::Float64Array;
use napi_derive::napi;
use xmrl_envs::{Market, Prices};

use crate::error::{Result, SeamError};
use crate::executor::guard;

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

/// What learners of a stock preset trade at, for those that are given it and for nobody else.
#[napi]
pub struct LearnerMarket {
    pub(crate) market: Market,
}

#[napi]
impl LearnerMarket {
    /// The market of a stock preset on a table. `ERR_PRICES` where they are none or not the preset's.
    #[napi(constructor)]
    pub fn new(preset: String, prices: LearnerPrices) -> napi::Result<Self> {
        Ok(Self { market: guard(|| made(&preset, prices))? })
    }
}

fn made(preset: &str, prices: LearnerPrices) -> Result<Market> {
    let ranges = match (prices.highs, prices.lows) {
        (Some(highs), Some(lows)) => Some([highs.to_vec(), lows.to_vec()]),
        (None, None) => None,
        _ => return Err(SeamError::new("ERR_SHAPE", "give highs and lows together, or neither")),
    };
    Ok(Market::new(preset, Prices::new(prices.names, prices.closes.to_vec(), ranges)?)?)
}
