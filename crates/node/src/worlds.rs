//! A batch of worlds across the seam.

use napi::Env;
use napi::bindgen_prelude::{ClassInstance, Either, Float64Array, Float64ArraySlice, ObjectFinalize, Uint8ArraySlice};
use napi_derive::napi;
use xmrl_envs::{AutoReset, FlightSlices, Worlds};
use xmrl_threads::Owner;

use crate::arrays::{Array, Written, apart, fill};
use crate::counts::{STEPS, THREADS, WORLDS, count, counts, word};
use crate::environments::named;
use crate::error::{Result, SeamError};
use crate::executor::guard_for;
use crate::market::NativeMarket;
use crate::options::choice;
use crate::own::{NativeWorld, held};

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

    /// Writes what is seen now to `into [W, S]`.
    #[napi]
    pub fn observations(&mut self, mut into: Float64ArraySlice<'_>) -> napi::Result<()> {
        self.with(|worlds| fill("observations", &mut into, worlds.observations()))
    }

    /// `ERR_USAGE` where no memory holds what `steps` steps give.
    #[napi]
    pub fn check_memory(&mut self, steps: f64) -> napi::Result<()> {
        let auto_reset = self.auto_reset;
        self.with(|worlds| Ok(worlds.check_memory(count("steps", steps, STEPS)?, auto_reset)?))
    }

    /// Takes `steps` steps of every world under `actions [T, W, A]`, and writes what they gave to the arrays: `observations [T, W, S]`,
    /// `rewards`, `terminated` and `truncated [T, W]`, with `same-step` `final_observations [T, W, S]`.
    #[napi]
    pub fn fly(
        &mut self,
        actions: Float64ArraySlice<'_>,
        steps: f64,
        mut observations: Float64ArraySlice<'_>,
        mut rewards: Float64ArraySlice<'_>,
        mut terminated: Uint8ArraySlice<'_>,
        mut truncated: Uint8ArraySlice<'_>,
        mut final_observations: Option<Float64ArraySlice<'_>>,
    ) -> napi::Result<()> {
        let auto_reset = self.auto_reset;
        self.with(|worlds| {
            let steps = count("steps", steps, STEPS)?;
            let mut arrays: Vec<(&str, &dyn Array)> = vec![
                ("actions", &actions),
                ("observations", &observations),
                ("rewards", &rewards),
                ("terminated", &terminated),
                ("truncated", &truncated),
            ];
            arrays.extend(final_observations.iter().map(|last| ("finalObservations", last as &dyn Array)));
            apart(&arrays)?;
            // SAFETY: they do not overlap, and JavaScript neither reads nor moves them during the call: it runs in this thread alone, and
            // functions of worlds of one's own, which it may call, know none of them (`Worlds` in TypeScript sees to it).
            let out = unsafe {
                FlightSlices {
                    observations: observations.numbers(),
                    rewards: rewards.numbers(),
                    terminated: terminated.numbers(),
                    truncated: truncated.numbers(),
                    final_observations: final_observations.as_mut().map_or(&mut [], |last| last.numbers()),
                }
            };
            Ok(worlds.fly_into(&actions, steps, auto_reset, out)?)
        })
    }

    /// Writes the states to `into [W, D]`.
    #[napi]
    pub fn state(&mut self, mut into: Float64ArraySlice<'_>) -> napi::Result<()> {
        self.with(|worlds| fill("state", &mut into, worlds.state()))
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
