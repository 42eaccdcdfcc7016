//! The planar drone, for tests that fly.

use rayon::ThreadPool;
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Environment, Pool, environment};
use xmrl_meta::{Context, InnerRate, MetaSpec};
use xmrl_policy::{Activation, PolicySpec, initial_parameters};

use crate::common::pool;

/// The planar drone with its recipe's policy.
pub(crate) struct Lab {
    pub(crate) env: Environment,
    pub(crate) spec: MetaSpec,
    pub(crate) pool: ThreadPool,
}

impl Lab {
    pub(crate) fn new(threads: usize) -> Self {
        Self::of("drone-planar", threads, InnerRate::Learned, 2.0)
    }

    /// Another preset with the same network.
    pub(crate) fn of(preset: &str, threads: usize, rate: InnerRate, initial_rate: f64) -> Self {
        let env = environment(preset).unwrap();
        let policy = PolicySpec {
            observation_size: env.spec().observation_size,
            action_size: env.spec().action_size,
            hidden: vec![32, 32],
            activation: Activation::Tanh,
            log_std_init: -0.3,
            log_std_min: -2.3,
        };
        Self { env, spec: MetaSpec { policy, rate, initial_rate }, pool: pool(threads) }
    }

    pub(crate) fn context(&self) -> Context<'_> {
        Context { env: &self.env, spec: &self.spec, pool: &self.pool, flights: None }
    }

    pub(crate) fn meta(&self, seed: u64) -> Vec<f64> {
        let init = Stream::new(seed, Purpose::Init, 0);
        let mut drawn = 0..;
        self.spec.initial(initial_parameters(&self.spec.policy, || init.normal(0, 0, 0, drawn.next().unwrap())))
    }

    pub(crate) fn tasks(&self, pool: Pool, count: usize) -> Vec<f64> {
        self.env.tasks(pool, 0, count).values
    }
}
