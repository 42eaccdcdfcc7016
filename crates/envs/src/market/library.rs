//! The markets that presets stand for by name alone. Prices that come from outside belong to who brings them
//! ([`Market::new`]); nothing here remembers any.

use std::sync::OnceLock;

use super::preset::{self, PRESETS, SYNTHETIC};
use super::{Market, synthetic};
use crate::error::EnvError;
use crate::task::EnvSpec;

/// The market of a preset's name: that of made-up prices; the others need theirs. `None` for a name of another family.
pub(crate) fn market(preset: &str) -> Option<Result<Market, EnvError>> {
    static MADE: OnceLock<Market> = OnceLock::new();
    let name = PRESETS.into_iter().find(|name| *name == preset)?;
    if name != SYNTHETIC {
        return Some(Err(EnvError::NoPrices { preset: name }));
    }
    let make = || Market::new(SYNTHETIC, synthetic::prices()).expect("the generator's sizes are its preset's");
    Some(Ok(MADE.get_or_init(make).clone()))
}

/// Specifications of the family, of the prices that each preset stands for; `stock/csv`, whose sizes follow its prices, is
/// that of one name.
pub(crate) fn specifications() -> Vec<&'static EnvSpec> {
    use crate::env::LaneWorld;
    let of = |name| market(name).and_then(Result::ok).map_or_else(|| preset::expected(name), |market| market.spec());
    PRESETS.map(of).into()
}
