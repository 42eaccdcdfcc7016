//! A batch of worlds that is stepped from outside, one env step a call.

use rayon::prelude::*;
use xmrl_lanes::{Kernel, Lane, dispatch_f64};
use xmrl_threads::WorkerPool;

use crate::env::{Environment, LaneWorld, Start, WorldKernel};
use crate::error::EnvError;
use crate::memory::{memory_of_machine, product};
use crate::numbers::Numbers;
use crate::registry::environment;
use crate::rng::{Purpose, Stream};
use crate::rooms::{Room, Rooms};

/// Worlds that one work item steps. Any number gives the same bits; small batches stay on the calling thread.
const CHUNK: usize = 128;

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
    rooms: Rooms,
    seed: u64,
    worlds_per_task: usize,
    resets: u64,
    capped: u64,
    tasks: Vec<f64>,
    states: Vec<f64>,
    memory: Vec<f64>,
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
        let numbers = spec.state_size + environment.memory_size() + spec.observation_size + spec.task_size + 2;
        let (needed, there) = (wide.saturating_mul(product(&[numbers, size_of::<f64>()])), memory_of_machine());
        if needed > there {
            return Err(EnvError::TooLarge { worlds: wide, preset: spec.preset, needed, there });
        }
        let count = wide as usize;
        // One chunk never leaves the calling thread, so it needs no pool.
        let pool = if threads == 1 || count <= CHUNK { None } else { Some(thread_pool(threads)?) };
        let mut worlds = Worlds {
            pool,
            rooms: Rooms::default(),
            seed,
            worlds_per_task,
            resets: 0,
            capped: 0,
            tasks: tasks.chunks_exact(spec.task_size).flat_map(|task| task.repeat(worlds_per_task)).collect(),
            states: vec![0.0; count * spec.state_size],
            memory: vec![0.0; count * environment.memory_size()],
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

    /// Bytes that the batch holds, working memory of its threads aside.
    pub fn bytes(&self) -> usize {
        let numbers = [&self.tasks, &self.states, &self.memory, &self.observations, &self.rewards];
        numbers.map(Vec::len).iter().sum::<usize>() * size_of::<f64>() + self.steps.len() * 6
    }

    /// Constraint solves of all steps so far that met the bound on their iterations (bodies; 0 elsewhere). A solve is one
    /// of a block of lanes: it counts once however many of its worlds were not done. It ends with the best acceleration
    /// found.
    pub fn capped_solves(&self) -> u64 {
        self.capped
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
    /// Errors: wrong shape, or a row that no world can go on from (not finite, no orientation); then nothing has changed.
    pub fn set_state(&mut self, states: &[f64]) -> Result<(), EnvError> {
        EnvError::check("states", states, self.count(), self.environment.spec().state_size)?;
        self.environment.check_states(states)?;
        self.states.copy_from_slice(states);
        self.begin();
        Ok(())
    }

    /// Puts every world at a query start. Each reset of a batch draws other starts; they are functions of
    /// (seed, number of the reset, task row, world within the task).
    pub fn reset(&mut self) {
        self.terminated.fill(1);
        self.reset_ended();
    }

    /// Puts every world that is over at a query start, as [`reset`](Worlds::reset) does, and returns how many there were.
    /// The others go on as if nothing had been called. A call that finds none over does not count as a reset.
    pub fn reset_ended(&mut self) -> usize {
        let stream = Stream::new(self.seed, Purpose::WorldReset, self.resets);
        let spec = self.environment.spec();
        let rows = self.states.chunks_exact_mut(spec.state_size).zip(self.tasks.chunks_exact(spec.task_size));
        let mut ended = 0;
        for (w, (state, task)) in rows.enumerate() {
            if self.terminated[w] == 0 && self.truncated[w] == 0 {
                continue;
            }
            let (task_row, episode) = (w / self.worlds_per_task, w % self.worlds_per_task);
            self.environment.start(Start::Query, task, &stream, task_row as u32, episode as u32, state);
            (self.steps[w], self.rewards[w], self.terminated[w], self.truncated[w]) = (0, 0.0, 0, 0);
            ended += 1;
        }
        if ended > 0 {
            self.resets += 1;
            self.run(None);
        }
        ended
    }

    /// Advances every world by one env step under `actions` `[W, A]`, which are divided by the preset's scale and clipped
    /// to [-1, 1].
    ///
    /// Errors: wrong shape, or an action that is not finite (the row is named); then no world has moved. A world that this
    /// step led to a state that is not finite, where the other worlds have moved: reset it, or set a state.
    pub fn step(&mut self, actions: &[f64]) -> Result<StepResult<'_>, EnvError> {
        EnvError::check("actions", actions, self.count(), self.environment.spec().action_size)?;
        self.run(Some(actions));
        self.environment.check_states(&self.states)?;
        Ok(StepResult {
            observations: &self.observations,
            rewards: &self.rewards,
            terminated: &self.terminated,
            truncated: &self.truncated,
        })
    }

    /// A fresh episode from the present states.
    fn begin(&mut self) {
        self.steps.fill(0);
        self.rewards.fill(0.0);
        self.terminated.fill(0);
        self.truncated.fill(0);
        self.run(None);
    }

    /// Steps every world (with actions) or begins those that have taken no step (without), and observes, chunk by chunk.
    fn run(&mut self, mut actions: Option<&[f64]>) {
        let spec = self.environment.spec();
        let memory_size = self.environment.memory_size();
        let mut chunks = Vec::with_capacity(self.steps.len().div_ceil(CHUNK));
        let (mut states, mut memory, mut tasks) = (&mut self.states[..], &mut self.memory[..], &self.tasks[..]);
        let (mut observations, mut rewards, mut steps) =
            (&mut self.observations[..], &mut self.rewards[..], &mut self.steps[..]);
        let (mut terminated, mut truncated) = (&mut self.terminated[..], &mut self.truncated[..]);
        while !steps.is_empty() {
            let count = steps.len().min(CHUNK);
            chunks.push(Chunk {
                rooms: &self.rooms,
                horizon: spec.horizon as u32,
                tasks: split(&mut tasks, count * spec.task_size),
                actions: actions.as_mut().map(|actions| split(actions, count * spec.action_size)),
                states: split_mut(&mut states, count * spec.state_size),
                memory: split_mut(&mut memory, count * memory_size),
                observations: split_mut(&mut observations, count * spec.observation_size),
                steps: split_mut(&mut steps, count),
                rewards: split_mut(&mut rewards, count),
                terminated: split_mut(&mut terminated, count),
                truncated: split_mut(&mut truncated, count),
            });
        }
        let environment = &self.environment;
        let advance = |chunk: Chunk<'_>| environment.visit(chunk);
        self.capped += match &self.pool {
            Some(pool) => pool.install(|| chunks.into_par_iter().map(advance).sum::<u64>()),
            None => chunks.into_iter().map(advance).sum(),
        };
    }
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

/// Some consecutive worlds; rows as in [`Worlds`].
struct Chunk<'a> {
    rooms: &'a Rooms,
    horizon: u32,
    tasks: &'a [f64],
    actions: Option<&'a [f64]>,
    states: &'a mut [f64],
    memory: &'a mut [f64],
    observations: &'a mut [f64],
    steps: &'a mut [u32],
    rewards: &'a mut [f64],
    terminated: &'a mut [u8],
    truncated: &'a mut [u8],
}

impl WorldKernel for Chunk<'_> {
    type Output = u64;
    fn run<W: LaneWorld>(self, world: &W) -> u64 {
        dispatch_f64(Advance { world, chunk: self })
    }
}

struct Advance<'a, W> {
    world: &'a W,
    chunk: Chunk<'a>,
}

impl<W: LaneWorld> Kernel for Advance<'_, W> {
    type Output = u64;
    #[inline(always)]
    fn run<L: Lane>(self) -> u64 {
        advance::<W, <W::Numbers as Numbers>::Of<L>>(self.world, self.chunk)
    }
}

/// Steps the chunk's worlds, or begins those that have taken no step; returns the capped solves.
#[inline(always)]
fn advance<W: LaneWorld, L: Lane>(world: &W, chunk: Chunk<'_>) -> u64 {
    let sizes = world.sizes();
    let width = sizes.state + sizes.memory + sizes.observation + sizes.task + sizes.action;
    let make = || Room { scratch: world.scratch::<L>(), lanes: vec![L::splat(0.0); width] };
    let rooms = chunk.rooms;
    let mut room = rooms.take(make);
    let Room { scratch, lanes } = &mut *room;
    let before = world.capped_solves(scratch);
    let (state, rest) = lanes.split_at_mut(sizes.state);
    let (memory, rest) = rest.split_at_mut(sizes.memory);
    let (observation, rest) = rest.split_at_mut(sizes.observation);
    let (task, action) = rest.split_at_mut(sizes.task);
    for first in (0..chunk.steps.len()).step_by(L::N) {
        let rows = first..(first + L::N).min(chunk.steps.len());
        gather(&chunk.states[..], rows.clone(), state);
        if let Some(actions) = chunk.actions {
            gather(&chunk.memory[..], rows.clone(), memory);
            gather(chunk.tasks, rows.clone(), task);
            gather(actions, rows.clone(), action);
            let outcome = world.step(scratch, task, state, memory, action);
            for (lane, w) in rows.clone().enumerate() {
                if chunk.terminated[w] != 0 || chunk.truncated[w] != 0 {
                    chunk.rewards[w] = 0.0;
                    put(&chunk.states[..], w, lane, state);
                    put(&chunk.memory[..], w, lane, memory);
                } else {
                    chunk.rewards[w] = outcome.reward.get(lane);
                    chunk.steps[w] += 1;
                    chunk.terminated[w] = u8::from(outcome.terminated.get(lane) > 0.0);
                    chunk.truncated[w] = u8::from(chunk.terminated[w] == 0 && chunk.steps[w] >= chunk.horizon);
                }
            }
            scatter(state, rows.clone(), chunk.states);
        } else {
            if rows.clone().all(|w| chunk.steps[w] > 0) {
                continue;
            }
            world.begin(scratch, state, memory);
            for (lane, w) in rows.clone().enumerate() {
                if chunk.steps[w] > 0 {
                    put(&chunk.memory[..], w, lane, memory);
                }
            }
        }
        scatter(memory, rows.clone(), chunk.memory);
        world.observe(scratch, state, memory, observation);
        scatter(observation, rows, chunk.observations);
    }
    let capped = world.capped_solves(scratch) - before;
    rooms.give_back(room);
    capped
}

/// Row `row` of a row-major array to one lane: what a world that is over keeps.
#[inline(always)]
fn put<L: Lane>(from: &[f64], row: usize, lane: usize, to: &mut [L]) {
    let width = to.len();
    for (k, to) in to.iter_mut().enumerate() {
        to.set(lane, from[row * width + k]);
    }
}

/// Rows of a row-major array to lanes; lanes without a row repeat the first, so that they compute something harmless.
#[inline(always)]
fn gather<L: Lane>(from: &[f64], rows: core::ops::Range<usize>, to: &mut [L]) {
    let width = to.len();
    // Rows outside: a world with hundreds of numbers is read and written from one end to the other.
    for lane in 0..L::N {
        let row = if lane < rows.len() { rows.start + lane } else { rows.start };
        for (to, &x) in to.iter_mut().zip(&from[row * width..][..width]) {
            to.set(lane, x);
        }
    }
}

/// Lanes to rows of a row-major array.
#[inline(always)]
fn scatter<L: Lane>(from: &[L], rows: core::ops::Range<usize>, to: &mut [f64]) {
    let width = from.len();
    for (lane, row) in rows.enumerate() {
        for (to, x) in to[row * width..][..width].iter_mut().zip(from) {
            *to = x.get(lane);
        }
    }
}
