//! The inner step, and the threads on which everything per task runs.

use std::borrow::Borrow;
use std::sync::{Mutex, PoisonError};

use rayon::ThreadPool;
use rayon::prelude::*;
use xmrl_policy::{Fused, KeptRates, Number, PreparedSurrogate, RateTape, Rows, SideOutput, Workspace};
use xmrl_threads::{WorkerPool, leave_if_stopped};

use crate::error::{MetaError, Result, Stage, check_finite, check_len};
use crate::problem::{MetaSpec, PreparedRows};

/// A private pool of `threads` workers (0: one per core) for rollouts and derivatives; results do not depend on it.
///
/// # Errors
/// [`MetaError::Option`] where the system refuses to start them.
pub fn worker_pool(threads: usize) -> Result<WorkerPool> {
    WorkerPool::new(threads, "xmrl-meta").map_err(|error| MetaError::Option {
        key: "threads",
        got: format!("{threads} ({error})"),
        fix: "give 0 (all cores) or a number the system can start",
    })
}

/// Adapted policies and the gradients that made them.
#[derive(Debug, Clone, PartialEq)]
pub struct Inner<T = f64> {
    /// `theta_i' = theta + D g_i`, `[N,P]`.
    pub adapted: Vec<f64>,
    /// `g_i = dJ_i^in(theta)` over all support rows, `[N,P]`.
    pub gradients: Vec<f64>,
    /// `[N]` of means `[R,A]` of the policy that adapts, on the support rows; empty unless they were to be kept.
    pub means: Vec<Vec<T>>,
}

/// What an inner step keeps beside its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// The means on the support rows, which the trust region measures from: its forward pass makes them anyway.
    Means,
    /// Nothing.
    Nothing,
}

/// The adapted policies `[N,P]` of a meta vector `[Q]` on each task's support rows.
///
/// # Errors
/// Wrong lengths; a gradient or an adapted policy that is not finite, with its task.
pub fn adapt<T: Number>(
    spec: &MetaSpec,
    meta: &[f64],
    supports: &[impl Borrow<PreparedRows<T>> + Sync],
    pool: &ThreadPool,
) -> Result<Vec<f64>> {
    spec.check_meta(Stage::Adapt, meta)?;
    inner_steps(spec, spec.theta(meta), &spec.rates(meta), supports, Keep::Nothing, pool).map(|inner| inner.adapted)
}

/// One inner step of every task from `theta`, `[P]` for all or `[N,P]`, with the rate of each group `[G]`.
///
/// The gradient is that of `J(theta) = sum_r c_r exp(log pi_theta - log_probs_r)`.
///
/// # Errors
/// As [`adapt`].
pub fn inner_steps<T: Number>(
    spec: &MetaSpec,
    theta: &[f64],
    rates: &[f64],
    supports: &[impl Borrow<PreparedRows<T>> + Sync],
    keep: Keep,
    pool: &ThreadPool,
) -> Result<Inner<T>> {
    let size = spec.policy_parameters();
    check_len("rates", "[G]", rates.len(), spec.groups().len())?;
    if theta.len() != size {
        check_len("theta", "[P] or [N,P]", theta.len(), supports.len() * size)?;
    }
    let rates = spread(spec, rates);
    let threads = Threads::new(spec, pool)?;
    let steps = threads.each(supports.len(), |task, scratch| {
        let from = if theta.len() == size { theta } else { &theta[task * size..(task + 1) * size] };
        let mut gradient = vec![0.0; size];
        let rows = supports[task].borrow();
        let mut means = vec![T::default(); if keep == Keep::Means { rows.actions.len() } else { 0 }];
        let side = if keep == Keep::Means { SideOutput::Means(&mut means) } else { SideOutput::Nothing };
        threads.fused.surrogate_gradient_with(&mut scratch.workspace, from, &rows.view(), side, &mut gradient);
        check_finite(Stage::Adapt, Some(task), "inner gradient", &gradient)?;
        let adapted = stepped(from, &rates, &gradient);
        check_finite(Stage::Adapt, Some(task), "adapted policy", &adapted)?;
        Ok((adapted, gradient, means))
    })?;
    let mut inner = Inner { adapted: Vec::new(), gradients: Vec::new(), means: Vec::new() };
    for (adapted, gradient, means) in steps {
        inner.adapted.extend(adapted);
        inner.gradients.extend(gradient);
        inner.means.push(means);
    }
    Ok(inner)
}

/// `theta + D g [P]`, `rates [P]` the diagonal of D.
pub(crate) fn stepped(theta: &[f64], rates: &[f64], gradient: &[f64]) -> Vec<f64> {
    theta.iter().zip(rates).zip(gradient).map(|((theta, rate), g)| theta + rate * g).collect()
}

/// Group values `[G]` at every parameter of the group, `[P]`.
pub(crate) fn spread(spec: &MetaSpec, groups: &[f64]) -> Vec<f64> {
    spec.groups().into_iter().zip(groups).flat_map(|(range, &value)| range.map(move |_| value)).collect()
}

impl<T> PreparedRows<T> {
    /// The rows as the derivative kernels take them.
    #[must_use]
    pub fn view(&self) -> Rows<'_, T> {
        Rows {
            observations: &self.observations,
            actions: &self.actions,
            log_probs: &self.log_probs,
            coefficients: &self.coefficients,
        }
    }
}

/// What one thread works in.
pub(crate) struct Scratch<T> {
    pub(crate) workspace: Workspace<T>,
    /// Activations of the support rows of the task at hand.
    pub(crate) inner: PreparedSurrogate<T>,
    /// Rates that one curvature product hands to the next.
    pub(crate) kept: KeptRates<T>,
    /// Rates of the support rows of the task at hand, along the direction of a meta-Hessian product.
    pub(crate) tape: RateTape<T>,
}

/// The derivative kernel of a spec, a pool, and one scratch per thread of it.
pub(crate) struct Threads<'a, T> {
    pub(crate) fused: Fused<T>,
    pool: &'a ThreadPool,
    scratch: Vec<Mutex<Scratch<T>>>,
}

impl<'a, T: Number> Threads<'a, T> {
    pub(crate) fn new(spec: &MetaSpec, pool: &'a ThreadPool) -> Result<Self> {
        let fused = Fused::new(&spec.policy)?;
        let new = |_| {
            Mutex::new(Scratch {
                workspace: fused.workspace(),
                inner: fused.prepared_surrogate(),
                kept: KeptRates::default(),
                tape: fused.rate_tape(),
            })
        };
        let scratch = (0..pool.current_num_threads().max(1)).map(new).collect();
        Ok(Self { fused, pool, scratch })
    }

    /// `work` on tasks `0..count`, each on one thread; results, and the first error, in task order.
    pub(crate) fn each<U: Send>(
        &self,
        count: usize,
        work: impl Fn(usize, &mut Scratch<T>) -> Result<U> + Sync,
    ) -> Result<Vec<U>> {
        let one = |task: usize| {
            leave_if_stopped();
            // A thread of the pool has its own scratch, so the lock is never waited for.
            let thread = self.pool.current_thread_index().unwrap_or(0) % self.scratch.len();
            work(task, &mut self.scratch[thread].lock().unwrap_or_else(PoisonError::into_inner))
        };
        let results: Vec<Result<U>> =
            self.pool.install(|| (0..count).into_par_iter().with_max_len(1).map(one).collect());
        results.into_iter().collect()
    }
}
