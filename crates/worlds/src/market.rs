//! Prices of stock presets: in from TypeScript, out for pictures.

use napi::bindgen_prelude::Float64Array;
use napi::{Error, Result};
use napi_derive::napi;
use xmrl_envs::{Environment, Pool, Prices, provide_prices as provide};

use crate::{fail, seam};

/// A table of daily prices, `[T, n]` row-major, oldest day first.
#[napi(object)]
pub struct NativePrices {
    /// `[n]`.
    pub names: Vec<String>,
    /// Closing prices.
    pub closes: Float64Array,
    /// Highest prices; absent with `lows`.
    pub highs: Option<Float64Array>,
    /// Lowest prices.
    pub lows: Option<Float64Array>,
}

/// Gives a stock preset its prices, for this process. `ERR_PRICES` where they are none or not the preset's.
#[napi]
pub fn provide_prices(preset: String, prices: NativePrices) -> Result<()> {
    let ranges = match (prices.highs, prices.lows) {
        (Some(highs), Some(lows)) => Some([highs.to_vec(), lows.to_vec()]),
        (None, None) => None,
        _ => return Err(fail("ERR_SHAPE", "give highs and lows together, or neither")),
    };
    let table = Prices::new(prices.names, prices.closes.to_vec(), ranges).map_err(seam)?;
    provide(&preset, table).map_err(seam)
}

/// A stock preset's market.
#[napi(object)]
pub struct NativeMarket {
    /// `[n]`.
    pub names: Vec<String>,
    /// Closing prices `[T, n]`.
    pub closes: Float64Array,
    /// Squared Mahalanobis distance of every day's returns `[T]`; 0 where there are too few before it.
    pub turbulence: Float64Array,
    /// First and last day of the training, the evaluation and the held-out pool `[6]`.
    pub pool_days: Vec<u32>,
}

/// The market of a stock preset; `ERR_PRICES` where its prices are not there, `ERR_USAGE` for another preset.
#[napi]
pub fn market(preset: String) -> Result<NativeMarket> {
    let Environment::Market(market) = xmrl_envs::environment(&preset).map_err(seam)? else {
        return Err(fail("ERR_USAGE", &format!("{preset} has no prices: it is no stock preset")));
    };
    let day = |day: usize| u32::try_from(day).map_err(|_| Error::from_reason("ERR_NATIVE: more days than fit"));
    let mut pool_days = Vec::with_capacity(6);
    for pool in [Pool::Training, Pool::Evaluation, Pool::HeldOut] {
        let [first, end] = market.periods_of(pool);
        pool_days.extend([day(market.days_of(first)[0])?, day(market.days_of(end - 1)[1])?]);
    }
    Ok(NativeMarket {
        names: market.prices().names().to_vec(),
        closes: market.prices().closes().to_vec().into(),
        turbulence: market.turbulence().to_vec().into(),
        pool_days,
    })
}
