//! Meta-regularisation: a Gaussian over the meta vector, `q = N(mu, diag sigma²)`, held to a fixed prior.
//!
//! The objective of one iteration is `sum_i w_i J_i(mu + sigma ∘ eps) - weight · KL(q || prior)`, one eps drawn for the
//! iteration: the reparameterised estimate of the expectation over q. What is moved is `x = (mu, ln sigma) [2Q]`.
//! Source: Yin, Tucker, Zhou, Levine and Finn, "Meta-learning without memorization", ICLR 2020 (regularisation on weights).

use crate::error::{Result, Stage, check_finite, check_len};
use crate::posterior::Posterior;
use crate::problem::{Ascent, MetaProblem, Value};
use crate::transfers::Transfers;

/// A [`MetaProblem`] over `x = (mu, ln sigma) [2Q]` around one over the meta vector, which is `mu + sigma ∘ eps`.
///
/// Every surrogate carries the penalty `weight · KL(q || prior)`, so a weighted sum carries it once where the weights sum to
/// 1. The trust region is that of the drawn policy: its curvature is `Jᵀ C J` with `J = (I, diag(sigma ∘ eps))`.
pub struct GaussianProblem<'a> {
    inner: &'a mut dyn MetaProblem,
    posterior: &'a Posterior,
    noise: &'a [f64],
    /// `sigma ∘ eps [Q]` at the anchor.
    slope: Vec<f64>,
}

impl std::fmt::Debug for GaussianProblem<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GaussianProblem").field("posterior", self.posterior).finish_non_exhaustive()
    }
}

impl<'a> GaussianProblem<'a> {
    /// The problem around `inner`, whose anchor is [`Posterior::sample`] with `noise [Q]`.
    ///
    /// # Errors
    /// As [`Posterior::validate`].
    pub fn new(inner: &'a mut dyn MetaProblem, posterior: &'a Posterior, noise: &'a [f64]) -> Result<Self> {
        let size = inner.parameters();
        posterior.validate(size)?;
        check_len("noise", "[Q]", noise.len(), size)?;
        check_finite(Stage::Prepare, None, "noise", noise)?;
        let slope = posterior.log_std.iter().zip(noise).map(|(rho, eps)| rho.exp() * eps).collect();
        Ok(Self { inner, posterior, noise, slope })
    }

    /// mu, ln sigma and the drawn meta vector of `x`.
    fn split<'x>(&self, x: &'x [f64]) -> Result<(&'x [f64], &'x [f64], Vec<f64>)> {
        check_len("x", "[2Q]", x.len(), self.parameters())?;
        let (mu, log_std) = x.split_at(x.len() / 2);
        Ok((mu, log_std, Posterior::draw(mu, log_std, self.noise)))
    }

    /// `Jᵀ C J v` by a product with C.
    fn through(
        &mut self,
        v: &[f64],
        out: &mut [f64],
        product: impl FnOnce(&mut dyn MetaProblem, &[f64], &mut [f64]) -> Result<()>,
    ) -> Result<()> {
        check_len("v", "[2Q]", v.len(), self.parameters())?;
        check_len("out", "[2Q]", out.len(), self.parameters())?;
        let (v_mu, v_rho) = v.split_at(v.len() / 2);
        let mut moved = v_mu.to_vec();
        moved.iter_mut().zip(v_rho).zip(&self.slope).for_each(|((w, v), slope)| *w += v * slope);
        let (mu, rho) = out.split_at_mut(v_mu.len());
        product(self.inner, &moved, mu)?;
        rho.iter_mut().zip(&*mu).zip(&self.slope).for_each(|((out, product), slope)| *out = product * slope);
        Ok(())
    }
}

impl MetaProblem for GaussianProblem<'_> {
    fn parameters(&self) -> usize {
        2 * self.inner.parameters()
    }

    fn tasks(&self) -> usize {
        self.inner.tasks()
    }

    fn adapt(&mut self, x: &[f64]) -> Result<Vec<f64>> {
        let (_, _, meta) = self.split(x)?;
        self.inner.adapt(&meta)
    }

    fn value(&mut self, x: &[f64]) -> Result<Value> {
        let (mu, log_std, meta) = self.split(x)?;
        let penalty = self.posterior.weight * self.posterior.divergence(mu, log_std);
        check_finite(Stage::LineSearch, None, "KL to the prior", &[penalty])?;
        let mut value = self.inner.value(&meta)?;
        value.surrogates.iter_mut().for_each(|surrogate| *surrogate -= penalty);
        Ok(value)
    }

    fn gradients(&mut self, x: &[f64]) -> Result<Vec<f64>> {
        let (mu, log_std, meta) = self.split(x)?;
        let mut penalty = self.posterior.divergence_gradient(mu, log_std);
        penalty.iter_mut().for_each(|entry| *entry *= self.posterior.weight);
        let slope: Vec<f64> = log_std.iter().zip(self.noise).map(|(rho, eps)| rho.exp() * eps).collect();
        let gradients = self.inner.gradients(&meta)?;
        let mut out = Vec::with_capacity(2 * gradients.len());
        for row in gradients.chunks_exact(mu.len().max(1)) {
            let spread = row.iter().zip(&slope).map(|(g, slope)| g * slope);
            out.extend(row.iter().copied().chain(spread).zip(&penalty).map(|(g, penalty)| g - penalty));
        }
        Ok(out)
    }

    fn curvature(&mut self, v: &[f64], unadapted_weight: f64, out: &mut [f64]) -> Result<()> {
        self.through(v, out, |inner, v, out| inner.curvature(v, unadapted_weight, out))
    }

    fn coarse_curvature(&mut self, rows: usize, v: &[f64], unadapted_weight: f64, out: &mut [f64]) -> Result<()> {
        self.through(v, out, |inner, v, out| inner.coarse_curvature(rows, v, unadapted_weight, out))
    }

    fn ascent(&mut self) -> Result<Option<&mut dyn Ascent>> {
        self.inner.gaussian_ascent(self.posterior, self.noise)
    }

    fn transfers(&self) -> Transfers {
        self.inner.transfers()
    }
}
