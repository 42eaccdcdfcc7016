//! A world that counts its steps and ends as its task says, for tests of what an end is.

use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Abilities, Block, EnvError, EnvSpec, Pool, Sizes, Start, TRUNCATED, Tasks, World, rounded_blocks};

/// What a task says: a time limit of the world's own ends the episode in step 3.
pub(crate) const LIMIT: f64 = 0.0;
/// Its rules end it in step 3.
pub(crate) const RULES: f64 = 1.0;
/// Step 2 is a success, and the time limit ends it in step 3.
pub(crate) const SUCCESS_THEN_LIMIT: f64 = 2.0;
/// Nothing but the horizon ends it, and step 2 is a success.
pub(crate) const SUCCESS_THEN_HORIZON: f64 = 3.0;
/// Its horizon.
pub(crate) const HORIZON: usize = 5;

/// State: a number that its start has drawn (from 10 on in support episodes), and the steps so far, which are its rewards.
pub(crate) struct Clock(EnvSpec);

impl Clock {
    pub(crate) fn new() -> Self {
        let sizes = Sizes { observation: 2, action: 1, state: 2, task: 1, memory: 0 };
        Clock(
            EnvSpec::of("clock", sizes)
                .described("A clock.")
                .horizons(HORIZON, HORIZON)
                .tasks(&[("end", 0.0, 3.0, 0.0)]),
        )
    }
}

impl World for Clock {
    fn spec(&self) -> &EnvSpec {
        &self.0
    }

    fn abilities(&self) -> Abilities {
        Abilities { preferred_width: Some(3), ..Abilities::default() }
    }

    fn tasks(&self, _pool: Pool, seed: u64, count: usize) -> Tasks {
        let stream = Stream::new(seed, Purpose::Tasks, 0);
        Tasks { values: (0..count as u32).map(|i| (4.0 * stream.uniform(i, 0, 0, 0)).floor()).collect(), rare: None }
    }

    fn start(&self, which: Start, _task: &[f64], stream: &Stream, task_id: u32, episode: u32, state: &mut [f64]) {
        state[0] = stream.uniform(task_id, episode, 0, 0) + if which == Start::Support { 10.0 } else { 0.0 };
        state[1] = 0.0;
    }

    fn blocks(&self, widths: &[usize]) -> Vec<Box<dyn Block<f64>>> {
        widths.iter().map(|&width| Box::new(Rows(vec![[0.0; 3]; width])) as Box<dyn Block<f64>>).collect()
    }

    fn single_blocks(&self, widths: &[usize]) -> Vec<Box<dyn Block<f32>>> {
        rounded_blocks(self.blocks(widths))
    }
}

/// Task, start and steps of each world.
struct Rows(Vec<[f64; 3]>);

impl Block<f64> for Rows {
    fn width(&self) -> usize {
        self.0.len()
    }

    fn begin(&mut self, fresh: &[f64], tasks: &[f64], states: &[f64]) -> Result<(), EnvError> {
        let width = self.width();
        for (w, row) in self.0.iter_mut().enumerate().filter(|(w, _)| fresh[*w] != 0.0) {
            *row = [tasks[w], states[w], states[width + w]];
        }
        Ok(())
    }

    fn observe(&mut self, observations: &mut [f64]) -> Result<(), EnvError> {
        self.states(observations)
    }

    fn step(&mut self, alive: &[f64], _actions: &[f64], outcomes: &mut [f64]) -> Result<(), EnvError> {
        let width = self.width();
        for (w, [task, _, steps]) in self.0.iter_mut().enumerate().filter(|(w, _)| alive[*w] != 0.0) {
            *steps += 1.0;
            let ended = match *task {
                RULES => 1.0,
                SUCCESS_THEN_HORIZON => 0.0,
                _ => TRUNCATED,
            };
            let achieved = *steps == 2.0 && *task >= SUCCESS_THEN_LIMIT;
            outcomes[w] = *steps;
            outcomes[width + w] = if *steps == 3.0 { ended } else { 0.0 };
            outcomes[2 * width + w] = f64::from(u8::from(achieved));
        }
        Ok(())
    }

    fn states(&mut self, states: &mut [f64]) -> Result<(), EnvError> {
        let width = self.width();
        for (w, [_, start, steps]) in self.0.iter().enumerate() {
            (states[w], states[width + w]) = (*start, *steps);
        }
        Ok(())
    }

    fn broken(&self, _world: usize) -> bool {
        false
    }
}
