//! A market's data: what is known of its prices.

use std::sync::Arc;

use super::constants::FIRST_DAY;
use super::prices::Prices;
use super::tasks::Thresholds;
use super::turbulence::turbulence;
use super::{calendar, description, features};
use crate::error::EnvError;
use crate::spec::EnvSpec;
use crate::tasks::Pool;

/// A market: a table of prices and what is seen of it; the rules are the module's page. Copies share the table.
#[derive(Clone, Debug)]
pub struct Market {
    pub(super) data: Arc<Data>,
}

#[derive(Debug)]
pub(super) struct Data {
    pub(super) spec: EnvSpec,
    pub(super) prices: Prices,
    pub(super) turbulence: Vec<f64>,
    pub(super) thresholds: Thresholds,
    pub(super) features: Vec<f64>,
}

impl Market {
    /// The market of a preset of the family on a table of prices. It is the caller's: a preset's name alone never means it.
    ///
    /// Errors: no such preset, or prices that are not those it stands for.
    pub fn new(preset: &str, prices: Prices) -> Result<Self, EnvError> {
        // First what is cheap to find wrong.
        description::check(preset, &prices)?;
        let turbulence = turbulence(prices.closes(), prices.width());
        let thresholds = Thresholds::new(&turbulence);
        let spec = description::specification(preset, &prices, &thresholds)?;
        let features = features::features(&prices, &turbulence);
        Ok(Market { data: Arc::new(Data { spec, prices, turbulence, thresholds, features }) })
    }

    /// The table.
    pub fn prices(&self) -> &Prices {
        &self.data.prices
    }

    /// Turbulence of every day `[T]`.
    pub fn turbulence(&self) -> &[f64] {
        &self.data.turbulence
    }

    /// First and last day of a period.
    pub fn days_of(&self, period: usize) -> [usize; 2] {
        let days = calendar::days_of(period);
        [days.start, days.end - 1]
    }

    /// The first of a pool's periods, and one past its last. Its tasks have all but the first.
    pub fn periods_of(&self, pool: Pool) -> [usize; 2] {
        let own = calendar::periods_of(pool, calendar::periods(self.data.prices.days()));
        [own.start, own.end]
    }

    /// n.
    pub(super) fn width(&self) -> usize {
        self.data.prices.width()
    }

    /// Whether an episode can be at this day of the table.
    pub(super) fn is_day(&self, day: f64) -> bool {
        let last = self.data.prices.days() - 1;
        day.fract() == 0.0 && (FIRST_DAY as f64..=last as f64).contains(&day)
    }
}
