//! Row subsamples on which Hessian products are affordable, at the policies and gradients of all rows.

use rayon::ThreadPool;
use xmrl_autodiff::vector;
use xmrl_policy::Number;

use crate::adapt::{Inner, Threads};
use crate::error::{Result, Stage, check_finite, check_len};
use crate::problem::{MetaSpec, PreparedRows, TaskData};

/// The curvature rows of a data set, and what the others add to first order.
///
/// With `J_n` the surrogates on the subsample (whose coefficients carry R / n), `g` and `z` the inner and the outer gradient
/// over **all** rows at the meta vector that flew them, the surrogate of a task is
/// `J(theta) = J_n^out(theta') + <z - z_n, theta'>` with `theta' = theta + D (dJ_n^in(theta) + g - g_n)`.
/// So at that vector theta' is the policy that flew the query rows (their ratios are 1) and the meta-gradient's parts are
/// exact; only the second and third derivatives are those of the subsample. Its Hessian estimates that of all rows, without
/// bias but for the product of two estimates of the inner Hessian in it (order 1 / n).
#[derive(Debug, Clone, PartialEq)]
pub struct Subsample<T = f64> {
    /// `[N]` the rows themselves.
    pub data: Vec<TaskData<T>>,
    /// The inner steps of all rows, without means.
    pub inner: Inner<T>,
    /// `g - g_n [N,P]`.
    pub inner_rest: Vec<f64>,
    /// `z - z_n [N,P]`.
    pub outer_rest: Vec<f64>,
}

impl<T: Number> Subsample<T> {
    /// The curvature rows of `data`, flown at `meta [Q]` with these inner steps.
    ///
    /// # Errors
    /// Wrong lengths; a gradient that is not finite, with its task.
    pub fn new(
        spec: &MetaSpec,
        data: &[TaskData<T>],
        meta: &[f64],
        inner: &Inner<T>,
        pool: &ThreadPool,
    ) -> Result<Self> {
        spec.check_meta(Stage::Prepare, meta)?;
        check_len("inner.adapted", "[N,P]", inner.adapted.len(), data.len() * spec.policy_parameters())?;
        check_len("inner.gradients", "[N,P]", inner.gradients.len(), data.len() * spec.policy_parameters())?;
        let sample = |task: &TaskData<T>| TaskData { support: task.support.subsample(), query: task.query.subsample() };
        let samples: Vec<TaskData<T>> = data.iter().map(sample).collect();
        let support: Vec<&PreparedRows<T>> = samples.iter().map(|task| &task.support).collect();
        let [whole, query] = [data, &samples].map(|tasks| tasks.iter().map(|task| &task.query).collect::<Vec<_>>());
        let threads = Threads::new(spec, pool)?;
        let inner_part = row_gradients(&threads, spec.theta(meta), &support)?;
        let outer = row_gradients(&threads, &inner.adapted, &whole)?;
        let outer_part = row_gradients(&threads, &inner.adapted, &query)?;
        Ok(Self {
            inner_rest: vector::difference(&inner.gradients, &inner_part),
            outer_rest: vector::difference(&outer, &outer_part),
            inner: Inner {
                adapted: inner.adapted.clone(),
                gradients: inner.gradients.clone(),
                means: vec![Vec::new(); data.len()],
            },
            data: samples,
        })
    }
}

/// `dJ_i(theta_i) [N,P]` on given rows; `theta` is `[P]` for all or `[N,P]`.
fn row_gradients<T: Number>(threads: &Threads<'_, T>, theta: &[f64], rows: &[&PreparedRows<T>]) -> Result<Vec<f64>> {
    let size = threads.fused.spec().parameters();
    let gradients = threads.each(rows.len(), |task, scratch| {
        let at = if theta.len() == size { theta } else { &theta[task * size..(task + 1) * size] };
        let mut gradient = vec![0.0; size];
        threads.fused.surrogate_gradient(&mut scratch.workspace, at, &rows[task].view(), &mut gradient);
        check_finite(Stage::Curvature, Some(task), "surrogate gradient", &gradient)?;
        Ok(gradient)
    })?;
    Ok(gradients.concat())
}
