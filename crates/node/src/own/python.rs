//! Worlds in Python across the seam.

use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::{Float64Array, Object};
use napi_derive::napi;
use xmrl_envs::Pool;
use xmrl_python::{Launch, PythonWorld};

use super::NativeWorld;
use crate::counts::{TASKS, count as counted, word};
use crate::error::{Result, SeamError};
use crate::executor::{guard, submit};
use crate::options::choice;

const POOLS: [(&str, Pool); 3] =
    [("training", Pool::Training), ("evaluation", Pool::Evaluation), ("heldOut", Pool::HeldOut)];

/// How the processes of a world in Python are started.
#[napi(object)]
pub struct PythonLaunch {
    /// The Python to run: a path, or a name in `PATH`.
    pub python: String,
    /// worker.py of this package.
    pub worker: String,
    /// `module:factory`.
    pub reference: String,
    /// Folders in which modules are looked for before all others.
    pub folders: Vec<String>,
    /// Seconds that a step, or the beginning of episodes, of all rows of a process may take.
    pub limit: f64,
    /// Seconds that a process may take until it is ready, and to draw tasks.
    pub patience: f64,
}

impl PythonLaunch {
    fn launch(self) -> Result<Launch> {
        let time = |key: &str, seconds: f64| {
            let fail = |_| SeamError::new("ERR_USAGE", format!("{key} is {seconds}; give a number of seconds above 0"));
            Duration::try_from_secs_f64(seconds).map_err(fail)
        };
        Ok(Launch {
            limit: time("limit", self.limit)?,
            patience: time("patience", self.patience)?,
            python: self.python,
            worker: self.worker.into(),
            reference: self.reference,
            folders: self.folders.into_iter().map(Into::into).collect(),
        })
    }
}

/// Starts a Python process that makes an environment and tries it; the world of that name. `ERR_WORLD` with Python's words, and the
/// last lines of its traceback.
#[napi(ts_return_type = "Promise<NativeWorld>")]
pub fn open_python(env: &Env, name: String, launch: PythonLaunch) -> napi::Result<Object<'_>> {
    let launch = guard(|| launch.launch())?;
    submit(env, move || Ok(NativeWorld { environment: PythonWorld::open(&name, launch)?.into() }))
}

/// A world that [`open_python`] has opened, in another build of the addon; `told` is what it said of itself then.
#[napi]
pub fn reopen_python(name: String, launch: PythonLaunch, told: String) -> napi::Result<NativeWorld> {
    Ok(guard(|| Ok(NativeWorld { environment: PythonWorld::reopen(&name, launch.launch()?, &told)?.into() }))?)
}

#[napi]
impl NativeWorld {
    /// What Python told of its environment, as JSON; null for a world that is not in Python.
    #[napi(getter)]
    pub fn told(&self) -> napi::Result<Option<String>> {
        Ok(guard(|| Ok(self.environment.world::<PythonWorld>().map(PythonWorld::told)))?)
    }

    /// Tasks `[count, K]` of a pool, from Python. `ERR_WORLD` with its words; `ERR_USAGE` for a world that is not in Python.
    #[napi]
    pub fn python_tasks(&self, pool: String, seed: f64, count: f64) -> napi::Result<Float64Array> {
        Ok(guard(|| {
            let none = || SeamError::new("ERR_USAGE", "this world is not in Python");
            let world = self.environment.world::<PythonWorld>().ok_or_else(none)?;
            let (seed, count) = (word("seed", seed, u32::MAX)?, counted("count", count, TASKS)?);
            Ok(world.sample(choice("pool", &pool, &POOLS)?, u64::from(seed), count)?.into())
        })?)
    }
}
