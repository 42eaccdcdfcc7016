//! A market on the host: tasks, starts, checks.

use xmrl_lanes::all_within;

use super::constants::*;
use super::{Market, calendar, tasks};
use crate::block::Block;
use crate::crew::{Aboard, MOST_NAMES_ABOARD};
use crate::error::EnvError;
use crate::lane_block::double_blocks;
use crate::mix::{Geometry, linear};
use crate::rng::Stream;
use crate::spec::EnvSpec;
use crate::tasks::{Pool, TaskLaw, Tasks};
use crate::world::{Start, World};

impl World for Market {
    fn spec(&self) -> &EnvSpec {
        &self.data.spec
    }

    fn tasks(&self, pool: Pool, seed: u64, count: usize) -> Tasks {
        self.tasks_by(self.spec().task_law(), pool, seed, count)
    }

    fn tasks_by(&self, law: TaskLaw, pool: Pool, seed: u64, count: usize) -> Tasks {
        let periods = calendar::periods(self.data.prices.days());
        tasks::draw((&self.data.thresholds, periods), law, pool, seed, count)
    }

    fn check_state(&self, row: usize, state: &[f64]) -> Result<(), EnvError> {
        let (amounts, day) = state.split_at(self.width() + 1);
        let fail = |entry: usize, needed| Err(EnvError::StateOutside { row, entry, value: state[entry], needed });
        if let Some(entry) = amounts.iter().position(|x| !(0.0..=LARGEST).contains(x)) {
            return fail(entry, format!("an amount in [0, {LARGEST:e}]"));
        }
        if !self.is_day(day[0]) {
            let last = self.data.prices.days() - 1;
            return fail(amounts.len(), format!("a day of the table, a whole number from {FIRST_DAY} to {last}"));
        }
        Ok(())
    }

    fn accepts_all(&self, states: &[f64]) -> bool {
        let mut days = states.iter().skip(self.width() + 1).step_by(self.width() + 2);
        all_within(states, 0.0, LARGEST) && days.all(|&day| self.is_day(day))
    }

    fn check_task(&self, row: usize, task: &[f64]) -> Result<(), EnvError> {
        match task[1].fract() {
            0.0 => Ok(()),
            _ => Err(EnvError::TaskNotWhole { row, name: self.spec().task_names[1].clone(), value: task[1] }),
        }
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

    fn aboard(&self) -> Option<Aboard<'_>> {
        let tables = self.tables();
        (tables.names <= MOST_NAMES_ABOARD).then_some(Aboard { family: "stock", preset: 0, tables: Some(tables) })
    }

    // Sums of money are exact to 1e-9 whatever the policy computes in.
    fn blocks(&self, widths: &[usize]) -> Vec<Box<dyn Block<f64>>> {
        double_blocks(self, self.data.spec.sizes(), widths)
    }
}
