//! A batch of worlds that is stepped from outside, one env step a call.

use rayon::prelude::*;
use xmrl_threads::WorkerPool;

use crate::block::Block;
use crate::environment::Environment;
use crate::error::EnvError;
use crate::exchange::{Exchange, to_columns};
use crate::memory::{memory_of_machine, product};
use crate::registry::environment;
use crate::rng::{Purpose, Stream};
use crate::scratch::Shelf;
use crate::spec::EnvSpec;
use crate::world::Start;

/// Worlds that one work item steps. Any number gives the same bits; small batches stay on the calling thread.
const CHUNK: usize = 128;

/// Bytes that cross between a batch and a block in a step, where a world asks for no width of its own: they stay in the first cache.
const CROSSING: usize = 1 << 14;

/// Fewest worlds of such a block, so that its calls cost little beside their steps.
const FEWEST: usize = 16;

/// Widths of blocks are multiples of this.
const LANES: usize = 8;

/// What a step of W worlds gave; slices into the batch, valid until the next call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepResult<'a> {
    /// Observations after the step `[W, S]`.
    pub observations: &'a [f64],
    /// Rewards `[W]`; 0 for worlds that were over before the step.
    pub rewards: &'a [f64],
    /// 1 where the rules ended the episode, in this step or before `[W]`.
    pub terminated: &'a [u8],
    /// 1 where the horizon ended it, in this step or before `[W]`.
    pub truncated: &'a [u8],
}

/// W = tasks × worlds per task worlds of one preset, in f64; world `w` has task `w / worlds_per_task`.
///
/// A world that is over keeps its state, rewards 0 and its flag until [`reset`](Worlds::reset) or
/// [`set_state`](Worlds::set_state); nothing resets by itself. The bits do not depend on the number of threads, and a
/// world's course depends on its state, task and actions alone.
pub struct Worlds {
    environment: Environment,
    pool: Option<WorkerPool>,
    blocks: Vec<Box<dyn Block<f64>>>,
    /// Worlds of a block but the last.
    chunk: usize,
    exchanges: Shelf<Exchange>,
    /// What a block said when it failed; nothing is asked of the blocks after it.
    failed: Option<EnvError>,
    seed: u64,
    worlds_per_task: usize,
    resets: u64,
    tasks: Vec<f64>,
    states: Vec<f64>,
    /// Worlds that the next call begins.
    fresh: Vec<bool>,
    steps: Vec<u32>,
    observations: Vec<f64>,
    rewards: Vec<f64>,
    terminated: Vec<u8>,
    truncated: Vec<u8>,
}

impl Worlds {
    /// Worlds of a preset, reset once. `tasks` `[n, K]`; `threads` 0 takes one for every CPU.
    ///
    /// Errors: unknown preset; no tasks; tasks of the wrong shape, not finite or out of bounds; no worlds, or more than memory
    /// holds; no threads.
    pub fn new(
        preset: &str,
        tasks: &[f64],
        worlds_per_task: usize,
        seed: u64,
        threads: usize,
    ) -> Result<Self, EnvError> {
        Worlds::of(environment(preset)?, tasks, worlds_per_task, seed, threads)
    }

    /// [`new`](Worlds::new) with an environment in hand.
    pub fn of(
        environment: Environment,
        tasks: &[f64],
        worlds_per_task: usize,
        seed: u64,
        threads: usize,
    ) -> Result<Self, EnvError> {
        environment.check_tasks(tasks)?;
        let spec = environment.spec();
        for (what, count) in [("the number of tasks", tasks.len()), ("worlds per task", worlds_per_task)] {
            if count == 0 {
                return Err(EnvError::Zero { what });
            }
        }
        let wide = product(&[tasks.len() / spec.task_size, worlds_per_task]);
        let numbers = 2 * spec.state_size + spec.memory_size + spec.observation_size + 2 * spec.task_size + 2;
        let (needed, there) = (wide.saturating_mul(product(&[numbers, size_of::<f64>()])), memory_of_machine());
        if needed > there {
            return Err(EnvError::TooLarge { worlds: wide, preset: spec.preset.clone(), needed, there });
        }
        let count = wide as usize;
        let chunk = environment.abilities().preferred_width.unwrap_or_else(|| narrow(spec)).max(1);
        let widths: Vec<usize> =
            (0..count).step_by(chunk).map(|first| chunk.min(count - first).next_multiple_of(LANES)).collect();
        // One chunk never leaves the calling thread, so it needs no pool.
        let pool = if threads == 1 || count <= CHUNK.max(chunk) { None } else { Some(thread_pool(threads)?) };
        let mut worlds = Worlds {
            pool,
            blocks: environment.blocks(&widths),
            chunk,
            exchanges: Shelf::default(),
            failed: None,
            seed,
            worlds_per_task,
            resets: 0,
            tasks: tasks.chunks_exact(spec.task_size).flat_map(|task| task.repeat(worlds_per_task)).collect(),
            states: vec![0.0; count * spec.state_size],
            fresh: vec![false; count],
            steps: vec![0; count],
            observations: vec![0.0; count * spec.observation_size],
            rewards: vec![0.0; count],
            terminated: vec![0; count],
            truncated: vec![0; count],
            environment,
        };
        worlds.reset();
        Ok(worlds)
    }

    /// The environment.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// W.
    pub fn count(&self) -> usize {
        self.steps.len()
    }

    /// Bytes that the batch and its blocks hold, working memory of its threads aside.
    pub fn bytes(&self) -> usize {
        let numbers = 2 * (self.tasks.len() + self.states.len()) + self.observations.len() + self.rewards.len();
        let memory = self.count() * self.environment.spec().memory_size;
        (numbers + memory) * size_of::<f64>() + self.steps.len() * 7
    }

    /// Constraint solves of all steps so far that met the bound on their iterations (bodies; 0 elsewhere). A solve is one
    /// of a block of lanes: it counts once however many of its worlds were not done. It ends with the best acceleration
    /// found.
    pub fn capped_solves(&self) -> u64 {
        self.blocks.iter().map(|block| block.capped_solves()).sum()
    }

    /// What the worlds' policies see now `[W, S]`.
    pub fn observations(&self) -> &[f64] {
        &self.observations
    }

    /// The complete states `[W, D]`.
    pub fn state(&self) -> &[f64] {
        &self.states
    }

    /// Replaces the states `[W, D]` and starts every episode anew from them: flags and step counters are cleared.
    ///
    /// What a world remembers beside its state (contact forces, positions that lag) takes the values of a world at rest
    /// under no action.
    ///
    /// Errors: a world whose episodes begin where it says; wrong shape, or a row that no world can go on from (not finite, no
    /// orientation). Then nothing has changed.
    pub fn set_state(&mut self, states: &[f64]) -> Result<(), EnvError> {
        self.environment.check_settable()?;
        EnvError::check("states", states, self.count(), self.environment.spec().state_size)?;
        self.environment.check_states(states)?;
        self.states.copy_from_slice(states);
        self.steps.fill(0);
        self.rewards.fill(0.0);
        self.terminated.fill(0);
        self.truncated.fill(0);
        self.fresh.fill(true);
        self.run(None)
    }

    /// Puts every world at a query start. Each reset of a batch draws other starts; they are functions of
    /// (seed, number of the reset, task row, world within the task).
    pub fn reset(&mut self) {
        self.terminated.fill(1);
        self.reset_ended();
    }

    /// Puts every world that is over at a query start, as [`reset`](Worlds::reset) does, and returns how many there were.
    /// The others go on as if nothing had been called. A call that finds none over does not count as a reset. Where a world from
    /// outside fails in it, the next step says so.
    pub fn reset_ended(&mut self) -> usize {
        let stream = Stream::new(self.seed, Purpose::WorldReset, self.resets);
        let spec = self.environment.spec();
        let rows = self.states.chunks_exact_mut(spec.state_size).zip(self.tasks.chunks_exact(spec.task_size));
        let mut ended = 0;
        for (w, (state, task)) in rows.enumerate() {
            self.fresh[w] = self.terminated[w] != 0 || self.truncated[w] != 0;
            if !self.fresh[w] {
                continue;
            }
            let (task_row, episode) = (w / self.worlds_per_task, w % self.worlds_per_task);
            self.environment.start(Start::Query, task, &stream, task_row as u32, episode as u32, state);
            (self.steps[w], self.rewards[w], self.terminated[w], self.truncated[w]) = (0, 0.0, 0, 0);
            ended += 1;
        }
        if ended > 0 {
            self.resets += 1;
            // Kept in `failed`.
            self.run(None).ok();
        }
        ended
    }

    /// Advances every world by one env step under `actions` `[W, A]`, which are divided by the preset's scale and clipped
    /// to [-1, 1].
    ///
    /// Errors: wrong shape, or an action that is not finite (the row is named); then no world has moved. A world that this
    /// step led to a state that is not finite, where the other worlds have moved: reset it, or set a state. A world from outside that
    /// failed, now or before; then there is no going on.
    pub fn step(&mut self, actions: &[f64]) -> Result<StepResult<'_>, EnvError> {
        EnvError::check("actions", actions, self.count(), self.environment.spec().action_size)?;
        self.run(Some(actions))?;
        self.environment.check_states(&self.states)?;
        Ok(StepResult {
            observations: &self.observations,
            rewards: &self.rewards,
            terminated: &self.terminated,
            truncated: &self.truncated,
        })
    }

    /// Steps every world (with actions) or begins the fresh ones (without), and observes, chunk by chunk.
    fn run(&mut self, mut actions: Option<&[f64]>) -> Result<(), EnvError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let spec = self.environment.spec();
        let mut chunks = Vec::with_capacity(self.blocks.len());
        let (mut states, mut tasks, mut fresh) = (&mut self.states[..], &self.tasks[..], &self.fresh[..]);
        let (mut observations, mut rewards, mut steps) =
            (&mut self.observations[..], &mut self.rewards[..], &mut self.steps[..]);
        let (mut terminated, mut truncated) = (&mut self.terminated[..], &mut self.truncated[..]);
        for block in &mut self.blocks {
            let count = steps.len().min(self.chunk);
            chunks.push(Chunk {
                block: &mut **block,
                exchanges: &self.exchanges,
                horizon: spec.horizon as u32,
                tasks: split(&mut tasks, count * spec.task_size),
                actions: actions.as_mut().map(|actions| split(actions, count * spec.action_size)),
                fresh: split(&mut fresh, count),
                states: split_mut(&mut states, count * spec.state_size),
                observations: split_mut(&mut observations, count * spec.observation_size),
                steps: split_mut(&mut steps, count),
                rewards: split_mut(&mut rewards, count),
                terminated: split_mut(&mut terminated, count),
                truncated: split_mut(&mut truncated, count),
            });
        }
        let done: Vec<Result<(), EnvError>> = match &self.pool {
            Some(pool) => pool
                .install(|| chunks.into_par_iter().with_min_len((CHUNK / self.chunk).max(1)).map(Chunk::run).collect()),
            None => chunks.into_iter().map(Chunk::run).collect(),
        };
        let done: Result<(), EnvError> = done.into_iter().collect();
        self.failed = done.clone().err();
        done
    }
}

/// Worlds of a block of which what crosses in a step is about [`CROSSING`].
fn narrow(spec: &EnvSpec) -> usize {
    let numbers = spec.observation_size + spec.action_size + spec.state_size;
    (CROSSING / (numbers * size_of::<f64>()) / LANES * LANES).clamp(FEWEST, CHUNK)
}

/// Takes the first `count` entries off a slice.
fn split<'a, T>(from: &mut &'a [T], count: usize) -> &'a [T] {
    let (first, rest) = from.split_at(count);
    *from = rest;
    first
}

/// [`split`] of a mutable slice.
fn split_mut<'a, T>(from: &mut &'a mut [T], count: usize) -> &'a mut [T] {
    let (first, rest) = std::mem::take(from).split_at_mut(count);
    *from = rest;
    first
}

fn thread_pool(threads: usize) -> Result<WorkerPool, EnvError> {
    WorkerPool::new(threads, "xmrl-worlds").map_err(|error| EnvError::Threads { threads, reason: error.to_string() })
}

/// The worlds of a block; rows as in [`Worlds`].
struct Chunk<'a> {
    block: &'a mut dyn Block<f64>,
    exchanges: &'a Shelf<Exchange>,
    horizon: u32,
    tasks: &'a [f64],
    actions: Option<&'a [f64]>,
    fresh: &'a [bool],
    states: &'a mut [f64],
    observations: &'a mut [f64],
    steps: &'a mut [u32],
    rewards: &'a mut [f64],
    terminated: &'a mut [u8],
    truncated: &'a mut [u8],
}

impl Chunk<'_> {
    fn run(mut self) -> Result<(), EnvError> {
        if self.actions.is_none() && !self.fresh.contains(&true) {
            return Ok(());
        }
        let mut exchange = self.exchanges.take(Box::default);
        let done = match self.actions {
            Some(actions) => self.step(actions, &mut exchange),
            None => self.begin(&mut exchange),
        };
        let done = done.and_then(|()| self.block.observe_rows(self.steps.len(), self.observations));
        self.exchanges.give_back(exchange);
        done
    }

    /// Columns beyond the rows repeat the last one, so that they compute something harmless.
    fn begin(&mut self, exchange: &mut Exchange) -> Result<(), EnvError> {
        let (width, count) = (self.block.width(), self.steps.len());
        let Exchange { flags, numbers, states, .. } = exchange;
        flags.clear();
        flags.extend(self.fresh.iter().map(|&fresh| f64::from(u8::from(fresh))));
        flags.resize(width, flags[count - 1]);
        to_columns(self.tasks, count, width, numbers);
        to_columns(self.states, count, width, states);
        self.block.begin(flags, numbers, states)
    }

    fn step(&mut self, actions: &[f64], exchange: &mut Exchange) -> Result<(), EnvError> {
        let (width, count) = (self.block.width(), self.steps.len());
        let Exchange { flags, numbers, outcomes, .. } = exchange;
        let over = |w: usize| self.terminated[w] != 0 || self.truncated[w] != 0;
        flags.clear();
        flags.extend((0..count).map(|w| f64::from(u8::from(!over(w)))));
        flags.resize(width, flags[count - 1]);
        to_columns(actions, count, width, numbers);
        outcomes.resize(3 * width, 0.0);
        self.block.step(flags, numbers, outcomes)?;
        for w in 0..count {
            if flags[w] == 0.0 {
                self.rewards[w] = 0.0;
                continue;
            }
            self.rewards[w] = outcomes[w];
            self.steps[w] += 1;
            self.terminated[w] = u8::from(outcomes[width + w] > 0.0);
            self.truncated[w] = u8::from(self.terminated[w] == 0 && self.steps[w] >= self.horizon);
        }
        self.block.state_rows(count, self.states)
    }
}
