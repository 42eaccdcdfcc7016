//! Several steps of a batch in one call, and what is done about worlds that are over.

use xmrl_lanes::all_finite;

use super::chunk::Chunk;
use super::slices::FlightSlices;
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
        self.check_actions(actions, steps)?;
        let (count, seen) = (self.count(), self.observations.len());
        let kept = if auto == AutoReset::SameStep { seen } else { 0 };
        self.check_memory(steps, auto)?;
        let mut out = Flight {
            observations: vec![0.0; steps * seen],
            rewards: vec![0.0; steps * count],
            terminated: vec![0; steps * count],
            truncated: vec![0; steps * count],
            final_observations: vec![0.0; steps * kept],
        };
        let Flight { observations, rewards, terminated, truncated, final_observations } = &mut out;
        let slices = FlightSlices { observations, rewards, terminated, truncated, final_observations };
        self.fly_checked(actions, steps, auto, slices)?;
        Ok(out)
    }

    /// [`fly`](Worlds::fly) into arrays that are there already.
    ///
    /// Errors: as [`fly`](Worlds::fly); an array of another length than what is written to it. After an error of a step the arrays hold
    /// what was written until then.
    pub fn fly_into(
        &mut self,
        actions: &[f64],
        steps: usize,
        auto: AutoReset,
        out: FlightSlices<'_>,
    ) -> Result<(), EnvError> {
        self.check_actions(actions, steps)?;
        let (count, seen) = (self.count(), self.environment.spec().observation_size);
        let shape = [steps, count, seen];
        let last = if auto == AutoReset::SameStep { &shape[..] } else { &[0] };
        for (what, got, shape) in [
            ("observations", out.observations.len(), &shape[..]),
            ("rewards", out.rewards.len(), &shape[..2]),
            ("terminated", out.terminated.len(), &shape[..2]),
            ("truncated", out.truncated.len(), &shape[..2]),
            ("final observations", out.final_observations.len(), last),
        ] {
            let expected = shape.iter().product();
            if got != expected {
                return Err(EnvError::Shape { what, shape: format!("{shape:?}"), expected, got });
            }
        }
        self.fly_checked(actions, steps, auto, out)
    }

    fn fly_checked(
        &mut self,
        actions: &[f64],
        steps: usize,
        auto: AutoReset,
        mut out: FlightSlices<'_>,
    ) -> Result<(), EnvError> {
        if auto == AutoReset::Disabled && steps > 1 {
            return self.fly_apart(actions, steps, out);
        }
        let (count, seen) = (self.count(), self.environment.spec().observation_size);
        let mut over = Vec::new();
        for actions in actions.chunks_exact(actions.len() / steps) {
            let mut out = out.split(count, seen);
            if auto == AutoReset::NextStep {
                self.note_over(&mut over);
            }
            self.run(Some(actions), Some(out.again()))?;
            if auto == AutoReset::SameStep {
                self.note_over(&mut over);
            }
            if over.is_empty() {
                continue;
            }
            self.reset_rows(&over)?;
            for &w in &over {
                let row = w * seen..(w + 1) * seen;
                out.observations[row.clone()].copy_from_slice(&self.observations[row]);
                if auto == AutoReset::NextStep {
                    // They have not moved: their flags were still those of the step before.
                    (out.terminated[w], out.truncated[w]) = (self.terminated[w], self.truncated[w]);
                }
            }
        }
        Ok(())
    }

    /// The worlds that are over.
    fn note_over(&self, over: &mut Vec<usize>) {
        over.clear();
        over.extend((0..self.count()).filter(|&w| self.terminated[w] != 0 || self.truncated[w] != 0));
    }

    /// Several steps where nothing is reset: no world waits for another, so each block takes all its steps at once.
    fn fly_apart(&mut self, actions: &[f64], steps: usize, out: FlightSlices<'_>) -> Result<(), EnvError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let (count, seen) = (self.count(), self.environment.spec().observation_size);
        if steps * count > CHUNK {
            self.call_help()?;
        }
        let (team, chunks) = self.parts();
        let mut legs = legs(chunks, out, (steps, count, seen));
        let width = actions.len() / steps;
        match team {
            Some(team) => team.each(&mut legs, |_, leg| leg.fly(actions, width)),
            None => legs.iter_mut().for_each(|leg| leg.fly(actions, width)),
        }
        let done: Result<Vec<_>, EnvError> = legs.into_iter().map(|leg| leg.chunk.done).collect();
        self.failed = done.as_ref().err().cloned();
        done?.into_iter().collect()
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

    /// That memory holds what `steps` steps give; for whoever makes the arrays of [`fly_into`](Worlds::fly_into).
    ///
    /// Errors: it does not.
    pub fn check_memory(&self, steps: usize, auto: AutoReset) -> Result<(), EnvError> {
        let kept = if auto == AutoReset::SameStep { self.observations.len() } else { 0 };
        let numbers = self.observations.len() + kept + self.count();
        let bytes_a_step = product(&[numbers, size_of::<f64>()]) + 2 * self.count() as u64;
        let (needed, there) = (bytes_a_step.saturating_mul(steps as u64), memory_of_machine());
        if needed <= there {
            return Ok(());
        }
        Err(EnvError::LongFlight { steps, worlds: self.count(), needed, there })
    }
}

/// A block's part of a flight.
struct Leg<'a> {
    chunk: Chunk<'a>,
    outcomes: Vec<FlightSlices<'a>>,
}

/// The parts of a flight of `steps` steps, `count` worlds that see `seen` numbers.
fn legs<'a>(
    chunks: Vec<Chunk<'a>>,
    mut out: FlightSlices<'a>,
    (steps, count, seen): (usize, usize, usize),
) -> Vec<Leg<'a>> {
    let mut legs: Vec<_> = chunks.into_iter().map(|chunk| Leg { chunk, outcomes: Vec::with_capacity(steps) }).collect();
    for _ in 0..steps {
        let mut step = out.split(count, seen);
        for Leg { chunk, outcomes } in &mut legs {
            outcomes.push(step.split(chunk.rows(), seen));
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
        for (actions, out) in actions.chunks_exact(width).zip(outcomes.drain(..)) {
            chunk.actions = Some(&actions[chunk.first * size..][..chunk.rows() * size]);
            chunk.out = Some(out);
            chunk.run();
            if !matches!(chunk.done, Ok(Ok(()))) {
                return;
            }
        }
    }
}
