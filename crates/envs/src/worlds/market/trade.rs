//! One day of trading: lines 1 to 6 of the specification.

use xmrl_lanes::Lane;

use super::constants::*;

/// What trading at one day's prices did, lane by lane.
pub(super) struct Traded<L> {
    /// Wealth before it, $.
    pub(super) wealth: L,
    /// Value of all that was bought, $.
    pub(super) bought: L,
}

/// Sells, then buys what the cash allows, at `prices` `[n]`; moves `cash` and `holdings` `[n]` by `actions` `[n]`.
#[inline(always)]
pub(super) fn trade<L: Lane>(prices: &[L], actions: &[L], cash: &mut L, holdings: &mut [L]) -> Traded<L> {
    let (zero, one) = (L::splat(0.0), L::splat(1.0));
    let most = L::splat(MOST_TRADED);
    let (mut wealth, mut wanted) = (*cash, zero);
    for ((holding, &price), &action) in holdings.iter_mut().zip(prices).zip(actions) {
        let value = *holding * price;
        wealth = wealth + value;
        let asked = (-action).max(zero).min(one) * most;
        // All of a holding is sold to the last share, whatever rounding would leave.
        *holding = L::select_lt(asked, value, *holding - asked / price, zero);
        *cash = *cash + asked.min(value) * L::splat(1.0 - COST);
        wanted = wanted + action.max(zero).min(one) * most;
    }
    let price_of_all = wanted * L::splat(1.0 + COST);
    let share = L::select_lt(*cash, price_of_all, *cash / price_of_all, one);
    for ((holding, &price), &action) in holdings.iter_mut().zip(prices).zip(actions) {
        *holding = *holding + action.max(zero).min(one) * most * share / price;
    }
    let bought = wanted * share;
    // Rounding must not leave a debt.
    *cash = (*cash - bought * L::splat(1.0 + COST)).max(zero);
    Traded { wealth, bought }
}

/// Cash and the value of `holdings` at `prices`, $.
#[inline(always)]
pub(super) fn wealth<L: Lane>(cash: L, holdings: &[L], prices: &[L]) -> L {
    let mut sum = cash;
    for (&holding, &price) in holdings.iter().zip(prices) {
        sum = sum + holding * price;
    }
    sum
}
