//! Meta-gradients task by task across the seam, for estimators that a caller makes of them.

use napi::Env;
use napi::bindgen_prelude::{Float64Array, Object};
use napi_derive::napi;
use xmrl_meta::{DataOptions, DataRequest, Draws, Usage, task_gradients};

use crate::counts::{EPISODES, STEPS, STREAMS, count, number, word};
use crate::error::Result;
use crate::learner::{Learner, State, ids_or_default};
use crate::options::{AdvantageSettings, law, mix_rule};

/// How meta-gradients are sampled.
#[napi(object)]
#[derive(Clone)]
pub struct GradientSettings {
    /// Random-number stream.
    pub stream: f64,
    /// Number of the batch on it, below 65536; 0 where left out. An explanation with batches flies the same ones.
    pub batch: Option<f64>,
    /// Episodes a task adapts on.
    pub support_episodes: f64,
    /// Episodes a task is scored on, mixed ones included.
    pub query_episodes: f64,
    /// Query episodes of every task that start at mixed states; none where left out.
    pub mixed_episodes: Option<f64>,
    /// Mixing law of those; `uniform` where left out.
    pub family: Option<String>,
    /// Its parameters.
    pub phi: Option<Vec<f64>>,
    /// `linear` or `geodesic`: how two states are mixed; the environment's way where left out.
    pub mix: Option<String>,
    /// `none`, `lift` or `reject`: what is done about an infeasible mixture; the environment's way where left out.
    pub repair: Option<String>,
    /// Most steps of an episode from a mixed state; the environment's horizon where left out.
    pub mixed_horizon: Option<f64>,
    /// Advantages.
    pub advantage: AdvantageSettings,
}

/// Meta-gradients of some tasks.
#[napi(object)]
pub struct TaskGradients {
    /// `[N, Q]`.
    pub gradients: Float64Array,
    /// Environment steps taken.
    pub env_steps: f64,
}

impl GradientSettings {
    fn data(&self, state: &State) -> Result<DataOptions> {
        Ok(DataOptions {
            support_episodes: count("supportEpisodes", self.support_episodes, EPISODES)?,
            query_episodes: count("queryEpisodes", self.query_episodes, EPISODES)?,
            precision: state.parts.precision,
            mixing: Some(mix_rule(&state.parts.env, self.mix.as_deref(), self.repair.as_deref())?),
            mixed_horizon: self.mixed_horizon.map(|steps| count("mixedHorizon", steps, STEPS)).transpose()?,
            advantage: self.advantage.meta(),
            ..DataOptions::default()
        })
    }
}

#[napi]
impl Learner {
    /// The meta-gradient of every task of `tasks [N, K]` at the present weights, from fresh episodes. `task_ids [N]` key the
    /// random numbers (0..N where left out); equal ids give common random numbers.
    #[napi(ts_return_type = "Promise<TaskGradients>")]
    pub fn task_gradients<'env>(
        &self,
        env: &'env Env,
        tasks: Float64Array,
        settings: GradientSettings,
        task_ids: Option<Vec<f64>>,
    ) -> napi::Result<Object<'env>> {
        let tasks = tasks.to_vec();
        self.job(env, move |state| {
            let ids = ids_or_default(state, &tasks, task_ids)?;
            let law = law(settings.family.as_deref().unwrap_or("uniform"), settings.phi.as_deref().unwrap_or(&[]))?;
            let part = word("batch", settings.batch.unwrap_or(0.0), u32::from(u16::MAX))? as u16;
            let mixed = vec![count("mixedEpisodes", settings.mixed_episodes.unwrap_or(0.0), EPISODES)?; ids.len()];
            let stream = u64::from(word("stream", settings.stream, STREAMS)?);
            let found = task_gradients(&DataRequest {
                context: state.context(),
                meta: &state.meta,
                tasks: &tasks,
                task_ids: &ids,
                mixed_episodes: &mixed,
                law: &law,
                options: &settings.data(state)?,
                draws: Draws::new(state.parts.seed, Usage::Explain, stream).part(part),
            })?;
            Ok(TaskGradients { gradients: found.gradients.into(), env_steps: number(found.env_steps) })
        })
    }
}
