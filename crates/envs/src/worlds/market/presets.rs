//! The markets that presets stand for by name alone. Prices that come from outside belong to who brings them
//! ([`Market::new`]); nothing here remembers any.

use super::description::{CSV, SP20, SYNTHETIC, expected};
use super::{Market, synthetic};
use crate::listed::Listed;

/// The family's presets, default first: that of made-up prices, and those that need theirs.
pub(crate) fn presets() -> [Listed; 3] {
    let made = Market::new(SYNTHETIC, synthetic::prices()).expect("the generator's sizes are its preset's");
    [Listed::World(made.into()), Listed::NeedsPrices(expected(SP20).into()), Listed::NeedsPrices(expected(CSV).into())]
}
