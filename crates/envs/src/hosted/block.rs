//! A width of worlds of a host: their states are kept here, and those that move cross together.

use std::sync::Arc;

use crate::block::Block;
use crate::error::EnvError;
use crate::hosted::host::{Errand, Host};
use crate::hosted::inner::Inner;
use crate::hosted::rows::Rows;

/// Worlds `[W]`, arrays row-major.
pub(super) struct HostedBlock<H> {
    world: Arc<Inner<H>>,
    tasks: Vec<f64>,
    states: Vec<f64>,
    observations: Vec<f64>,
    /// Steps that each has taken in its episode.
    steps: Vec<u32>,
    /// Worlds that cross in the present call.
    chosen: Vec<usize>,
    rows: Rows,
}

impl<H: Host> HostedBlock<H> {
    pub(super) fn new(world: Arc<Inner<H>>, width: usize) -> Self {
        let spec = &world.spec;
        Self {
            tasks: vec![0.0; width * spec.task_size],
            states: vec![0.0; width * spec.state_size],
            observations: vec![0.0; width * spec.observation_size],
            steps: vec![0; width],
            chosen: Vec::with_capacity(width),
            rows: Rows::default(),
            world,
        }
    }

    /// Has the chosen worlds cross, and keeps what is seen of them.
    fn cross(&mut self, errand: Errand) -> Result<(), EnvError> {
        let Self { world, chosen, rows, steps, .. } = self;
        let (spec, count) = (&world.spec, chosen.len());
        let place = |row: usize| match (chosen.get(row), errand) {
            (Some(&w), Errand::Step) => format!("row {w}, step {} of its episode", steps[w] + 1),
            (w, _) => format!("row {}", w.map_or(row, |&w| w)),
        };
        world.run(errand, rows, place)?;
        let written: [(&str, &[f64], usize); 3] = [
            ("states", &rows.states, spec.state_size),
            ("rewards", &rows.rewards, 1),
            ("observations", &rows.observations, spec.observation_size),
        ];
        world.check(errand, count, &written, place)?;
        scatter(&rows.states, chosen, spec.state_size, &mut self.states);
        scatter(&rows.observations, chosen, spec.observation_size, &mut self.observations);
        Ok(())
    }

    /// Makes rows of the chosen worlds.
    fn gather(&mut self) {
        let Self { world, chosen, rows, tasks, states, .. } = self;
        let spec = &world.spec;
        rows.resize(spec, chosen.len());
        gather(tasks, chosen, spec.task_size, &mut rows.tasks);
        gather(states, chosen, spec.state_size, &mut rows.states);
    }
}

impl<H: Host> Block<f64> for HostedBlock<H> {
    fn width(&self) -> usize {
        self.steps.len()
    }

    fn begin(&mut self, fresh: &[f64], tasks: &[f64], states: &[f64]) -> Result<(), EnvError> {
        let width = self.width();
        self.chosen.clear();
        self.chosen.extend((0..width).filter(|&w| fresh[w] > 0.5));
        let (task_size, state_size) = (self.world.spec.task_size, self.world.spec.state_size);
        for &w in &self.chosen {
            self.steps[w] = 0;
            (0..task_size).for_each(|k| self.tasks[w * task_size + k] = tasks[k * width + w]);
            (0..state_size).for_each(|k| self.states[w * state_size + k] = states[k * width + w]);
        }
        if self.chosen.is_empty() {
            return Ok(());
        }
        self.gather();
        self.cross(Errand::Observe)
    }

    fn observe(&mut self, observations: &mut [f64]) -> Result<(), EnvError> {
        to_columns(&self.observations, self.steps.len(), observations);
        Ok(())
    }

    fn step(&mut self, alive: &[f64], actions: &[f64], outcomes: &mut [f64]) -> Result<(), EnvError> {
        let (width, size) = (self.width(), self.world.spec.action_size);
        let finite = |w: usize| (0..size).all(|k| actions[k * width + w].is_finite());
        self.chosen.clear();
        for w in (0..width).filter(|&w| alive[w] > 0.5) {
            if finite(w) {
                self.chosen.push(w);
            } else {
                // A policy whose numbers are none is not the world's fault: the caller sees the action.
                (outcomes[w], outcomes[width + w], outcomes[2 * width + w]) = (f64::NAN, 1.0, 0.0);
            }
        }
        if self.chosen.is_empty() {
            return Ok(());
        }
        self.gather();
        let (scale, [low, high]) = (self.world.spec.action_scale, self.world.hosting.action_range);
        let (middle, half) = ((low + high) / 2.0, (high - low) / 2.0);
        for (row, &w) in self.rows.actions.chunks_exact_mut(size).zip(&self.chosen) {
            for (k, action) in row.iter_mut().enumerate() {
                *action = middle + half * (actions[k * width + w] / scale).clamp(-1.0, 1.0);
            }
        }
        self.cross(Errand::Step)?;
        for (row, &w) in self.chosen.iter().enumerate() {
            self.steps[w] += 1;
            outcomes[w] = self.rows.rewards[row];
            outcomes[width + w] = f64::from(u8::from(self.rows.terminated[row] != 0));
            outcomes[2 * width + w] = f64::from(u8::from(self.rows.success[row] != 0));
        }
        Ok(())
    }

    fn states(&mut self, states: &mut [f64]) -> Result<(), EnvError> {
        to_columns(&self.states, self.steps.len(), states);
        Ok(())
    }

    fn observe_rows(&mut self, count: usize, rows: &mut [f64]) -> Result<(), EnvError> {
        rows.copy_from_slice(&self.observations[..count * self.world.spec.observation_size]);
        Ok(())
    }

    fn state_rows(&mut self, count: usize, rows: &mut [f64]) -> Result<(), EnvError> {
        rows.copy_from_slice(&self.states[..count * self.world.spec.state_size]);
        Ok(())
    }

    /// A state that none can go on from is an error when it is met.
    fn broken(&self, _world: usize) -> bool {
        false
    }
}

/// Rows `chosen` of `from` `[W, size]`, one after the other.
fn gather(from: &[f64], chosen: &[usize], size: usize, to: &mut [f64]) {
    for (row, &w) in to.chunks_exact_mut(size).zip(chosen) {
        row.copy_from_slice(&from[w * size..][..size]);
    }
}

/// The other way round.
fn scatter(from: &[f64], chosen: &[usize], size: usize, to: &mut [f64]) {
    for (row, &w) in from.chunks_exact(size).zip(chosen) {
        to[w * size..][..size].copy_from_slice(row);
    }
}

/// Rows `[W, n]` to columns `[n, W]`.
fn to_columns(rows: &[f64], width: usize, columns: &mut [f64]) {
    let size = rows.len() / width;
    for (w, row) in rows.chunks_exact(size).enumerate() {
        for (k, &x) in row.iter().enumerate() {
            columns[k * width + w] = x;
        }
    }
}
