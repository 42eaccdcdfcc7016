//! Task weighting across the seam: rows of adapted policies, and the weights that match one pool's rows to another's.

use napi::Env;
use napi::bindgen_prelude::{Float64Array, Object};
use napi_derive::napi;
use xmrl_core::{MatchingInputs, MatchingOptions, match_tasks};
use xmrl_meta::Usage;

use crate::counts::{ROWS, count, number};
use crate::learner::Learner;
use crate::options::EvaluateOptions;
use crate::records::Transitions;

/// Rows of two pools.
#[napi(object)]
pub struct MatchingSettings {
    /// `[N, rows, width]` of the tasks that are weighted.
    pub train: Float64Array,
    /// `[M, rows, width]` of the tasks that are aimed at.
    pub target: Float64Array,
    /// Rows a task.
    pub rows: f64,
    /// Numbers a row.
    pub width: f64,
    /// Weight of |w|².
    pub ridge: f64,
}

/// Task weights, and how well they match.
#[napi(object)]
pub struct MatchedWeights {
    /// `[N]`, on the simplex.
    pub weights: Vec<f64>,
    /// Duality gap.
    pub duality_gap: f64,
    /// Solver steps.
    pub iterations: f64,
    /// Width of the kernel, in standard deviations of the rows.
    pub bandwidth: f64,
    /// Squared maximum mean discrepancy with these weights, unbiased (about 0, of either sign, where all is matched).
    pub discrepancy: f64,
    /// The same with even weights.
    pub even_discrepancy: f64,
}

#[napi]
impl Learner {
    /// `rows` rows (observation, action, reward) of the adapted policy of every task of `tasks [N, K]`.
    #[napi(ts_return_type = "Promise<Transitions>")]
    pub fn transitions<'env>(
        &self,
        env: &'env Env,
        tasks: Float64Array,
        options: EvaluateOptions,
        rows: f64,
        task_ids: Option<Vec<f64>>,
    ) -> napi::Result<Object<'env>> {
        self.measured(env, &tasks, options, task_ids, Usage::Transitions, move |request| {
            let done = xmrl_meta::transitions(request, count("rows", rows, ROWS)?)?;
            Ok(Transitions { values: done.rows.into(), width: number(done.width), env_steps: number(done.env_steps) })
        })
    }

    /// Weights of the training tasks by kernel mean matching.
    #[napi(ts_return_type = "Promise<MatchedWeights>")]
    pub fn match_tasks<'env>(&self, env: &'env Env, settings: MatchingSettings) -> napi::Result<Object<'env>> {
        let (train, target) = (settings.train.to_vec(), settings.target.to_vec());
        self.job(env, move |state| {
            let [rows, width] =
                [("rows", settings.rows), ("width", settings.width)].map(|(key, n)| count(key, n, ROWS));
            let (rows, width, ridge) = (rows?, width?, settings.ridge);
            let inputs = MatchingInputs { rows, width, train: &train, target: &target };
            let options = MatchingOptions { ridge, ..MatchingOptions::default() };
            let found = match_tasks(&inputs, &options, &state.parts.pool)?;
            Ok(MatchedWeights {
                weights: found.weights,
                duality_gap: found.gap,
                iterations: number(found.iterations),
                bandwidth: found.bandwidth,
                discrepancy: found.discrepancy,
                even_discrepancy: found.even_discrepancy,
            })
        })
    }
}
