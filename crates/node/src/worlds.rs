//! A batch of worlds across the seam.

use napi::Env;
use napi::bindgen_prelude::{ClassInstance, Float64Array, ObjectFinalize, Uint8Array};
use napi_derive::napi;
use xmrl_envs::Worlds;
use xmrl_threads::Owner;

use crate::counts::{THREADS, WORLDS, count, word};
use crate::environments::{held, named};
use crate::error::{Result, SeamError};
use crate::executor::guard_for;
use crate::market::NativeMarket;

/// What one step of a batch gave.
#[napi(object)]
pub struct NativeStep {
    /// `[W, S]` after the step.
    pub observations: Float64Array,
    /// `[W]`.
    pub rewards: Float64Array,
    /// `[W]` 1 where the rules ended the episode.
    pub terminated: Uint8Array,
    /// `[W]` 1 where the horizon ended it.
    pub truncated: Uint8Array,
}

/// A batch of worlds of one preset; see `Worlds` in TypeScript.
#[napi(custom_finalize)]
pub struct NativeWorlds {
    /// Absent once it is disposed of.
    worlds: Option<Worlds>,
    /// Whom the threads of its pool work for.
    owner: Owner,
    /// What V8 was told that it keeps alive, bytes.
    told: i64,
}

impl ObjectFinalize for NativeWorlds {
    fn finalize(mut self, env: Env) -> napi::Result<()> {
        self.forget(&env)
    }
}

impl NativeWorlds {
    /// Takes back what V8 was told.
    fn forget(&mut self, env: &Env) -> napi::Result<()> {
        match std::mem::take(&mut self.told) {
            0 => Ok(()),
            told => env.adjust_external_memory(-told).map(|_| ()),
        }
    }

    /// `work` on the worlds, guarded; `ERR_DISPOSED` where there are none left.
    fn with<T>(&mut self, work: impl FnOnce(&mut Worlds) -> Result<T>) -> napi::Result<T> {
        let worlds = self.worlds.as_mut();
        let worlds =
            worlds.ok_or_else(|| SeamError::new("ERR_DISPOSED", "these worlds are disposed: make new ones"))?;
        Ok(guard_for(&self.owner, || work(worlds))?)
    }
}

#[napi]
impl NativeWorlds {
    /// `tasks [n, K]`, W = n × `worlds_per_task` worlds; of a stock preset on prices from outside, with its market.
    #[napi(constructor)]
    pub fn new(
        env: Env,
        preset: String,
        tasks: Float64Array,
        worlds_per_task: f64,
        seed: f64,
        threads: f64,
        market: Option<ClassInstance<'_, NativeMarket>>,
    ) -> napi::Result<Self> {
        let owner = Owner::new();
        let worlds = guard_for(&owner, || {
            let each = count("worldsPerTask", worlds_per_task, WORLDS)?;
            let (seed, threads) = (word("seed", seed, u32::MAX)?, count("threads", threads, THREADS)?);
            Ok(Worlds::of(named(&preset, held(market.as_ref()))?, &tasks, each, u64::from(seed), threads)?)
        })?;
        let told = i64::try_from(worlds.bytes()).unwrap_or(i64::MAX);
        env.adjust_external_memory(told)?;
        Ok(Self { worlds: Some(worlds), owner, told })
    }

    /// Frees its memory and ends its threads, now; every later call is `ERR_DISPOSED`. Twice is once.
    #[napi]
    pub fn dispose(&mut self, env: Env) -> napi::Result<()> {
        guard_for(&self.owner, || {
            self.worlds = None;
            Ok(())
        })?;
        self.forget(&env)
    }

    /// `[W, S]`.
    #[napi]
    pub fn observations(&mut self) -> napi::Result<Float64Array> {
        self.with(|worlds| Ok(worlds.observations().to_vec().into()))
    }

    /// Steps every world under `actions [W, A]`.
    #[napi]
    pub fn step(&mut self, actions: Float64Array) -> napi::Result<NativeStep> {
        self.with(|worlds| {
            let result = worlds.step(&actions)?;
            Ok(NativeStep {
                observations: result.observations.to_vec().into(),
                rewards: result.rewards.to_vec().into(),
                terminated: result.terminated.to_vec().into(),
                truncated: result.truncated.to_vec().into(),
            })
        })
    }

    /// `[W, D]`.
    #[napi]
    pub fn state(&mut self) -> napi::Result<Float64Array> {
        self.with(|worlds| Ok(worlds.state().to_vec().into()))
    }

    /// Constraint solves so far, counted per block of lanes, that met the iteration bound.
    #[napi(getter)]
    pub fn capped_solves(&mut self) -> napi::Result<f64> {
        self.with(|worlds| Ok(worlds.capped_solves() as f64))
    }

    /// Puts every world in a state `[W, D]` and starts its episode anew.
    #[napi]
    pub fn set_state(&mut self, states: Float64Array) -> napi::Result<()> {
        self.with(|worlds| Ok(worlds.set_state(&states)?))
    }

    /// Puts every world at a new start.
    #[napi]
    pub fn reset(&mut self) -> napi::Result<()> {
        self.with(|worlds| {
            worlds.reset();
            Ok(())
        })
    }
}
