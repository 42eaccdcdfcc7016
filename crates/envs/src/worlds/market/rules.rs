//! Trading as lane code: every lane reads the table at its own day.

use xmrl_lanes::Lane;

use super::constants::*;
use super::{Market, trade};
use crate::lane_block::Hosted;
use crate::rules::{Outcome, Rules};

impl Market {
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
}

impl Rules for Market {
    /// Prices of the day, one of each name.
    type Scratch<L: Lane> = [L];

    #[inline(always)]
    fn begin<L: Lane>(&self, _scratch: &mut [L], _state: &[L], _memory: &mut [L]) {}

    #[inline(always)]
    fn observe<L: Lane>(&self, scratch: &mut [L], state: &[L], _memory: &[L], observation: &mut [L]) {
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
        scratch: &mut [L],
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
}

impl Hosted for Market {
    fn scratch<L: Lane>(&self) -> Box<[L]> {
        vec![L::splat(0.0); self.width()].into()
    }
}
