//! Single-loop stochastic bilevel descent: lower variable, adjoint and upper variable move together, one step a round.
//!
//! The problem is `min_x F(x, y*(x))` with `y*(x) = argmin_y G(x, y)`. With `A = d2G/dy2` the hypergradient is
//! `dF/dx - d2G/dxdy' v` at `y*`, where `A v = dF/dy`. Neither is solved: round k takes one sample at `(x, y, v)` and moves
//! `y <- y - b_k dG/dy`, `v <- v - c_k (A v - dF/dy)`, `x <- x - a_k h`, `h <- (1 - t_k) h + t_k (dF/dx - d2G/dxdy' v)`
//! (h and v on the right are those before the round). With steps proportional to `1/sqrt(K)` the mean of `|hypergradient|²`
//! over K rounds falls as `1/sqrt(K)`, with no growing batch and no inner loop.
//! Source: MA-SOBA (Chen, Xiao and Balasubramanian 2023), algorithm 1; the recursion without averaging: SOBA (Dagréou et al. 2022).
//!
//! A maximum is a minimum of the negative: its problem hands over negated derivatives.

use xmrl_autodiff::vector;

use crate::error::{Result, XmrlError, check_finite, check_len};

/// A bilevel problem that can be sampled: M upper variables `x`, P lower variables `y`.
pub trait Bilevel {
    /// M.
    fn upper_size(&self) -> usize;

    /// P.
    fn lower_size(&self) -> usize;

    /// Writes unbiased samples of the derivatives at `(at.upper, at.lower)`, the two products with `at.adjoint`. Random
    /// numbers must be a function of `at.round` (and of what the problem holds), so that a loop that was stopped goes on
    /// with the same bits. `out` is not cleared between rounds: write every entry.
    ///
    /// # Errors
    /// The problem's own.
    fn sample(&mut self, at: &LoopState, out: &mut BilevelSample) -> Result<()>;
}

/// One round's derivatives.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BilevelSample {
    /// `dG/dy [P]`.
    pub lower_gradient: Vec<f64>,
    /// `d2G/dy2 v [P]`.
    pub lower_product: Vec<f64>,
    /// `dF/dy [P]`.
    pub upper_by_lower: Vec<f64>,
    /// `dF/dx [M]`, the direct part.
    pub upper_by_upper: Vec<f64>,
    /// `(d2G/dxdy)' v [M]`, the product of the mixed derivative with v over the lower variables.
    pub mixed_product: Vec<f64>,
}

/// Where a loop stands: all that the next round needs, so a copy of it resumes bit by bit.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LoopState {
    /// `x [M]`.
    pub upper: Vec<f64>,
    /// `y [P]`.
    pub lower: Vec<f64>,
    /// `v [P]`.
    pub adjoint: Vec<f64>,
    /// `h [M]`, the moving average of hypergradient samples.
    pub average: Vec<f64>,
    /// Rounds made.
    pub round: u64,
}

impl LoopState {
    /// The start at `upper [M]` and `lower [P]`, with v and h at 0.
    #[must_use]
    pub fn start(upper: Vec<f64>, lower: Vec<f64>) -> Self {
        Self { adjoint: vec![0.0; lower.len()], average: vec![0.0; upper.len()], upper, lower, round: 0 }
    }
}

/// How step sizes depend on the round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// All rounds `1/sqrt(K)` of the rates, K the rounds planned: the theorem's choice.
    Horizon(u64),
    /// Round k (from 1) takes `1/sqrt(k)` of the rates: no end needs to be known.
    Decaying,
}

/// Step sizes: a rate each, times the pace.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoopOptions {
    /// `a`: of x.
    pub upper_rate: f64,
    /// `b`: of y.
    pub lower_rate: f64,
    /// `c`: of v.
    pub adjoint_rate: f64,
    /// `t`: of h, cut at 1.
    pub average_rate: f64,
    /// How they fall.
    pub pace: Pace,
}

impl LoopOptions {
    /// The factor of every rate in the round after `round` finished ones.
    #[must_use]
    pub fn factor(&self, round: u64) -> f64 {
        let rounds = match self.pace {
            Pace::Horizon(rounds) => rounds,
            Pace::Decaying => round + 1,
        };
        1.0 / (rounds as f64).sqrt()
    }

    fn check(&self) -> Result<()> {
        let rates = [
            ("upper rate", self.upper_rate),
            ("lower rate", self.lower_rate),
            ("adjoint rate", self.adjoint_rate),
            ("average rate", self.average_rate),
        ];
        if let Some((key, rate)) = rates.into_iter().find(|(_, rate)| !(rate.is_finite() && *rate >= 0.0)) {
            return Err(XmrlError::Option { key, got: rate.to_string(), fix: "give a finite number of at least 0" });
        }
        if self.pace == Pace::Horizon(0) {
            return Err(XmrlError::Option { key: "rounds", got: "0".into(), fix: "give at least 1" });
        }
        Ok(())
    }
}

/// Makes `rounds` rounds from `state` and leaves it where they end; `seen(state, sample)` is called after each with the new
/// state and the sample that made it.
///
/// Making m rounds and then n more gives the bits of m + n at once (for one `options`).
///
/// # Errors
/// Wrong lengths, rates out of range, a sample or an iterate that is not finite (`state` is then that of the last good
/// round), and whatever the problem or `seen` returns.
pub fn single_loop(
    problem: &mut dyn Bilevel,
    state: &mut LoopState,
    rounds: u64,
    options: &LoopOptions,
    mut seen: impl FnMut(&LoopState, &BilevelSample) -> Result<()>,
) -> Result<()> {
    options.check()?;
    let (m, p) = (problem.upper_size(), problem.lower_size());
    check_len("upper variable", "[M]", state.upper.len(), m)?;
    check_len("moving average", "[M]", state.average.len(), m)?;
    check_len("lower variable", "[P]", state.lower.len(), p)?;
    check_len("adjoint", "[P]", state.adjoint.len(), p)?;
    let mut sample = BilevelSample {
        lower_gradient: vec![0.0; p],
        lower_product: vec![0.0; p],
        upper_by_lower: vec![0.0; p],
        upper_by_upper: vec![0.0; m],
        mixed_product: vec![0.0; m],
    };
    for _ in 0..rounds {
        problem.sample(state, &mut sample)?;
        sample.check(m, p)?;
        let next = advance(state, &sample, options);
        check_finite("upper variable", &next.upper)?;
        check_finite("lower variable", &next.lower)?;
        check_finite("adjoint", &next.adjoint)?;
        *state = next;
        seen(state, &sample)?;
    }
    Ok(())
}

impl BilevelSample {
    fn check(&self, m: usize, p: usize) -> Result<()> {
        let parts = [
            ("dG/dy", "[P]", &self.lower_gradient, p),
            ("d2G/dy2 v", "[P]", &self.lower_product, p),
            ("dF/dy", "[P]", &self.upper_by_lower, p),
            ("dF/dx", "[M]", &self.upper_by_upper, m),
            ("d2G/dxdy v", "[M]", &self.mixed_product, m),
        ];
        for (name, shape, values, expected) in parts {
            check_len(name, shape, values.len(), expected)?;
            check_finite(name, values)?;
        }
        Ok(())
    }

    /// The hypergradient sample `dF/dx - d2G/dxdy' v [M]`.
    #[must_use]
    pub fn hypergradient(&self) -> Vec<f64> {
        vector::difference(&self.upper_by_upper, &self.mixed_product)
    }
}

/// One round; the state before it is not touched.
fn advance(state: &LoopState, sample: &BilevelSample, options: &LoopOptions) -> LoopState {
    let factor = options.factor(state.round);
    let mut next = state.clone();
    vector::axpy(-factor * options.upper_rate, &state.average, &mut next.upper);
    vector::axpy(-factor * options.lower_rate, &sample.lower_gradient, &mut next.lower);
    let off = vector::difference(&sample.lower_product, &sample.upper_by_lower);
    vector::axpy(-factor * options.adjoint_rate, &off, &mut next.adjoint);
    let share = (factor * options.average_rate).min(1.0);
    vector::scale(1.0 - share, &mut next.average);
    vector::axpy(share, &sample.hypergradient(), &mut next.average);
    next.round += 1;
    next
}
