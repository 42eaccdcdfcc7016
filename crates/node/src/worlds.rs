//! A batch of worlds across the seam.

use napi::Env;
use napi::bindgen_prelude::{ClassInstance, Either, Float64Array, ObjectFinalize, Uint8Array};
use napi_derive::napi;
use xmrl_envs::{AutoReset, Flight, Worlds};
use xmrl_threads::Owner;

use crate::counts::{STEPS, THREADS, WORLDS, count, counts, word};
use crate::environments::named;
use crate::error::{Result, SeamError};
use crate::executor::guard_for;
use crate::market::NativeMarket;
use crate::options::choice;
use crate::own::{NativeWorld, held};

/// What T steps of a batch gave.
#[napi(object)]
pub struct NativeFlight {
    /// `[T, W, S]` after every step.
    pub observations: Float64Array,
    /// `[T, W]`.
    pub rewards: Float64Array,
    /// `[T, W]` 1 where the rules ended the episode.
    pub terminated: Uint8Array,
    /// `[T, W]` 1 where the horizon ended it.
    pub truncated: Uint8Array,
    /// `[T, W, S]` before worlds that were over began anew; with `same-step` alone.
    pub final_observations: Option<Float64Array>,
}

const MODES: [(&str, AutoReset); 3] =
    [("disabled", AutoReset::Disabled), ("next-step", AutoReset::NextStep), ("same-step", AutoReset::SameStep)];

/// A batch of worlds of one preset; see `Worlds` in TypeScript.
#[napi(custom_finalize)]
pub struct NativeWorlds {
    /// Absent once it is disposed of.
    worlds: Option<Worlds>,
    auto_reset: AutoReset,
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
    pub(crate) fn with<T>(&mut self, work: impl FnOnce(&mut Worlds) -> Result<T>) -> napi::Result<T> {
        let worlds = self.worlds.as_mut();
        let worlds =
            worlds.ok_or_else(|| SeamError::new("ERR_DISPOSED", "these worlds are disposed: make new ones"))?;
        Ok(guard_for(&self.owner, || work(worlds))?)
    }
}

#[napi]
impl NativeWorlds {
    /// `tasks [n, K]`, W = n × `worlds_per_task` worlds; of a stock preset on prices from outside, with its market; of a world of
    /// one's own, with it.
    /// `auto_reset`: `disabled`, `next-step` or `same-step`.
    #[napi(constructor)]
    pub fn new(
        env: Env,
        preset: String,
        tasks: Float64Array,
        worlds_per_task: f64,
        seed: f64,
        threads: f64,
        auto_reset: String,
        given: Option<Either<ClassInstance<'_, NativeMarket>, ClassInstance<'_, NativeWorld>>>,
    ) -> napi::Result<Self> {
        let owner = Owner::new();
        let (worlds, auto_reset) = guard_for(&owner, || {
            let auto_reset = choice("autoReset", &auto_reset, &MODES)?;
            let each = count("worldsPerTask", worlds_per_task, WORLDS)?;
            let (seed, threads) = (word("seed", seed, u32::MAX)?, count("threads", threads, THREADS)?);
            let environment = named(&preset, held(&given))?;
            Ok((Worlds::of(environment, &tasks, each, u64::from(seed), threads)?, auto_reset))
        })?;
        let told = i64::try_from(worlds.bytes()).unwrap_or(i64::MAX);
        env.adjust_external_memory(told)?;
        Ok(Self { worlds: Some(worlds), auto_reset, owner, told })
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

    /// Takes `steps` steps of every world under `actions [T, W, A]`.
    #[napi]
    pub fn fly(&mut self, actions: Float64Array, steps: f64) -> napi::Result<NativeFlight> {
        let auto_reset = self.auto_reset;
        self.with(|worlds| {
            let steps = count("steps", steps, STEPS)?;
            let Flight { observations, rewards, terminated, truncated, final_observations } =
                worlds.fly(&actions, steps, auto_reset)?;
            let kept = auto_reset == AutoReset::SameStep;
            Ok(NativeFlight {
                observations: observations.into(),
                rewards: rewards.into(),
                terminated: terminated.into(),
                truncated: truncated.into(),
                final_observations: kept.then(|| final_observations.into()),
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

    /// Puts every world in a state `[W, D]`, or the worlds `rows [R]` alone in `[R, D]`, and starts their episodes anew.
    #[napi]
    pub fn set_state(&mut self, states: Float64Array, rows: Option<Vec<f64>>) -> napi::Result<()> {
        self.with(|worlds| match rows {
            None => Ok(worlds.set_state(&states)?),
            Some(rows) => Ok(worlds.set_state_of(&counts("rows", &rows, WORLDS)?, &states)?),
        })
    }

    /// Puts every world, or the worlds `rows` alone, at a new start.
    #[napi]
    pub fn reset(&mut self, rows: Option<Vec<f64>>) -> napi::Result<()> {
        self.with(|worlds| match rows {
            None => {
                worlds.reset();
                Ok(())
            }
            Some(rows) => Ok(worlds.reset_rows(&counts("rows", &rows, WORLDS)?)?),
        })
    }
}
