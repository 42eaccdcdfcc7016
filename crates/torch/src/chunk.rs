//! A few tasks worked on together: their rows, their anchor, and the graphs kept between calls.

use std::ops::Range;

use tch::{Kind, Tensor};
use xmrl_meta::{PreparedRows, Stage, TaskData, thinned};

use crate::batch::{Batch, Rows};
use crate::curvature::{At, Curvature};
use crate::error::Result;
use crate::grad::grad;
use crate::hvp::Hvp;
use crate::network::Distribution;
use crate::objective::{Adapted, Objective, freeze, mean_kl};
use crate::per_task::{per_task, report};

/// Consecutive tasks as one batch of tensors; on one thread at a time.
#[derive(Debug)]
pub(crate) struct Chunk {
    tasks: Range<usize>,
    support: Phase,
    query: Phase,
    anchor: Anchor,
    curvature: Option<Curvature>,
    /// The same on at most so many rows.
    coarse: Option<(usize, Curvature)>,
    kept: Option<Hvp>,
    /// What a row subsample leaves out of the inner and of the outer gradient, `[n,P]` each; see [`Subsample`].
    ///
    /// [`Subsample`]: xmrl_meta::Subsample
    rest: Option<[Tensor; 2]>,
}

/// One phase's rows.
#[derive(Debug)]
struct Phase {
    all: Batch,
    rows: Rows,
    /// Those of each task on which curvature is measured.
    chosen: Vec<Vec<usize>>,
}

/// The policies of the meta vector that collected the data.
#[derive(Debug)]
struct Anchor {
    /// `[Q]`.
    meta: Tensor,
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
    /// Copies the rows of `tasks` (of all of `data`) to the device and adapts `anchor [Q]` on them.
    pub(crate) fn new(
        objective: &Objective,
        data: &[TaskData],
        tasks: Range<usize>,
        anchor: &Tensor,
        rest: Option<[&[f64]; 2]>,
    ) -> Result<Self> {
        let (size, border) = (objective.spec.policy_parameters(), &objective.border);
        let own_rest = |rest: &[f64]| {
            let (rows, shape) = (&rest[tasks.start * size..tasks.end * size], [tasks.len() as i64, size as i64]);
            border.upload(rows, &shape)
        };
        let rest = match rest {
            None => None,
            Some([inner, outer]) => Some([own_rest(inner)?, own_rest(outer)?]),
        };
        let own = &data[tasks.clone()];
        let phase = |of: fn(&TaskData) -> &PreparedRows| -> Result<Phase> {
            let rows: Vec<_> = own.iter().map(of).collect();
            let chosen = rows.iter().map(|rows| rows.curvature.clone()).collect();
            let rows = Rows::upload(&objective.spec.policy, &rows, border)?;
            Ok(Phase { all: rows.batch()?, rows, chosen })
        };
        let (support, query) = (phase(|task| &task.support)?, phase(|task| &task.query)?);

        let meta = objective.leaf(anchor, tasks.len() as i64)?;
        let (theta, rates) = (objective.theta(&meta)?, objective.rates(&meta)?);
        let adapted = objective.adapt(&theta, &rates, &support.all, rest.as_ref().map(|rest| &rest[0]), false)?;
        let theta = adapted.theta.f_detach()?;
        let checked = [(Stage::Adapt, "inner surrogate", &adapted.inner), (Stage::Adapt, "adapted parameters", &theta)];
        report(border, tasks.start, &checked, &[])?;
        let anchor = Anchor {
            meta: anchor.shallow_clone(),
            adapted: freeze(&objective.distribution(&theta, &query.all)?)?,
            unadapted: freeze(&adapted.unadapted)?,
            gradient: adapted.gradient.f_detach()?,
            theta,
        };
        Ok(Self { tasks, support, query, anchor, curvature: None, coarse: None, kept: None, rest })
    }

    /// n, tasks of this chunk.
    fn len(&self) -> i64 {
        self.tasks.len() as i64
    }

    /// The inner steps of a leaf `[n,Q]`.
    fn adapted(&self, objective: &Objective, meta: &Tensor, differentiable: bool) -> Result<Adapted> {
        let rest = self.rest.as_ref().map(|rest| &rest[0]);
        objective.adapt(&objective.theta(meta)?, &objective.rates(meta)?, &self.support.all, rest, differentiable)
    }

    /// The outer surrogates `[n]` of adapted policies.
    fn outer(&self, objective: &Objective, theta: &Tensor, policies: &Distribution) -> Result<Tensor> {
        let outer = objective.surrogate(policies, &self.query.all)?;
        let Some([_, rest]) = &self.rest else { return Ok(outer) };
        let moved = theta.f_sub(&self.anchor.theta)?;
        Ok(outer.f_add(&moved.f_mul(rest)?.f_sum_dim_intlist([1i64].as_slice(), false, None)?)?)
    }

    /// The adapted policies `[n,P]` of the meta vector `[Q]`.
    pub(crate) fn adapt(&self, objective: &Objective, meta: &Tensor) -> Result<Vec<f64>> {
        let meta = objective.leaf(meta, self.len())?;
        let adapted = self.adapted(objective, &meta, false)?;
        report(&objective.border, self.tasks.start, &[(Stage::Adapt, "inner surrogate", &adapted.inner)], &[])?;
        self.read(objective, Stage::Adapt, "adapted parameters", &adapted.theta)
    }

    /// The outer surrogates, and the KLs from the anchor's policies, at the meta vector `[Q]`.
    pub(crate) fn value(&self, objective: &Objective, meta: &Tensor) -> Result<ChunkValue> {
        let meta = objective.leaf(meta, self.len())?;
        let adapted = self.adapted(objective, &meta, false)?;
        let _guard = tch::no_grad_guard();
        let policies = objective.distribution(&adapted.theta, &self.query.all)?;
        let outer = self.outer(objective, &adapted.theta, &policies)?;
        let kl_adapted = mean_kl(&self.anchor.adapted, &policies, &self.query.all)?;
        let kl_unadapted = mean_kl(&self.anchor.unadapted, &adapted.unadapted, &self.support.all)?;
        let checked =
            [(Stage::Adapt, "inner surrogate", &adapted.inner), (Stage::Adapt, "adapted parameters", &adapted.theta)];
        let wanted = [
            (Stage::LineSearch, "outer surrogate", &outer),
            (Stage::LineSearch, "KL of the adapted policy", &kl_adapted),
            (Stage::LineSearch, "KL of the unadapted policy", &kl_unadapted),
        ];
        let mut values = report(&objective.border, self.tasks.start, &checked, &wanted)?.into_iter();
        let mut next = || values.next().unwrap_or_default();
        Ok(ChunkValue { surrogates: next(), kl_adapted: next(), kl_unadapted: next() })
    }

    /// Every task's outer surrogate, and its gradient `[n,Q]` on the device, checked; with `keep` its graph stays for
    /// [`products`](Self::products).
    pub(crate) fn gradients(&mut self, objective: &Objective, meta: &Tensor, keep: bool) -> Result<(Vec<f64>, Tensor)> {
        if keep {
            self.kept = None; // frees its memory before the next one grows
        }
        let meta = objective.leaf(meta, self.len())?;
        let adapted = self.adapted(objective, &meta, true)?;
        let policies = objective.distribution(&adapted.theta, &self.query.all)?;
        let outer = self.outer(objective, &adapted.theta, &policies)?;
        let hvp = if keep { Some(Hvp::new(&outer, &meta)?) } else { None };
        let gradient = match &hvp {
            Some(hvp) => hvp.gradient().f_detach()?,
            None => grad(&outer, &meta, false, false)?,
        };
        let checked = [
            (Stage::Adapt, "inner surrogate", &adapted.inner),
            (Stage::Adapt, "adapted parameters", &adapted.theta),
            (Stage::Gradient, "outer surrogate", &outer),
            (Stage::Gradient, "meta-gradient", &gradient),
        ];
        let wanted = [(Stage::Gradient, "outer surrogate", &outer)];
        let surrogates = report(&objective.border, self.tasks.start, &checked, &wanted)?.concat();
        self.kept = hvp.or_else(|| self.kept.take());
        Ok((surrogates, gradient))
    }

    /// Every task's `d2J_i v`, `[n,Q]`, on the kept graph, for `v [Q]`; `None` without one. Not checked.
    pub(crate) fn products(&self, objective: &Objective, v: &Tensor) -> Result<Option<Tensor>> {
        let Some(hvp) = &self.kept else { return Ok(None) };
        hvp.apply(&objective.tile(v, self.len())?).map(Some)
    }

    /// `sum_i w_i row_i` of this chunk's rows `[n,Q]`, in float64, for the weights of all tasks `[N]`.
    pub(crate) fn weighted(&self, rows: &Tensor, weights: &Tensor) -> Result<Tensor> {
        let own = weights.f_narrow(0, self.tasks.start as i64, self.len())?.f_unsqueeze(1)?;
        Ok(rows.f_to_kind(Kind::Double)?.f_mul(&own)?.f_sum_dim_intlist([0i64].as_slice(), false, None)?)
    }

    /// Frees the kept graph.
    pub(crate) fn drop_kept(&mut self) {
        self.kept = None;
    }

    /// `Jac_i^T F_i Jac_i v + weight F0_i v` of every task, `[n,Q]`, at the anchor, for `v [Q]`; records its graphs where there are
    /// none. `rows`: on at most so many of the curvature's rows a task and phase.
    pub(crate) fn curvature(
        &mut self,
        objective: &Objective,
        rows: Option<usize>,
        v: &Tensor,
        weight: f64,
    ) -> Result<Tensor> {
        let graphs = match rows {
            None => self.curvature.take(),
            Some(rows) => self.coarse.take().filter(|(of, _)| *of == rows).map(|(_, graphs)| graphs),
        };
        let graphs = match graphs {
            Some(graphs) => graphs,
            None => {
                let most = rows.unwrap_or(usize::MAX);
                let [support, query] =
                    [&self.support, &self.query].map(|phase| phase.sample(objective, most, self.tasks.start));
                Curvature::new(
                    objective,
                    &At {
                        meta: &self.anchor.meta,
                        adapted: &self.anchor.theta,
                        gradient: &self.anchor.gradient,
                        support: &support?,
                        query: &query?,
                    },
                )?
            }
        };
        let graphs = match rows {
            None => self.curvature.insert(graphs),
            Some(rows) => &mut self.coarse.insert((rows, graphs)).1,
        };
        graphs.product(objective, v, weight)
    }

    /// Frees the graphs of [`curvature`](Self::curvature).
    pub(crate) fn drop_curvature(&mut self) {
        (self.curvature, self.coarse) = (None, None);
    }

    /// A per-task tensor on the host, checked.
    pub(crate) fn read(
        &self,
        objective: &Objective,
        stage: Stage,
        name: &'static str,
        tensor: &Tensor,
    ) -> Result<Vec<f64>> {
        per_task(&objective.border, stage, name, self.tasks.start, tensor)
    }
}

impl Phase {
    /// At most `most` of the curvature's rows a task, of which `first` is the first one's place among all.
    fn sample(&self, objective: &Objective, most: usize, first: usize) -> Result<Batch> {
        let chosen: Vec<Vec<usize>> =
            self.chosen.iter().enumerate().map(|(task, rows)| thinned(rows, most, first + task)).collect();
        let chosen: Vec<&[usize]> = chosen.iter().map(AsRef::as_ref).collect();
        self.rows.sample(&chosen, &objective.border)
    }
}

#[cfg(test)]
mod tests {
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
