//! Environment steps per second: worlds stepped from outside, and whole rollouts of a policy with their records.

use std::time::{Duration, Instant};

use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Environment, Pool, Start, Worlds};
use xmrl_meta::{first_parameters, worker_pool};
use xmrl_policy::{Activation, PolicySpec};
use xmrl_rollout::{Precision, Record, Request, Starts, TaskBatch, collect};
use xmrl_threads::WorkerPool;

use crate::clock::{Plan, Timing, repeat, timed};
use crate::error::{MeasureError, Result};
use crate::setup::policy_for;

/// Seed of tasks, starts, actions and parameters.
const SEED: u64 = 1;
/// Action sets of bare worlds, used in turn so that no random numbers are timed.
const ACTION_SETS: u32 = 10;

/// What to time.
#[derive(Debug, Clone)]
pub struct RolloutRequest {
    /// The environment.
    pub env: Environment,
    /// W, worlds at a time; in rollouts, episodes.
    pub worlds: usize,
    /// N, tasks that share them equally. A task of a rollout is worked on by one thread.
    pub tasks: usize,
    /// Threads.
    pub threads: usize,
    /// Number type in which rollouts compute and store their rows.
    pub precision: Precision,
    /// Units of the policy's hidden layers.
    pub hidden: Vec<usize>,
    /// Its activation.
    pub activation: Activation,
    /// How long and how often.
    pub plan: Plan,
}

/// Times and the steps that they took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RolloutFigures {
    /// One env step of all worlds under random actions, nothing recorded.
    pub bare: Timing,
    /// Its env steps: W.
    pub bare_steps: usize,
    /// W whole episodes of a fresh policy: policy, noise, world, learning records.
    pub policy: Timing,
    /// Their env steps.
    pub policy_steps: usize,
}

/// Times worlds of an environment with and without a policy.
///
/// # Errors
/// Worlds that are none or no multiple of the tasks; a bad policy; threads the system cannot start.
pub fn rollout(request: &RolloutRequest) -> Result<RolloutFigures> {
    let plan = &request.plan;
    let mut bare = Bare::new(request)?;
    let bare_timing = timed(plan, |times| bare.step(times))?;
    let bare_steps = request.worlds;
    drop(bare);
    let rollouts = Rollouts::new(request)?;
    let policy_steps = rollouts.fly()?;
    let policy = timed(plan, |times| repeat(times, || rollouts.fly()))?;
    Ok(RolloutFigures { bare: bare_timing, bare_steps, policy, policy_steps })
}

impl RolloutRequest {
    /// Worlds of each task.
    fn per_task(&self) -> Result<usize> {
        let fail = |key, got: usize, fix| Err(MeasureError::Option { key, got: got.to_string(), fix });
        match *self {
            Self { threads: 0, .. } => fail("threads", 0, "give at least one"),
            Self { tasks: 0, .. } => fail("tasks", 0, "give at least one"),
            Self { worlds, tasks, .. } if worlds == 0 || worlds % tasks != 0 => {
                fail("worlds", worlds, "give a multiple of the tasks")
            }
            Self { worlds, tasks, .. } => Ok(worlds / tasks),
        }
    }
}

/// Worlds under random play: physics, reward, observation; no policy.
pub struct Bare {
    worlds: Worlds,
    actions: Vec<Vec<f64>>,
    taken: usize,
}

impl Bare {
    /// Worlds of a request, at their starts.
    ///
    /// # Errors
    /// As [`rollout`].
    pub fn new(request: &RolloutRequest) -> Result<Self> {
        let each = request.per_task()?;
        let env = &request.env;
        let tasks = env.tasks(Pool::Evaluation, SEED, request.tasks).values;
        let noise = Stream::new(SEED, Purpose::QueryNoise, 0);
        let spec = env.spec();
        let entries = u32::try_from(request.worlds * spec.action_size).unwrap_or(u32::MAX);
        let actions = |step| (0..entries).map(|i| spec.action_scale * noise.normal(0, 0, step, i)).collect();
        Ok(Self {
            worlds: Worlds::of(env.clone(), &tasks, each, 0, request.threads)?,
            actions: (0..ACTION_SETS).map(actions).collect(),
            taken: 0,
        })
    }

    /// The time of `times` env steps of all worlds. Worlds that are over start anew, untimed, so that only live ones count.
    ///
    /// # Errors
    /// A world that leaves the numbers.
    pub fn step(&mut self, times: u64) -> Result<Duration> {
        let mut spent = Duration::ZERO;
        for _ in 0..times {
            let actions = &self.actions[self.taken % self.actions.len()];
            let from = Instant::now();
            self.worlds.step(actions)?;
            spent += from.elapsed();
            self.taken += 1;
            self.worlds.reset_ended();
        }
        Ok(spent)
    }
}

/// Whole episodes of a policy, and the threads that fly them.
pub struct Rollouts {
    env: Environment,
    policy: PolicySpec,
    params: Vec<f64>,
    tasks: Vec<f64>,
    ids: Vec<u32>,
    episodes: usize,
    precision: Precision,
    pool: WorkerPool,
}

impl Rollouts {
    /// Episodes of a request.
    ///
    /// # Errors
    /// As [`rollout`].
    pub fn new(request: &RolloutRequest) -> Result<Self> {
        let episodes = request.per_task()?;
        let env = request.env.clone();
        let policy = policy_for(env.spec(), &request.hidden, request.activation);
        policy.validate().map_err(xmrl_meta::MetaError::from)?;
        Ok(Self {
            params: first_parameters(&policy, SEED),
            tasks: env.tasks(Pool::Evaluation, SEED, request.tasks).values,
            ids: (0..).take(request.tasks).collect(),
            pool: worker_pool(request.threads)?,
            precision: request.precision,
            env,
            policy,
            episodes,
        })
    }

    /// Flies them all, learning records kept until the end; the env steps taken, the same every time.
    ///
    /// # Errors
    /// What the rollout refuses.
    pub fn fly(&self) -> Result<usize> {
        let request = Request {
            env: &self.env,
            policy: &self.policy,
            tasks: &self.tasks,
            task_ids: &self.ids,
            params: &self.params,
            episodes: self.episodes,
            first_episode: 0,
            horizon: self.env.spec().horizon,
            starts: Starts::Law(Start::Query),
            start_stream: Stream::new(SEED, Purpose::QueryStart, 0),
            noise_stream: Stream::new(SEED, Purpose::QueryNoise, 0),
            precision: self.precision,
            deterministic: false,
            record: Record::Learning,
        };
        Ok(match self.precision {
            Precision::F64 => collect::<f64>(&request, &self.pool)?.iter().map(TaskBatch::env_steps).sum(),
            Precision::F32 => collect::<f32>(&request, &self.pool)?.iter().map(TaskBatch::env_steps).sum(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(worlds: usize, tasks: usize) -> RolloutRequest {
        RolloutRequest {
            env: xmrl_envs::environment("cheetah-vel/gym").expect("a preset without prices"),
            worlds,
            tasks,
            threads: 2,
            precision: Precision::F32,
            hidden: vec![8],
            activation: Activation::Tanh,
            plan: Plan { runs: 1, seconds: 0.0, tries: 0 },
        }
    }

    #[test]
    fn steps_are_counted() {
        let figures = rollout(&request(6, 3)).expect("figures");
        // A cheetah never ends before the horizon of 200.
        assert_eq!((figures.bare_steps, figures.policy_steps), (6, 6 * 200));
        assert!(figures.bare.median > 0.0 && figures.policy.median > figures.bare.median);
    }

    #[test]
    fn requests_that_do_not_fit_are_refused() {
        let message = |request: RolloutRequest| rollout(&request).expect_err("refused").to_string();
        assert_eq!(message(request(7, 3)), "worlds is 7; give a multiple of the tasks");
        assert_eq!(message(RolloutRequest { threads: 0, ..request(6, 3) }), "threads is 0; give at least one");
        assert!(message(RolloutRequest { hidden: vec![0], ..request(6, 3) }).contains("hidden[0] is 0"));
    }
}
