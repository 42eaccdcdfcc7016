//! [`MetaProblem`] in plain Rust: hand-written derivatives, one task a thread, sums in task order.

use std::ops::Range;

use rayon::ThreadPool;
use xmrl_autodiff::vector;
use xmrl_policy::{PreparedDistribution, PreparedSurrogate};

use crate::adapt::{Inner, Scratch, Threads, inner_steps, spread, stepped};
use crate::error::{MetaError, Result, Stage, check_finite, check_len};
use crate::problem::{InnerRate, MetaProblem, MetaSpec, PreparedRows, TaskData, Value};
use crate::surrogate::Surrogate;

/// The meta-objective of a fixed data set on the CPU, f64, exact to second order.
///
/// With `D`, `g`, `H` as in [`MetaProblem`] and `u = dJ_i^out(theta_i')`, one task's gradient is `u + H D u`, and
/// `sum over the group of rate g u` for the log-rates; its curvature product is `Jac^T F Jac v` by the same two maps.
/// Results have the same bits for any number of threads.
pub struct FusedProblem<'a> {
    spec: &'a MetaSpec,
    data: &'a [TaskData],
    threads: Threads<'a>,
    second_order: bool,
    anchor: Vec<f64>,
    tasks: Vec<Anchored>,
    groups: Vec<Range<usize>>,
    /// Rate of every parameter at the anchor, `[P]`.
    rates: Vec<f64>,
    /// Made by the first curvature product.
    curvature: Option<Vec<Prepared>>,
    /// The meta vector of the last gradients, and its surrogates, which a value there would compute again.
    last: Option<(Vec<f64>, Vec<f64>)>,
}

/// What one task keeps of the anchor.
struct Anchored {
    gradient: Vec<f64>,
    adapted: Vec<f64>,
    /// Means `[R,A]` of the adapted policy on the query rows, of the unadapted one on the support rows.
    query_means: Vec<f64>,
    support_means: Vec<f64>,
}

/// Activations at the anchor on one task's curvature subsamples.
struct Prepared {
    support: PreparedSurrogate,
    query: PreparedDistribution,
}

impl std::fmt::Debug for FusedProblem<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FusedProblem").field("spec", self.spec).field("tasks", &self.data.len()).finish_non_exhaustive()
    }
}

impl<'a> FusedProblem<'a> {
    /// The problem of `data` around `anchor [Q]`, the meta vector that collected it.
    ///
    /// # Errors
    /// A bad spec, rows of the wrong shape or not finite (named with their task), an anchor that does not adapt.
    pub fn new(spec: &'a MetaSpec, data: &'a [TaskData], anchor: &[f64], pool: &'a ThreadPool) -> Result<Self> {
        check_data(spec, data, anchor)?;
        let supports: Vec<&PreparedRows> = data.iter().map(|task| &task.support).collect();
        let inner = inner_steps(spec, spec.theta(anchor), &spec.rates(anchor), &supports, pool)?;
        Self::with_inner(spec, data, anchor, inner, pool)
    }

    /// The same from inner steps already taken at the anchor on the same support rows.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_inner(
        spec: &'a MetaSpec,
        data: &'a [TaskData],
        anchor: &[f64],
        inner: Inner,
        pool: &'a ThreadPool,
    ) -> Result<Self> {
        check_data(spec, data, anchor)?;
        let size = spec.policy_parameters();
        check_len("inner.adapted", "[N,P]", inner.adapted.len(), data.len() * size)?;
        check_len("inner.gradients", "[N,P]", inner.gradients.len(), data.len() * size)?;
        let threads = Threads::new(spec, pool)?;
        let theta = spec.theta(anchor);
        let tasks = threads.each(data.len(), |task, scratch| {
            let adapted = inner.adapted[task * size..(task + 1) * size].to_vec();
            let mut means = |theta: &[f64], rows: &PreparedRows| {
                let mut means = vec![0.0; rows.actions.len()];
                threads.fused.distribution(&mut scratch.workspace, theta, &rows.observations, &mut means);
                means
            };
            Ok(Anchored {
                query_means: means(&adapted, &data[task].query),
                support_means: means(theta, &data[task].support),
                gradient: inner.gradients[task * size..(task + 1) * size].to_vec(),
                adapted,
            })
        })?;
        let (groups, rates) = (spec.groups(), spread(spec, &spec.rates(anchor)));
        let anchor = anchor.to_vec();
        Ok(Self { spec, data, threads, second_order: true, anchor, tasks, groups, rates, curvature: None, last: None })
    }

    /// The same problem with another surrogate: [`Surrogate::Lvc`] or [`Surrogate::FirstOrder`].
    ///
    /// # Errors
    /// [`MetaError::Option`] for the others, which only libtorch differentiates.
    pub fn with_surrogate(mut self, surrogate: Surrogate) -> Result<Self> {
        if !matches!(surrogate, Surrogate::Lvc | Surrogate::FirstOrder) {
            let fix = "choose lvc or first-order, or the libtorch engine";
            return Err(MetaError::Option { key: "surrogate", got: format!("{surrogate:?}"), fix });
        }
        self.second_order = surrogate.second_order();
        Ok(self)
    }

    /// `theta_i'` of one task at `theta`.
    fn adapt_task(&self, task: usize, theta: &[f64], rates: &[f64], scratch: &mut Scratch) -> Result<Vec<f64>> {
        let mut gradient = vec![0.0; theta.len()];
        let rows = self.data[task].support.view();
        self.threads.fused.surrogate_gradient(&mut scratch.workspace, theta, &rows, &mut gradient);
        let adapted = stepped(theta, rates, &gradient);
        check_finite(Stage::Adapt, Some(task), "adapted policy", &adapted)?;
        Ok(adapted)
    }

    /// Surrogate, adapted KL and unadapted KL of one task.
    fn value_task(&self, task: usize, theta: &[f64], rates: &[f64], scratch: &mut Scratch) -> Result<[f64; 3]> {
        let Scratch { workspace: ws, inner, outer, .. } = scratch;
        let (fused, data, old) = (&self.threads.fused, &self.data[task], &self.tasks[task]);
        let mut gradient = vec![0.0; theta.len()];
        fused.prepare_surrogate(ws, theta, &data.support.view(), inner, &mut gradient);
        let adapted = stepped(theta, rates, &gradient);
        check_finite(Stage::Adapt, Some(task), "adapted policy", &adapted)?;
        fused.prepare_distribution(&adapted, &data.query.observations, outer);
        let surrogate = fused.prepared_surrogate_value(ws, outer, &data.query.view());
        let log_std = self.spec.policy.log_std();
        let mut kl = |at: &PreparedDistribution, means: &[f64], from: &[f64]| {
            fused.prepared_kl(ws, at, means, &from[log_std.clone()], 1.0 / at.rows() as f64)
        };
        let adapted_kl = kl(outer, &old.query_means, &old.adapted);
        let unadapted_kl = kl(inner.distribution(), &old.support_means, &self.anchor);
        check_finite(Stage::LineSearch, Some(task), "surrogate", &[surrogate])?;
        check_finite(Stage::LineSearch, Some(task), "KL", &[adapted_kl, unadapted_kl])?;
        Ok([surrogate, adapted_kl, unadapted_kl])
    }

    /// Gradient `[Q]` and surrogate of one task.
    fn gradient_task(
        &self,
        task: usize,
        theta: &[f64],
        rates: &[f64],
        scratch: &mut Scratch,
    ) -> Result<(Vec<f64>, f64)> {
        let fused = &self.threads.fused;
        let mut inner = vec![0.0; theta.len()];
        let support = self.data[task].support.view();
        if self.second_order {
            fused.prepare_surrogate(&mut scratch.workspace, theta, &support, &mut scratch.inner, &mut inner);
        } else {
            fused.surrogate_gradient(&mut scratch.workspace, theta, &support, &mut inner);
        }
        let adapted = stepped(theta, rates, &inner);
        check_finite(Stage::Adapt, Some(task), "adapted policy", &adapted)?;
        let mut outer = vec![0.0; theta.len()];
        let query = self.data[task].query.view();
        let value = fused.surrogate_gradient(&mut scratch.workspace, &adapted, &query, &mut outer);
        let Scratch { workspace: ws, inner: at, .. } = scratch;
        let hessian = |v: &[f64], out: &mut [f64]| fused.prepared_hvp(ws, at, v, out);
        let gradient = self.pull_back(rates, &inner, outer, hessian);
        check_finite(Stage::Gradient, Some(task), "meta-gradient", &gradient)?;
        Ok((gradient, value))
    }

    /// `Jac^T z [Q]` from `z [P]`: `(z + H D z, sum over the group of rate g z)`.
    fn pull_back(&self, rates: &[f64], g: &[f64], z: Vec<f64>, hessian: impl FnOnce(&[f64], &mut [f64])) -> Vec<f64> {
        let mut out = z;
        let scaled: Vec<f64> = rates.iter().zip(&out).map(|(rate, z)| rate * z).collect();
        let by_rate = match self.spec.rate {
            InnerRate::Fixed => Vec::new(),
            InnerRate::Learned => {
                self.groups.iter().map(|range| vector::dot(&g[range.clone()], &scaled[range.clone()])).collect()
            }
        };
        if self.second_order {
            let mut product = vec![0.0; out.len()];
            hessian(&scaled, &mut product);
            vector::axpy(1.0, &product, &mut out);
        }
        out.extend(by_rate);
        out
    }

    /// Activations of the curvature subsamples at the anchor.
    fn prepare(&self) -> Result<Vec<Prepared>> {
        let fused = &self.threads.fused;
        self.threads.each(self.data.len(), |task, scratch| {
            let (support, query) = (self.data[task].support.subsample(), self.data[task].query.subsample());
            let mut prepared = Prepared { support: fused.prepared_surrogate(), query: fused.prepared_distribution() };
            let mut unused = vec![0.0; self.spec.policy_parameters()];
            let theta = self.spec.theta(&self.anchor);
            fused.prepare_surrogate(&mut scratch.workspace, theta, &support.view(), &mut prepared.support, &mut unused);
            fused.prepare_distribution(&self.tasks[task].adapted, &query.observations, &mut prepared.query);
            Ok(prepared)
        })
    }

    /// `Jac^T F Jac v + weight F0 v` of one task, `[Q]`.
    fn curvature_task(&self, task: usize, at: &Prepared, v: &[f64], weight: f64, scratch: &mut Scratch) -> Vec<f64> {
        let Scratch { workspace: ws, kept, .. } = scratch;
        let fused = &self.threads.fused;
        let (theta, rho) = v.split_at(self.spec.policy_parameters());
        let g = &self.tasks[task].gradient;
        let mut product = vec![0.0; theta.len()];
        let mut w = theta.to_vec();
        if self.second_order {
            fused.prepared_hvp_keeping(ws, &at.support, theta, &mut product, kept);
            w.iter_mut().zip(&self.rates).zip(&product).for_each(|((w, rate), h)| *w += rate * h);
        }
        for (range, rho) in self.groups.iter().zip(rho) {
            range.clone().for_each(|p| w[p] += self.rates[p] * g[p] * rho);
        }
        fused.prepared_fisher_product(ws, &at.query, 1.0 / at.query.rows() as f64, &w, &mut product);
        let weight = weight / at.support.distribution().rows() as f64;
        // H D z and F0 v share their passes over the support rows.
        let hessian =
            |z: &[f64], out: &mut [f64]| fused.prepared_hvp_and_fisher(ws, &at.support, z, (kept, weight), out);
        let mut out = self.pull_back(&self.rates, g, product, hessian);
        if !self.second_order && weight != 0.0 {
            let mut product = vec![0.0; theta.len()];
            fused.prepared_fisher_product(
                &mut scratch.workspace,
                at.support.distribution(),
                weight,
                theta,
                &mut product,
            );
            vector::axpy(1.0, &product, &mut out[..theta.len()]);
        }
        out
    }
}

impl MetaProblem for FusedProblem<'_> {
    fn parameters(&self) -> usize {
        self.spec.parameters()
    }

    fn tasks(&self) -> usize {
        self.data.len()
    }

    fn adapt(&mut self, meta: &[f64]) -> Result<Vec<f64>> {
        self.spec.check_meta(Stage::Adapt, meta)?;
        let (theta, rates) = (self.spec.theta(meta), spread(self.spec, &self.spec.rates(meta)));
        let adapt = |task, scratch: &mut Scratch| self.adapt_task(task, theta, &rates, scratch);
        Ok(self.threads.each(self.data.len(), adapt)?.concat())
    }

    fn value(&mut self, meta: &[f64]) -> Result<Value> {
        self.spec.check_meta(Stage::LineSearch, meta)?;
        if let Some((at, surrogates)) = &self.last
            && at == meta
            && self.anchor == meta
        {
            // The KL of a policy to itself is 0.
            return Ok(Value { surrogates: surrogates.clone(), kl_adapted: 0.0, kl_unadapted: 0.0 });
        }
        let (theta, rates) = (self.spec.theta(meta), spread(self.spec, &self.spec.rates(meta)));
        let value = |task, scratch: &mut Scratch| self.value_task(task, theta, &rates, scratch);
        let values = self.threads.each(self.data.len(), value)?;
        let mean = |index: usize| values.iter().map(|value| value[index]).sum::<f64>() / values.len() as f64;
        Ok(Value {
            surrogates: values.iter().map(|value| value[0]).collect(),
            kl_adapted: mean(1),
            kl_unadapted: mean(2),
        })
    }

    fn gradients(&mut self, meta: &[f64]) -> Result<Vec<f64>> {
        self.spec.check_meta(Stage::Gradient, meta)?;
        let (theta, rates) = (self.spec.theta(meta), spread(self.spec, &self.spec.rates(meta)));
        let gradient = |task, scratch: &mut Scratch| self.gradient_task(task, theta, &rates, scratch);
        let (gradients, surrogates): (Vec<_>, Vec<_>) =
            self.threads.each(self.data.len(), gradient)?.into_iter().unzip();
        self.last = Some((meta.to_vec(), surrogates));
        Ok(gradients.concat())
    }

    fn curvature(&mut self, v: &[f64], unadapted_weight: f64, out: &mut [f64]) -> Result<()> {
        check_len("v", "[Q]", v.len(), self.parameters())?;
        check_len("out", "[Q]", out.len(), self.parameters())?;
        check_finite(Stage::Curvature, None, "v", v)?;
        if self.curvature.is_none() {
            self.curvature = Some(self.prepare()?);
        }
        let prepared = self.curvature.as_deref().unwrap_or_default();
        let products = self.threads.each(self.data.len(), |task, scratch| {
            let product = self.curvature_task(task, &prepared[task], v, unadapted_weight, scratch);
            check_finite(Stage::Curvature, Some(task), "curvature product", &product)?;
            Ok(product)
        })?;
        out.fill(0.0);
        for product in &products {
            vector::axpy(1.0 / products.len() as f64, product, out);
        }
        Ok(())
    }
}

/// Checks spec, anchor and rows.
fn check_data(spec: &MetaSpec, data: &[TaskData], anchor: &[f64]) -> Result<()> {
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
