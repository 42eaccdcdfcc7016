//! Worlds of one Python process behind one pointer.

use std::ops::Range;
use std::sync::Arc;

use xmrl_envs::{Block, EnvError};

use crate::layout::Layout;
use crate::opened::{Opened, SEEDS, WHOLE};
use crate::process::{Call, Fault, Process};

/// `width` worlds, stepped one after another by a process that no other block has meanwhile.
pub(crate) struct PythonBlock {
    world: Arc<Opened>,
    width: usize,
    /// Absent until worlds are begun.
    process: Option<Process>,
    /// Somebody wants states, so that steps bring them along.
    states_wanted: bool,
    /// The shared states are those of now.
    states_known: bool,
    /// A step was sent, and its answer is not there yet.
    stepping: bool,
}

impl PythonBlock {
    pub(crate) fn new(world: Arc<Opened>, width: usize) -> Self {
        PythonBlock { world, width, process: None, states_wanted: false, states_known: false, stepping: false }
    }

    /// The process, which is taken when it is first needed.
    fn process(&mut self) -> Result<&mut Process, EnvError> {
        let process = match self.process.take() {
            Some(process) => process,
            None => self.world.take(self.width)?,
        };
        Ok(self.process.insert(process))
    }

    /// A call that answers as soon as a step does.
    fn quick(&self, what: &'static str) -> Call {
        Call { what, limit: self.world.launch.limit }
    }

    /// The error of a fault. Nothing is asked of the block after it.
    fn failed(&mut self, mut fault: Fault) -> EnvError {
        if let Some((row, step)) = fault.at {
            let task = self.task(row).iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            fault.text = format!("row {row} of its process, task [{task}], step {step}: {}", fault.text);
        }
        self.process = None;
        self.world.failed(&fault)
    }

    fn ask(&mut self, request: &[u8], call: Call) -> Result<(), EnvError> {
        let done = self.process()?.ask(request, call);
        done.map(drop).map_err(|fault| self.failed(fault))
    }

    /// The task of a row, as far as there is one.
    fn task(&mut self, row: usize) -> Vec<f64> {
        let size = self.world.sizes.tasks;
        let Some(process) = &mut self.process else { return Vec::new() };
        let (layout, shared) = process.arrays();
        shared.of(&layout.tasks).chunks(size).nth(row).unwrap_or_default().to_vec()
    }

    /// Rows `[W, n]` of a shared array to columns `[n, W]`.
    fn columns(&mut self, size: usize, array: impl Fn(&Layout) -> Range<usize>, to: &mut [f64]) {
        let width = self.width;
        let Some(process) = &mut self.process else { return };
        let (layout, shared) = process.arrays();
        for (w, row) in shared.of(&array(layout)).chunks_exact(size.max(1)).enumerate() {
            for (k, &x) in row.iter().enumerate() {
                to[k * width + w] = x;
            }
        }
    }

    /// The first rows of a shared array, as they lie.
    fn rows(&mut self, array: impl Fn(&Layout) -> Range<usize>, to: &mut [f64]) {
        let Some(process) = &mut self.process else { return };
        let (layout, shared) = process.arrays();
        to.copy_from_slice(&shared.of(&array(layout))[..to.len()]);
    }

    /// Has the shared states be those of now.
    fn know_states(&mut self) -> Result<(), EnvError> {
        if self.world.sizes.states > 0 && !self.states_known {
            self.ask(b"G", self.quick("get_state"))?;
            self.states_known = true;
        }
        self.states_wanted = true;
        Ok(())
    }

    /// The last entries of states `[W]`.
    fn last_entries(&mut self) -> Vec<f64> {
        if self.world.sizes.states > 0 {
            return vec![WHOLE; self.width];
        }
        let width = self.width;
        let Some(process) = &mut self.process else { return vec![WHOLE; width] };
        let (layout, shared) = process.arrays();
        shared.of(&layout.seeds).to_vec()
    }
}

impl Block<f64> for PythonBlock {
    fn width(&self) -> usize {
        self.width
    }

    fn begin(&mut self, fresh: &[f64], tasks: &[f64], states: &[f64]) -> Result<(), EnvError> {
        let (width, sizes) = (self.width, self.world.sizes);
        let (layout, shared) = self.process()?.arrays();
        for w in 0..width {
            if fresh[w] == 0.0 {
                shared.of_mut(&layout.flags)[w] = 0.0;
                continue;
            }
            for (k, x) in shared.of_mut(&layout.tasks)[w * sizes.tasks..][..sizes.tasks].iter_mut().enumerate() {
                *x = tasks[k * width + w];
            }
            let state = &mut shared.of_mut(&layout.states)[w * sizes.states..][..sizes.states];
            for (k, x) in state.iter_mut().enumerate() {
                *x = states[k * width + w];
            }
            let last = states[sizes.states * width + w];
            let (flag, seed) = if last >= 0.0 { (1.0, last) } else { (2.0, f64::from(seed_of(state))) };
            shared.of_mut(&layout.flags)[w] = flag;
            shared.of_mut(&layout.seeds)[w] = seed;
        }
        self.states_known = false;
        let rows = fresh.iter().rposition(|flag| *flag != 0.0).map_or(0, |last| last + 1);
        let (launch, process) = (self.world.launch.clone(), self.process()?);
        // Environments that are not there yet are made first, which may take as long as the first did.
        let limit = if rows > process.made { launch.limit.max(launch.patience) } else { launch.limit };
        process.made = process.made.max(rows);
        self.ask(b"B", Call { what: "reset", limit })
    }

    fn observe(&mut self, observations: &mut [f64]) -> Result<(), EnvError> {
        self.columns(self.world.sizes.observations, |layout| layout.observations.clone(), observations);
        Ok(())
    }

    fn begin_step(&mut self, alive: &[f64], actions: &[f64]) -> Result<(), EnvError> {
        let (width, size) = (self.width, self.world.sizes.actions);
        let (layout, shared) = self.process()?.arrays();
        shared.of_mut(&layout.flags).copy_from_slice(alive);
        for (w, row) in shared.of_mut(&layout.actions).chunks_exact_mut(size).enumerate() {
            for (k, x) in row.iter_mut().enumerate() {
                *x = actions[k * width + w];
            }
        }
        let with_states = self.states_wanted && self.world.sizes.states > 0;
        self.states_known = with_states;
        self.stepping = true;
        let (request, call) = (if with_states { b"T" } else { b"S" }, self.quick("step"));
        let sent = self.process()?.send(request, call);
        sent.map_err(|fault| self.failed(fault))
    }

    fn step(&mut self, alive: &[f64], actions: &[f64], outcomes: &mut [f64]) -> Result<(), EnvError> {
        if !std::mem::take(&mut self.stepping) {
            self.begin_step(alive, actions)?;
            self.stepping = false;
        }
        let call = self.quick("step");
        let done = self.process()?.answer(call);
        done.map_err(|fault| self.failed(fault))?;
        self.columns(3, |layout| layout.outcomes.clone(), outcomes);
        Ok(())
    }

    fn states(&mut self, states: &mut [f64]) -> Result<(), EnvError> {
        self.know_states()?;
        let (size, width) = (self.world.sizes.states, self.width);
        self.columns(size, |layout| layout.states.clone(), states);
        states[size * width..].copy_from_slice(&self.last_entries());
        Ok(())
    }

    fn observe_rows(&mut self, _count: usize, rows: &mut [f64]) -> Result<(), EnvError> {
        self.rows(|layout| layout.observations.clone(), rows);
        Ok(())
    }

    fn broken(&self, _world: usize) -> bool {
        // What is not finite is an error of the call that met it.
        false
    }
}

impl Drop for PythonBlock {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            self.world.give_back(process);
        }
    }
}

/// The seed of an episode that begins in a state: a function of its bits (FNV-1a), so that what the environment draws in it does
/// not depend on what was played before.
fn seed_of(state: &[f64]) -> u32 {
    let bytes = state.iter().flat_map(|x| x.to_bits().to_le_bytes());
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    (hash ^ hash >> 32) as u32 % SEEDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_of_states_follow_their_bits() {
        // FNV-1a of no bytes is its offset basis.
        assert_eq!(seed_of(&[]), (0xcbf2_9ce4_u32 ^ 0x8422_2325) % SEEDS);
        assert_ne!(seed_of(&[0.0]), seed_of(&[-0.0]));
        assert_eq!(seed_of(&[1.5, 2.0]), seed_of(&[1.5, 2.0]));
        assert_ne!(seed_of(&[1.5, 2.0]), seed_of(&[2.0, 1.5]));
    }
}
