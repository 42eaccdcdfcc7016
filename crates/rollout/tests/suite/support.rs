//! What the rollout tests share: a drone, a policy, a request, and the plain scalar references.

use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Environment, Pool, Start, environment};
use xmrl_policy::{Activation, PolicySpec, initial_parameters};
use xmrl_rollout::{Precision, Record, Request, Starts, TaskBatch, collect};

pub(crate) const TASKS: usize = 5;

/// Everything a request borrows.
pub(crate) struct Setup {
    pub(crate) env: Environment,
    pub(crate) policy: PolicySpec,
    pub(crate) tasks: Vec<f64>,
    pub(crate) task_ids: Vec<u32>,
    pub(crate) params: Vec<f64>,
}

impl Setup {
    /// The drone.
    pub(crate) fn new() -> Self {
        Self::of("drone-planar")
    }

    /// Five tasks of a preset, each with parameters of its own.
    pub(crate) fn of(preset: &str) -> Self {
        let env = environment(preset).unwrap();
        let spec = env.spec();
        let policy = PolicySpec {
            observation_size: spec.observation_size,
            action_size: spec.action_size,
            hidden: vec![32, 32],
            activation: Activation::Tanh,
            log_std_init: -0.3,
            log_std_min: -2.3,
        };
        let tasks = env.tasks(Pool::Evaluation, 3, TASKS).values;
        let init = Stream::new(7, Purpose::Init, 0);
        let fresh = |task: usize| {
            let mut k = 0;
            initial_parameters(&policy, || {
                k += 1;
                2.0 * init.normal(task as u32, 0, 0, k)
            })
        };
        let params = (0..TASKS).flat_map(fresh).collect();
        Self { env, tasks, task_ids: vec![3, 14, 15, 92, 65], params, policy }
    }

    /// 21 query episodes (two full blocks of 8 doubles and a part) of every task.
    pub(crate) fn request(&self) -> Request<'_> {
        Request {
            env: &self.env,
            policy: &self.policy,
            tasks: &self.tasks,
            task_ids: &self.task_ids,
            params: &self.params,
            episodes: 21,
            first_episode: 0,
            horizon: self.env.spec().horizon,
            starts: Starts::Law(Start::Query),
            start_stream: Stream::new(11, Purpose::QueryStart, 4),
            noise_stream: Stream::new(11, Purpose::QueryNoise, 4),
            precision: Precision::F64,
            deterministic: false,
            record: Record::LearningAndStates,
        }
    }
}

pub(crate) fn run(request: &Request<'_>, threads: usize) -> Vec<TaskBatch> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    collect(request, &pool).unwrap()
}
