//! A few tasks worked on together: their rows, their anchor, and the graphs kept between calls.

use std::ops::Range;

use tch::Tensor;
use xmrl_meta::{Stage, TaskData};

use crate::batch::Batch;
use crate::curvature::{At, Curvature};
use crate::error::Result;
use crate::grad::grad;
use crate::hvp::Hvp;
use crate::network::Distribution;
use crate::objective::{Adapted, Objective, freeze, mean_kl};
use crate::params::to_tensor;
use crate::per_task::per_task;

/// Consecutive tasks as one batch of tensors; on one thread at a time.
#[derive(Debug)]
pub(crate) struct Chunk {
    tasks: Range<usize>,
    support: Batch,
    query: Batch,
    /// The rows on which curvature is measured.
    support_sample: Batch,
    query_sample: Batch,
    anchor: Anchor,
    curvature: Option<Curvature>,
    kept: Option<Hvp>,
    /// What a row subsample leaves out of the inner and of the outer gradient, `[n,P]` each; see [`Subsample`].
    ///
    /// [`Subsample`]: xmrl_meta::Subsample
    rest: Option<[Tensor; 2]>,
}

/// The policies of the meta vector that collected the data.
#[derive(Debug)]
struct Anchor {
    /// `[n,P]`, the adapted policies.
    theta: Tensor,
    /// `[n,P]`, the inner gradient `g` over all support rows.
    gradient: Tensor,
    /// The adapted policies on the query rows.
    adapted: Distribution,
    /// The unadapted policy on the support rows.
    unadapted: Distribution,
}

/// [`Value`](xmrl_meta::Value) of a chunk, each entry per task.
#[derive(Debug)]
pub(crate) struct ChunkValue {
    pub surrogates: Vec<f64>,
    pub kl_adapted: Vec<f64>,
    pub kl_unadapted: Vec<f64>,
}

/// Cuts the tasks, in order, into the fewest equal runs (the last may be shorter) whose padded rows of both phases stay
/// within `rows`, one task at least. Depends on the data alone, never on the number of workers.
pub(crate) fn partition(tasks: &[TaskData], rows: usize) -> Vec<Range<usize>> {
    let longest = tasks.iter().map(|task| task.support.rows() + task.query.rows()).max().unwrap_or(1).max(1);
    let most = (rows / longest).max(1);
    let size = tasks.len().div_ceil(tasks.len().div_ceil(most).max(1)).max(1);
    (0..tasks.len()).step_by(size).map(|start| start..(start + size).min(tasks.len())).collect()
}

impl Chunk {
    /// Uploads the rows of `tasks` (of all of `data`) and adapts the anchor on them.
    pub(crate) fn new(
        objective: &Objective,
        data: &[TaskData],
        tasks: Range<usize>,
        anchor: &[f64],
        rest: Option<[&[f64]; 2]>,
    ) -> Result<Self> {
        let size = objective.spec.policy_parameters();
        let own_rest = |rest: &[f64]| {
            let (rows, shape) = (&rest[tasks.start * size..tasks.end * size], [tasks.len() as i64, size as i64]);
            to_tensor(rows, &shape, objective.kind, objective.device)
        };
        let rest = match rest {
            None => None,
            Some([inner, outer]) => Some([own_rest(inner)?, own_rest(outer)?]),
        };
        let own = &data[tasks.clone()];
        let batch = |rows: Vec<_>| Batch::new(&objective.spec.policy, &rows, objective.kind, objective.device);
        let samples: Vec<_> = own.iter().map(|task| (task.support.subsample(), task.query.subsample())).collect();
        let support = batch(own.iter().map(|task| &task.support).collect())?;
        let query = batch(own.iter().map(|task| &task.query).collect())?;
        let support_sample = batch(samples.iter().map(|pair| &pair.0).collect())?;
        let query_sample = batch(samples.iter().map(|pair| &pair.1).collect())?;

        let meta = objective.leaf(anchor, tasks.len() as i64)?;
        let (theta, rates) = (objective.theta(&meta)?, objective.rates(&meta)?);
        let adapted = objective.adapt(&theta, &rates, &support, rest.as_ref().map(|rest| &rest[0]), false)?;
        let theta = adapted.theta.f_detach()?;
        per_task(Stage::Adapt, "inner surrogate", tasks.start, &adapted.inner)?;
        per_task(Stage::Adapt, "adapted parameters", tasks.start, &theta)?;
        let anchor = Anchor {
            adapted: freeze(&objective.distribution(&theta, &query)?)?,
            unadapted: freeze(&adapted.unadapted)?,
            gradient: adapted.gradient.f_detach()?,
            theta,
        };
        let (curvature, kept) = (None, None);
        Ok(Self { tasks, support, query, support_sample, query_sample, anchor, curvature, kept, rest })
    }

    /// n, tasks of this chunk.
    fn len(&self) -> i64 {
        self.tasks.len() as i64
    }

    /// The inner steps of a leaf `[n,Q]`.
    fn adapted(&self, objective: &Objective, meta: &Tensor, differentiable: bool) -> Result<Adapted> {
        let rest = self.rest.as_ref().map(|rest| &rest[0]);
        objective.adapt(&objective.theta(meta)?, &objective.rates(meta)?, &self.support, rest, differentiable)
    }

    /// The outer surrogates `[n]` of adapted policies.
    fn outer(&self, objective: &Objective, theta: &Tensor, policies: &Distribution) -> Result<Tensor> {
        let outer = objective.surrogate(policies, &self.query)?;
        let Some([_, rest]) = &self.rest else { return Ok(outer) };
        let moved = theta.f_sub(&self.anchor.theta)?;
        Ok(outer.f_add(&moved.f_mul(rest)?.f_sum_dim_intlist([1i64].as_slice(), false, None)?)?)
    }

    /// The adapted policies `[n,P]`.
    pub(crate) fn adapt(&self, objective: &Objective, meta: &[f64]) -> Result<Vec<f64>> {
        let meta = objective.leaf(meta, self.len())?;
        let adapted = self.adapted(objective, &meta, false)?;
        self.read(Stage::Adapt, "inner surrogate", &adapted.inner)?;
        self.read(Stage::Adapt, "adapted parameters", &adapted.theta)
    }

    /// The outer surrogates, and the KLs from the anchor's policies.
    pub(crate) fn value(&self, objective: &Objective, meta: &[f64]) -> Result<ChunkValue> {
        let meta = objective.leaf(meta, self.len())?;
        let adapted = self.adapted(objective, &meta, false)?;
        self.read(Stage::Adapt, "inner surrogate", &adapted.inner)?;
        self.read(Stage::Adapt, "adapted parameters", &adapted.theta)?;
        let _guard = tch::no_grad_guard();
        let policies = objective.distribution(&adapted.theta, &self.query)?;
        let outer = self.outer(objective, &adapted.theta, &policies)?;
        let kl_adapted = mean_kl(&self.anchor.adapted, &policies, &self.query)?;
        let kl_unadapted = mean_kl(&self.anchor.unadapted, &adapted.unadapted, &self.support)?;
        Ok(ChunkValue {
            surrogates: self.read(Stage::LineSearch, "outer surrogate", &outer)?,
            kl_adapted: self.read(Stage::LineSearch, "KL of the adapted policy", &kl_adapted)?,
            kl_unadapted: self.read(Stage::LineSearch, "KL of the unadapted policy", &kl_unadapted)?,
        })
    }

    /// Every task's gradient `[n,Q]`; with `keep` its graph stays for [`products`](Self::products).
    pub(crate) fn gradients(&mut self, objective: &Objective, meta: &[f64], keep: bool) -> Result<Vec<f64>> {
        if keep {
            self.kept = None; // frees its memory before the next one grows
        }
        let meta = objective.leaf(meta, self.len())?;
        let adapted = self.adapted(objective, &meta, true)?;
        let policies = objective.distribution(&adapted.theta, &self.query)?;
        let outer = self.outer(objective, &adapted.theta, &policies)?;
        self.read(Stage::Adapt, "inner surrogate", &adapted.inner)?;
        self.read(Stage::Adapt, "adapted parameters", &adapted.theta)?;
        self.read(Stage::Gradient, "outer surrogate", &outer)?;
        if !keep {
            let gradient = grad(&outer, &meta, false, false)?;
            return self.read(Stage::Gradient, "meta-gradient", &gradient);
        }
        let hvp = Hvp::new(&outer, &meta)?;
        let gradient = self.read(Stage::Gradient, "meta-gradient", hvp.gradient())?;
        self.kept = Some(hvp);
        Ok(gradient)
    }

    /// Every task's `d2J_i v`, `[n,Q]`, on the kept graph; `None` without one.
    pub(crate) fn products(&self, objective: &Objective, v: &[f64]) -> Result<Option<Vec<f64>>> {
        let Some(hvp) = &self.kept else { return Ok(None) };
        let product = hvp.apply(&objective.tile(v, self.len())?)?;
        self.read(Stage::Curvature, "Hessian-vector product", &product).map(Some)
    }

    /// Frees the kept graph.
    pub(crate) fn drop_kept(&mut self) {
        self.kept = None;
    }

    /// `Jac_i^T F_i Jac_i v + weight F0_i v` of every task, `[n,Q]`, at the anchor `[Q]`; records its graphs where there are none.
    pub(crate) fn curvature(
        &mut self,
        objective: &Objective,
        anchor: &[f64],
        v: &[f64],
        weight: f64,
    ) -> Result<Vec<f64>> {
        let at = At {
            meta: anchor,
            adapted: &self.anchor.theta,
            gradient: &self.anchor.gradient,
            support: &self.support_sample,
            query: &self.query_sample,
        };
        let graphs = match self.curvature.take() {
            Some(graphs) => graphs,
            None => Curvature::new(objective, &at)?,
        };
        let product = self.curvature.insert(graphs).product(objective, v, weight)?;
        self.read(Stage::Curvature, "curvature product", &product)
    }

    /// Frees the graphs of [`curvature`](Self::curvature).
    pub(crate) fn drop_curvature(&mut self) {
        self.curvature = None;
    }

    /// A per-task tensor on the host, checked.
    fn read(&self, stage: Stage, name: &'static str, tensor: &Tensor) -> Result<Vec<f64>> {
        per_task(stage, name, self.tasks.start, tensor)
    }
}

#[cfg(test)]
mod tests {
    use xmrl_meta::PreparedRows;

    use super::*;

    #[test]
    fn runs_are_equal_within_the_bound_and_tile_the_tasks() {
        let rows = |n: usize| PreparedRows { log_probs: vec![0.0; n], ..PreparedRows::default() };
        let tasks: Vec<TaskData> = (0..30).map(|i| TaskData { support: rows(4), query: rows(5 + i % 2) }).collect();
        let cut = |rows| partition(&tasks, rows);
        assert_eq!(cut(usize::MAX).len(), 1);
        assert_eq!(cut(299), [0..15, 15..30]); // 29 of the longest (10 rows) fit: two runs, and as equal as can be
        assert_eq!(cut(90).iter().map(ExactSizeIterator::len).collect::<Vec<_>>(), [8, 8, 8, 6]);
        assert_eq!(cut(0).len(), 30); // a task that alone exceeds the bound is still a run
    }
}
