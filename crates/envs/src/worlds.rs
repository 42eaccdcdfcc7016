//! A batch of worlds that is stepped from outside, one env step a call.

use rayon::prelude::*;
use xmrl_lanes::{Kernel, Lane, dispatch_f64};

use crate::env::{Environment, LaneWorld, Start, WorldKernel};
use crate::error::EnvError;
use crate::registry::environment;
use crate::rng::{Purpose, Stream};

/// Worlds that one work item steps. Any number gives the same bits; small batches stay on the calling thread.
const CHUNK: usize = 512;

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
    pool: Option<rayon::ThreadPool>,
    seed: u64,
    worlds_per_task: usize,
    resets: u64,
    tasks: Vec<f64>,
    states: Vec<f64>,
    steps: Vec<u32>,
    observations: Vec<f64>,
    rewards: Vec<f64>,
    terminated: Vec<u8>,
    truncated: Vec<u8>,
}

impl Worlds {
    /// Worlds of a preset, reset once. `tasks` `[n, K]`; `threads` 0 takes one for every CPU.
    ///
    /// Errors: unknown preset; no tasks; tasks of the wrong shape, not finite or out of bounds; no worlds; no threads.
    pub fn new(
        preset: &str,
        tasks: &[f64],
        worlds_per_task: usize,
        seed: u64,
        threads: usize,
    ) -> Result<Self, EnvError> {
        let environment = environment(preset)?;
        environment.check_tasks(tasks)?;
        let spec = environment.spec();
        for (what, count) in [("the number of tasks", tasks.len()), ("worlds per task", worlds_per_task)] {
            if count == 0 {
                return Err(EnvError::Zero { what });
            }
        }
        let count = tasks.len() / spec.task_size * worlds_per_task;
        // One chunk never leaves the calling thread, so it needs no pool.
        let pool = if threads == 1 || count <= CHUNK { None } else { Some(thread_pool(threads)?) };
        let mut worlds = Worlds {
            pool,
            seed,
            worlds_per_task,
            resets: 0,
            tasks: tasks.chunks_exact(spec.task_size).flat_map(|task| task.repeat(worlds_per_task)).collect(),
            states: vec![0.0; count * spec.state_size],
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
    /// Errors: wrong shape, or an entry that is not finite; then nothing has changed.
    pub fn set_state(&mut self, states: &[f64]) -> Result<(), EnvError> {
        EnvError::check("states", states, self.count(), self.environment.spec().state_size)?;
        self.states.copy_from_slice(states);
        self.begin();
        Ok(())
    }

    /// Puts every world at a query start. Each reset of a batch draws other starts; they are functions of
    /// (seed, number of the reset, task row, world within the task).
    pub fn reset(&mut self) {
        let stream = Stream::new(self.seed, Purpose::WorldReset, self.resets);
        self.resets += 1;
        let spec = self.environment.spec();
        let rows = self.states.chunks_exact_mut(spec.state_size).zip(self.tasks.chunks_exact(spec.task_size));
        for (w, (state, task)) in rows.enumerate() {
            let (task_row, episode) = (w / self.worlds_per_task, w % self.worlds_per_task);
            self.environment.start(Start::Query, task, &stream, task_row as u32, episode as u32, state);
        }
        self.begin();
    }

    /// Advances every world by one env step under `actions` `[W, A]`, which are clipped to [-1, 1].
    ///
    /// Errors: wrong shape, or an action that is not finite (the row is named); then no world has moved.
    pub fn step(&mut self, actions: &[f64]) -> Result<StepResult<'_>, EnvError> {
        EnvError::check("actions", actions, self.count(), self.environment.spec().action_size)?;
        self.run(Some(actions));
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

    /// Steps (with actions) and observes every world, chunk by chunk.
    fn run(&mut self, actions: Option<&[f64]>) {
        let spec = self.environment.spec();
        let chunks: Vec<Chunk<'_>> = self
            .states
            .chunks_mut(CHUNK * spec.state_size)
            .zip(self.observations.chunks_mut(CHUNK * spec.observation_size))
            .zip(self.tasks.chunks(CHUNK * spec.task_size))
            .zip(self.steps.chunks_mut(CHUNK))
            .zip(self.rewards.chunks_mut(CHUNK))
            .zip(self.terminated.chunks_mut(CHUNK).zip(self.truncated.chunks_mut(CHUNK)))
            .enumerate()
            .map(|(c, (((((states, observations), tasks), steps), rewards), (terminated, truncated)))| {
                let first = c * CHUNK * spec.action_size;
                let actions = actions.map(|a| &a[first..first + steps.len() * spec.action_size]);
                let horizon = spec.horizon as u32;
                Chunk { horizon, tasks, actions, states, observations, steps, rewards, terminated, truncated }
            })
            .collect();
        let environment = &self.environment;
        let advance = |chunk: Chunk<'_>| environment.visit(chunk);
        match &self.pool {
            Some(pool) => pool.install(|| chunks.into_par_iter().for_each(advance)),
            None => chunks.into_iter().for_each(advance),
        }
    }
}

fn thread_pool(threads: usize) -> Result<rayon::ThreadPool, EnvError> {
    let named = rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(|i| format!("xmrl-worlds-{i}"));
    named.build().map_err(|error| EnvError::Threads { threads, reason: error.to_string() })
}

/// Some consecutive worlds; rows as in [`Worlds`].
struct Chunk<'a> {
    horizon: u32,
    tasks: &'a [f64],
    actions: Option<&'a [f64]>,
    states: &'a mut [f64],
    observations: &'a mut [f64],
    steps: &'a mut [u32],
    rewards: &'a mut [f64],
    terminated: &'a mut [u8],
    truncated: &'a mut [u8],
}

impl WorldKernel for Chunk<'_> {
    type Output = ();
    fn run<W: LaneWorld>(self, world: &W) {
        dispatch_f64(Advance { world, chunk: self });
    }
}

struct Advance<'a, W> {
    world: &'a W,
    chunk: Chunk<'a>,
}

/// Room for the largest state, observation, action and task of a world.
const WIDEST: usize = 128;

impl<W: LaneWorld> Kernel for Advance<'_, W> {
    type Output = ();
    #[inline(always)]
    fn run<L: Lane>(self) {
        const { assert!(W::STATE <= WIDEST && W::OBS <= WIDEST && W::ACT <= WIDEST && W::TASK <= WIDEST) };
        let Advance { world, chunk } = self;
        let zero = L::splat(0.0);
        let (mut task, mut action) = ([zero; WIDEST], [zero; WIDEST]);
        let (mut state, mut before, mut observation) = ([zero; WIDEST], [zero; WIDEST], [zero; WIDEST]);
        let count = chunk.steps.len();
        for first in (0..count).step_by(L::N) {
            let rows = first..(first + L::N).min(count);
            gather(&chunk.states[..], rows.clone(), &mut state[..W::STATE]);
            if let Some(actions) = chunk.actions {
                gather(chunk.tasks, rows.clone(), &mut task[..W::TASK]);
                gather(actions, rows.clone(), &mut action[..W::ACT]);
                before[..W::STATE].copy_from_slice(&state[..W::STATE]);
                let outcome = world.step(&task[..W::TASK], &mut state[..W::STATE], &action[..W::ACT]);
                for (lane, w) in rows.clone().enumerate() {
                    let over = chunk.terminated[w] != 0 || chunk.truncated[w] != 0;
                    if over {
                        for k in 0..W::STATE {
                            state[k].set(lane, before[k].get(lane));
                        }
                    }
                    chunk.rewards[w] = if over { 0.0 } else { outcome.reward.get(lane) };
                    if !over {
                        chunk.steps[w] += 1;
                        chunk.terminated[w] = u8::from(outcome.terminated.get(lane) > 0.0);
                        chunk.truncated[w] = u8::from(chunk.terminated[w] == 0 && chunk.steps[w] >= chunk.horizon);
                    }
                }
                scatter(&state[..W::STATE], rows.clone(), chunk.states);
            }
            world.observe(&state[..W::STATE], &mut observation[..W::OBS]);
            scatter(&observation[..W::OBS], rows, chunk.observations);
        }
    }
}

/// Rows of a row-major array to lanes; lanes without a row repeat the first, so that they compute something harmless.
#[inline(always)]
fn gather<L: Lane>(from: &[f64], rows: core::ops::Range<usize>, to: &mut [L]) {
    let width = to.len();
    for (k, to) in to.iter_mut().enumerate() {
        for lane in 0..L::N {
            let row = if lane < rows.len() { rows.start + lane } else { rows.start };
            to.set(lane, from[row * width + k]);
        }
    }
}

/// Lanes to rows of a row-major array.
#[inline(always)]
fn scatter<L: Lane>(from: &[L], rows: core::ops::Range<usize>, to: &mut [f64]) {
    let width = from.len();
    for (k, from) in from.iter().enumerate() {
        for (lane, row) in rows.clone().enumerate() {
            to[row * width + k] = from.get(lane);
        }
    }
}
