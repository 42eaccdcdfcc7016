//! Markets of stock presets: prices in from TypeScript, out for pictures.

use napi::bindgen_prelude::Float64Array;
use napi_derive::napi;
use xmrl_envs::{Market, Pool, Prices, World};

use crate::description::{NativeEnvironment, describe};
use crate::error::{Result, SeamError};
use crate::executor::guard;

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

/// A stock preset with its prices, for what is given it and for nobody else.
#[napi]
pub struct NativeMarket {
    pub(crate) market: Market,
}

#[napi]
impl NativeMarket {
    /// The market of a stock preset on a table, on its own made-up one where none is given. `ERR_PRICES` where there are no
    /// prices, or not the preset's; `ERR_USAGE` for another preset.
    #[napi(constructor)]
    pub fn new(preset: String, prices: Option<NativePrices>) -> napi::Result<Self> {
        let market = guard(|| match prices {
            Some(prices) => Ok(Market::new(&preset, table(prices)?)?),
            None => {
                let environment = xmrl_envs::environment(&preset)?;
                let none = || SeamError::new("ERR_USAGE", format!("{preset} has no prices: it is no stock preset"));
                environment.world::<Market>().cloned().ok_or_else(none)
            }
        })?;
        Ok(Self { market })
    }

    /// The preset's specification with these prices.
    #[napi]
    pub fn environment(&self) -> napi::Result<NativeEnvironment> {
        Ok(guard(|| Ok(describe(self.market.spec())))?)
    }

    /// `[n]`.
    #[napi(getter)]
    pub fn names(&self) -> napi::Result<Vec<String>> {
        Ok(guard(|| Ok(self.market.prices().names().to_vec()))?)
    }

    /// Closing prices `[T, n]`.
    #[napi(getter)]
    pub fn closes(&self) -> napi::Result<Float64Array> {
        Ok(guard(|| Ok(self.market.prices().closes().to_vec().into()))?)
    }

    /// Squared Mahalanobis distance of every day's returns `[T]`; 0 where there are too few before it.
    #[napi(getter)]
    pub fn turbulence(&self) -> napi::Result<Float64Array> {
        Ok(guard(|| Ok(self.market.turbulence().to_vec().into()))?)
    }

    /// First and last day of the training, the evaluation and the held-out pool `[6]`.
    #[napi(getter)]
    pub fn pool_days(&self) -> napi::Result<Vec<f64>> {
        Ok(guard(|| {
            let days = |pool| {
                let [first, end] = self.market.periods_of(pool);
                [self.market.days_of(first)[0], self.market.days_of(end - 1)[1]].map(|day| day as f64)
            };
            Ok([Pool::Training, Pool::Evaluation, Pool::HeldOut].into_iter().flat_map(days).collect())
        })?)
    }
}

fn table(prices: NativePrices) -> Result<Prices> {
    let ranges = match (prices.highs, prices.lows) {
        (Some(highs), Some(lows)) => Some([highs.to_vec(), lows.to_vec()]),
        (None, None) => None,
        _ => return Err(SeamError::new("ERR_SHAPE", "give highs and lows together, or neither")),
    };
    Ok(Prices::new(prices.names, prices.closes.to_vec(), ranges)?)
}
