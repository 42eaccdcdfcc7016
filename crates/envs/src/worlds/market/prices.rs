//! A table of daily prices, checked.

use crate::error::EnvError;

use super::constants::{FEWEST_PERIODS, FIRST_DAY, MOST_NAMES, PERIOD};

/// Daily prices of n names over T days, oldest first, `[T, n]` row-major.
///
/// `highs` and `lows` are there together or not at all; where they are not, every indicator reads the close in their
/// place.
#[derive(Clone, Debug, PartialEq)]
pub struct Prices {
    names: Vec<String>,
    closes: Vec<f64>,
    ranges: Option<[Vec<f64>; 2]>,
}

impl Prices {
    /// Checks and keeps a table. `ranges`: highs and lows.
    ///
    /// Errors: no names, or more than [`MOST_NAMES`]; an array that is not `[T, n]`; a price that is not finite and above 0 (the day and name are
    /// told); fewer days than six periods need.
    pub fn new(names: Vec<String>, closes: Vec<f64>, ranges: Option<[Vec<f64>; 2]>) -> Result<Self, EnvError> {
        let width = names.len();
        if width == 0 {
            return Err(EnvError::Zero { what: "the number of names" });
        }
        if width > MOST_NAMES {
            return Err(EnvError::TooManyNames { names: width, most: MOST_NAMES });
        }
        let days = closes.len() / width;
        let tables = [
            ("closes", Some(&closes)),
            ("highs", ranges.as_ref().map(|r| &r[0])),
            ("lows", ranges.as_ref().map(|r| &r[1])),
        ];
        for (what, table) in tables.into_iter().filter_map(|(what, table)| table.map(|table| (what, table))) {
            EnvError::check_shape(what, table, days, width)?;
            if let Some(at) = table.iter().position(|&price| !(price > 0.0 && price.is_finite())) {
                let (day, name) = (at / width, names[at % width].clone());
                return Err(EnvError::BadPrice { what, day, name, value: table[at] });
            }
        }
        let needed = FIRST_DAY + FEWEST_PERIODS * PERIOD;
        if days < needed {
            return Err(EnvError::TooFewDays { days, needed });
        }
        Ok(Prices { names, closes, ranges })
    }

    /// n.
    pub fn width(&self) -> usize {
        self.names.len()
    }

    /// T.
    pub fn days(&self) -> usize {
        self.closes.len() / self.width()
    }

    /// Names of the columns `[n]`.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Closing prices `[T, n]`.
    pub fn closes(&self) -> &[f64] {
        &self.closes
    }

    /// Closes of a day `[n]`.
    #[inline(always)]
    pub fn day(&self, day: usize) -> &[f64] {
        &self.closes[day * self.width()..][..self.width()]
    }

    /// High, low and close of one name, oldest first, `[T]` each.
    pub(super) fn name(&self, name: usize) -> [Vec<f64>; 3] {
        let column = |table: &[f64]| table.iter().skip(name).step_by(self.width()).copied().collect::<Vec<_>>();
        let close = column(&self.closes);
        match &self.ranges {
            Some([highs, lows]) => [column(highs), column(lows), close],
            None => [close.clone(), close.clone(), close],
        }
    }
}
