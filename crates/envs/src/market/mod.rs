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
//!
//! | | |
//! | --- | --- |
//! | state D = n + 2 | cash in $; shares of every name; day, the row of the table |
//! | observation S = 2 + 10 n | cash / $1,000; value of every holding × n / $1,000; turbulence of the day / 2n, at most 5; then nine numbers of every name, below |
//! | action A = n | order for every name as a share of $20, clipped to [-1, 1]: negative sells, positive buys |
//! | task K = 2 | turbulence threshold, between the 10 % and the 90 % quantile of the training pool's days; period, a whole number: which days are flown |
//! | env step | a trading day; 252 steps a query flight, 20 a support flight |
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
//! 7. The new day being the last of the task's period ends the episode; a query flight ends before. Nothing counts as
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
//! rows of task numbers here as everywhere, and a flight's days are a function of its task. Tasks have the periods of
//! their pool but the first. Thresholds of the pools are disjoint too: uniform in the share of the training pool's days that
//! are calmer, [.1, .9], cut into cells that the pools have in turn (`tasks.rs`).
//!
//! Starts. Query: $1,000 in cash on one of the first 21 days of the task's period, uniform. Support: a uniform day of
//! the period *before* it, so that nothing is adapted on days that are scored; wealth $1,000, the share in cash
//! uniform, the rest in names with weights that are uniform on their simplex. A flight of 20 days ends in that period.
//!
//! A state is feasible when cash and shares are in [0, 1e10] and the day is a whole number of the table, from 253.
//! Mixing is linear in cash and shares of two states of the *same* day, and so are wealth and its accounting; two days
//! have no mixture (their day is written as NaN, which no repair accepts), and mixed starts draw the second state among
//! those of the first one's day.

mod calendar;
pub mod constants;
mod features;
mod indicators;
mod library;
mod preset;
mod prices;
mod shrinkage;
mod synthetic;
mod tasks;
mod trade;
mod turbulence;

use std::sync::Arc;

use xmrl_lanes::Lane;

use crate::env::{LaneWorld, Outcome, Sizes, Start};
use crate::error::EnvError;
use crate::mixup::{Geometry, linear};
use crate::numbers::Doubles;
use crate::rng::Stream;
use crate::task::{EnvSpec, Pool, Tasks};
use constants::*;
use tasks::Thresholds;

pub use indicators::{bollinger, cci, dx, macd, moving_average, rsi};
pub(crate) use library::{market, specifications};
pub use prices::Prices;
pub use turbulence::turbulence;

/// A market: a table of prices and what is seen of it; the rules are the module's page. Copies share the table.
#[derive(Clone, Debug)]
pub struct Market {
    data: Arc<Data>,
}

#[derive(Debug)]
struct Data {
    spec: &'static EnvSpec,
    prices: Prices,
    turbulence: Vec<f64>,
    thresholds: Thresholds,
    features: Vec<f64>,
}

impl Market {
    /// The market of a preset of the family on a table of prices. It is the caller's: a preset's name alone never means it.
    ///
    /// Errors: no such preset, or prices that are not those it stands for.
    pub fn new(preset: &str, prices: Prices) -> Result<Self, EnvError> {
        // First what is cheap to find wrong.
        preset::check(preset, &prices)?;
        let turbulence = turbulence(prices.closes(), prices.width());
        let thresholds = Thresholds::new(&turbulence);
        let spec = preset::specification(preset, &prices, &thresholds)?;
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

    fn width(&self) -> usize {
        self.data.prices.width()
    }

    /// Days of the lanes, and their prices in the scratch.
    #[inline(always)]
    fn look_up<L: Lane>(&self, scratch: &mut [L], day: L) {
        for lane in 0..L::N {
            let closes = self.data.prices.day(self.row(day.get(lane)));
            for (price, &close) in scratch.iter_mut().zip(closes) {
                price.set(lane, close);
            }
        }
    }

    /// The row of a day; the last one stands for those after it.
    #[inline(always)]
    fn row(&self, day: f64) -> usize {
        (day as usize).min(self.data.prices.days() - 1)
    }
}

impl LaneWorld for Market {
    const OBS: usize = 0;
    const ACT: usize = 0;
    const STATE: usize = 0;
    const TASK: usize = 2;
    const MEMORY: usize = 0;

    // Sums of money are exact to 1e-9 whatever the policy computes in.
    type Numbers = Doubles;
    /// Prices of the day, one of each name.
    type Scratch<L: Lane> = Vec<L>;

    fn scratch<L: Lane>(&self) -> Vec<L> {
        vec![L::splat(0.0); self.width()]
    }

    #[inline(always)]
    fn sizes(&self) -> Sizes {
        let n = self.width();
        Sizes { observation: 2 + (1 + features::PER_NAME) * n, action: n, state: n + 2, task: 2, memory: 0 }
    }

    fn spec(&self) -> &'static EnvSpec {
        self.data.spec
    }

    fn tasks(&self, pool: Pool, seed: u64, count: usize) -> Tasks {
        tasks::draw(&self.data.thresholds, calendar::periods(self.data.prices.days()), pool, seed, count)
    }

    #[inline(always)]
    fn begin<L: Lane>(&self, _scratch: &mut Vec<L>, _state: &[L], _memory: &mut [L]) {}

    #[inline(always)]
    fn observe<L: Lane>(&self, scratch: &mut Vec<L>, state: &[L], _memory: &[L], observation: &mut [L]) {
        let n = self.width();
        let day = state[n + 1];
        self.look_up(scratch, day);
        observation[0] = state[0] * L::splat(1.0 / START_WEALTH);
        let per_name = L::splat(n as f64 / START_WEALTH);
        for ((seen, &shares), &price) in observation[1..=n].iter_mut().zip(&state[1..=n]).zip(&scratch[..]) {
            *seen = shares * price * per_name;
        }
        let seen = &mut observation[n + 1..];
        let width = seen.len();
        for lane in 0..L::N {
            let row = &self.data.features[self.row(day.get(lane)) * width..][..width];
            for (seen, &feature) in seen.iter_mut().zip(row) {
                seen.set(lane, feature);
            }
        }
    }

    #[inline(always)]
    fn step<L: Lane>(
        &self,
        scratch: &mut Vec<L>,
        task: &[L],
        state: &mut [L],
        _memory: &mut [L],
        action: &[L],
    ) -> Outcome<L> {
        let (zero, one, half) = (L::splat(0.0), L::splat(1.0), L::splat(0.5));
        let (cash, rest) = state.split_at_mut(1);
        let (holdings, day) = rest.split_at_mut(self.width());
        let mut turbulence = zero;
        for lane in 0..L::N {
            turbulence.set(lane, self.data.turbulence[self.row(day[0].get(lane))]);
        }
        self.look_up(scratch, day[0]);
        let traded = trade::trade(scratch, action, &mut cash[0], holdings);
        let fine = L::select_lt(task[0], turbulence, traded.bought * L::splat(FINE), zero);
        day[0] = (day[0] + one).min(L::splat((self.data.prices.days() - 1) as f64));
        self.look_up(scratch, day[0]);
        let reward = trade::wealth(cash[0], holdings, scratch) - traded.wealth - fine;
        let last = task[1] * L::splat(PERIOD as f64) + L::splat((FIRST_DAY + PERIOD - 1) as f64);
        Outcome { reward, terminated: L::select_lt(last - half, day[0], one, zero), success: zero }
    }

    fn check_state(&self, row: usize, state: &[f64]) -> Result<(), EnvError> {
        let (amounts, day) = state.split_at(self.width() + 1);
        let fail = |entry: usize, needed| Err(EnvError::StateOutside { row, entry, value: state[entry], needed });
        if let Some(entry) = amounts.iter().position(|x| !(0.0..=LARGEST).contains(x)) {
            return fail(entry, format!("an amount in [0, {LARGEST:e}]"));
        }
        let last = self.data.prices.days() - 1;
        if day[0].fract() != 0.0 || !(FIRST_DAY as f64..=last as f64).contains(&day[0]) {
            return fail(amounts.len(), format!("a day of the table, a whole number from {FIRST_DAY} to {last}"));
        }
        Ok(())
    }

    fn check_task(&self, row: usize, task: &[f64]) -> Result<(), EnvError> {
        match task[1].fract() {
            0.0 => Ok(()),
            _ => Err(EnvError::TaskNotWhole { row, name: self.spec().task_names[1], value: task[1] }),
        }
    }

    fn feasible(&self, state: &[f64]) -> bool {
        self.check_state(0, state).is_ok()
    }

    fn start(&self, which: Start, task: &[f64], stream: &Stream, task_id: u32, episode: u32, state: &mut [f64]) {
        let n = self.width();
        let period = task[1] as usize;
        let below = |count: usize| stream.below(count, task_id, episode, 0, 0);
        state.fill(0.0);
        match which {
            Start::Query => {
                state[0] = START_WEALTH;
                state[n + 1] = (calendar::days_of(period).start + below(FIRST_DAYS)) as f64;
            }
            Start::Support => {
                let days = calendar::days_of(period.saturating_sub(1));
                let day = days.start + below(PERIOD - SUPPORT_HORIZON);
                let uniform = |k: usize| stream.uniform(task_id, episode, 0, k as u32);
                let cash = uniform(1);
                // Exponential draws over their sum are uniform on the simplex; 1 - u is in (0, 1].
                let weights: Vec<f64> = (0..n).map(|i| -(1.0 - uniform(2 + i)).ln()).collect();
                let sum: f64 = weights.iter().sum::<f64>().max(f64::MIN_POSITIVE);
                state[0] = START_WEALTH * cash;
                for ((shares, weight), price) in state[1..].iter_mut().zip(&weights).zip(self.data.prices.day(day)) {
                    *shares = START_WEALTH * (1.0 - cash) * weight / sum / price;
                }
                state[n + 1] = day as f64;
            }
        }
    }

    fn mixes_within(&self, state: &[f64]) -> Option<f64> {
        Some(state[self.width() + 1])
    }

    // Amounts: every geometry is the linear one.
    fn mix(&self, _geometry: Geometry, lambda: f64, a: &[f64], b: &[f64], mixed: &mut [f64]) {
        linear(lambda, a, b, mixed);
        let day = self.width() + 1;
        if lambda != 0.0 && lambda != 1.0 {
            mixed[day] = if a[day] == b[day] { a[day] } else { f64::NAN };
        }
    }
}
