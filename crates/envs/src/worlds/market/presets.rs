//! The markets that presets stand for by name alone. Prices that come from outside belong to who brings them
//! ([`Market::new`]); nothing here remembers any.

use std::sync::OnceLock;

use super::description::{CSV, RARE, SP20, SYNTHETIC, expected};
use super::{Market, synthetic};
use crate::environment::Environment;
use crate::listed::Listed;

/// The family's presets, default first: those of made-up prices, and those that need theirs.
pub(crate) fn presets() -> [Listed; 4] {
    [
        Listed::Made(SYNTHETIC, || made_up(SYNTHETIC), OnceLock::new()),
        Listed::NeedsPrices(expected(SP20).into()),
        Listed::NeedsPrices(expected(CSV).into()),
        Listed::Made(RARE, || made_up(RARE), OnceLock::new()),
    ]
}

/// A market of the made-up prices: what is known of its days is worked out, which takes some tens of milliseconds.
fn made_up(preset: &str) -> Environment {
    Market::new(preset, synthetic::prices()).expect("the generator's sizes are its presets'").into()
}
