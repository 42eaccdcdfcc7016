//! Explanation by influence: what raising a training task's weight does to the poor tasks, to first order.
//!
//! `L` is the poor tasks' mean post-adaptation return and `theta*(omega)` the maximum of
//! `Phi = sum_i omega_i J_i(theta) - delta/2 |theta - theta_0|^2` over the training tasks. The score of task i is
//! `s_i = dL(theta*(omega))/domega_i = <grad J_i(theta*), v>` with `(delta I - sum_i omega_i hess J_i) v = grad L`
//! ([`explain_implicit`]); without curvature it is the inner product of meta-gradients ([`explain_gradient`]).
//! Source: XMRL (ICLR 2026), stage 1; implicit differentiation as in Rajeswaran et al. 2019.
//!
//! Everything here is host `f64`: the meta-gradients and the product with the weighted meta-Hessian come from outside.

mod interval;

use xmrl_autodiff::{
    ImplicitOptions, NonStationarity, SolveInfo, SpectralBounds, adjoint_preconditioned, lanczos_bounds,
    non_stationarity, nystrom, scores, softmax_pullback, spread_start, vector,
};
use xmrl_envs::rng::{Purpose, Stream};

use crate::error::{Result, XmrlError, check_finite, check_len};
use crate::reliability::spearman;

pub use interval::{Blocks, IntervalOptions, Intervals, influence_intervals};

/// The point and the meta-gradients an explanation is computed from.
#[derive(Debug, Clone, Copy)]
pub struct MetaGradients<'a> {
    /// `theta* [Q]`, where the gradients were taken.
    pub theta: &'a [f64],
    /// `theta_0 [Q]`, the centre of the proximal term; the same slice as `theta` for a score at theta_0.
    pub anchor: &'a [f64],
    /// `omega [N]`.
    pub weights: &'a [f64],
    /// `grad J_i(theta*)` of the training tasks, `[N,Q]`.
    pub train: &'a [f64],
    /// `grad L(theta*)`, mean over the poor tasks, `[Q]`.
    pub poor: &'a [f64],
}

/// How to explain by influence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InfluenceOptions {
    /// The adjoint solve: delta, tolerance, iterations, solver. Default: delta 20, tolerance 1e-6, 60 products.
    pub implicit: ImplicitOptions,
    /// Products spent on the ends of the spectrum; 0 leaves `spectrum` empty. Default 12.
    pub lanczos_steps: usize,
    /// Preconditions conjugate gradients by a Nyström approximation; `None`, the default, does not.
    pub sketch: Option<Sketch>,
}

/// A keyed Gaussian sketch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sketch {
    /// Columns: products spent on it.
    pub rank: usize,
    /// Seed of its entries.
    pub seed: u64,
}

impl Default for InfluenceOptions {
    fn default() -> Self {
        let implicit =
            ImplicitOptions { delta: 20.0, tolerance: 1e-6, max_iterations: 60, ..ImplicitOptions::default() };
        Self { implicit, lanczos_steps: 12, sketch: None }
    }
}

/// Scores of the training tasks and how far to trust the linear algebra behind them.
#[derive(Debug, Clone, PartialEq)]
pub struct Influence {
    /// `s_i = dL/domega_i`, `[N]`; greater is more critical.
    pub scores: Vec<f64>,
    /// `dL/deta_i` through `omega = softmax(eta)`, `[N]`.
    pub softmax_gradient: Vec<f64>,
    /// `<grad J_i, grad L>`, `[N]`: the scores without curvature.
    pub inner_products: Vec<f64>,
    /// Spearman's coefficient of `scores` with `inner_products`: how near the answer is to the identity's.
    pub identity_spearman: f64,
    /// The solution `v [Q]` of the adjoint system.
    pub v: Vec<f64>,
    /// The solve. Its eigenvalue estimates are those of `-sum_i omega_i hess J_i`, to which `damping` (the delta in use,
    /// raised where it met negative curvature) is added.
    pub solve: SolveInfo,
    /// `sum_i omega_i s_i` against `delta <theta* - theta_0, v>` with the delta asked for.
    pub stationarity: NonStationarity,
    /// Ends of the spectrum of `-sum_i omega_i hess J_i`: the undamped system is definite where `lambda_min > 0`.
    pub spectrum: Option<SpectralBounds>,
}

impl MetaGradients<'_> {
    fn check(&self) -> Result<()> {
        let (n, q) = (self.weights.len(), self.theta.len());
        if n == 0 || q == 0 {
            let got = format!("{n} tasks and {q} parameters");
            return Err(XmrlError::Option { key: "explain", got, fix: "give at least one of both" });
        }
        check_len("theta_0", "[Q]", self.anchor.len(), q)?;
        check_len("training meta-gradients", "[N,Q]", self.train.len(), n * q)?;
        check_len("poor meta-gradient", "[Q]", self.poor.len(), q)?;
        check_finite("theta*", self.theta)?;
        check_finite("theta_0", self.anchor)?;
        check_finite("training meta-gradients", self.train)?;
        check_finite("poor meta-gradient", self.poor)?;
        check_finite("weights", self.weights)?;
        match self.weights.iter().position(|w| *w < 0.0) {
            None => Ok(()),
            Some(i) => {
                let got = format!("{} (task {i})", self.weights[i]);
                Err(XmrlError::Option { key: "omega", got, fix: "task weights are at least 0" })
            }
        }
    }
}

/// The solver `implicit`: the hypergradient of the poor tasks' return with respect to the task weights.
///
/// `weighted_hvp(u, out)` writes `sum_i omega_i (hess J_i)(theta*) u` `[Q]`, with the weights of `gradients`. `warm` is an
/// earlier `v`. Where delta leaves the system indefinite it is doubled until it does not, and `solve` says so. At a
/// `theta*` that is not stationary the scores are those of one linearised step and `stationarity.defect` measures by how much.
///
/// # Errors
/// Wrong shapes, non-finite numbers, weights below 0, options out of range, whatever `weighted_hvp` returns.
pub fn explain_implicit(
    gradients: &MetaGradients,
    mut weighted_hvp: impl FnMut(&[f64], &mut [f64]) -> Result<()>,
    warm: Option<&[f64]>,
    options: &InfluenceOptions,
) -> Result<Influence> {
    gradients.check()?;
    let size = gradients.theta.len();
    let mut negated = |u: &[f64], out: &mut [f64]| -> Result<()> {
        weighted_hvp(u, out)?;
        vector::scale(-1.0, out);
        Ok(())
    };
    let approximation = match options.sketch {
        None => None,
        Some(Sketch { rank, seed }) => {
            let stream = Stream::new(seed, Purpose::Sketch, 0);
            let normal = |column: usize, entry: usize| stream.normal(column as u32, 0, 0, entry as u32);
            Some(nystrom(&mut negated, size, rank, normal)?)
        }
    };
    let spectrum = if options.lanczos_steps == 0 {
        None
    } else {
        Some(lanczos_bounds(&mut negated, &spread_start(size), options.lanczos_steps)?)
    };
    let mut solution =
        adjoint_preconditioned(&mut weighted_hvp, approximation.as_ref(), gradients.poor, warm, options.implicit)?;
    if let Some(Sketch { rank, .. }) = options.sketch {
        solution.info.iterations += rank.min(size);
    }
    assemble(gradients, solution.v, solution.info, options.implicit.delta, spectrum)
}

/// The solver `gradient`: `s_i = <grad J_i, grad L>`, identity curvature in place of the Hessian.
///
/// `v` is `grad L` itself, so its stationarity is that of a stationary point of the lower level with `delta`.
///
/// # Errors
/// Wrong shapes, non-finite numbers, weights below 0.
pub fn explain_gradient(gradients: &MetaGradients, delta: f64) -> Result<Influence> {
    gradients.check()?;
    let solve = SolveInfo { converged: true, damping: delta, ..SolveInfo::default() };
    assemble(gradients, gradients.poor.to_vec(), solve, delta, None)
}

fn assemble(
    gradients: &MetaGradients,
    v: Vec<f64>,
    solve: SolveInfo,
    delta: f64,
    spectrum: Option<SpectralBounds>,
) -> Result<Influence> {
    let by_task = scores(gradients.train, &v)?;
    let inner_products = scores(gradients.train, gradients.poor)?;
    Ok(Influence {
        softmax_gradient: softmax_pullback(gradients.weights, &by_task)?,
        identity_spearman: spearman(&by_task, &inner_products)?,
        stationarity: non_stationarity(gradients.weights, &by_task, delta, gradients.theta, gradients.anchor, &v)?,
        scores: by_task,
        inner_products,
        v,
        solve,
        spectrum,
    })
}
