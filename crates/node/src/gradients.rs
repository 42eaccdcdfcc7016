//! Meta-gradients task by task across the seam, for estimators that a caller makes of them.

use napi::Env;
use napi::bindgen_prelude::{Float64Array, Object};
use napi_derive::napi;
use xmrl_meta::{DataOptions, DataRequest, Draws, Usage, task_gradients};

use crate::error::{Result, SeamError};
use crate::learner::{Learner, State, ids_or_default, steps};
use crate::options::{AdvantageSettings, law, mix_rule};

/// How meta-gradients are sampled.
#[napi(object)]
#[derive(Clone)]
pub struct GradientSettings {
    /// Random-number stream.
    pub stream: u32,
    /// Number of the batch on it, below 65536; 0 where left out. An explanation with batches flies the same ones.
    pub batch: Option<u32>,
    /// Flights a task adapts on.
    pub support_flights: u32,
    /// Flights a task is scored on, mixed ones included.
    pub query_flights: u32,
    /// Query flights of every task that start at mixed states; none where left out.
    pub mixed_flights: Option<u32>,
    /// Mixing law of those; `uniform` where left out.
    pub family: Option<String>,
    /// Its parameters.
    pub phi: Option<Vec<f64>>,
    /// `linear` or `geodesic`: how two states are mixed; the environment's way where left out.
    pub mix: Option<String>,
    /// `none`, `lift` or `reject`: what is done about an infeasible mixture; the environment's way where left out.
    pub repair: Option<String>,
    /// Most steps of a flight from a mixed state; the environment's horizon where left out.
    pub mixed_horizon: Option<u32>,
    /// Advantages.
    pub advantage: AdvantageSettings,
}

/// Meta-gradients of some tasks.
#[napi(object)]
pub struct TaskGradients {
    /// `[N, Q]`.
    pub gradients: Float64Array,
    /// Environment steps taken.
    pub env_steps: u32,
}

impl GradientSettings {
    fn data(&self, state: &State) -> Result<DataOptions> {
        Ok(DataOptions {
            support_flights: self.support_flights as usize,
            query_flights: self.query_flights as usize,
            precision: state.parts.precision,
            mixing: Some(mix_rule(&state.parts.env, self.mix.as_deref(), self.repair.as_deref())?),
            mixed_horizon: self.mixed_horizon.map(|steps| steps as usize),
            advantage: self.advantage.meta(),
            ..DataOptions::default()
        })
    }
}

#[napi]
impl Learner {
    /// The meta-gradient of every task of `tasks [N, K]` at the present weights, from fresh flights. `task_ids [N]` key the
    /// random numbers (0..N where left out); equal ids give common random numbers.
    #[napi(ts_return_type = "Promise<TaskGradients>")]
    pub fn task_gradients<'env>(
        &self,
        env: &'env Env,
        tasks: Float64Array,
        settings: GradientSettings,
        task_ids: Option<Vec<u32>>,
    ) -> napi::Result<Object<'env>> {
        let tasks = tasks.to_vec();
        self.job(env, move |state| {
            let ids = ids_or_default(state, &tasks, task_ids)?;
            let law = law(settings.family.as_deref().unwrap_or("uniform"), settings.phi.as_deref().unwrap_or(&[]))?;
            let part = settings.batch.unwrap_or(0);
            let part = u16::try_from(part)
                .map_err(|_| SeamError::new("ERR_USAGE", format!("batch is {part}; give a number below 65536")))?;
            let mixed = vec![settings.mixed_flights.unwrap_or(0) as usize; ids.len()];
            let found = task_gradients(&DataRequest {
                crew: state.crew(),
                meta: &state.meta,
                tasks: &tasks,
                task_ids: &ids,
                mixed_episodes: &mixed,
                law: &law,
                options: &settings.data(state)?,
                draws: Draws::new(state.parts.seed, Usage::Explain, u64::from(settings.stream)).part(part),
            })?;
            Ok(TaskGradients { gradients: found.gradients.into(), env_steps: steps(found.env_steps) })
        })
    }
}
