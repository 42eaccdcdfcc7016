//! Explanation across the seam: adaptation space (pure) and influence (a job of the learner).

use napi::Env;
use napi::bindgen_prelude::{Float64Array, Object};
use napi_derive::napi;
use xmrl_core::{
    AdaptationOptions, Directions, ExplainOptions, InfluenceOptions, explain_adaptation as solve_adaptation,
    explain_influence,
};
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_meta::DataOptions;

use crate::error::{Result, SeamError};
use crate::executor::guard;
use crate::learner::{Learner, State, steps};
use crate::options::AdvantageSettings;

/// Rows a task of the Hessian products of solver `implicit`: (support, query).
const HESSIAN_ROWS: (usize, usize) = (400, 300);

/// Directions of training and poor tasks on two independent halves.
#[napi(object)]
pub struct AdaptationInputs {
    /// P.
    pub parameters: u32,
    /// `[N, P]`, first half.
    pub train_a: Float64Array,
    /// `[N, P]`, second half.
    pub train_b: Float64Array,
    /// `[B, P]`, first half.
    pub poor_a: Float64Array,
    /// `[B, P]`, second half.
    pub poor_b: Float64Array,
    /// Weight of |omega|².
    pub rho: f64,
    /// Size of the top set whose overlap is reported.
    pub top: u32,
    /// Seed of the bootstrap.
    pub seed: u32,
}

/// Task weights on the simplex, and how far to trust them.
#[napi(object)]
pub struct AdaptationWeights {
    /// `[N]` on the pooled halves.
    pub omega: Vec<f64>,
    /// `[N]` of the first half.
    pub omega_a: Vec<f64>,
    /// `[N]` of the second half.
    pub omega_b: Vec<f64>,
    /// `[N]` lower ends of 95 % bootstrap intervals.
    pub low: Vec<f64>,
    /// `[N]` upper ends.
    pub high: Vec<f64>,
    /// `[N]` cosine with the poor tasks' mean direction.
    pub similarity: Vec<f64>,
    /// Rank correlation of the similarities of the halves.
    pub split_half_spearman: f64,
    /// Share of the top set that the halves agree on.
    pub top_overlap: f64,
    /// Objective at omega.
    pub objective: f64,
    /// Duality gap.
    pub gap: f64,
    /// Solver steps.
    pub iterations: u32,
}

/// Explains the poor tasks in adaptation space: `argmin ½|Σ omega_i u_i - mean u_p|² + (rho/2)|omega|²` on the simplex.
#[napi]
pub fn explain_adaptation(inputs: AdaptationInputs) -> napi::Result<AdaptationWeights> {
    Ok(guard(|| {
        let stream = Stream::new(u64::from(inputs.seed), Purpose::Bootstrap, 0);
        let directions = Directions {
            parameters: inputs.parameters as usize,
            train: [&inputs.train_a, &inputs.train_b],
            poor: [&inputs.poor_a, &inputs.poor_b],
        };
        let options = AdaptationOptions { rho: inputs.rho, top: inputs.top as usize, ..AdaptationOptions::default() };
        let found = solve_adaptation(&directions, &options, |resample, draw| stream.uniform(draw, resample, 0, 0))?;
        let [omega_a, omega_b] = found.omega_halves;
        let [low, high] = found.interval;
        Ok(AdaptationWeights {
            omega: found.omega,
            omega_a,
            omega_b,
            low,
            high,
            similarity: found.similarity,
            split_half_spearman: found.reliability.spearman,
            top_overlap: share(found.reliability.overlap, found.reliability.k),
            objective: found.objective,
            gap: found.gap,
            iterations: steps(found.iterations),
        })
    })?)
}

fn share(part: usize, of: usize) -> f64 {
    part as f64 / of.max(1) as f64
}

/// How to explain by influence.
#[napi(object)]
#[derive(Clone)]
pub struct InfluenceSettings {
    /// `implicit` or `gradient`.
    pub solver: String,
    /// Support flights a task and half.
    pub support_flights: u32,
    /// Query flights a task and half.
    pub query_flights: u32,
    /// Stream of the first half.
    pub stream_a: u32,
    /// Stream of the second half.
    pub stream_b: u32,
    /// Delta of the lower problem; doubled on negative curvature.
    pub damping: f64,
    /// Most Hessian products of a solve.
    pub max_iterations: u32,
    /// Relative residual that ends a solve.
    pub tolerance: f64,
    /// Size of the top set whose overlap is reported.
    pub top: u32,
    /// Seed of the bootstrap.
    pub seed: u32,
    /// Advantages.
    pub advantage: AdvantageSettings,
}

/// Facts of the linear algebra behind the scores.
#[napi(object)]
pub struct InfluenceInfo {
    /// Relative residual.
    pub residual: f64,
    /// Hessian products of the pooled solve.
    pub iterations: u32,
    /// Whether it reached the tolerance.
    pub converged: bool,
    /// Damping in the end.
    pub damping: f64,
    /// Whether negative curvature was met on the way.
    pub negative_curvature: bool,
    /// Least eigenvalue of the undamped system (Lanczos).
    pub lambda_min: Option<f64>,
    /// Greatest eigenvalue of it.
    pub lambda_max: Option<f64>,
    /// Defect of `Σ omega_i s_i = delta <theta* - theta_0, v>`.
    pub identity_defect: f64,
    /// Rank correlation with plain inner products.
    pub identity_spearman: f64,
    /// Mean share of the top set that a bootstrap resample keeps.
    pub top_stability: f64,
}

/// Scores of the training tasks.
#[napi(object)]
pub struct InfluenceScores {
    /// `[N]` pooled.
    pub scores: Vec<f64>,
    /// `[N]` first half.
    pub scores_a: Vec<f64>,
    /// `[N]` second half.
    pub scores_b: Vec<f64>,
    /// `[N]` lower ends of 95 % bootstrap intervals.
    pub low: Vec<f64>,
    /// `[N]` upper ends.
    pub high: Vec<f64>,
    /// `[N]` inner products of meta-gradients.
    pub gradient_scores: Vec<f64>,
    /// Rank correlation of the halves.
    pub split_half_spearman: f64,
    /// Share of the top set that the halves agree on.
    pub top_overlap: f64,
    /// Linear algebra.
    pub info: InfluenceInfo,
    /// Environment steps taken.
    pub env_steps: u32,
}

impl InfluenceSettings {
    fn options(&self, state: &State) -> Result<ExplainOptions> {
        let implicit = match self.solver.as_str() {
            "gradient" => None,
            "implicit" => {
                let mut options = InfluenceOptions::default();
                options.implicit.delta = self.damping;
                options.implicit.tolerance = self.tolerance;
                options.implicit.max_iterations = self.max_iterations as usize;
                Some(options)
            }
            other => {
                let text = format!("explain.solver: unknown value {other:?} here; known: implicit, gradient");
                return Err(SeamError::new("ERR_SPEC_INVALID", text));
            }
        };
        Ok(ExplainOptions {
            implicit,
            data: DataOptions {
                support_flights: self.support_flights as usize,
                query_flights: self.query_flights as usize,
                curvature_rows: HESSIAN_ROWS,
                precision: state.parts.precision,
                mixing: None,
                advantage: self.advantage.meta(),
            },
            streams: [u64::from(self.stream_a), u64::from(self.stream_b)],
            seed: state.parts.seed,
            top: self.top as usize,
            engine: state.parts.engine.clone(),
        })
    }
}

#[napi]
impl Learner {
    /// Scores training tasks `[N, K]` by their influence on poor tasks `[B, K]` at the present weights.
    #[napi(ts_return_type = "Promise<InfluenceScores>")]
    pub fn explain_influence<'env>(
        &self,
        env: &'env Env,
        train: Float64Array,
        poor: Float64Array,
        settings: InfluenceSettings,
    ) -> napi::Result<Object<'env>> {
        let (train, poor) = (train.to_vec(), poor.to_vec());
        self.job(env, move |state| {
            state.task_ids(&train)?;
            state.task_ids(&poor)?;
            let options = settings.options(state)?;
            let found = explain_influence(state.crew(), &state.meta, &train, &poor, &options)?;
            let [scores_a, scores_b] = found.halves;
            let pooled = found.pooled;
            Ok(InfluenceScores {
                scores: pooled.scores,
                scores_a,
                scores_b,
                low: found.intervals.low,
                high: found.intervals.high,
                gradient_scores: pooled.inner_products,
                split_half_spearman: found.reliability.spearman,
                top_overlap: share(found.reliability.overlap, found.reliability.k),
                info: InfluenceInfo {
                    residual: pooled.solve.residual,
                    iterations: steps(pooled.solve.iterations),
                    converged: pooled.solve.converged,
                    damping: pooled.solve.damping,
                    negative_curvature: pooled.solve.negative_curvature,
                    lambda_min: pooled.spectrum.as_ref().map(|s| s.lambda_min),
                    lambda_max: pooled.spectrum.as_ref().map(|s| s.lambda_max),
                    identity_defect: pooled.identity.defect,
                    identity_spearman: pooled.identity_spearman,
                    top_stability: found.intervals.top_stability,
                },
                env_steps: steps(found.env_steps),
            })
        })
    }
}
