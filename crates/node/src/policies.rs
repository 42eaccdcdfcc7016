//! A policy that is asked for actions, across the seam.

use napi::Env;
use napi::bindgen_prelude::{Float64ArraySlice, ObjectFinalize, Uint8Array};
use napi_derive::napi;
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_policy::{LanePolicy, PolicySpec};
use xmrl_rollout::{ROWS_WORTH_THREADS, act};
use xmrl_threads::{Owner, WorkerPool};

use crate::arrays::fill;
use crate::checkpoint;
use crate::counts::{THREADS, count, number, word};
use crate::error::{Result, SeamError};
use crate::executor::guard_for;
use crate::options::PolicyShape;

/// The policy of some weights, packed for roll-outs in double precision; see `Policy` in TypeScript.
#[napi(custom_finalize)]
pub struct NativePolicy {
    spec: PolicySpec,
    policy: LanePolicy<f64>,
    threads: usize,
    /// Started by the first call that is worth it.
    pool: Option<WorkerPool>,
    /// Whom its threads work for.
    owner: Owner,
    /// Calls that drew noise of the policy's own.
    drawn: u64,
    /// What V8 was told that it keeps alive, bytes.
    told: i64,
}

impl ObjectFinalize for NativePolicy {
    fn finalize(self, env: Env) -> napi::Result<()> {
        env.adjust_external_memory(-self.told).map(|_| ())
    }
}

impl NativePolicy {
    /// The pool, where so many rows are worth one.
    fn wake(&mut self, rows: usize) -> Result<()> {
        if self.threads > 1 && rows >= ROWS_WORTH_THREADS && self.pool.is_none() {
            let fail = |error: std::io::Error| {
                SeamError::new("ERR_NATIVE", format!("no thread pool of {}: {error}", self.threads))
            };
            self.pool = Some(WorkerPool::new(self.threads, "xmrl-policy").map_err(fail)?);
        }
        Ok(())
    }

    /// `expected`: how many numbers the caller has room for.
    fn actions(&mut self, observations: &[f64], expected: usize, mean: bool, seed: Option<f64>) -> Result<Vec<f64>> {
        // A seed's noise is number 0 of its own; noise without one is number 1 and on of seed 0.
        let noise = match seed {
            Some(seed) => Stream::new(u64::from(word("seed", seed, u32::MAX)?), Purpose::Act, 0),
            None => Stream::new(0, Purpose::Act, 1 + self.drawn),
        };
        let rows = observations.len() / self.spec.observation_size;
        // Before noise is drawn.
        if expected != rows * self.spec.action_size {
            let text = format!("actions: expected [{rows}, {}], got {expected} numbers", self.spec.action_size);
            return Err(SeamError::new("ERR_SHAPE", text));
        }
        self.wake(rows)?;
        let pool = self.pool.as_deref().filter(|_| rows >= ROWS_WORTH_THREADS);
        let actions = act(&self.spec, &self.policy, observations, (!mean).then_some(noise), pool)?;
        self.drawn += u64::from(!mean && seed.is_none());
        Ok(actions)
    }
}

#[napi]
impl NativePolicy {
    /// The policy of the bytes of a learner's checkpoint.
    #[napi(constructor)]
    pub fn new(env: Env, shape: PolicyShape, weights: Uint8Array, threads: f64) -> napi::Result<Self> {
        let owner = Owner::new();
        let (spec, policy, threads) = guard_for(&owner, || {
            let spec = shape.spec()?;
            let (meta, _) = checkpoint::from_bytes(&spec, &weights)?;
            let policy = LanePolicy::new(&spec.policy, spec.theta(&meta))?;
            Ok((spec.policy, policy, count("threads", threads, THREADS)?))
        })?;
        let told = i64::try_from(spec.parameters() * size_of::<f64>()).unwrap_or(0);
        env.adjust_external_memory(told)?;
        Ok(Self { spec, policy, threads, pool: None, owner, drawn: 0, told })
    }

    /// P.
    #[napi(getter)]
    pub fn parameters(&self) -> napi::Result<f64> {
        Ok(guard_for(&self.owner, || Ok(number(self.spec.parameters())))?)
    }

    /// Writes actions for `observations [W, S]` to `actions [W, A]`: means, or samples on the noise of `seed`, of the policy's own where
    /// left out.
    #[napi]
    pub fn act(
        &mut self,
        observations: Float64ArraySlice<'_>,
        mut actions: Float64ArraySlice<'_>,
        mean: bool,
        seed: Option<f64>,
    ) -> napi::Result<()> {
        let owner = self.owner.clone();
        Ok(guard_for(&owner, || {
            let room = actions.len();
            fill("actions", &mut actions, &self.actions(&observations, room, mean, seed)?)
        })?)
    }
}
