//! Options as TypeScript gives them, and what they become.

use napi_derive::napi;
use xmrl_core::{MixDistribution, MixFamily};
use xmrl_envs::memory::{gib, memory_of_machine, product};
use xmrl_envs::{Environment, Geometry, MixRule, Repair};
use xmrl_meta::{
    AdvantageOptions, DataOptions, Draws, Engine, EvaluateOptions as MetaEvaluateOptions, InnerRate, MetaSpec,
    TrpoOptions,
};
use xmrl_policy::{Activation, PolicySpec};
use xmrl_rollout::Precision;
use xmrl_threads::WorkerPool;

use crate::counts::{self, EPISODES, ROWS, STEPS, STREAMS, THREADS, UNITS, count, counts, number, word};
use crate::environments::named;
use crate::error::{Result, SeamError};
use crate::flights::Rollouts;
use crate::preconditioner::PreconditionerSettings;
use crate::torch;

/// What a learner is made of.
#[napi(object)]
#[derive(Clone)]
pub struct LearnerOptions {
    /// Environment preset.
    pub preset: String,
    /// Seed of every random number.
    pub seed: f64,
    /// Threads of the learner's own pool; results do not depend on it.
    pub threads: f64,
    /// `cpu` or `cuda`; CUDA needs the libtorch calculus.
    pub device: String,
    /// `float64` or `float32`: number type of derivatives.
    pub dtype: String,
    /// `fused` or `libtorch`.
    pub calculus: String,
    /// Units of each hidden layer.
    pub hidden: Vec<f64>,
    /// `tanh` or `relu`.
    pub activation: String,
    /// Initial log standard deviation.
    pub log_std_init: f64,
    /// Floor of the log standard deviation.
    pub log_std_min: f64,
    /// Inner step size (its start where learned).
    pub inner_rate: f64,
    /// Whether the inner rate is learned per layer group.
    pub learn_rate: bool,
    /// `float64` or `float32`: number type of worlds and policy in roll-outs.
    pub rollout_dtype: String,
    /// Where episodes fly, `cpu` or `cuda`; where left out as `device` says, and on the threads where no card can.
    pub rollout_device: Option<String>,
}

/// How advantages are computed.
#[napi(object)]
#[derive(Clone)]
pub struct AdvantageSettings {
    /// Discount of inner and outer loss.
    pub gamma: f64,
    /// GAE lambda of the inner loss.
    pub inner_lambda: f64,
    /// GAE lambda of the outer loss.
    pub outer_lambda: f64,
}

/// One meta-iteration.
#[napi(object)]
#[derive(Clone)]
pub struct StepOptions {
    /// Number of the iteration within its stage.
    pub iteration: f64,
    /// Random-number stream of the stage or arm.
    pub stream: f64,
    /// `[N]` weights of the tasks in the objective; equal where left out.
    pub weights: Option<Vec<f64>>,
    /// Query episodes of each task that start at mixed states; empty: none.
    pub mixed_episodes: Vec<f64>,
    /// Mixing law of those.
    pub family: String,
    /// Its parameters.
    pub phi: Vec<f64>,
    /// `linear` or `geodesic`: how two states are mixed; the environment's way where left out.
    pub mix: Option<String>,
    /// `none`, `lift` or `reject`: what is done about an infeasible mixture; the environment's way where left out.
    pub repair: Option<String>,
    /// Most steps of an episode from a mixed state; the environment's horizon where left out.
    pub mixed_horizon: Option<f64>,
    /// Episodes a task adapts on.
    pub support_episodes: f64,
    /// Episodes a task is scored on.
    pub query_episodes: f64,
    /// Advantages.
    pub advantage: AdvantageSettings,
    /// Trust region.
    pub max_kl: f64,
    /// Weight of the unadapted policy's KL in the trust region.
    pub unadapted_kl_weight: f64,
    /// Conjugate-gradient steps.
    pub cg_iterations: f64,
    /// Added to the curvature.
    pub damping: f64,
    /// Most candidates of the line search.
    pub line_search_steps: f64,
    /// Factor between them.
    pub line_search_shrink: f64,
    /// Support rows a task in the curvature.
    pub curvature_support_rows: f64,
    /// Query rows a task in the curvature.
    pub curvature_query_rows: f64,
    /// What saves conjugate-gradient steps; nothing where left out.
    pub preconditioner: Option<PreconditionerSettings>,
    /// Measure predicted / frozen / re-adapted gain of this iteration.
    pub monitor: bool,
    /// Share of the meta-batch, in (0,1], that the objective is the mean of: the tasks with the lowest mean query return of the
    /// iteration; not beside weights. All tasks where left out.
    pub tail: Option<f64>,
    /// Train a Gaussian over the meta parameters; parameters themselves where left out.
    pub regularise: Option<RegulariseSettings>,
}

/// A Gaussian over the meta parameters, held to a prior: `weight · KL(q || prior)` is taken from the objective.
#[napi(object)]
#[derive(Clone)]
pub struct RegulariseSettings {
    /// Weight of the KL.
    pub weight: f64,
    /// Standard deviation of the prior.
    pub prior_std: f64,
    /// Mean of the prior: `theta_0` (the weights when the first such step is taken) or `zero`.
    pub prior: String,
    /// Standard deviation that q starts with around those weights.
    pub initial_std: f64,
}

/// One evaluation.
#[napi(object)]
#[derive(Clone)]
pub struct EvaluateOptions {
    /// Random-number stream.
    pub stream: f64,
    /// Independent adaptations a task.
    pub adaptations: f64,
    /// Episodes of one adaptation step.
    pub support_episodes: f64,
    /// Episodes an adapted policy is scored on.
    pub query_episodes: f64,
    /// Adaptation steps.
    pub steps: f64,
    /// Adaptation steps whose displacements `evaluate` keeps; left out: 0.
    pub displacements: Option<f64>,
    /// Advantages of the inner loss.
    pub advantage: AdvantageSettings,
}

/// What flies and how its derivatives are computed: the part of a learner that does not change.
pub(crate) struct Parts {
    pub(crate) env: Environment,
    pub(crate) spec: MetaSpec,
    pub(crate) pool: WorkerPool,
    pub(crate) precision: Precision,
    pub(crate) engine: Engine,
    pub(crate) rollouts: Rollouts,
    pub(crate) seed: u64,
}

/// The entry of `known` called `name`.
pub(crate) fn choice<T: Copy>(key: &str, name: &str, known: &[(&str, T)]) -> Result<T> {
    known.iter().find(|(known, _)| *known == name).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        SeamError::new("ERR_SPEC_INVALID", format!("{key}: unknown value {name:?}; known: {}", names.join(", ")))
    })
}

pub(crate) const DTYPES: [(&str, Precision); 2] = [("float64", Precision::F64), ("float32", Precision::F32)];

/// What differentiates, by name.
#[derive(Clone, Copy)]
pub(crate) enum Calculus {
    Fused,
    Libtorch,
}

pub(crate) const CALCULI: [(&str, Calculus); 2] = [("fused", Calculus::Fused), ("libtorch", Calculus::Libtorch)];

/// That the weights between hidden layers, and what a step keeps beside them, fit the memory there is.
fn check_memory(hidden: &[usize]) -> Result<()> {
    /// Vectors of P numbers that a step holds: weights, gradients, those of conjugate gradients.
    const COPIES: usize = 8;
    let weights: u64 = hidden.windows(2).map(product).fold(0, u64::saturating_add);
    let (needed, there) = (weights.saturating_mul((COPIES * size_of::<f64>()) as u64), memory_of_machine());
    if needed <= there {
        return Ok(());
    }
    let text = format!(
        "policy.hidden: {weights} weights need {:.1} GiB of memory, this process may have {:.1}; give smaller layers",
        gib(needed),
        gib(there)
    );
    Err(SeamError::new("ERR_USAGE", text))
}

/// The shape of a policy and of its inner step.
#[napi(object)]
#[derive(Clone)]
pub struct PolicyShape {
    /// S.
    pub observation_size: f64,
    /// A.
    pub action_size: f64,
    /// Units of each hidden layer.
    pub hidden: Vec<f64>,
    /// `tanh` or `relu`.
    pub activation: String,
    /// Initial log standard deviation.
    pub log_std_init: f64,
    /// Floor of the log standard deviation.
    pub log_std_min: f64,
    /// Inner step size (its start where learned).
    pub inner_rate: f64,
    /// Whether the inner rate is learned per layer group.
    pub learn_rate: bool,
}

impl PolicyShape {
    /// Checks everything.
    pub(crate) fn spec(&self) -> Result<MetaSpec> {
        let hidden = counts("policy.hidden", &self.hidden, UNITS)?;
        check_memory(&hidden)?;
        let policy = PolicySpec {
            observation_size: count("observationSize", self.observation_size, ROWS)?,
            action_size: count("actionSize", self.action_size, ROWS)?,
            hidden,
            activation: choice(
                "policy.activation",
                &self.activation,
                &[("tanh", Activation::Tanh), ("relu", Activation::Relu)],
            )?,
            log_std_init: self.log_std_init,
            log_std_min: self.log_std_min,
        };
        let rate = if self.learn_rate { InnerRate::Learned } else { InnerRate::Fixed };
        let spec = MetaSpec { policy, rate, initial_rate: self.inner_rate };
        spec.validate()?;
        Ok(spec)
    }
}

impl LearnerOptions {
    fn threads(&self) -> Result<usize> {
        Ok(count("threads", self.threads, THREADS)?.max(1))
    }

    /// What differentiates.
    fn engine(&self) -> Result<Engine> {
        let cuda = choice("device", &self.device, &[("cpu", false), ("cuda", true)])?;
        let dtype = choice("learner.dtype", &self.dtype, &DTYPES)?;
        match (choice("learner.calculus", &self.calculus, &CALCULI)?, cuda) {
            (Calculus::Libtorch, _) => Ok(Engine::Other(torch::calculus(cuda, dtype, self.threads()?)?)),
            (Calculus::Fused, false) => Ok(Engine::Fused(dtype)),
            (Calculus::Fused, true) => {
                let text = "learner.calculus: fused is CPU code; use libtorch for CUDA";
                Err(SeamError::new("ERR_SPEC_INVALID", text))
            }
        }
    }

    /// Where episodes fly.
    fn rollouts(&self) -> Result<Rollouts> {
        let cuda = |key, name: &str| choice(key, name, &[("cpu", false), ("cuda", true)]);
        match self.rollout_device.as_deref() {
            Some(name) if cuda("rolloutDevice", name)? => Rollouts::on_card(false),
            None if cuda("device", &self.device)? => Rollouts::on_card(true),
            _ => Ok(Rollouts::here()),
        }
    }

    /// Checks everything and starts the pool; a preset that needs prices has them in its market, which is given as a world of one's own is.
    pub(crate) fn parts(&self, given: Option<Environment>) -> Result<Parts> {
        let env = named(&self.preset, given)?;
        let world = env.spec();
        let spec = PolicyShape {
            observation_size: number(world.observation_size),
            action_size: number(world.action_size),
            hidden: self.hidden.clone(),
            activation: self.activation.clone(),
            log_std_init: self.log_std_init,
            log_std_min: self.log_std_min,
            inner_rate: self.inner_rate,
            learn_rate: self.learn_rate,
        }
        .spec()?;
        let pool = WorkerPool::new(self.threads()?, "xmrl-worker")
            .map_err(|error| SeamError::new("ERR_NATIVE", format!("no thread pool of {}: {error}", self.threads)))?;
        Ok(Parts {
            env,
            spec,
            pool,
            precision: choice("learner.rolloutDtype", &self.rollout_dtype, &DTYPES)?,
            engine: self.engine()?,
            rollouts: self.rollouts()?,
            seed: u64::from(word("seed", self.seed, u32::MAX)?),
        })
    }
}

impl AdvantageSettings {
    pub(crate) fn meta(&self) -> AdvantageOptions {
        AdvantageOptions {
            gamma: self.gamma,
            inner_lambda: self.inner_lambda,
            outer_lambda: self.outer_lambda,
            ..AdvantageOptions::default()
        }
    }
}

impl StepOptions {
    /// How much is flown, and the curvature's rows.
    pub(crate) fn data(&self, parts: &Parts) -> Result<DataOptions> {
        Ok(DataOptions {
            support_episodes: count("supportEpisodes", self.support_episodes, EPISODES)?,
            query_episodes: count("queryEpisodes", self.query_episodes, EPISODES)?,
            curvature_rows: (
                count("curvatureSupportRows", self.curvature_support_rows, ROWS)?,
                count("curvatureQueryRows", self.curvature_query_rows, ROWS)?,
            ),
            precision: parts.precision,
            mixing: Some(mix_rule(&parts.env, self.mix.as_deref(), self.repair.as_deref())?),
            mixed_horizon: self.mixed_horizon.map(|steps| count("mixedHorizon", steps, STEPS)).transpose()?,
            advantage: self.advantage.meta(),
        })
    }

    pub(crate) fn trpo(&self) -> Result<TrpoOptions> {
        Ok(TrpoOptions {
            delta: self.max_kl,
            cg_iterations: count("cgIterations", self.cg_iterations, counts::ITERATIONS)?,
            damping: self.damping,
            backtrack: self.line_search_shrink,
            tries: count("lineSearchSteps", self.line_search_steps, counts::ITERATIONS)?,
            unadapted_weight: self.unadapted_kl_weight,
            preconditioner: self.preconditioner.as_ref().map(PreconditionerSettings::meta).transpose()?,
            ..TrpoOptions::default()
        })
    }

    /// Number of this iteration's draws: stages and arms never share any. Stages and built-in arms have streams below 256, arms
    /// that a specification defines greater ones.
    pub(crate) fn index(&self) -> Result<u64> {
        numbered(word("stream", self.stream, STREAMS)?, word("iteration", self.iteration, u32::MAX)?)
    }
}

impl EvaluateOptions {
    pub(crate) fn meta(&self, precision: Precision) -> Result<MetaEvaluateOptions> {
        Ok(MetaEvaluateOptions {
            adaptations: count("adaptations", self.adaptations, counts::ITERATIONS)?,
            support_episodes: count("supportEpisodes", self.support_episodes, EPISODES)?,
            query_episodes: count("queryEpisodes", self.query_episodes, EPISODES)?,
            steps: count("steps", self.steps, counts::ITERATIONS)?,
            displacements: count("displacements", self.displacements.unwrap_or(0.0), counts::ITERATIONS)?,
            precision,
            advantage: self.advantage.meta(),
        })
    }

    /// The stream, below 2^32.
    pub(crate) fn stream(&self) -> Result<u32> {
        word("stream", self.stream, u32::MAX)
    }
}

/// Number of the draws of an iteration of a stream; see [`Draws::number`].
pub(crate) fn numbered(stream: u32, iteration: u32) -> Result<u64> {
    let none = || SeamError::new("ERR_USAGE", format!("stream {stream} has no iteration {iteration}"));
    Draws::number(stream, iteration).ok_or_else(none)
}

/// The law of a family with parameters phi.
pub(crate) fn law(family: &str, phi: &[f64]) -> Result<MixDistribution> {
    Ok(MixDistribution::new(family.parse::<MixFamily>()?, phi)?)
}

/// How an environment's states are mixed: the names given, its own way where they are left out.
pub(crate) fn mix_rule(env: &Environment, mix: Option<&str>, repair: Option<&str>) -> Result<MixRule> {
    let own = env.spec().mixing;
    let geometries = [("linear", Geometry::Linear), ("geodesic", Geometry::Geodesic)];
    let repairs = [("none", Repair::None), ("lift", Repair::Lift), ("reject", Repair::Reject)];
    let rule = MixRule {
        geometry: mix.map_or(Ok(own.geometry), |name| choice("augment.mix", name, &geometries))?,
        repair: repair.map_or(Ok(own.repair), |name| choice("augment.repair", name, &repairs))?,
    };
    // Where nothing can be mixed, who asks for it is told when it is done.
    if env.abilities().mixes {
        rule.check(env)?;
    }
    Ok(rule)
}
