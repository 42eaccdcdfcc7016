//! [`MetaProblem`] in plain Rust: hand-written derivatives, one task a thread, sums in task order.

mod curvature;
mod gradient;
mod hessian;
mod kept;

use std::borrow::Cow;
use std::ops::Range;

use rayon::ThreadPool;
use xmrl_autodiff::vector;
use xmrl_policy::Number;

use self::kept::{Kept, Prepared};
use crate::adapt::{Inner, Keep, Scratch, Threads, inner_steps, spread};
use crate::error::{MetaError, Result, Stage, check_len};
use crate::problem::{MetaHessian, MetaProblem, MetaSpec, PreparedRows, TaskData, Value};
use crate::subsample::Subsample;

/// The meta-objective of a fixed data set on the CPU, exact to second order; per row computed in `T`, summed in `f64`.
///
/// With `D`, `g`, `H` as in [`MetaProblem`] and `u = dJ_i^out(theta_i')`, one task's gradient is `u + H D u`, and
/// `sum over the group of rate g u` for the log-rates; its curvature product is `Jac^T F Jac v` by the same two maps.
/// Results have the same bits for any number of threads.
///
/// Memory: beside the rows, `T`s for the means `[R,A]` of both phases; what [`curvature`](MetaProblem::curvature) keeps is
/// linear in the curvature rows, what [`keep`](MetaHessian::keep) keeps in all rows; the rest is constant per thread.
pub struct FusedProblem<'a, T: Number = f64> {
    spec: &'a MetaSpec,
    data: Cow<'a, [TaskData<T>]>,
    threads: Threads<'a, T>,
    anchor: Vec<f64>,
    tasks: Vec<Anchored<T>>,
    groups: Vec<Range<usize>>,
    /// Rate of every parameter at the anchor, `[P]`.
    rates: Vec<f64>,
    /// Made by the first curvature product.
    curvature: Option<Vec<Prepared<T>>>,
    /// The same on at most so many rows; made by the first coarse product.
    coarse: Option<(usize, Vec<Prepared<T>>)>,
    kept: Vec<Kept<T>>,
    /// The surrogates of the last gradients, where those were at the anchor: a value there would compute them again.
    surrogates: Option<Vec<f64>>,
}

/// What one task keeps of the anchor.
struct Anchored<T> {
    gradient: Vec<f64>,
    adapted: Vec<f64>,
    /// Means `[R,A]` of the unadapted policy on the support rows, of the adapted one on the query rows; empty until the
    /// first pass over those rows at the anchor.
    support_means: Vec<T>,
    query_means: Vec<T>,
    /// What a row subsample leaves out of the inner and of the outer gradient, `[P]` each; empty where the rows are all.
    rest: [Vec<f64>; 2],
}

impl<T> Anchored<T> {
    /// Adds what the subsample leaves out of the inner gradient.
    fn complete_inner(&self, gradient: &mut [f64]) {
        vector::axpy(1.0, &self.rest[0], &mut gradient[..self.rest[0].len()]);
    }

    /// The same of the outer one.
    fn complete_outer(&self, gradient: &mut [f64]) {
        vector::axpy(1.0, &self.rest[1], &mut gradient[..self.rest[1].len()]);
    }

    /// What the subsample leaves out of the outer surrogate at an adapted policy, to first order: 0 at the anchor.
    fn rest_of_outer(&self, adapted: &[f64]) -> f64 {
        let moved = adapted.iter().zip(&self.adapted).map(|(now, then)| now - then);
        self.rest[1].iter().zip(moved).map(|(rest, moved)| rest * moved).sum()
    }
}

/// A meta vector taken apart.
#[derive(Clone, Copy)]
struct Point<'a> {
    theta: &'a [f64],
    /// `[P]`.
    rates: &'a [f64],
    /// Whether it is the anchor, whose inner steps are known.
    anchor: bool,
}

impl<T: Number> std::fmt::Debug for FusedProblem<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FusedProblem").field("spec", self.spec).field("tasks", &self.data.len()).finish_non_exhaustive()
    }
}

impl<'a, T: Number> FusedProblem<'a, T> {
    /// The problem of `data` around `anchor [Q]`, the meta vector that collected it.
    ///
    /// # Errors
    /// A bad spec, rows of the wrong shape or not finite (named with their task), an anchor that does not adapt.
    pub fn new(spec: &'a MetaSpec, data: &'a [TaskData<T>], anchor: &[f64], pool: &'a ThreadPool) -> Result<Self> {
        check_data(spec, data, anchor)?;
        let supports: Vec<&PreparedRows<T>> = data.iter().map(|task| &task.support).collect();
        let inner = inner_steps(spec, spec.theta(anchor), &spec.rates(anchor), &supports, Keep::Means, pool)?;
        Self::with_inner(spec, data, anchor, inner, pool)
    }

    /// The same from inner steps already taken at the anchor on the same support rows.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_inner(
        spec: &'a MetaSpec,
        data: impl Into<Cow<'a, [TaskData<T>]>>,
        anchor: &[f64],
        inner: Inner<T>,
        pool: &'a ThreadPool,
    ) -> Result<Self> {
        let data = data.into();
        check_data(spec, &data, anchor)?;
        let size = spec.policy_parameters();
        check_len("inner.adapted", "[N,P]", inner.adapted.len(), data.len() * size)?;
        check_len("inner.gradients", "[N,P]", inner.gradients.len(), data.len() * size)?;
        check_len("inner.means", "[N]", inner.means.len(), data.len())?;
        let rows = inner.adapted.chunks_exact(size).zip(inner.gradients.chunks_exact(size)).zip(inner.means);
        let anchored = |((adapted, gradient), support_means): ((&[f64], &[f64]), Vec<T>)| Anchored {
            gradient: gradient.to_vec(),
            adapted: adapted.to_vec(),
            support_means,
            query_means: Vec::new(),
            rest: Default::default(),
        };
        Ok(Self {
            spec,
            threads: Threads::new(spec, pool)?,
            anchor: anchor.to_vec(),
            tasks: rows.map(anchored).collect(),
            data,
            groups: spec.groups(),
            rates: spread(spec, &spec.rates(anchor)),
            curvature: None,
            coarse: None,
            kept: Vec::new(),
            surrogates: None,
        })
    }

    /// The problem of a row subsample around `anchor [Q]`, the meta vector that collected its rows; see [`Subsample`].
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn subsampled(spec: &'a MetaSpec, sample: Subsample<T>, anchor: &[f64], pool: &'a ThreadPool) -> Result<Self> {
        let Subsample { data, inner, inner_rest, outer_rest } = sample;
        let size = spec.policy_parameters();
        check_len("inner rest", "[N,P]", inner_rest.len(), data.len() * size)?;
        check_len("outer rest", "[N,P]", outer_rest.len(), data.len() * size)?;
        let mut out = Self::with_inner(spec, data, anchor, inner, pool)?;
        let rests = inner_rest.chunks_exact(size).zip(outer_rest.chunks_exact(size));
        out.tasks.iter_mut().zip(rests).for_each(|(at, (inner, outer))| at.rest = [inner.to_vec(), outer.to_vec()]);
        Ok(out)
    }

    /// `work` on every task at a meta vector; results in task order.
    fn each<U: Send>(
        &self,
        meta: &[f64],
        work: impl Fn(usize, Point<'_>, &mut Scratch<T>) -> Result<U> + Sync,
    ) -> Result<Vec<U>> {
        let rates = spread(self.spec, &self.spec.rates(meta));
        let point = Point { theta: self.spec.theta(meta), rates: &rates, anchor: self.anchor == meta };
        self.threads.each(self.data.len(), |task, scratch| work(task, point, scratch))
    }

    /// Makes the means at the anchor that no pass has made yet.
    fn complete_means(&mut self) -> Result<()> {
        let theta = self.spec.theta(&self.anchor);
        let made = self.threads.each(self.data.len(), |task, scratch| {
            let (at, data) = (&self.tasks[task], &self.data[task]);
            let mut make = |means: &[T], theta: &[f64], rows: &PreparedRows<T>| {
                if means.len() == rows.actions.len() {
                    return None;
                }
                let mut means = vec![T::default(); rows.actions.len()];
                self.threads.fused.distribution(&mut scratch.workspace, theta, &rows.observations, &mut means);
                Some(means)
            };
            let support = make(&at.support_means, theta, &data.support);
            Ok((support, make(&at.query_means, &at.adapted, &data.query)))
        })?;
        for (at, (support, query)) in self.tasks.iter_mut().zip(made) {
            at.support_means = support.unwrap_or_else(|| std::mem::take(&mut at.support_means));
            at.query_means = query.unwrap_or_else(|| std::mem::take(&mut at.query_means));
        }
        Ok(())
    }
}

impl<T: Number> MetaProblem for FusedProblem<'_, T> {
    fn parameters(&self) -> usize {
        self.spec.parameters()
    }

    fn tasks(&self) -> usize {
        self.data.len()
    }

    fn adapt(&mut self, meta: &[f64]) -> Result<Vec<f64>> {
        self.spec.check_meta(Stage::Adapt, meta)?;
        let adapted = self.each(meta, |task, point, scratch| Ok(self.inner_step(task, point, scratch)?.0))?;
        Ok(adapted.concat())
    }

    fn value(&mut self, meta: &[f64]) -> Result<Value> {
        self.spec.check_meta(Stage::LineSearch, meta)?;
        if let Some(surrogates) = &self.surrogates
            && self.anchor == meta
        {
            // The KL of a policy to itself is 0.
            return Ok(Value { surrogates: surrogates.clone(), kl_adapted: 0.0, kl_unadapted: 0.0 });
        }
        self.complete_means()?;
        let values = self.each(meta, |task, point, scratch| self.value_task(task, point, scratch))?;
        let mean = |index: usize| values.iter().map(|value| value[index]).sum::<f64>() / values.len() as f64;
        Ok(Value {
            surrogates: values.iter().map(|value| value[0]).collect(),
            kl_adapted: mean(1),
            kl_unadapted: mean(2),
        })
    }

    fn gradients(&mut self, meta: &[f64]) -> Result<Vec<f64>> {
        self.spec.check_meta(Stage::Gradient, meta)?;
        let tasks = self.each(meta, |task, point, scratch| self.gradient_task(task, point, scratch))?;
        let anchor = self.anchor == meta;
        let mut gradients = Vec::with_capacity(tasks.len() * meta.len());
        let mut surrogates = Vec::with_capacity(tasks.len());
        for (at, (gradient, surrogate, query_means)) in self.tasks.iter_mut().zip(tasks) {
            gradients.extend(gradient);
            surrogates.push(surrogate);
            if anchor {
                at.query_means = query_means;
            }
        }
        self.surrogates = anchor.then_some(surrogates);
        Ok(gradients)
    }

    fn curvature(&mut self, v: &[f64], unadapted_weight: f64, out: &mut [f64]) -> Result<()> {
        if self.curvature.is_none() {
            self.curvature = Some(self.prepare(usize::MAX)?);
        }
        self.curvature_of(self.curvature.as_deref().unwrap_or_default(), v, unadapted_weight, out)
    }

    fn coarse_curvature(&mut self, rows: usize, v: &[f64], unadapted_weight: f64, out: &mut [f64]) -> Result<()> {
        if self.coarse.as_ref().is_none_or(|(of, _)| *of != rows) {
            self.coarse = Some((rows, self.prepare(rows)?));
        }
        self.curvature_of(self.coarse.as_ref().map_or(&[], |(_, prepared)| prepared), v, unadapted_weight, out)
    }
}

impl<T: Number> MetaHessian for FusedProblem<'_, T> {
    fn keep(&mut self, meta: &[f64]) -> Result<Vec<f64>> {
        self.keep_tasks(meta)
    }

    fn drop_kept(&mut self) {
        self.kept = Vec::new();
    }

    fn hvps(&mut self, v: &[f64]) -> Result<Vec<f64>> {
        self.product_tasks(v)
    }
}

/// Checks spec, anchor and rows.
fn check_data<T: Number>(spec: &MetaSpec, data: &[TaskData<T>], anchor: &[f64]) -> Result<()> {
    spec.validate()?;
    spec.check_meta(Stage::Prepare, anchor)?;
    if data.is_empty() {
        return Err(MetaError::Option { key: "tasks", got: "none".to_owned(), fix: "give at least one" });
    }
    for (index, task) in data.iter().enumerate() {
        task.support.check(Stage::Prepare, index, &spec.policy)?;
        task.query.check(Stage::Prepare, index, &spec.policy)?;
    }
    Ok(())
}
