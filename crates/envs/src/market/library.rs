//! The prices that the presets' names stand for in this process.

use std::collections::BTreeMap;
use std::sync::{OnceLock, PoisonError, RwLock};

use super::preset::{self, CSV, PRESETS, SP20, SYNTHETIC};
use super::{Market, Prices, synthetic};
use crate::error::EnvError;
use crate::task::EnvSpec;

/// Markets whose prices came from outside, by preset.
static PROVIDED: RwLock<BTreeMap<&'static str, Market>> = RwLock::new(BTreeMap::new());

/// Gives a preset its prices, for this process, from now on: worlds and learners made before keep those they have.
/// Prices it has already cost nothing.
///
/// Errors: a preset that takes no prices; prices that are not those of `stock/sp20`.
pub fn provide_prices(preset: &str, prices: Prices) -> Result<(), EnvError> {
    let Some(name) = [SP20, CSV].into_iter().find(|name| *name == preset) else {
        return Err(EnvError::TakesNoPrices { preset: preset.to_owned() });
    };
    if provided(name).is_some_and(|market| *market.prices() == prices) {
        return Ok(());
    }
    let market = Market::new(name, prices)?;
    PROVIDED.write().unwrap_or_else(PoisonError::into_inner).insert(name, market);
    Ok(())
}

fn provided(preset: &str) -> Option<Market> {
    PROVIDED.read().unwrap_or_else(PoisonError::into_inner).get(preset).cloned()
}

/// The market of a preset; `None` for a name of another family.
pub(crate) fn market(preset: &str) -> Option<Result<Market, EnvError>> {
    static MADE: OnceLock<Market> = OnceLock::new();
    let name = PRESETS.into_iter().find(|name| *name == preset)?;
    Some(match name {
        SYNTHETIC => Ok(MADE
            .get_or_init(|| {
                Market::new(SYNTHETIC, synthetic::prices()).expect("the generator's sizes are its preset's")
            })
            .clone()),
        _ => provided(name).ok_or(EnvError::NoPrices { preset: name }),
    })
}

/// Specifications of the family: of the prices that are there, else of those the preset stands for.
pub(crate) fn specifications() -> Vec<&'static EnvSpec> {
    use crate::env::LaneWorld;
    let of = |name| market(name).and_then(Result::ok).map_or_else(|| preset::expected(name), |market| market.spec());
    PRESETS.map(of).into()
}
