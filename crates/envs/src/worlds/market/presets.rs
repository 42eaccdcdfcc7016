//! The markets that presets stand for by name alone. Prices that come from outside belong to who brings them
//! ([`Market::new`]); nothing here remembers any.

use std::sync::OnceLock;

use super::description::{CSV, SP20, SYNTHETIC, expected};
use super::{Market, synthetic};
use crate::environment::Environment;
use crate::listed::Listed;

/// The family's presets, default first: that of made-up prices, and those that need theirs.
pub(crate) fn presets() -> [Listed; 3] {
    [
        Listed::Made(SYNTHETIC, made_up, OnceLock::new()),
        Listed::NeedsPrices(expected(SP20).into()),
        Listed::NeedsPrices(expected(CSV).into()),
    ]
}

/// The market of made-up prices: what is known of its days is worked out, which takes some tens of milliseconds.
fn made_up() -> Environment {
    Market::new(SYNTHETIC, synthetic::prices()).expect("the generator's sizes are its preset's").into()
}
