//! Augmentation across the seam: mixing laws (pure) and one evaluation of the CMI (a job of the learner).

use napi::Env;
use napi::bindgen_prelude::{Float64Array, Object};
use napi_derive::napi;
use xmrl_core::{
    AugmentOptions, CriticalEpisodes, CriticalRequest, GradientBy, MixDistribution, MixFamily, Objective,
    PosteriorOptions, augment as evaluate_law,
};
use xmrl_envs::rng::Purpose;
use xmrl_meta::{Draws, Usage};

use crate::counts::{EPISODES, ITERATIONS, STEPS, count, number, word};
use crate::executor::guard;
use crate::learner::{Learner, ids_or_default};
use crate::options::{AdvantageSettings, law, mix_rule, numbered};

/// Where learning of a family starts: U(0,1), or the member nearest to it.
#[napi]
pub fn mix_start(family: String) -> napi::Result<Vec<f64>> {
    Ok(guard(|| Ok(MixDistribution::start(family.parse::<MixFamily>()?).phi().to_vec()))?)
}

/// `phi + rate · gradient`, kept inside the family's box.
#[napi]
pub fn mix_ascend(family: String, phi: Vec<f64>, gradient: Vec<f64>, rate: f64) -> napi::Result<Vec<f64>> {
    Ok(guard(|| Ok(law(&family, &phi)?.ascended(&gradient, rate)?.phi().to_vec()))?)
}

/// Density of the law at every `lambda` (finite: at the ends of [0, 1] taken just inside).
#[napi]
pub fn mix_density(family: String, phi: Vec<f64>, lambda: Vec<f64>) -> napi::Result<Vec<f64>> {
    const INSIDE: f64 = 1e-3;
    Ok(guard(|| {
        let mixing = law(&family, &phi)?;
        Ok(lambda.iter().map(|l| mixing.density(l.clamp(INSIDE, 1.0 - INSIDE))).collect())
    })?)
}

/// One evaluation of the augmentation objective.
#[napi(object)]
#[derive(Clone)]
pub struct AugmentSettings {
    /// Mixing family.
    pub family: String,
    /// Its parameters.
    pub phi: Vec<f64>,
    /// `mixture` (form i) or `information-gain` (form ii): what phi ascends; the first where left out.
    pub objective: Option<String>,
    /// `score` or `pathwise`: how its gradient is estimated; the first where left out.
    pub gradient: Option<String>,
    /// Samples of a set where form (ii) is the objective.
    pub samples: f64,
    /// Also measure the null and the noise null, with episodes of their own, and form (ii) as a figure.
    pub figures: bool,
    /// M, coefficient sets.
    pub sets: f64,
    /// Mixed episodes a task and set.
    pub episodes: f64,
    /// Support episodes a task adapts on.
    pub support_episodes: f64,
    /// Most steps of a mixed episode.
    pub horizon: f64,
    /// `linear` or `geodesic`: how two states are mixed; the environment's way where left out.
    pub mix: Option<String>,
    /// `none`, `lift` or `reject`: what is done about an infeasible mixture; the environment's way where left out.
    pub repair: Option<String>,
    /// Weight of the curvature in the posterior.
    pub beta: f64,
    /// Prior precision of the posterior.
    pub delta: f64,
    /// Random-number stream.
    pub stream: f64,
    /// Number of the evaluation; another one draws fresh numbers.
    pub iteration: f64,
    /// The tasks' numbers in their pool.
    pub task_ids: Vec<f64>,
    /// Advantages.
    pub advantage: AdvantageSettings,
}

/// What one evaluation gave, in nats.
#[napi(object)]
pub struct AugmentFigures {
    /// The objective.
    pub value: f64,
    /// Form (i) under common random numbers.
    pub cmi: f64,
    /// The same with one lambda for all sets, where asked for: 0 if and only if the random numbers are common.
    pub null_cmi: Option<f64>,
    /// The same with independent noise in every set, where asked for.
    pub noise_null: Option<f64>,
    /// Form (ii), where asked for.
    pub information_gain: Option<f64>,
    /// Form (iii), an upper bound.
    pub upper_bound: f64,
    /// Estimate of the derivative of the expected objective with respect to phi.
    pub grad_phi: Vec<f64>,
    /// Environment steps taken.
    pub env_steps: f64,
    /// Mixed episodes that asked for a pair; a pair is that of all sets.
    pub pairs: f64,
    /// Infeasible pairs thrown away.
    pub redraws: f64,
    /// Mixtures that were infeasible, whatever was done about them.
    pub infeasible: f64,
    /// Mixtures that were lifted off the floor.
    pub lifted: f64,
    /// Episodes that started at a visited state because no pair was feasible.
    pub gave_up: f64,
}

#[napi]
impl Learner {
    /// Evaluates the information of mixed episodes of critical tasks `[N, K]` at the present weights.
    #[napi(ts_return_type = "Promise<AugmentFigures>")]
    pub fn augment_step<'env>(
        &self,
        env: &'env Env,
        tasks: Float64Array,
        settings: AugmentSettings,
    ) -> napi::Result<Object<'env>> {
        let tasks = tasks.to_vec();
        self.job(env, move |state| {
            let ids = ids_or_default(state, &tasks, Some(settings.task_ids))?;
            let mixing = law(&settings.family, &settings.phi)?;
            let (stream, iteration) =
                (word("stream", settings.stream, 0xFF)?, word("iteration", settings.iteration, u32::MAX)?);
            let mixed_episodes = count("episodes", settings.episodes, EPISODES)?;
            let draws = Draws::new(state.parts.seed, Usage::Other, numbered(stream, iteration)?);
            let advantage = settings.advantage.meta();
            let mut episodes = CriticalEpisodes::prepare(&CriticalRequest {
                context: state.context(),
                meta: &state.meta,
                tasks: &tasks,
                task_ids: &ids,
                support_episodes: count("supportEpisodes", settings.support_episodes, EPISODES)?,
                // In a market two states of one day make a pair, so one episode alone would visit none.
                visited_episodes: mixed_episodes.max(2),
                episodes: mixed_episodes,
                horizon: count("horizon", settings.horizon, STEPS)?,
                mixing: Some(mix_rule(&state.parts.env, settings.mix.as_deref(), settings.repair.as_deref())?),
                precision: state.parts.precision,
                advantage: &advantage,
                draws,
            })?;
            let posterior =
                PosteriorOptions { beta: settings.beta, delta: settings.delta, ..PosteriorOptions::default() };
            let mut sigma = episodes.covariance(&posterior)?;
            let options = AugmentOptions {
                sets: count("sets", settings.sets, ITERATIONS)?,
                objective: settings.objective.as_deref().map_or(Ok(Objective::Mixture), str::parse)?,
                gradient: settings.gradient.as_deref().map_or(Ok(GradientBy::Score), str::parse)?,
                // One credit a task: finer ones cost a solve with Sigma each.
                group: mixed_episodes,
                samples: count("samples", settings.samples, EPISODES)?,
                null: settings.figures,
                noise_null: settings.figures,
                information_gain: settings.figures,
            };
            let found = evaluate_law(&mut episodes, &mixing, &mut *sigma, &options, &draws.stream(Purpose::MixLambda))?;
            Ok(AugmentFigures {
                value: found.value,
                cmi: found.cmi,
                null_cmi: found.null,
                noise_null: found.noise_null,
                information_gain: found.information_gain,
                upper_bound: found.upper_bound,
                grad_phi: found.gradient,
                env_steps: number(episodes.env_steps()),
                pairs: number(found.pairs),
                redraws: number(found.mix_counts.redraws),
                infeasible: number(found.mix_counts.infeasible),
                lifted: number(found.mix_counts.lifted),
                gave_up: number(found.mix_counts.gave_up),
            })
        })
    }
}
