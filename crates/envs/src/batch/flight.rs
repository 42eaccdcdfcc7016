//! Several steps of a batch in one call, and what is done about worlds that are over.

use super::Worlds;
use crate::error::EnvError;
use crate::memory::{memory_of_machine, product};

/// What is done about a world whose episode is over. Names and meanings are Gymnasium's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AutoReset {
    /// Nothing: it keeps its state, rewards 0 and its flag until it is reset.
    #[default]
    Disabled,
    /// The step after the last begins the next episode: it takes no action, rewards 0, has no flag, and its observation is
    /// the first of the new episode.
    NextStep,
    /// The last step itself begins the next episode: its reward and flags are the last of the old episode, its observation is
    /// the first of the new one, and what was seen last stands in [`Flight::final_observations`].
    SameStep,
}

/// What T steps of W worlds gave, step after step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flight {
    /// What policies see after every step `[T, W, S]`.
    pub observations: Vec<f64>,
    /// Rewards `[T, W]`.
    pub rewards: Vec<f64>,
    /// 1 where the rules have ended the episode `[T, W]`.
    pub terminated: Vec<u8>,
    /// 1 where the horizon has ended it `[T, W]`.
    pub truncated: Vec<u8>,
    /// What was seen before worlds that were over began anew `[T, W, S]`, equal to `observations` elsewhere; empty but for
    /// [`AutoReset::SameStep`].
    pub final_observations: Vec<f64>,
}

impl Worlds {
    /// Takes `steps` steps under `actions` `[T, W, A]`; the bits are those of as many calls with one.
    ///
    /// Errors: no steps, wrong shape, an action that is not finite (step and row are named), results that no memory holds; then
    /// no world has moved. Those of [`step`](Worlds::step), with the steps before it taken.
    pub fn fly(&mut self, actions: &[f64], steps: usize, auto: AutoReset) -> Result<Flight, EnvError> {
        let size = self.environment.spec().action_size;
        self.check_actions(actions, steps)?;
        let (count, seen) = (self.count(), self.observations.len());
        let kept = if auto == AutoReset::SameStep { seen } else { 0 };
        self.check_memory(steps, product(&[seen + kept + count, size_of::<f64>()]) + 2 * count as u64)?;
        let mut out = Flight {
            observations: Vec::with_capacity(steps * seen),
            rewards: Vec::with_capacity(steps * count),
            terminated: Vec::with_capacity(steps * count),
            truncated: Vec::with_capacity(steps * count),
            final_observations: Vec::with_capacity(steps * kept),
        };
        let mut over = Vec::new();
        for actions in actions.chunks_exact(count * size) {
            if auto == AutoReset::NextStep {
                over.clear();
                over.extend((0..count).filter(|&w| self.terminated[w] != 0 || self.truncated[w] != 0));
            }
            self.step(actions)?;
            if !over.is_empty() {
                // They have not moved: their flags are still those of the step before.
                self.reset_rows(&over)?;
            }
            out.rewards.extend(&self.rewards);
            out.terminated.extend(&self.terminated);
            out.truncated.extend(&self.truncated);
            if auto == AutoReset::SameStep {
                out.final_observations.extend(&self.observations);
                self.reset_ended();
            }
            out.observations.extend(&self.observations);
        }
        Ok(out)
    }

    fn check_actions(&self, actions: &[f64], steps: usize) -> Result<(), EnvError> {
        let (count, size) = (self.count(), self.environment.spec().action_size);
        if steps == 0 {
            return Err(EnvError::Zero { what: "the number of steps" });
        }
        if steps == 1 {
            return EnvError::check("actions", actions, count, size);
        }
        if actions.len() != steps * count * size {
            let shape = format!("[{steps}, {count}, {size}]");
            return Err(EnvError::Shape { what: "actions", shape, expected: steps * count * size, got: actions.len() });
        }
        match actions.iter().position(|x| !x.is_finite()) {
            Some(at) => Err(EnvError::ActionNotFinite {
                step: at / (count * size),
                row: at / size % count,
                entry: at % size,
                value: actions[at],
            }),
            None => Ok(()),
        }
    }

    fn check_memory(&self, steps: usize, bytes_a_step: u64) -> Result<(), EnvError> {
        let (needed, there) = (bytes_a_step.saturating_mul(steps as u64), memory_of_machine());
        if needed <= there {
            return Ok(());
        }
        Err(EnvError::LongFlight { steps, worlds: self.count(), needed, there })
    }
}
