//! Benches across the seam: what `xmrl bench hvp` and `xmrl bench rollout` time, as jobs of their own.

use napi::Env;
use napi::bindgen_prelude::{ClassInstance, Object};
use napi_derive::napi;
use xmrl_measure::{HvpRequest, MeasureError, Plan, RolloutRequest};
use xmrl_policy::Activation;

use crate::counts::{ITERATIONS, ROWS, TASKS, THREADS, UNITS, WORLDS, count, counts, number};
use crate::environments::named;
use crate::error::{Result, SeamError};
use crate::executor::submit;
use crate::market::NativeMarket;
use crate::options::{CALCULI, Calculus, DTYPES, choice};
use crate::torch;

/// How long and how often something is timed.
#[napi(object)]
#[derive(Clone)]
pub struct BenchPlan {
    /// Runs of which the median is taken.
    pub runs: f64,
    /// Least seconds of a run.
    pub seconds: f64,
    /// Runs that may be thrown away because other programs took more than .15 of a core meanwhile.
    pub tries: f64,
}

/// Seconds of one repetition.
#[napi(object)]
pub struct Timing {
    /// Median of the runs.
    pub median: f64,
    /// The quickest run.
    pub min: f64,
    /// The slowest.
    pub max: f64,
    /// Runs that count.
    pub runs: f64,
    /// Runs thrown away.
    pub discarded: f64,
    /// Cores that other programs took in the most disturbed run that counts, where the system tells.
    pub foreign: Option<f64>,
}

/// The problem that PyTorch and JAX are timed on, in a size.
#[napi(object)]
pub struct HvpBenchOptions {
    /// N, tasks.
    pub tasks: f64,
    /// Support rows, and as many query rows, of each.
    pub rows: f64,
    /// `float64` or `float32`.
    pub dtype: String,
    /// Threads.
    pub threads: f64,
    /// `fused` or `libtorch`.
    pub calculus: String,
    /// How long and how often.
    pub plan: BenchPlan,
}

/// Times of derivatives, and digests of what was computed.
#[napi(object)]
pub struct HvpBench {
    /// The gradient.
    pub gradient: Timing,
    /// A Hessian-vector product from the parameters.
    pub hvp: Timing,
    /// A further one, with what the gradient left.
    pub kept: Timing,
    /// Digest of the gradient.
    pub gradient_digest: f64,
    /// Digest of the product.
    pub hvp_digest: f64,
}

/// Worlds of a preset, with and without a policy.
#[napi(object)]
pub struct RolloutBenchOptions {
    /// Environment preset.
    pub preset: String,
    /// W, worlds at a time; in roll-outs, episodes.
    pub worlds: f64,
    /// N, tasks that share them equally.
    pub tasks: f64,
    /// Threads.
    pub threads: f64,
    /// `float64` or `float32`: number type of roll-outs.
    pub dtype: String,
    /// Units of each hidden layer.
    pub hidden: Vec<f64>,
    /// `tanh` or `relu`.
    pub activation: String,
    /// How long and how often.
    pub plan: BenchPlan,
}

/// Times of worlds and roll-outs, and the environment steps they took.
#[napi(object)]
pub struct RolloutBench {
    /// One step of all worlds under random actions, stepped from outside.
    pub bare: Timing,
    /// Its environment steps.
    pub bare_steps: f64,
    /// Whole episodes of a fresh policy with learning records.
    pub policy: Timing,
    /// Their environment steps.
    pub policy_steps: f64,
}

impl From<MeasureError> for SeamError {
    fn from(error: MeasureError) -> Self {
        match error {
            MeasureError::Option { .. } => Self::new("ERR_SPEC_INVALID", error.to_string()),
            MeasureError::Meta(error) => error.into(),
            MeasureError::Env(error) => error.into(),
            MeasureError::Rollout(error) => error.into(),
        }
    }
}

impl From<xmrl_measure::Timing> for Timing {
    fn from(from: xmrl_measure::Timing) -> Self {
        let xmrl_measure::Timing { median, min, max, runs, discarded, foreign } = from;
        Self { median, min, max, runs: number(runs), discarded: number(discarded), foreign }
    }
}

impl BenchPlan {
    fn plan(&self) -> Result<Plan> {
        let [runs, tries] = [("runs", self.runs), ("tries", self.tries)].map(|(key, n)| count(key, n, ITERATIONS));
        Ok(Plan { runs: runs?, seconds: self.seconds, tries: tries? })
    }
}

/// Times gradient and Hessian-vector products of the peers' problem.
#[napi(ts_return_type = "Promise<HvpBench>")]
pub fn bench_hvp(env: &Env, options: HvpBenchOptions) -> napi::Result<Object<'_>> {
    submit(env, move || {
        let dtype = choice("dtype", &options.dtype, &DTYPES)?;
        let threads = count("threads", options.threads, THREADS)?;
        let figures = xmrl_measure::hvp(&HvpRequest {
            tasks: count("tasks", options.tasks, TASKS)?,
            rows: count("rows", options.rows, ROWS)?,
            dtype,
            threads,
            calculus: match choice("calculus", &options.calculus, &CALCULI)? {
                Calculus::Fused => None,
                Calculus::Libtorch => Some(torch::calculus(false, dtype, threads)?),
            },
            plan: options.plan.plan()?,
        })?;
        Ok(HvpBench {
            gradient: figures.gradient.into(),
            hvp: figures.hvp.into(),
            kept: figures.kept.into(),
            gradient_digest: figures.gradient_digest,
            hvp_digest: figures.hvp_digest,
        })
    })
}

/// Times worlds of a preset with and without a policy; of a stock preset on prices from outside, with its market.
#[napi(ts_return_type = "Promise<RolloutBench>")]
pub fn bench_rollout<'env>(
    env: &'env Env,
    options: RolloutBenchOptions,
    market: Option<ClassInstance<'_, NativeMarket>>,
) -> napi::Result<Object<'env>> {
    let market = market.map(|own| own.market.clone());
    submit(env, move || {
        let activations = [("tanh", Activation::Tanh), ("relu", Activation::Relu)];
        let figures = xmrl_measure::rollout(&RolloutRequest {
            worlds: count("worlds", options.worlds, WORLDS)?,
            tasks: count("tasks", options.tasks, TASKS)?,
            threads: count("threads", options.threads, THREADS)?,
            precision: choice("dtype", &options.dtype, &DTYPES)?,
            hidden: counts("hidden", &options.hidden, UNITS)?,
            activation: choice("activation", &options.activation, &activations)?,
            plan: options.plan.plan()?,
            env: named(&options.preset, market.map(Into::into))?,
        })?;
        Ok(RolloutBench {
            bare: figures.bare.into(),
            bare_steps: number(figures.bare_steps),
            policy: figures.policy.into(),
            policy_steps: number(figures.policy_steps),
        })
    })
}
