//! What comes back: plain objects and typed arrays.

use napi::bindgen_prelude::{Float32Array, Float64Array};
use napi_derive::napi;

use crate::counts::number;

/// Guard 4: what the surrogate promised and what the new policies earn.
#[napi(object)]
pub struct MonitorFigures {
    /// Gain of the surrogate on the iteration's data.
    pub predicted: f64,
    /// Gain in flown return with the iteration's support data.
    pub frozen: f64,
    /// Gain in flown return after re-adapting on fresh support data.
    pub readapted: f64,
}

/// A Gaussian over the meta parameters after a step.
#[napi(object)]
pub struct PosteriorFigures {
    /// Its KL to the prior, nats.
    pub divergence: f64,
    /// Mean of its log standard deviations.
    pub mean_log_std: f64,
}

/// Figures of one meta-iteration.
#[napi(object)]
pub struct StepStats {
    /// Environment steps of the iteration, the monitor's included.
    pub env_steps: f64,
    /// Mean return of the support episodes (unadapted policy).
    pub return_before: f64,
    /// Mean return of the query episodes (adapted policies).
    pub return_after: f64,
    /// Their success share.
    pub success_after: f64,
    /// `[N]` mean return of each task's query episodes that start by the query law, in meta-batch order.
    pub task_returns: Float64Array,
    /// `[N]` their success share.
    pub task_success: Float64Array,
    /// `[N]` mean over each task's query rows of the absolute raw advantage of the outer objective.
    pub task_advantages: Float64Array,
    /// Surrogate after minus before, on the same data.
    pub surrogate_gain: f64,
    /// KL of the adapted policies, nats.
    pub kl: f64,
    /// KL of the unadapted policy, nats.
    pub kl_unadapted: f64,
    /// Whether the line search accepted a candidate.
    pub accepted: bool,
    /// Candidates it refused.
    pub backtracks: f64,
    /// Relative residual of the conjugate gradients.
    pub cg_residual: f64,
    /// Norm of the meta-gradient.
    pub gradient_norm: f64,
    /// Mean log standard deviation in force.
    pub mean_log_std: f64,
    /// Inner rate of every group.
    pub rates: Vec<f64>,
    /// Mixed states drawn again because they were infeasible.
    pub redraws: f64,
    /// Mixtures that were infeasible, whatever was done about them.
    pub infeasible: f64,
    /// Mixtures that were lifted off the floor.
    pub lifted: f64,
    /// Episodes that started at a visited state because no pair was feasible.
    pub gave_up: f64,
    /// Constraint solves of bodies, counted per block of lanes, that met the iteration bound.
    pub capped_solves: f64,
    /// Guard 4, where asked for.
    pub monitor: Option<MonitorFigures>,
    /// The Gaussian, where one is trained.
    pub posterior: Option<PosteriorFigures>,
    /// What crossed between host and device for the iteration's derivatives.
    pub transfers: StepTransfers,
    /// Where the iteration's time went.
    pub seconds: StepSeconds,
}

/// Copies between the host's memory and that of libtorch's device in one meta-iteration, counted where tensors are made and read; all 0
/// without libtorch.
#[napi(object)]
pub struct StepTransfers {
    /// Copies to the device.
    pub uploads: f64,
    /// Their bytes.
    pub uploaded: f64,
    /// Copies from the device.
    pub downloads: f64,
    /// Their bytes.
    pub downloaded: f64,
}

impl StepStats {
    /// The figures of a step, and of the Gaussian it trained.
    pub(crate) fn new(stats: xmrl_meta::StepStats, posterior: Option<xmrl_meta::PosteriorStats>) -> Self {
        Self {
            env_steps: number(stats.env_steps),
            return_before: stats.return_pre,
            return_after: stats.return_post,
            success_after: stats.success_post,
            task_returns: stats.task_returns.into(),
            task_success: stats.task_success.into(),
            task_advantages: stats.task_advantages.into(),
            surrogate_gain: stats.surrogate_after - stats.surrogate_before,
            kl: stats.kl,
            kl_unadapted: stats.kl_unadapted,
            accepted: stats.accepted,
            backtracks: number(stats.backtracks),
            cg_residual: stats.cg.residual,
            gradient_norm: stats.gradient_norm,
            mean_log_std: stats.mean_log_std,
            rates: stats.rates,
            redraws: number(stats.mix_counts.redraws),
            infeasible: number(stats.mix_counts.infeasible),
            lifted: number(stats.mix_counts.lifted),
            gave_up: number(stats.mix_counts.gave_up),
            capped_solves: stats.capped_solves as f64,
            monitor: stats.monitor.map(|m| MonitorFigures {
                predicted: m.predicted,
                frozen: m.frozen,
                readapted: m.readapted,
            }),
            posterior: posterior.map(|q| PosteriorFigures { divergence: q.divergence, mean_log_std: q.mean_log_std }),
            transfers: StepTransfers {
                uploads: stats.transfers.uploads as f64,
                uploaded: stats.transfers.uploaded as f64,
                downloads: stats.transfers.downloads as f64,
                downloaded: stats.transfers.downloaded as f64,
            },
            seconds: StepSeconds::from(stats.seconds),
        }
    }
}

/// Seconds of wall time of one meta-iteration, by phase; what no phase names is the rest of `whole`.
#[napi(object)]
pub struct StepSeconds {
    /// The whole iteration.
    pub whole: f64,
    /// Support episodes.
    pub support: f64,
    /// Query episodes.
    pub query: f64,
    /// Baselines, advantages, checks of the rows.
    pub advantages: f64,
    /// Inner gradients.
    pub adapt: f64,
    /// Meta-gradient, and what it prepares.
    pub gradient: f64,
    /// Curvature products of the conjugate gradients.
    pub curvature: f64,
    /// Candidates of the line search.
    pub line_search: f64,
}

impl From<xmrl_meta::StepSeconds> for StepSeconds {
    fn from(from: xmrl_meta::StepSeconds) -> Self {
        let xmrl_meta::StepSeconds { support, query, advantages, adapt, gradient, curvature, line_search, whole } =
            from;
        Self { whole, support, query, advantages, adapt, gradient, curvature, line_search }
    }
}

/// Post-adaptation performance of some tasks.
#[napi(object)]
pub struct Evaluation {
    /// `[N]` mean return over adaptations and query episodes.
    pub returns: Float64Array,
    /// `[N]` success share.
    pub success: Float64Array,
    /// `[N, adaptations]` mean return of each adaptation.
    pub per_adaptation: Float64Array,
    /// `[k, N, P]` mean over adaptations of theta' - theta after 1 to k = `displacements` adaptation steps.
    pub displacements: Float32Array,
    /// Environment steps taken, but for `furtherSteps`.
    pub env_steps: f64,
    /// Environment steps of the adaptation steps beyond `steps`, which only displacements ask for.
    pub further_steps: f64,
}

/// Adaptation directions of some tasks.
#[napi(object)]
pub struct Directions {
    /// `[N, P]`, theta' - theta.
    pub directions: Float64Array,
    /// Environment steps taken.
    pub env_steps: f64,
}

/// Query episodes of one adapted policy.
#[napi(object)]
pub struct Episodes {
    /// `[sum of lengths, D]` states before every step and the last one, episode after episode.
    pub states: Float64Array,
    /// States of each episode: its steps and one.
    pub lengths: Vec<f64>,
    /// Whether each episode reached the goal.
    pub success: Vec<bool>,
}

/// Rows of some tasks' adapted policies.
#[napi(object)]
pub struct Transitions {
    /// `[N, rows, width]`: observation, action, reward.
    pub values: Float64Array,
    /// S + A + 1.
    pub width: f64,
    /// Environment steps taken.
    pub env_steps: f64,
}
