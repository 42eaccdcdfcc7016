//! Several steps of a batch in one call, and what is done about worlds that are over.

use xmrl_lanes::all_finite;

use super::chunk::{Chunk, split_mut};
use super::{CHUNK, Worlds};
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
    /// no world has moved. Those of [`step`](Worlds::step), with the steps before it taken; where worlds that are over are left alone,
    /// worlds of other threads may have taken more.
    pub fn fly(&mut self, actions: &[f64], steps: usize, auto: AutoReset) -> Result<Flight, EnvError> {
        let size = self.environment.spec().action_size;
        self.check_actions(actions, steps)?;
        if auto == AutoReset::Disabled && steps > 1 {
            return self.fly_apart(actions, steps);
        }
        let (count, seen) = (self.count(), self.observations.len());
        let kept = if auto == AutoReset::SameStep { seen } else { 0 };
        self.check_memory(steps, kept)?;
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

    /// [`fly`](Worlds::fly) of several steps where nothing is reset: no world waits for another, so each block takes all its steps at once.
    fn fly_apart(&mut self, actions: &[f64], steps: usize) -> Result<Flight, EnvError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.check_memory(steps, 0)?;
        let (count, seen) = (self.count(), self.observations.len());
        if steps * count > CHUNK {
            self.call_help()?;
        }
        let mut out = Flight {
            observations: vec![0.0; steps * seen],
            rewards: vec![0.0; steps * count],
            terminated: vec![0; steps * count],
            truncated: vec![0; steps * count],
            final_observations: Vec::new(),
        };
        let (team, chunks) = self.parts();
        let mut legs = legs(chunks, &mut out, count, seen);
        let width = actions.len() / steps;
        match team {
            Some(team) => team.each(&mut legs, |_, leg| leg.fly(actions, width)),
            None => legs.iter_mut().for_each(|leg| leg.fly(actions, width)),
        }
        let done: Result<Vec<_>, EnvError> = legs.into_iter().map(|leg| leg.chunk.done).collect();
        self.failed = done.as_ref().err().cloned();
        done?.into_iter().collect::<Result<(), EnvError>>()?;
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
        if all_finite(actions) {
            return Ok(());
        }
        let at = actions.iter().position(|x| !x.is_finite()).unwrap_or(0);
        Err(EnvError::ActionNotFinite {
            step: at / (count * size),
            row: at / size % count,
            entry: at % size,
            value: actions[at],
        })
    }

    /// That memory holds what `steps` steps give, with `kept` more numbers of each.
    fn check_memory(&self, steps: usize, kept: usize) -> Result<(), EnvError> {
        let numbers = self.observations.len() + kept + self.count();
        let bytes_a_step = product(&[numbers, size_of::<f64>()]) + 2 * self.count() as u64;
        let (needed, there) = (bytes_a_step.saturating_mul(steps as u64), memory_of_machine());
        if needed <= there {
            return Ok(());
        }
        Err(EnvError::LongFlight { steps, worlds: self.count(), needed, there })
    }
}

/// What a step of a block gave, in the arrays of a flight.
struct Outcome<'a> {
    observations: &'a mut [f64],
    rewards: &'a mut [f64],
    terminated: &'a mut [u8],
    truncated: &'a mut [u8],
}

/// A block's part of a flight.
struct Leg<'a> {
    chunk: Chunk<'a>,
    outcomes: Vec<Outcome<'a>>,
}

/// The parts of a flight of `count` worlds that see `seen` numbers.
fn legs<'a>(chunks: Vec<Chunk<'a>>, out: &'a mut Flight, count: usize, seen: usize) -> Vec<Leg<'a>> {
    let steps = out.rewards.len() / count;
    let mut legs: Vec<_> = chunks.into_iter().map(|chunk| Leg { chunk, outcomes: Vec::with_capacity(steps) }).collect();
    let numbers = out.observations.chunks_exact_mut(seen).zip(out.rewards.chunks_exact_mut(count));
    let flags = out.terminated.chunks_exact_mut(count).zip(out.truncated.chunks_exact_mut(count));
    for ((mut observations, mut rewards), (mut terminated, mut truncated)) in numbers.zip(flags) {
        for Leg { chunk, outcomes } in &mut legs {
            outcomes.push(Outcome {
                observations: split_mut(&mut observations, chunk.observations.len()),
                rewards: split_mut(&mut rewards, chunk.rows()),
                terminated: split_mut(&mut terminated, chunk.rows()),
                truncated: split_mut(&mut truncated, chunk.rows()),
            });
        }
    }
    legs
}

impl<'a> Leg<'a> {
    /// Takes its steps, up to one that fails or leads to a state that is none (`done` of the chunk says so); `width` is the length of a
    /// step's actions of all worlds.
    fn fly(&mut self, actions: &'a [f64], width: usize) {
        let Leg { chunk, outcomes } = self;
        let size = chunk.environment.spec().action_size;
        for (actions, out) in actions.chunks_exact(width).zip(outcomes) {
            chunk.actions = Some(&actions[chunk.first * size..][..chunk.rows() * size]);
            chunk.run();
            if !matches!(chunk.done, Ok(Ok(()))) {
                return;
            }
            out.observations.copy_from_slice(chunk.observations);
            out.rewards.copy_from_slice(chunk.rewards);
            out.terminated.copy_from_slice(chunk.terminated);
            out.truncated.copy_from_slice(chunk.truncated);
        }
    }
}
