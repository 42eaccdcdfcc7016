//! `stock`: an investor trades n names day by day and pays a fine for buying on days more turbulent than a threshold
//! that it is not told. A benchmark for learning to adapt: no advice, and no claim about markets.
//!
//! This page is the specification; the constants and their units are in [`constants`]. Prices are a table [`Prices`] of
//! T days and n names, brought by who makes a [`Market`] but for `stock/synthetic`, which is made of random numbers
//! (`synthetic.rs`).
//!
//! | preset | prices | n | T |
//! | --- | --- | --- | --- |
//! | `stock/synthetic` | one factor with calm and turbulent regimes, high, low and close | 20 | 3541 |
//! | `stock/sp20` | adjusted closes of 20 names of the S&P 500, 1990-01-02 to 2022-12-28 | 20 | 8313 |
//! | `stock/csv` | the user's file | 1 to 512 | at least 1897 |
//! | `stock/rare` | those of `stock/synthetic` | 20 | 3541 |
//!
//! | | |
//! | --- | --- |
//! | state D = n + 2 | cash in $; shares of every name; day, the row of the table |
//! | observation S = 2 + 10 n | cash / $1,000; value of every holding × n / $1,000; turbulence of the day / 2n, at most 5; then nine numbers of every name, below |
//! | action A = n | order for every name as a share of $20, clipped to [-1, 1]: negative sells, positive buys |
//! | task K = 2 | turbulence threshold, between the 10 % and the 90 % quantile of the training pool's days; period, a whole number: which days are flown |
//! | env step | a trading day; 252 steps a query episode, 20 a support episode |
//!
//! One step on day t, in order (`trade.rs`):
//! 1. u = clip(action, -1, 1). Prices are the closes of day t.
//! 2. Sales: of a name with u < 0, shares worth $20 × -u, at most all that is held. Cash gains their value less .1 %.
//! 3. Purchases: names with u > 0 want shares worth $20 × u. If these and their cost of .1 % exceed the cash, all are
//!    made smaller by the same factor. Shares are fractional.
//! 4. Fine: .05 × the value bought, if the turbulence of day t exceeds the task's threshold. It is taken off the
//!    reward, not off the cash.
//! 5. The day becomes t + 1 (the table's last day stays).
//! 6. Reward in $: wealth (cash and holdings at the closes of the new day) less the wealth before line 2, less the
//!    fine.
//! 7. The new day being the last of the task's period ends the episode; a query episode ends before. Nothing counts as
//!    success.
//!
//! Accounting: the wealth after a step is the wealth before it, less .001 × the value traded, plus the price changes of
//! what is held.
//!
//! Turbulence of day t (`turbulence.rs`): squared Mahalanobis distance of the day's n simple returns from those of the
//! 252 days before, whose correlations are shrunk, so that its mean stays between n and 1.6 n up to 300 names Indicators (`indicators.rs`), c the close: 5 (c / sma 252 - 1), 50 macd / c, 10 (upper Bollinger
//! band / c - 1), 10 (1 - lower band / c), (rsi 30 - 50) / 10, cci 30 / 100, dx 30 / 20, 10 (c / sma 30 - 1), 10 (c /
//! sma 60 - 1), in this order, each for all names, clipped to ±5. All are of day t and earlier. A table without highs
//! and lows has the closes in their place: cci is then that of the closes, and dx that of their rises and falls.
//!
//! Periods (`calendar.rs`). Days from number 253, the first with 252 returns before it, are cut into periods of 274
//! days, a year and a month. The first periods are the training pool's, the next quarter the evaluation pool's, the
//! last quarter the held-out pool's: pools have disjoint years. A period is a number of the task, so that a pool is
//! rows of task numbers here as everywhere, and an episode's days are a function of its task. Tasks have the periods of
//! their pool but the first. Thresholds of the pools are disjoint too: uniform in the share of the training pool's days that
//! are calmer, [.1, .9], cut into cells that the pools have in turn (`tasks.rs`). In `stock/rare` one training task in ten has
//! its level in the lowest .4 of its pool's cells and nine in ten above.
//!
//! Starts. Query: $1,000 in cash on one of the first 21 days of the task's period, uniform. Support: a uniform day of
//! the period *before* it, so that nothing is adapted on days that are scored; wealth $1,000, the share in cash
//! uniform, the rest in names with weights that are uniform on their simplex. An episode of 20 days ends in that period.
//!
//! A state is feasible when cash and shares are in [0, 1e10] and the day is a whole number of the table, from 253.
//! Mixing is linear in cash and shares of two states of the *same* day, and so are wealth and its accounting; two days
//! have no mixture (their day is written as NaN, which no repair accepts), and mixed starts draw the second state among
//! those of the first one's day.

mod calendar;
pub mod constants;
mod data;
mod description;
mod features;
mod indicators;
mod presets;
mod prices;
mod rules;
mod shrinkage;
mod synthetic;
mod tasks;
mod trade;
mod turbulence;
mod world;

pub use data::Market;
pub use indicators::{bollinger, cci, dx, macd, moving_average, rsi};
pub(crate) use presets::presets;
pub use prices::Prices;
pub(crate) use rules::Trading;
pub use turbulence::turbulence;
