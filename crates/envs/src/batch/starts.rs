//! Where episodes of a batch begin: at starts of the law, drawn row by row, or in states of the caller's.

use super::Worlds;
use crate::error::EnvError;
use crate::rng::{Purpose, Stream};
use crate::world::{Draw, Start};

impl Worlds {
    /// Replaces the states `[W, D]` and starts every episode anew from them: flags and step counters are cleared.
    ///
    /// What a world remembers beside its state (contact forces, positions that lag) takes the values of a world at rest
    /// under no action.
    ///
    /// Errors: a world whose episodes begin where it says; wrong shape, or a row that no world can go on from (not finite, no
    /// orientation). Then nothing has changed.
    pub fn set_state(&mut self, states: &[f64]) -> Result<(), EnvError> {
        self.check_states_given(states, self.count())?;
        self.states.copy_from_slice(states);
        self.fresh.fill(true);
        self.begin_fresh()
    }

    /// [`set_state`](Worlds::set_state) of the worlds `rows` `[R]` alone, in the states `[R, D]`; the others go on as if nothing
    /// had been called.
    ///
    /// Errors: as [`set_state`](Worlds::set_state), where a row is one of `states`; a world that is not there, or is named twice.
    pub fn set_state_of(&mut self, rows: &[usize], states: &[f64]) -> Result<(), EnvError> {
        self.check_rows(rows)?;
        self.check_states_given(states, rows.len())?;
        self.mark(rows);
        let size = self.environment.spec().state_size;
        for (&w, state) in rows.iter().zip(states.chunks_exact(size)) {
            self.states[w * size..][..size].copy_from_slice(state);
        }
        self.begin_fresh()
    }

    /// Puts every world at a query start, the next of its own: the n-th start of a world is a function of (seed, n, task row,
    /// world within the task), whatever happened to the others.
    pub fn reset(&mut self) {
        self.fresh.fill(true);
        self.start_fresh();
    }

    /// [`reset`](Worlds::reset) of the worlds `rows` alone; the others go on as if nothing had been called.
    ///
    /// Errors: a world that is not there, or is named twice. Then nothing has changed.
    pub fn reset_rows(&mut self, rows: &[usize]) -> Result<(), EnvError> {
        self.check_rows(rows)?;
        self.mark(rows);
        self.start_fresh();
        Ok(())
    }

    /// [`reset`](Worlds::reset) of the worlds that are over; returns how many there were.
    pub fn reset_ended(&mut self) -> usize {
        let flags = self.terminated.iter().zip(&self.truncated);
        self.fresh.iter_mut().zip(flags).for_each(|(fresh, (a, b))| *fresh = *a != 0 || *b != 0);
        let ended = self.fresh.iter().filter(|fresh| **fresh).count();
        if ended > 0 {
            self.start_fresh();
        }
        ended
    }

    /// Draws starts for the fresh worlds and begins there. Where a world from outside fails in it, the next step says so.
    fn start_fresh(&mut self) {
        let (task_size, state_size) = (self.environment.spec().task_size, self.environment.spec().state_size);
        let fresh: Vec<usize> = (0..self.fresh.len()).filter(|&w| self.fresh[w]).collect();
        let tasks: Vec<f64> = fresh.iter().flat_map(|&w| &self.tasks[w * task_size..][..task_size]).copied().collect();
        let draw = |&w: &usize| Draw {
            stream: Stream::new(self.seed, Purpose::WorldReset, self.resets[w]),
            task_id: (w / self.worlds_per_task) as u32,
            episode: (w % self.worlds_per_task) as u32,
        };
        let draws: Vec<Draw> = fresh.iter().map(draw).collect();
        let mut states = vec![0.0; fresh.len() * state_size];
        if let Err(error) = self.environment.starts(Start::Query, &tasks, &draws, &mut states) {
            self.failed.get_or_insert(error);
            return;
        }
        for (&w, state) in fresh.iter().zip(states.chunks_exact(state_size)) {
            self.states[w * state_size..][..state_size].copy_from_slice(state);
            self.resets[w] += 1;
        }
        // Kept in `failed`.
        self.begin_fresh().ok();
    }

    /// Where support episodes of these worlds would begin `[W, D]`, by the start law of those, on random numbers that follow from the
    /// seed alone. No world moves.
    ///
    /// Errors: a world from outside that failed.
    pub fn support_starts(&self) -> Result<Vec<f64>, EnvError> {
        let draw = |w: usize| Draw {
            stream: Stream::new(self.seed, Purpose::SupportStart, 0),
            task_id: (w / self.worlds_per_task) as u32,
            episode: (w % self.worlds_per_task) as u32,
        };
        let draws: Vec<Draw> = (0..self.count()).map(draw).collect();
        let mut states = vec![0.0; self.states.len()];
        self.environment.starts(Start::Support, &self.tasks, &draws, &mut states)?;
        Ok(states)
    }

    /// Begins an episode in the fresh worlds, where their states are.
    fn begin_fresh(&mut self) -> Result<(), EnvError> {
        for w in (0..self.fresh.len()).filter(|w| self.fresh[*w]) {
            (self.steps[w], self.rewards[w]) = (0, 0.0);
            (self.terminated[w], self.truncated[w], self.success[w]) = (0, 0, 0);
        }
        self.run(None, None)
    }

    /// Makes these worlds the fresh ones.
    fn mark(&mut self, rows: &[usize]) {
        self.fresh.fill(false);
        rows.iter().for_each(|&w| self.fresh[w] = true);
    }

    fn check_rows(&self, rows: &[usize]) -> Result<(), EnvError> {
        let mut named = vec![false; self.count()];
        for (at, &row) in rows.iter().enumerate() {
            match named.get_mut(row) {
                None => return Err(EnvError::RowOutside { at, row, worlds: self.count() }),
                Some(named) if *named => return Err(EnvError::RowTwice { at, row }),
                Some(named) => *named = true,
            }
        }
        Ok(())
    }

    fn check_states_given(&self, states: &[f64], rows: usize) -> Result<(), EnvError> {
        self.environment.check_settable()?;
        EnvError::check("states", states, rows, self.environment.spec().state_size)?;
        self.environment.check_states(states)
    }
}
