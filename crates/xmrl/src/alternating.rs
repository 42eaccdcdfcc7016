//! The solver `alternating`: the paper's rounds as one single loop on (theta, v, eta).
//!
//! Upper variable: eta `[N]`, `omega = softmax(eta)`, with `F = -L(theta) - entropy H(omega)`. Lower variable: the meta vector,
//! with `G = delta/2 |theta - theta_0|² - sum_i omega_i J_i(theta)`. A round flies fresh data at theta and makes one weighted
//! meta-gradient step on theta, one Hessian product for v and one mixed product for eta ([`single_loop`]).
//! Source: XMRL (ICLR 2026), appendix; the single loop in place of its inner loops is MA-SOBA (Chen et al. 2023).
//!
//! Step sizes without units: theta and v move by multiples of `1 / (delta + lambda_max)`, lambda_max measured on the first
//! round's data, and eta by multiples of `1 / max_i |dL/deta_i|` there, v starting at `grad L / (delta + lambda_max)`.

mod episodes;

use xmrl_autodiff::{lanczos_bounds, softmax, softmax_pullback, spread_start, vector};

use crate::error::{Result, XmrlError, check_len};
use crate::single_loop::{Bilevel, BilevelSample, LoopOptions, LoopState, Pace, single_loop};

pub use episodes::TaskEpisodes;

/// Products behind the step sizes.
const LANCZOS_STEPS: usize = 12;

/// Training tasks whose weighted return is maximised below, and the poor tasks' return above.
pub trait WeightedTasks {
    /// N.
    fn tasks(&self) -> usize;

    /// Q.
    fn parameters(&self) -> usize;

    /// Collects the data of a round at `theta [Q]`; the later calls are on it. A round that is collected already, at the
    /// same theta, need not be collected again.
    ///
    /// # Errors
    /// The tasks' own.
    fn collect(&mut self, round: u64, theta: &[f64]) -> Result<()>;

    /// `grad J_i [N,Q]` and `grad L [Q]`, the poor tasks' mean.
    ///
    /// # Errors
    /// The tasks' own.
    fn gradients(&mut self) -> Result<(Vec<f64>, Vec<f64>)>;

    /// Writes `sum_i weights_i hess J_i v` `[Q]`.
    ///
    /// # Errors
    /// The tasks' own.
    fn product(&mut self, weights: &[f64], v: &[f64], out: &mut [f64]) -> Result<()>;
}

/// How the rounds go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlternatingOptions {
    /// K, the rounds planned; steps are `1/sqrt(K)` of the rates.
    pub rounds: u64,
    /// Rate of eta. 1 moves the most influential task's eta by about `sqrt(K)` in all.
    pub upper_rate: f64,
    /// Rate of theta.
    pub lower_rate: f64,
    /// Rate of v.
    pub adjoint_rate: f64,
    /// Rate of the moving average.
    pub average_rate: f64,
    /// Weight of omega's entropy; keeps the weights from ending on one task.
    pub entropy: f64,
    /// delta.
    pub delta: f64,
}

impl Default for AlternatingOptions {
    fn default() -> Self {
        Self {
            rounds: 15,
            upper_rate: 1.0,
            lower_rate: 1.0,
            adjoint_rate: 1.0,
            average_rate: 1.0,
            entropy: 0.0,
            delta: 20.0,
        }
    }
}

/// Where the rounds stand: a copy resumes bit by bit.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternation {
    /// eta, theta, v and the moving average.
    pub state: LoopState,
    /// delta in use: doubled until it exceeded `-lambda_min`.
    pub damping: f64,
    /// Ends of the spectrum of `-sum_i omega_i hess J_i` at the start.
    pub spectrum: [f64; 2],
    /// `max_i |dL/deta_i|` at the start, the unit of eta's steps.
    pub scale: f64,
}

/// Figures of one round.
#[derive(Debug, Clone, PartialEq)]
pub struct Round {
    /// omega `[N]` after it.
    pub omega: Vec<f64>,
    /// `s_i = <grad J_i, v>` `[N]` before it.
    pub scores: Vec<f64>,
    /// Norm of the sampled hypergradient with respect to eta.
    pub hypergradient: f64,
    /// `|A v - grad L| / |grad L|` on the round's data.
    pub residual: f64,
}

/// The start at `theta_0 [Q]` with even weights: collects round 0, measures the spectrum, sets the units of the steps.
///
/// # Errors
/// No task, options out of range, and whatever the tasks return.
pub fn alternation(tasks: &mut dyn WeightedTasks, anchor: &[f64], options: &AlternatingOptions) -> Result<Alternation> {
    let (n, q) = (tasks.tasks(), tasks.parameters());
    check_len("theta_0", "[Q]", anchor.len(), q)?;
    if n == 0 || !(options.delta.is_finite() && options.delta > 0.0) || options.rounds == 0 {
        let got = format!("{n} tasks, delta {}, {} rounds", options.delta, options.rounds);
        let fix = "give at least one task and round, and a positive explain.damping";
        return Err(XmrlError::Option { key: "explain", got, fix });
    }
    let weights = vec![1.0 / n as f64; n];
    tasks.collect(0, anchor)?;
    let (gradients, poor) = tasks.gradients()?;
    let negated = |v: &[f64], out: &mut [f64]| -> Result<()> {
        tasks.product(&weights, v, out)?;
        vector::scale(-1.0, out);
        Ok(())
    };
    let ends = lanczos_bounds(negated, &spread_start(q), LANCZOS_STEPS)?;
    let mut damping = options.delta;
    while damping + ends.lambda_min <= 0.0 {
        damping *= 2.0;
    }
    let mut state = LoopState::start(vec![0.0; n], anchor.to_vec());
    let unit = 1.0 / (damping + ends.lambda_max);
    // The loop minimises -L, so its adjoint is the negative of v.
    state.adjoint = poor.iter().map(|entry| -unit * entry).collect();
    let scores: Vec<f64> = gradients.chunks_exact(q).map(|gradient| unit * vector::dot(gradient, &poor)).collect();
    let scale = vector::max_abs(&softmax_pullback(&weights, &scores)?);
    Ok(Alternation { state, damping, spectrum: [ends.lambda_min, ends.lambda_max], scale })
}

impl Alternation {
    /// omega `[N]`.
    #[must_use]
    pub fn omega(&self) -> Vec<f64> {
        softmax(&self.state.upper)
    }

    /// Makes the next round; on an error the state is that before it.
    ///
    /// # Errors
    /// As [`alternation`], and numbers that are not finite.
    pub fn advance(
        &mut self,
        tasks: &mut dyn WeightedTasks,
        anchor: &[f64],
        options: &AlternatingOptions,
    ) -> Result<Round> {
        let unit = 1.0 / (self.damping + self.spectrum[1]);
        let steps = LoopOptions {
            // Tasks that all matter alike have nothing to choose between.
            upper_rate: if self.scale > 0.0 { options.upper_rate / self.scale } else { 0.0 },
            lower_rate: options.lower_rate * unit,
            adjoint_rate: options.adjoint_rate * unit,
            average_rate: options.average_rate,
            pace: Pace::Horizon(options.rounds),
        };
        let mut problem =
            Sampled { tasks, anchor, damping: self.damping, entropy: options.entropy, scores: Vec::new() };
        let mut figures = (0.0, 0.0);
        single_loop(&mut problem, &mut self.state, 1, &steps, |_, sample| {
            let off = vector::difference(&sample.lower_product, &sample.upper_by_lower);
            let target = vector::norm(&sample.upper_by_lower);
            let residual = if target > 0.0 { vector::norm(&off) / target } else { 0.0 };
            figures = (vector::norm(&sample.hypergradient()), residual);
            Ok(())
        })?;
        let scores = problem.scores;
        Ok(Round { omega: self.omega(), scores, hypergradient: figures.0, residual: figures.1 })
    }
}

/// The bilevel problem of one round.
struct Sampled<'a> {
    tasks: &'a mut dyn WeightedTasks,
    anchor: &'a [f64],
    damping: f64,
    entropy: f64,
    /// The last sample's `<grad J_i, v>`.
    scores: Vec<f64>,
}

impl Bilevel for Sampled<'_> {
    fn upper_size(&self) -> usize {
        self.tasks.tasks()
    }

    fn lower_size(&self) -> usize {
        self.tasks.parameters()
    }

    fn sample(&mut self, at: &LoopState, out: &mut BilevelSample) -> Result<()> {
        let omega = softmax(&at.upper);
        self.tasks.collect(at.round, &at.lower)?;
        let (gradients, poor) = self.tasks.gradients()?;
        let q = at.lower.len();
        let away = vector::difference(&at.lower, self.anchor);
        out.lower_gradient = vector::weighted_rows(&omega, &gradients, q);
        vector::scale(-1.0, &mut out.lower_gradient);
        vector::axpy(self.damping, &away, &mut out.lower_gradient);
        self.tasks.product(&omega, &at.adjoint, &mut out.lower_product)?;
        vector::scale(-1.0, &mut out.lower_product);
        vector::axpy(self.damping, &at.adjoint, &mut out.lower_product);
        out.upper_by_lower = poor.iter().map(|entry| -entry).collect();
        // d/deta of -entropy H, H = -sum omega ln omega.
        let logs: Vec<f64> = omega.iter().map(|w| if *w > 0.0 { w.ln() } else { 0.0 }).collect();
        let mean = vector::dot(&omega, &logs);
        out.upper_by_upper = omega.iter().zip(&logs).map(|(w, log)| self.entropy * w * (log - mean)).collect();
        // <dG/dtheta, v> = ... - sum_i omega_i <grad J_i, v>; the loop's v is the negative of the method's.
        let along: Vec<f64> = gradients.chunks_exact(q).map(|gradient| vector::dot(gradient, &at.adjoint)).collect();
        out.mixed_product = softmax_pullback(&omega, &along)?.iter().map(|entry| -entry).collect();
        self.scores = along.iter().map(|entry| -entry).collect();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
