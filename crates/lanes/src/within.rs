//! A look over a whole array.

use crate::dispatch::dispatch_f64;
use crate::kernel::Kernel;
use crate::lane::Lane;

/// Numbers that are looked at together: a few registers of the widest kind.
const TOGETHER: usize = 32;

/// Whether every number lies in [`low`, `high`]; false where one is not a number.
///
/// It looks at all of them, many at a time, where a search for the first that does not takes one after the other.
#[must_use]
pub fn all_within(values: &[f64], low: f64, high: f64) -> bool {
    dispatch_f64(AllWithin { values, low, high })
}

/// Whether every number is finite; see [`all_within`].
#[must_use]
pub fn all_finite(values: &[f64]) -> bool {
    all_within(values, -f64::MAX, f64::MAX)
}

struct AllWithin<'a> {
    values: &'a [f64],
    low: f64,
    high: f64,
}

impl Kernel for AllWithin<'_> {
    type Output = bool;

    #[inline(always)]
    fn run<L: Lane>(self) -> bool {
        let Self { values, low, high } = self;
        let (whole, rest) = values.as_chunks::<TOGETHER>();
        let mut outside = [0; TOGETHER];
        for values in whole {
            for k in 0..TOGETHER {
                outside[k] |= u64::from(!(low..=high).contains(&values[k]));
            }
        }
        let mut any = 0;
        for one in outside {
            any |= one;
        }
        for &value in rest {
            any |= u64::from(!(low..=high).contains(&value));
        }
        any == 0
    }
}

#[cfg(test)]
mod tests {
    use std::vec;

    use super::*;

    #[test]
    fn one_number_outside_is_seen_wherever_it_stands() {
        for count in [0, 1, 31, 32, 33, 64, 100] {
            let mut values = vec![-2.0; count];
            assert!(all_within(&values, -2.0, 1.0) && all_finite(&values), "{count} numbers");
            for at in 0..count {
                let others =
                    [(1.1, true), (-2.1, true), (f64::NAN, false), (f64::INFINITY, false), (-f64::INFINITY, false)];
                for (value, finite) in others {
                    values[at] = value;
                    assert!(!all_within(&values, -2.0, 1.0), "{value} at {at} of {count}");
                    assert_eq!(all_finite(&values), finite, "{value} at {at} of {count}");
                }
                values[at] = 1.0;
            }
        }
    }
}
