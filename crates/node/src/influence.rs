//! Explanation by influence across the seam: every solver that is a linear solve, as one job of the learner.

use napi::Env;
use napi::bindgen_prelude::{Float64Array, Object};
use napi_derive::napi;
use xmrl_core::{Average, ExplainOptions, InfluenceSolver, Sketch, SolverSettings, explain_influence};
use xmrl_meta::DataOptions;

use crate::counts::{EPISODES, ITERATIONS, RANK, STREAMS, TASKS, count, number, word};
use crate::error::Result;
use crate::explain::share;
use crate::learner::{Learner, State};
use crate::options::{AdvantageSettings, choice};

/// Rows a task of Hessian products: (support, query).
pub(crate) const HESSIAN_ROWS: (usize, usize) = (400, 300);

const AVERAGES: [(&str, Average); 2] = [("mean", Average::Mean), ("median", Average::GeometricMedian)];

/// How to explain by influence.
#[napi(object)]
#[derive(Clone)]
pub struct InfluenceSettings {
    /// `gradient`, `implicit`, `finite-difference`, `gauss-newton`, `neumann` or `nystrom`.
    pub solver: String,
    /// Support episodes a task and batch.
    pub support_episodes: f64,
    /// Query episodes a task and batch.
    pub query_episodes: f64,
    /// Batches of each half, every one with an adaptation of its own; 1 where left out.
    pub batches: Option<f64>,
    /// `mean` or `median` (geometric): how their meta-gradients become one; the first where left out.
    pub average: Option<String>,
    /// Stream of the first half.
    pub stream_a: f64,
    /// Stream of the second half.
    pub stream_b: f64,
    /// Delta of the lower problem; doubled on negative curvature.
    pub damping: f64,
    /// Most Hessian products of a solve.
    pub max_iterations: f64,
    /// Relative residual that ends a solve.
    pub tolerance: f64,
    /// Relative step of solver `finite-difference`; 1e-5 where left out.
    pub difference_step: Option<f64>,
    /// Columns of the sketch of solver `nystrom`; 20 where left out.
    pub rank: Option<f64>,
    /// Cosine from which tasks are near-duplicates; left out: no grouping.
    pub group_cosine: Option<f64>,
    /// Size of the top set whose overlap is reported.
    pub top: f64,
    /// Seed of the bootstrap.
    pub seed: f64,
    /// Advantages.
    pub advantage: AdvantageSettings,
}

/// Facts of the linear algebra behind the scores.
#[napi(object)]
pub struct InfluenceInfo {
    /// Relative residual.
    pub residual: f64,
    /// Hessian products of the pooled solve.
    pub iterations: f64,
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
    /// `|Σ omega_i s_i| / Σ |omega_i s_i|`: how far the lower level is from stationary, seen along v; no check of the solve.
    pub non_stationarity: f64,
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
    /// `[N]` group of near-duplicates of every task; empty without grouping.
    pub groups: Vec<f64>,
    /// Linear algebra.
    pub info: InfluenceInfo,
    /// Environment steps taken.
    pub env_steps: f64,
}

impl InfluenceSettings {
    fn options(&self, state: &State) -> Result<ExplainOptions> {
        let settings = SolverSettings {
            delta: self.damping,
            max_iterations: count("maxIterations", self.max_iterations, ITERATIONS)?,
            tolerance: self.tolerance,
            difference_step: self.difference_step.unwrap_or(1e-5),
            sketch: Sketch { rank: count("rank", self.rank.unwrap_or(20.0), RANK)?, seed: state.parts.seed },
        };
        let (curvature, implicit) = self.solver.parse::<InfluenceSolver>()?.plan(&settings);
        Ok(ExplainOptions {
            implicit,
            curvature,
            group_cosine: self.group_cosine,
            data: DataOptions {
                support_episodes: count("supportEpisodes", self.support_episodes, EPISODES)?,
                query_episodes: count("queryEpisodes", self.query_episodes, EPISODES)?,
                curvature_rows: HESSIAN_ROWS,
                precision: state.parts.precision,
                mixing: None,
                mixed_horizon: None,
                advantage: self.advantage.meta(),
            },
            batches: count("batches", self.batches.unwrap_or(1.0), ITERATIONS)?,
            average: match &self.average {
                None => Average::Mean,
                Some(name) => choice("explain.average", name, &AVERAGES)?,
            },
            streams: [
                u64::from(word("streamA", self.stream_a, STREAMS)?),
                u64::from(word("streamB", self.stream_b, STREAMS)?),
            ],
            seed: state.parts.seed,
            top: count("top", self.top, TASKS)?,
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
            let found = explain_influence(state.context(), &state.meta, &train, &poor, &options)?;
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
                groups: found.groups.into_iter().map(number).collect(),
                info: InfluenceInfo {
                    residual: pooled.solve.residual,
                    iterations: number(pooled.solve.iterations),
                    converged: pooled.solve.converged,
                    damping: pooled.solve.damping,
                    negative_curvature: pooled.solve.negative_curvature,
                    lambda_min: pooled.spectrum.as_ref().map(|s| s.lambda_min),
                    lambda_max: pooled.spectrum.as_ref().map(|s| s.lambda_max),
                    non_stationarity: pooled.stationarity.defect,
                    identity_spearman: pooled.identity_spearman,
                    top_stability: found.intervals.top_stability,
                },
                env_steps: number(found.env_steps),
            })
        })
    }
}
