//! The worlds of one block of a batch, and what crosses between them and the rows of the batch.

use super::slices::FlightSlices;
use crate::block::{Block, TRUNCATED};
use crate::environment::Environment;
use crate::error::EnvError;
use crate::exchange::{Exchange, to_columns};
use crate::scratch::Shelf;

/// The worlds of a block; rows as in [`Worlds`](super::Worlds).
pub(super) struct Chunk<'a> {
    pub(super) environment: &'a Environment,
    /// The first row.
    pub(super) first: usize,
    /// Whether the block failed; within, the first row that no world can go on from.
    pub(super) done: Result<Result<(), EnvError>, EnvError>,
    pub(super) block: &'a mut dyn Block<f64>,
    /// Worlds of the block beyond the rows do as the last row; else they are left alone.
    pub(super) padded: bool,
    pub(super) exchanges: &'a Shelf<Exchange>,
    pub(super) horizon: u32,
    pub(super) tasks: &'a [f64],
    pub(super) actions: Option<&'a [f64]>,
    pub(super) fresh: &'a [bool],
    pub(super) states: &'a mut [f64],
    pub(super) observations: &'a mut [f64],
    pub(super) steps: &'a mut [u32],
    pub(super) rewards: &'a mut [f64],
    pub(super) terminated: &'a mut [u8],
    pub(super) truncated: &'a mut [u8],
    pub(super) success: &'a mut [u8],
    /// Where what a step gave is written beside the batch's own arrays, by the thread that has it at hand.
    pub(super) out: Option<FlightSlices<'a>>,
}

impl Chunk<'_> {
    /// Has the block's step begin, where somebody else takes it; [`run`](Chunk::run) waits for it.
    pub(super) fn begin_step(&mut self) -> Result<(), EnvError> {
        let Some(actions) = self.actions else { return Ok(()) };
        let mut exchange = self.exchanges.take(Box::default);
        self.step_arguments(actions, &mut exchange);
        let done = self.block.begin_step(&exchange.flags, &exchange.numbers);
        self.exchanges.give_back(exchange);
        done
    }

    /// Worlds.
    pub(super) fn rows(&self) -> usize {
        self.steps.len()
    }

    /// Takes a step under the actions that there are, or begins the fresh worlds where there are none; says in `done` how that went.
    pub(super) fn run(&mut self) {
        self.done = self.go();
        if let (Ok(Ok(())), Some(out)) = (&self.done, &mut self.out) {
            out.observations.copy_from_slice(self.observations);
            out.rewards.copy_from_slice(self.rewards);
            out.terminated.copy_from_slice(self.terminated);
            out.truncated.copy_from_slice(self.truncated);
            if !out.final_observations.is_empty() {
                out.final_observations.copy_from_slice(self.observations);
            }
        }
    }

    fn go(&mut self) -> Result<Result<(), EnvError>, EnvError> {
        if self.actions.is_none() && !self.fresh.contains(&true) {
            return Ok(Ok(()));
        }
        let mut exchange = self.exchanges.take(Box::default);
        let done = match self.actions {
            Some(actions) => self.step(actions, &mut exchange),
            None => self.begin(&mut exchange),
        };
        let done = done.and_then(|()| self.block.observe_rows(self.steps.len(), self.observations));
        self.exchanges.give_back(exchange);
        done?;
        // Only a step leads anywhere: a start is one that the world gave, or was looked at when it was set.
        Ok(if self.actions.is_some() { self.environment.check_states_from(self.first, self.states) } else { Ok(()) })
    }

    /// Columns beyond the rows repeat the last one, so that they compute something harmless.
    fn begin(&mut self, exchange: &mut Exchange) -> Result<(), EnvError> {
        let (width, count) = (self.block.width(), self.steps.len());
        let Exchange { flags, numbers, states, .. } = exchange;
        flags.clear();
        flags.extend(self.fresh.iter().map(|&fresh| f64::from(u8::from(fresh))));
        flags.resize(width, if self.padded { flags[count - 1] } else { 0.0 });
        to_columns(self.tasks, count, width, numbers);
        to_columns(self.states, count, width, states);
        self.block.begin(flags, numbers, states)?;
        // Where a start is a seed, only the block knows the state that it gave.
        if self.padded { Ok(()) } else { self.block.state_rows(count, self.states) }
    }

    /// Flags of the worlds whose episode goes on, and the actions' columns.
    fn step_arguments(&self, actions: &[f64], exchange: &mut Exchange) {
        let (width, count) = (self.block.width(), self.steps.len());
        let Exchange { flags, numbers, .. } = exchange;
        let over = |w: usize| self.terminated[w] != 0 || self.truncated[w] != 0;
        flags.clear();
        flags.extend((0..count).map(|w| f64::from(u8::from(!over(w)))));
        flags.resize(width, if self.padded { flags[count - 1] } else { 0.0 });
        to_columns(actions, count, width, numbers);
    }

    fn step(&mut self, actions: &[f64], exchange: &mut Exchange) -> Result<(), EnvError> {
        let (width, count) = (self.block.width(), self.steps.len());
        self.step_arguments(actions, exchange);
        let Exchange { flags, numbers, outcomes, .. } = exchange;
        outcomes.resize(3 * width, 0.0);
        self.block.step(flags, numbers, outcomes)?;
        for w in 0..count {
            if flags[w] == 0.0 {
                self.rewards[w] = 0.0;
                continue;
            }
            self.rewards[w] = outcomes[w];
            self.steps[w] += 1;
            let cut = outcomes[width + w] == TRUNCATED;
            self.terminated[w] = u8::from(outcomes[width + w] > 0.0 && !cut);
            self.truncated[w] = u8::from(cut || (self.terminated[w] == 0 && self.steps[w] >= self.horizon));
            self.success[w] |= u8::from(outcomes[2 * width + w] > 0.5);
        }
        self.block.state_rows(count, self.states)
    }
}
