//! Trading as lane code: every lane reads the tables at its own day.

use xmrl_lanes::Lane;

use super::constants::*;
use super::features::PER_NAME;
use super::{Market, trade};
use crate::crew::Tables;
use crate::lane_block::Hosted;
use crate::rules::{Outcome, Rules};

impl Market {
    /// What its rules look up.
    #[inline(always)]
    pub(super) fn tables(&self) -> Tables<'_> {
        let (prices, data) = (&self.data.prices, &*self.data);
        let (names, days) = (prices.width(), prices.days());
        Tables { names, days, closes: prices.closes(), turbulence: &data.turbulence, features: &data.features }
    }
}

/// The rules on given tables.
#[derive(Clone, Copy)]
pub(crate) struct Trading<'a>(pub(crate) Tables<'a>);

impl Trading<'_> {
    /// The row of a day; the last one stands for those after it.
    #[inline(always)]
    fn row(&self, day: f64) -> usize {
        (day as usize).min(self.0.days - 1)
    }

    /// The lanes' days' prices, to the scratch.
    #[inline(always)]
    fn look_up<L: Lane>(&self, scratch: &mut [L], day: L) {
        let n = self.0.names;
        for lane in 0..L::N {
            let closes = &self.0.closes[self.row(day.get(lane)) * n..][..n];
            for (price, &close) in scratch.iter_mut().zip(closes) {
                price.set(lane, close);
            }
        }
    }
}

impl Rules for Trading<'_> {
    /// Prices of the day, one of each name.
    type Scratch<L: Lane> = [L];

    #[inline(always)]
    fn begin<L: Lane>(&self, _scratch: &mut [L], _state: &[L], _memory: &mut [L]) {}

    #[inline(always)]
    fn observe<L: Lane>(&self, scratch: &mut [L], state: &[L], _memory: &[L], observation: &mut [L]) {
        let Tables { names: n, features, .. } = self.0;
        let day = state[n + 1];
        self.look_up(scratch, day);
        observation[0] = state[0] * L::splat(1.0 / START_WEALTH);
        let per_name = L::splat(n as f64 / START_WEALTH);
        for ((seen, &shares), &price) in observation[1..=n].iter_mut().zip(&state[1..=n]).zip(&scratch[..]) {
            *seen = shares * price * per_name;
        }
        let seen = &mut observation[n + 1..];
        let width = 1 + PER_NAME * n;
        for lane in 0..L::N {
            let row = &features[self.row(day.get(lane)) * width..][..width];
            for (seen, &feature) in seen.iter_mut().zip(row) {
                seen.set(lane, feature);
            }
        }
    }

    #[inline(always)]
    fn step<L: Lane>(
        &self,
        scratch: &mut [L],
        task: &[L],
        state: &mut [L],
        _memory: &mut [L],
        action: &[L],
    ) -> Outcome<L> {
        let (zero, one, half) = (L::splat(0.0), L::splat(1.0), L::splat(0.5));
        let (cash, rest) = state.split_at_mut(1);
        let (holdings, day) = rest.split_at_mut(self.0.names);
        let mut turbulence = zero;
        for lane in 0..L::N {
            turbulence.set(lane, self.0.turbulence[self.row(day[0].get(lane))]);
        }
        self.look_up(scratch, day[0]);
        let traded = trade::trade(scratch, action, &mut cash[0], holdings);
        let fine = L::select_lt(task[0], turbulence, traded.bought * L::splat(FINE), zero);
        day[0] = (day[0] + one).min(L::splat((self.0.days - 1) as f64));
        self.look_up(scratch, day[0]);
        let reward = trade::wealth(cash[0], holdings, scratch) - traded.wealth - fine;
        let last = task[1] * L::splat(PERIOD as f64) + L::splat((FIRST_DAY + PERIOD - 1) as f64);
        Outcome { reward, terminated: L::select_lt(last - half, day[0], one, zero), success: zero }
    }
}

impl Rules for Market {
    type Scratch<L: Lane> = [L];

    #[inline(always)]
    fn begin<L: Lane>(&self, _scratch: &mut [L], _state: &[L], _memory: &mut [L]) {}

    #[inline(always)]
    fn observe<L: Lane>(&self, scratch: &mut [L], state: &[L], memory: &[L], observation: &mut [L]) {
        Trading(self.tables()).observe(scratch, state, memory, observation);
    }

    #[inline(always)]
    fn step<L: Lane>(
        &self,
        scratch: &mut [L],
        task: &[L],
        state: &mut [L],
        memory: &mut [L],
        action: &[L],
    ) -> Outcome<L> {
        Trading(self.tables()).step(scratch, task, state, memory, action)
    }
}

impl Hosted for Market {
    fn scratch<L: Lane>(&self) -> Box<[L]> {
        vec![L::splat(0.0); self.width()].into()
    }
}
