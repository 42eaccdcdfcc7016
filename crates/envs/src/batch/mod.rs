//! A batch of worlds that is stepped from outside.

mod chunk;
mod flight;
mod sharing;
mod slices;
mod starts;

pub use flight::{AutoReset, Flight};
pub use slices::FlightSlices;

use std::thread::available_parallelism;
use std::time::Instant;

use xmrl_threads::Team;

use crate::block::Block;
use crate::environment::Environment;
use crate::error::EnvError;
use crate::exchange::Exchange;
use crate::memory::{memory_of_machine, product};
use crate::registry::environment;
use crate::scratch::Shelf;
use crate::spec::EnvSpec;
use crate::world::Draw;

use chunk::Chunk;
use sharing::Sharing;
use slices::{split, split_mut};

/// Most worlds that one work item steps. Any number gives the same bits.
const CHUNK: usize = 128;

/// Bytes that cross between a batch and a block in a step, about, where a world asks for no width of its own: they stay in the first
/// cache.
const CROSSING: usize = 20 << 10;

/// Fewest worlds that such a block is made for, so that its calls cost little beside their steps.
const FEWEST: usize = 16;

/// Widths of blocks of lanes are multiples of this.
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
/// [`set_state`](Worlds::set_state); nothing resets by itself but in [`fly`](Worlds::fly), where that is asked for. The bits do not depend on the number of threads, and a
/// world's course depends on its state, task and actions alone.
pub struct Worlds {
    environment: Environment,
    /// As many as the caller allows; 0 is one for every CPU.
    threads: usize,
    /// Absent where the calling thread is enough.
    team: Option<Team>,
    sharing: Sharing,
    blocks: Vec<Box<dyn Block<f64>>>,
    /// Worlds of a block but the last.
    chunk: usize,
    exchanges: Shelf<Exchange>,
    /// What a block said when it failed; nothing is asked of the blocks after it.
    failed: Option<EnvError>,
    seed: u64,
    worlds_per_task: usize,
    /// Starts that each world has drawn.
    resets: Vec<u64>,
    tasks: Vec<f64>,
    states: Vec<f64>,
    /// Worlds that the next call begins.
    fresh: Vec<bool>,
    steps: Vec<u32>,
    observations: Vec<f64>,
    rewards: Vec<f64>,
    terminated: Vec<u8>,
    truncated: Vec<u8>,
    /// Whether a step of each world's episode has been a success so far.
    success: Vec<u8>,
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
        let numbers = 2 * spec.state_size + spec.memory_size + spec.observation_size + 2 * spec.task_size + 3;
        // What beginning all episodes at once takes besides: the states and tasks once more, rows and draws.
        let numbers = numbers + spec.state_size + spec.task_size + 1 + size_of::<Draw>().div_ceil(size_of::<f64>());
        let (needed, there) = (wide.saturating_mul(product(&[numbers, size_of::<f64>()])), memory_of_machine());
        if needed > there {
            return Err(EnvError::TooLarge { worlds: wide, preset: spec.preset.clone(), needed, there });
        }
        let count = wide as usize;
        let abilities = environment.abilities();
        let share = count.div_ceil(if threads == 0 { available_parallelism().map_or(1, usize::from) } else { threads });
        let chunk = if abilities.block_per_thread {
            share
        } else {
            abilities.preferred_width.unwrap_or_else(|| narrow(spec, share)).max(1)
        };
        // Blocks of lanes are filled up; others have the worlds that there are.
        let lanes = if abilities.preferred_width.is_some() { 1 } else { LANES };
        let widths: Vec<usize> =
            (0..count).step_by(chunk).map(|first| chunk.min(count - first).next_multiple_of(lanes)).collect();
        // One chunk never leaves the calling thread, so it needs no helpers.
        let few = if abilities.block_per_thread { chunk } else { CHUNK.max(chunk) };
        let team = if threads == 1 || count <= few { None } else { Some(helped(threads)?) };
        let mut worlds = Worlds {
            threads,
            team,
            sharing: Sharing::default(),
            blocks: environment.blocks(&widths),
            chunk,
            exchanges: Shelf::default(),
            failed: None,
            seed,
            worlds_per_task,
            resets: vec![0; count],
            tasks: tasks.chunks_exact(spec.task_size).flat_map(|task| task.repeat(worlds_per_task)).collect(),
            states: vec![0.0; count * spec.state_size],
            fresh: vec![false; count],
            steps: vec![0; count],
            observations: vec![0.0; count * spec.observation_size],
            rewards: vec![0.0; count],
            terminated: vec![0; count],
            truncated: vec![0; count],
            success: vec![0; count],
            environment,
        };
        worlds.reset();
        // A world from outside that cannot begin is no world.
        match worlds.failed.take() {
            Some(error) => Err(error),
            None => Ok(worlds),
        }
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
        (numbers + memory) * size_of::<f64>() + self.steps.len() * 16
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

    /// 1 where a step of a world's episode has been a success so far `[W]`.
    pub fn success(&self) -> &[u8] {
        &self.success
    }

    /// Advances every world by one env step under `actions` `[W, A]`, which are divided by the preset's scale and clipped
    /// to [-1, 1].
    ///
    /// Errors: wrong shape, or an action that is not finite (the row is named); then no world has moved. A world that this
    /// step led to a state that is not finite, where the other worlds have moved: reset it, or set a state. A world from outside that
    /// failed, now or before; then there is no going on.
    pub fn step(&mut self, actions: &[f64]) -> Result<StepResult<'_>, EnvError> {
        EnvError::check("actions", actions, self.count(), self.environment.spec().action_size)?;
        self.run(Some(actions), None)?;
        Ok(StepResult {
            observations: &self.observations,
            rewards: &self.rewards,
            terminated: &self.terminated,
            truncated: &self.truncated,
        })
    }

    /// Steps every world (with actions) or begins the fresh ones (without), and observes, chunk by chunk; what that gave is written to
    /// `out`, too.
    fn run(&mut self, mut actions: Option<&[f64]>, mut out: Option<FlightSlices<'_>>) -> Result<(), EnvError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let (size, seen) = (self.environment.spec().action_size, self.environment.spec().observation_size);
        // Where processes step, this thread has all of them begin before it waits for any: helpers would only wait, too, and waking them
        // takes as long as several steps. Beginning episodes is another matter: a process may have to be started.
        let processes = self.environment.abilities().block_per_thread;
        let (stepped, elsewhere) = (actions.is_some(), processes && actions.is_some());
        let shared = if processes { !stepped } else { self.sharing.next() };
        let begun = Instant::now();
        let (team, mut chunks) = self.parts();
        for chunk in &mut chunks {
            chunk.actions = actions.as_mut().map(|actions| split(actions, chunk.rows() * size));
            chunk.out = out.as_mut().map(|out| out.split(chunk.rows(), seen));
        }
        let asked = if elsewhere { chunks.iter_mut().try_for_each(Chunk::begin_step) } else { Ok(()) };
        let done: Result<Vec<_>, EnvError> = asked.and_then(|()| {
            match team {
                Some(team) if shared => team.each(&mut chunks, |_, chunk| chunk.run()),
                _ => chunks.iter_mut().for_each(Chunk::run),
            }
            chunks.into_iter().map(|chunk| chunk.done).collect()
        });
        self.failed = done.as_ref().err().cloned();
        if stepped && !processes {
            self.sharing.note(begun.elapsed());
            if self.sharing.wants_helpers() {
                self.call_help()?;
            }
        }
        done?.into_iter().collect()
    }

    /// Makes the team where more than one thread is allowed and there is more than one block to share.
    fn call_help(&mut self) -> Result<(), EnvError> {
        if self.team.is_none() && self.threads != 1 && self.blocks.len() > 1 {
            self.team = Some(helped(self.threads)?);
        }
        Ok(())
    }

    /// The worlds block by block, and whoever helps with them.
    fn parts(&mut self) -> (Option<&mut Team>, Vec<Chunk<'_>>) {
        let spec = self.environment.spec();
        let own_thread = self.environment.abilities().block_per_thread;
        let mut chunks = Vec::with_capacity(self.blocks.len());
        let (mut states, mut tasks, mut fresh) = (&mut self.states[..], &self.tasks[..], &self.fresh[..]);
        let (mut observations, mut rewards, mut steps) =
            (&mut self.observations[..], &mut self.rewards[..], &mut self.steps[..]);
        let (mut terminated, mut truncated) = (&mut self.terminated[..], &mut self.truncated[..]);
        let mut success = &mut self.success[..];
        let mut first = 0;
        for block in &mut self.blocks {
            let count = steps.len().min(self.chunk);
            chunks.push(Chunk {
                environment: &self.environment,
                first,
                done: Ok(Ok(())),
                block: &mut **block,
                padded: !own_thread,
                exchanges: &self.exchanges,
                horizon: spec.horizon as u32,
                tasks: split(&mut tasks, count * spec.task_size),
                actions: None,
                out: None,
                fresh: split(&mut fresh, count),
                states: split_mut(&mut states, count * spec.state_size),
                observations: split_mut(&mut observations, count * spec.observation_size),
                steps: split_mut(&mut steps, count),
                rewards: split_mut(&mut rewards, count),
                terminated: split_mut(&mut terminated, count),
                truncated: split_mut(&mut truncated, count),
                success: split_mut(&mut success, count),
            });
            first += count;
        }
        (self.team.as_mut(), chunks)
    }
}

/// Worlds of a block: a thread's `share` in blocks as equal as whole lanes make them, so that no thread waits for another's last one, of
/// which each has about as many as [`CROSSING`] allows.
fn narrow(spec: &EnvSpec, share: usize) -> usize {
    let numbers = spec.observation_size + spec.action_size + spec.state_size;
    let most = (CROSSING / (numbers * size_of::<f64>())).clamp(FEWEST, CHUNK).div_ceil(LANES);
    let lanes = share.div_ceil(LANES);
    lanes.div_ceil(lanes.div_ceil(most)) * LANES
}

fn helped(threads: usize) -> Result<Team, EnvError> {
    Team::new(threads, "xmrl-worlds").map_err(|error| EnvError::Threads { threads, reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_cut_into_equal_blocks() {
        let environment = environment("cheetah-vel/maml").unwrap();
        let width = |share| narrow(environment.spec(), share);
        // Whole lanes; 62 worlds of this body fill what may cross.
        assert_eq!([512, 96, 160, 3].map(width), [64, 48, 56, 8]);
        let worlds = Worlds::of(environment.clone(), &environment.spec().default_task, 1024, 0, 2).unwrap();
        assert_eq!((worlds.chunk, worlds.blocks.len()), (64, 16), "as many blocks for both threads");
    }
}
