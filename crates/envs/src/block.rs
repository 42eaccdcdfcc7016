//! A width of worlds behind one pointer: what whoever steps worlds holds, whatever they are made of.

use crate::error::EnvError;

/// The flag of an episode that a time limit of the world's own has ended, not its rules.
pub const TRUNCATED: f64 = 2.0;

/// W worlds of one preset that are stepped together.
///
/// Numbers cross as structures of arrays in the caller's number type `T`: entry k of world w of an array `[n, W]` is number
/// `k W + w`. Flags are 1 and 0. A world's course depends on its state, its task and its actions alone.
///
/// Worlds of lane code are [`LaneBlock`](crate::LaneBlock)s. What is behind a pipe or another library's pointer implements this
/// trait itself; a failure there is [`EnvError::Failed`], and nothing is asked of the block after it.
pub trait Block<T>: Send {
    /// W.
    fn width(&self) -> usize;

    /// Begins an episode in the worlds with flag `fresh` `[W]`: puts them in `states` `[D, W]` with `tasks` `[K, W]`. The
    /// others go on as if nothing had been called; their columns mean nothing.
    fn begin(&mut self, fresh: &[T], tasks: &[f64], states: &[f64]) -> Result<(), EnvError>;

    /// Writes what policies see now, `[S, W]`. Columns of worlds that were never begun may hold anything.
    fn observe(&mut self, observations: &mut [T]) -> Result<(), EnvError>;

    /// Has a step begin that [`step`](Block::step) with the same arguments then waits for, where somebody else takes it (a process):
    /// whoever asks all blocks first has them step at the same time. Nothing needs it, and where nobody else steps it does nothing.
    fn begin_step(&mut self, _alive: &[T], _actions: &[T]) -> Result<(), EnvError> {
        Ok(())
    }

    /// Steps the worlds with flag `alive` `[W]` under `actions` `[A, W]`; the others stay as they are. Writes rewards, then
    /// flags of worlds whose rules ended the episode ([`TRUNCATED`] where a time limit did), then flags of success, `[3, W]`;
    /// columns of the others may hold anything. An episode has succeeded where one of its steps has.
    fn step(&mut self, alive: &[T], actions: &[T], outcomes: &mut [T]) -> Result<(), EnvError>;

    /// Writes the states `[D, W]`.
    fn states(&mut self, states: &mut [f64]) -> Result<(), EnvError>;

    /// Writes what policies of the first worlds see now, a world after the other `[count, S]`: for whoever wants rows, and for
    /// blocks that have them at hand.
    fn observe_rows(&mut self, count: usize, rows: &mut [f64]) -> Result<(), EnvError>
    where
        T: Copy + Default + Into<f64>,
    {
        let width = self.width();
        let mut columns = vec![T::default(); rows.len() / count * width];
        self.observe(&mut columns)?;
        transpose(&columns, width, count, rows);
        Ok(())
    }

    /// [`states`](Block::states) of the first worlds, a world after the other `[count, D]`.
    fn state_rows(&mut self, count: usize, rows: &mut [f64]) -> Result<(), EnvError> {
        let width = self.width();
        let mut columns = vec![0.0; rows.len() / count * width];
        self.states(&mut columns)?;
        transpose(&columns, width, count, rows);
        Ok(())
    }

    /// Whether a world has met a state that none can go on from since it was begun.
    fn broken(&self, world: usize) -> bool;

    /// Constraint solves so far that met the bound on their iterations (bodies; 0 elsewhere). One solve is of a few worlds
    /// together and counts once however many of them were not done.
    fn capped_solves(&self) -> u64 {
        0
    }
}

/// Columns `[n, width]` to rows `[count, n]`.
fn transpose<T: Copy + Into<f64>>(columns: &[T], width: usize, count: usize, rows: &mut [f64]) {
    let size = rows.len() / count;
    for (world, row) in rows.chunks_exact_mut(size).enumerate() {
        for (k, x) in row.iter_mut().enumerate() {
            *x = columns[k * width + world].into();
        }
    }
}
