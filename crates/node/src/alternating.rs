//! The alternating solver across the seam: one round a call, what the next one needs as bytes.

use napi::Env;
use napi::bindgen_prelude::{Float64Array, Object, Uint8Array};
use napi_derive::napi;
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use xmrl_core::{AlternatingOptions, Alternation, LoopState, TaskEpisodes, alternation};
use xmrl_meta::DataOptions;

use crate::counts::{EPISODES, ITERATIONS, STREAMS, count, number, word};
use crate::error::{Result, SeamError};
use crate::influence::HESSIAN_ROWS;
use crate::learner::{Learner, State};
use crate::options::AdvantageSettings;

/// How the rounds go.
#[napi(object)]
#[derive(Clone)]
pub struct AlternatingSettings {
    /// Rounds planned, K.
    pub rounds: f64,
    /// Rate of eta.
    pub upper_rate: f64,
    /// Rate of theta.
    pub lower_rate: f64,
    /// Rate of v.
    pub adjoint_rate: f64,
    /// Rate of the moving average.
    pub average_rate: f64,
    /// Weight of omega's entropy.
    pub entropy: f64,
    /// Delta of the lower problem; doubled until the system is definite.
    pub damping: f64,
    /// Support episodes a task and round.
    pub support_episodes: f64,
    /// Query episodes a task and round.
    pub query_episodes: f64,
    /// Stream of the random numbers.
    pub stream: f64,
    /// Advantages.
    pub advantage: AdvantageSettings,
}

/// One round.
#[napi(object)]
pub struct AlternatingRound {
    /// What the next round goes on from.
    pub state: Uint8Array,
    /// Rounds made.
    pub round: f64,
    /// `[N]` task weights after it.
    pub omega: Vec<f64>,
    /// `[N]` influence scores on its data.
    pub scores: Vec<f64>,
    /// Norm of the sampled hypergradient.
    pub hypergradient: f64,
    /// Relative residual of v on its data.
    pub residual: f64,
    /// Delta in use.
    pub damping: f64,
    /// Ends of the lower level's spectrum at the start.
    pub lambda_min: f64,
    /// Ends of the lower level's spectrum at the start.
    pub lambda_max: f64,
    /// Environment steps taken.
    pub env_steps: f64,
}

impl AlternatingSettings {
    fn options(&self) -> Result<AlternatingOptions> {
        Ok(AlternatingOptions {
            rounds: u64::from(word("rounds", self.rounds, ITERATIONS)?),
            upper_rate: self.upper_rate,
            lower_rate: self.lower_rate,
            adjoint_rate: self.adjoint_rate,
            average_rate: self.average_rate,
            entropy: self.entropy,
            delta: self.damping,
        })
    }

    fn data(&self, state: &State) -> Result<DataOptions> {
        Ok(DataOptions {
            support_episodes: count("supportEpisodes", self.support_episodes, EPISODES)?,
            query_episodes: count("queryEpisodes", self.query_episodes, EPISODES)?,
            curvature_rows: HESSIAN_ROWS,
            precision: state.parts.precision,
            mixing: None,
            mixed_horizon: None,
            advantage: self.advantage.meta(),
        })
    }
}

#[napi]
impl Learner {
    /// Makes the next round of training tasks `[N, K]` against poor tasks `[B, K]`, the present weights being theta_0; the
    /// first one without `state`. The weights stay.
    #[napi(ts_return_type = "Promise<AlternatingRound>")]
    pub fn alternating_round<'env>(
        &self,
        env: &'env Env,
        train: Float64Array,
        poor: Float64Array,
        settings: AlternatingSettings,
        state: Option<Uint8Array>,
    ) -> napi::Result<Object<'env>> {
        let (train, poor, from) = (train.to_vec(), poor.to_vec(), state.map(|bytes| bytes.to_vec()));
        self.job(env, move |state| {
            state.task_ids(&train)?;
            state.task_ids(&poor)?;
            let (options, data) = (settings.options()?, settings.data(state)?);
            let draws = (state.parts.seed, u64::from(word("stream", settings.stream, STREAMS)?));
            let mut episodes = TaskEpisodes::new(state.context(), (&train, &poor), &data, &state.parts.engine, draws)?;
            let mut at = match &from {
                None => alternation(&mut episodes, &state.meta, &options)?,
                Some(bytes) => read(bytes)?,
            };
            let round = at.advance(&mut episodes, &state.meta, &options)?;
            Ok(AlternatingRound {
                state: written(&at)?.into(),
                round: at.state.round as f64,
                omega: round.omega,
                scores: round.scores,
                hypergradient: round.hypergradient,
                residual: round.residual,
                damping: at.damping,
                lambda_min: at.spectrum[0],
                lambda_max: at.spectrum[1],
                env_steps: number(episodes.env_steps()),
            })
        })
    }
}

/// Where the rounds stand as safetensors bytes; `facts` are the round, delta, both ends of the spectrum and eta's unit.
fn written(at: &Alternation) -> Result<Vec<u8>> {
    let facts = [at.state.round as f64, at.damping, at.spectrum[0], at.spectrum[1], at.scale];
    let state = &at.state;
    let parts: [(&str, &[f64]); 5] = [
        ("eta", &state.upper),
        ("theta", &state.lower),
        ("v", &state.adjoint),
        ("average", &state.average),
        ("facts", &facts),
    ];
    let native = |error: safetensors::SafeTensorError| SeamError::new("ERR_NATIVE", error.to_string());
    let bytes: Vec<Vec<u8>> =
        parts.iter().map(|(_, values)| values.iter().flat_map(|x| x.to_le_bytes()).collect()).collect();
    let views = parts.iter().zip(&bytes).map(|((name, values), bytes)| {
        Ok((*name, TensorView::new(Dtype::F64, vec![values.len()], bytes).map_err(native)?))
    });
    serialize(views.collect::<Result<Vec<_>>>()?, None).map_err(native)
}

/// Reads what [`written`] wrote; lengths are checked where they are used.
fn read(bytes: &[u8]) -> Result<Alternation> {
    let corrupt = |text: String| SeamError::new("ERR_CHECKPOINT_CORRUPT", format!("alternating rounds: {text}"));
    let file = SafeTensors::deserialize(bytes).map_err(|error| corrupt(error.to_string()))?;
    let tensor = |name: &str| -> Result<Vec<f64>> {
        let tensor = file.tensor(name).map_err(|error| corrupt(error.to_string()))?;
        if tensor.dtype() != Dtype::F64 {
            return Err(corrupt(format!("{name} is {:?}, not F64", tensor.dtype())));
        }
        Ok(tensor.data().as_chunks::<8>().0.iter().map(|word| f64::from_le_bytes(*word)).collect())
    };
    let facts = tensor("facts")?;
    let [round, damping, lambda_min, lambda_max, scale] = facts[..] else {
        return Err(corrupt(format!("{} facts", facts.len())));
    };
    let state = LoopState {
        upper: tensor("eta")?,
        lower: tensor("theta")?,
        adjoint: tensor("v")?,
        average: tensor("average")?,
        round: round as u64,
    };
    Ok(Alternation { state, damping, spectrum: [lambda_min, lambda_max], scale })
}
