//! The meta-objective on a fixed data set, as a trait: what the optimiser and the explanation see of it.

use std::ops::Range;

use xmrl_autodiff::SolveInfo;
use xmrl_lanes::Float;
use xmrl_policy::PolicySpec;

use crate::error::{MetaError, Result, Stage, check_finite, check_len};
use crate::posterior::Posterior;
use crate::transfers::Transfers;
use crate::trust::TrpoOptions;

/// How the step size of the inner step is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InnerRate {
    /// One constant for all parameters; the meta vector is theta alone.
    Fixed,
    /// One log-rate per layer group, part of the meta vector and trained with it.
    Learned,
}

/// The policy, the form of the inner step, and with them the layout of the meta vector `[Q]`.
#[derive(Debug, Clone, PartialEq)]
pub struct MetaSpec {
    /// The policy that adapts.
    pub policy: PolicySpec,
    /// Fixed or learned inner rate.
    pub rate: InnerRate,
    /// The inner rate: the constant, or where the learned ones start (recipe of the planar drone: 2.0).
    pub initial_rate: f64,
}

impl MetaSpec {
    /// Checks the spec.
    ///
    /// # Errors
    /// [`MetaError::Option`] for an inner rate that is not positive and finite; [`MetaError::Policy`] for a bad policy.
    pub fn validate(&self) -> Result<()> {
        self.policy.validate()?;
        if self.initial_rate.is_finite() && self.initial_rate > 0.0 {
            return Ok(());
        }
        let got = self.initial_rate.to_string();
        Err(MetaError::Option { key: "adapt.initialRate", got, fix: "give a positive finite number" })
    }

    /// P, policy parameters.
    #[must_use]
    pub fn policy_parameters(&self) -> usize {
        self.policy.parameters()
    }

    /// Q, the length of the meta vector: P, plus one log-rate per group where the rate is learned.
    #[must_use]
    pub fn parameters(&self) -> usize {
        let rates = if self.rate == InnerRate::Learned { self.groups().len() } else { 0 };
        self.policy_parameters() + rates
    }

    /// The parameter groups that share a rate: one per layer, then the log-std. They tile `0..P`.
    #[must_use]
    pub fn groups(&self) -> Vec<Range<usize>> {
        self.policy.groups()
    }

    /// The meta vector `[Q]` that starts from the policy parameters `theta [P]`.
    #[must_use]
    pub fn initial(&self, mut theta: Vec<f64>) -> Vec<f64> {
        theta.resize(self.parameters(), self.initial_rate.ln());
        theta
    }

    /// Theta `[P]` of a meta vector.
    #[must_use]
    pub fn theta<'a>(&self, meta: &'a [f64]) -> &'a [f64] {
        &meta[..self.policy_parameters()]
    }

    /// The inner rate of every group `[G]`: `exp(log-rate)`, or the constant.
    #[must_use]
    pub fn rates(&self, meta: &[f64]) -> Vec<f64> {
        match self.rate {
            InnerRate::Fixed => vec![self.initial_rate; self.groups().len()],
            InnerRate::Learned => meta[self.policy_parameters()..].iter().map(|rho| rho.exp()).collect(),
        }
    }

    /// Checks a meta vector: its length, and that every entry is finite.
    ///
    /// # Errors
    /// [`MetaError::Shape`], [`MetaError::NonFinite`].
    pub fn check_meta(&self, stage: Stage, meta: &[f64]) -> Result<()> {
        check_len("meta", "[Q]", meta.len(), self.parameters())?;
        check_finite(stage, None, "meta", meta)
    }
}

/// The rows of one task and phase, owned: all that the calculus needs of its episodes, stored in the numbers it computes in.
///
/// The surrogate is `J(theta) = sum_r c_r exp(log pi_theta(a_r|s_r) - log_probs_r)`: one ratio a row, low variance, and a
/// Hessian biased by the neglected cross terms of time steps. Row order: episode-major, time within it.
/// Source: Rothfuss et al., "ProMP", ICLR 2019 (LVC).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PreparedRows<T = f64> {
    /// `[R,S]`.
    pub observations: Vec<T>,
    /// `[R,A]`, as sampled.
    pub actions: Vec<T>,
    /// `[R]` behaviour log-probabilities, summed over action dimensions.
    pub log_probs: Vec<T>,
    /// `[R]` weight times advantage.
    pub coefficients: Vec<T>,
    /// `[E+1]` first row of every episode, then R.
    pub episodes: Vec<usize>,
    /// Ascending row indices of the subsample on which curvature is measured.
    pub curvature: Vec<usize>,
}

impl<T: Float> PreparedRows<T> {
    /// R, rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.log_probs.len()
    }

    /// The rows at `self.curvature` as a set of their own, coefficients scaled by R over its size (so that sums estimate
    /// the sums of the full set); its `episodes` is empty.
    #[must_use]
    pub fn subsample(&self) -> Self {
        self.picked(&self.curvature)
    }

    /// [`subsample`](Self::subsample) of other rows, `at` their indices.
    pub(crate) fn picked(&self, at: &[usize]) -> Self {
        let rows = self.rows();
        let pick = |from: &[T]| -> Vec<T> {
            let width = from.len() / rows.max(1);
            at.iter().flat_map(|&row| &from[row * width..(row + 1) * width]).copied().collect()
        };
        let scale = T::round(rows as f64 / at.len().max(1) as f64);
        Self {
            observations: pick(&self.observations),
            actions: pick(&self.actions),
            log_probs: pick(&self.log_probs),
            coefficients: at.iter().map(|&row| self.coefficients[row] * scale).collect(),
            episodes: Vec::new(),
            curvature: (0..at.len()).collect(),
        }
    }

    /// Checks shapes, the index lists, and that every entry is finite.
    ///
    /// # Errors
    /// [`MetaError::Shape`], [`MetaError::NonFinite`], or [`MetaError::Option`] for an index list out of order or range.
    pub fn check(&self, stage: Stage, task: usize, policy: &PolicySpec) -> Result<()> {
        let rows = self.rows();
        if rows == 0 || self.curvature.is_empty() {
            let got = format!("{rows} rows, {} of them for curvature (task {task})", self.curvature.len());
            return Err(MetaError::Option { key: "rows", got, fix: "every task needs at least one of both" });
        }
        check_len("observations", "[R,S]", self.observations.len(), rows * policy.observation_size)?;
        check_len("actions", "[R,A]", self.actions.len(), rows * policy.action_size)?;
        check_len("coefficients", "[R]", self.coefficients.len(), rows)?;
        let ascending = self.curvature.windows(2).all(|pair| pair[0] < pair[1]);
        if !ascending || self.curvature.last().is_some_and(|&last| last >= rows) {
            let got = format!("out of order or range for {rows} rows (task {task})");
            return Err(MetaError::Option { key: "curvature", got, fix: "give ascending row indices" });
        }
        let tiles = self.episodes.is_empty()
            || (self.episodes[0] == 0
                && self.episodes.windows(2).all(|pair| pair[0] <= pair[1])
                && self.episodes.last() == Some(&rows));
        if !tiles {
            let got = format!("not a tiling of {rows} rows (task {task})");
            return Err(MetaError::Option { key: "episodes", got, fix: "give ascending first rows, then R" });
        }
        check_finite(stage, Some(task), "observations", &self.observations)?;
        check_finite(stage, Some(task), "actions", &self.actions)?;
        check_finite(stage, Some(task), "log_probs", &self.log_probs)?;
        check_finite(stage, Some(task), "coefficients", &self.coefficients)
    }
}

/// What one task contributes to a meta-iteration.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TaskData<T = f64> {
    /// Rows of the unadapted policy; `c_r` = standardised advantage / R, so the inner objective is a mean over rows.
    pub support: PreparedRows<T>,
    /// Rows of the adapted policy; `c_r` = raw advantage / E, so the outer objective is a sum per episode.
    pub query: PreparedRows<T>,
}

/// The meta-objective and its trust region at one meta vector.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// `[N]` outer surrogates `J_i^out(theta_i')`.
    pub surrogates: Vec<f64>,
    /// Mean over tasks of the mean over **all** query rows of `KL(anchor's adapted policy || this adapted policy)`.
    pub kl_adapted: f64,
    /// Mean over tasks of the mean over **all** support rows of `KL(anchor's unadapted policy || this unadapted policy)`.
    pub kl_unadapted: f64,
}

/// The per-iteration problem: surrogates and trust region of a fixed data set, around the anchor (the meta vector that
/// collected it).
///
/// With `D = diag(rate of the parameter's group)`, `g = dJ_i^in(theta)`, `H = d2J_i^in(theta)`:
/// - `theta_i' = theta + D g`;
/// - the Jacobian of `theta_i'` maps `(v, v_rho)` to `w = v + D H v + (D g) o v_rho[group]`, its transpose maps `z` to
///   `(z + H D z, sum over the group of rate g z)`.
///
/// [`FusedProblem`](crate::FusedProblem) has its derivatives written out; whatever else makes one (a
/// [`Calculus`](crate::Calculus)) agrees with it to rounding.
pub trait MetaProblem {
    /// Q, the length of the meta vector.
    fn parameters(&self) -> usize;

    /// N, tasks.
    fn tasks(&self) -> usize;

    /// The adapted policies `[N,P]`.
    ///
    /// # Errors
    /// A wrong length, or a NaN or infinity, named with its task.
    fn adapt(&mut self, meta: &[f64]) -> Result<Vec<f64>>;

    /// The surrogates, and the KLs to the anchor's policies.
    ///
    /// # Errors
    /// As [`adapt`](Self::adapt).
    fn value(&mut self, meta: &[f64]) -> Result<Value>;

    /// The gradient of every task's outer surrogate `[N,Q]`, exact to second order.
    ///
    /// # Errors
    /// As [`adapt`](Self::adapt).
    fn gradients(&mut self, meta: &[f64]) -> Result<Vec<f64>>;

    /// The curvature of the trust region at the anchor times `v [Q]`, on the row subsample:
    /// `1/N sum_i (Jac_i^T F_i Jac_i v + unadapted_weight F0_i v)` (weight 0.5 by default, guard 3).
    ///
    /// `Jac_i` uses `H` on the support subsample ([`PreparedRows::subsample`]) but `g` over **all** support rows; `F_i` is
    /// the Fisher matrix of the adapted policy `theta_i'` (adapted on all rows), averaged over the query subsample; `F0_i`
    /// that of the unadapted policy over the support subsample, zero on the log-rates.
    ///
    /// # Errors
    /// As [`adapt`](Self::adapt).
    fn curvature(&mut self, v: &[f64], unadapted_weight: f64, out: &mut [f64]) -> Result<()>;

    /// [`curvature`](Self::curvature) on at most `rows` of its rows a task and phase, evenly spread: what a preconditioner of it is made
    /// of. On all of them where a problem knows nothing cheaper.
    ///
    /// # Errors
    /// As [`adapt`](Self::adapt).
    fn coarse_curvature(&mut self, rows: usize, v: &[f64], unadapted_weight: f64, out: &mut [f64]) -> Result<()> {
        let _ = rows;
        self.curvature(v, unadapted_weight, out)
    }

    /// The step's own keeper of vectors, of a problem that works them out elsewhere than on the host: none of them then crosses but
    /// the first and the last. `None`: the step keeps them here and asks for products and values.
    ///
    /// # Errors
    /// What a device refuses.
    fn ascent(&mut self) -> Result<Option<&mut dyn Ascent>> {
        Ok(None)
    }

    /// The [`ascent`](Self::ascent) of a [`GaussianProblem`](crate::GaussianProblem) around this one: its vectors `(mu, ln sigma) [2Q]`
    /// then stay where this problem's do.
    ///
    /// # Errors
    /// As [`Posterior::validate`]; a noise of another length than Q; what a device refuses.
    fn gaussian_ascent(&mut self, posterior: &Posterior, noise: &[f64]) -> Result<Option<&mut dyn Ascent>> {
        let _ = (posterior, noise);
        Ok(None)
    }

    /// What this problem has copied to and from a device, from its making on.
    fn transfers(&self) -> Transfers {
        Transfers::default()
    }
}

/// A trust-region step around one vector, its vectors kept by who computes with them; see [`trpo_step`](crate::trpo_step). Lengths are
/// those of the meta vector; of a Gaussian over it, twice that.
pub trait Ascent {
    /// Starts at `meta [Q]`, with task weights `[N]`: works out, and keeps, `g = sum_i w_i dJ_i`.
    ///
    /// # Errors
    /// As [`MetaProblem::gradients`].
    fn begin(&mut self, meta: &[f64], weights: &[f64]) -> Result<Slope>;

    /// Solves `(C + damping) x = g` by conjugate gradients, preconditioned where the options say so, and keeps x; returns `x^T g` and
    /// how that went.
    ///
    /// # Errors
    /// As [`MetaProblem::curvature`].
    fn solve(&mut self, options: &TrpoOptions) -> Result<(f64, SolveInfo)>;

    /// The value at `meta + scale x`.
    ///
    /// # Errors
    /// As [`MetaProblem::value`].
    fn value(&mut self, scale: f64) -> Result<Value>;

    /// `meta + scale x`, `[Q]`: the same numbers as [`value`](Self::value) saw.
    ///
    /// # Errors
    /// What a device refuses.
    fn candidate(&mut self, scale: f64) -> Result<Vec<f64>>;
}

/// The meta-objective to first order, where a step begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Slope {
    /// `[N]` outer surrogates.
    pub surrogates: Vec<f64>,
    /// Euclidean norm of the weighted meta-gradient.
    pub norm: f64,
}

/// A [`MetaProblem`] with exact products of the meta-Hessian, third derivatives of the network included.
pub trait MetaHessian: MetaProblem {
    /// [`gradients`](MetaProblem::gradients) `[N,Q]`, keeping in memory (some kilobytes a row) what any number of
    /// [`hvp`](Self::hvp) calls at this `meta` share; replaces an earlier one.
    ///
    /// # Errors
    /// As [`adapt`](MetaProblem::adapt).
    fn keep(&mut self, meta: &[f64]) -> Result<Vec<f64>>;

    /// Frees what [`keep`](Self::keep) kept.
    fn drop_kept(&mut self);

    /// `d2J_i/dmeta2 v` of every task, `[N,Q]`, at the `meta` of [`keep`](Self::keep): the exact Hessian of the surrogate
    /// through the inner step.
    ///
    /// # Errors
    /// [`MetaError::Option`] with nothing kept; a wrong length; a product that is not finite, named with its task.
    fn hvps(&mut self, v: &[f64]) -> Result<Vec<f64>>;

    /// `sum_i weights_i d2J_i/dmeta2 v`, `[Q]`, summed in task order. See [`hvps`](Self::hvps).
    ///
    /// # Errors
    /// As [`hvps`](Self::hvps).
    fn hvp(&mut self, weights: &[f64], v: &[f64]) -> Result<Vec<f64>> {
        check_len("weights", "[N]", weights.len(), self.tasks())?;
        check_finite(Stage::Curvature, None, "weights", weights)?;
        let products = self.hvps(v)?;
        let mut out = vec![0.0; v.len()];
        for (weight, product) in weights.iter().zip(products.chunks(v.len())) {
            out.iter_mut().zip(product).for_each(|(sum, value)| *sum += weight * value);
        }
        Ok(out)
    }
}
