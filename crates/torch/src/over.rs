//! What a trust-region step moves: the meta vector itself, or a Gaussian over it; on the device, in float64.

use tch::Tensor;
use xmrl_meta::{MetaSpec, Posterior, Stage, check_finite, check_len};

use crate::border::Border;
use crate::error::Result;

/// Of what `x` is a vector. [`GaussianProblem`](xmrl_meta::GaussianProblem) has the equations of the second, on the host.
#[derive(Debug)]
pub(crate) enum Over {
    /// `x` is the meta vector `[Q]`.
    Meta,
    /// `x = (mu, ln sigma) [2Q]`, and the meta vector is `mu + sigma ∘ eps`.
    Gaussian(Gaussian),
}

/// A draw, and the prior that its Gaussian is held to.
#[derive(Debug)]
pub(crate) struct Gaussian {
    /// eps `[Q]`.
    noise: Tensor,
    /// `[Q]`.
    prior_mean: Tensor,
    /// `sigma ∘ eps [Q]` at the anchor.
    slope: Tensor,
    prior_std: f64,
    /// Of the KL to the prior in every surrogate.
    weight: f64,
}

impl Over {
    /// A Gaussian of which `noise [Q]` was drawn; three vectors cross, in one copy.
    pub(crate) fn gaussian(border: &Border, posterior: &Posterior, noise: &[f64]) -> Result<Self> {
        let all = [noise, &posterior.prior_mean, &posterior.log_std].concat();
        let all = border.upload_as(&all, &[3, noise.len() as i64], tch::Kind::Double)?;
        let row = |at| all.f_select(0, at);
        let noise = row(0)?;
        let slope = row(2)?.f_exp()?.f_mul(&noise)?;
        let Posterior { prior_std, weight, .. } = *posterior;
        Ok(Self::Gaussian(Gaussian { prior_mean: row(1)?, noise, slope, prior_std, weight }))
    }

    /// Another handle to the same numbers.
    pub(crate) fn handle(&self) -> Self {
        let Self::Gaussian(of) = self else { return Self::Meta };
        let [noise, prior_mean, slope] = [&of.noise, &of.prior_mean, &of.slope].map(Tensor::shallow_clone);
        Self::Gaussian(Gaussian { noise, prior_mean, slope, ..*of })
    }

    /// Checks an `x` for a problem with this spec.
    pub(crate) fn check(&self, spec: &MetaSpec, stage: Stage, x: &[f64]) -> Result<()> {
        match self {
            Self::Meta => spec.check_meta(stage, x)?,
            Self::Gaussian(_) => {
                check_len("x", "[2Q]", x.len(), 2 * spec.parameters())?;
                check_finite(stage, None, "x", x)?;
            }
        }
        Ok(())
    }

    /// The meta vector `[Q]` of `x`.
    pub(crate) fn meta(&self, x: &Tensor) -> Result<Tensor> {
        let Self::Gaussian(of) = self else { return Ok(x.shallow_clone()) };
        let [mu, log_std] = halves(x)?;
        Ok(mu.f_add(&log_std.f_exp()?.f_mul(&of.noise)?)?)
    }

    /// `J v [Q]`, J the Jacobian of the meta vector at the anchor.
    pub(crate) fn push(&self, v: &Tensor) -> Result<Tensor> {
        let Self::Gaussian(of) = self else { return Ok(v.shallow_clone()) };
        let [mu, log_std] = halves(v)?;
        Ok(mu.f_add(&log_std.f_mul(&of.slope)?)?)
    }

    /// `Jᵀ z` for `z [Q]`.
    pub(crate) fn pull(&self, z: Tensor) -> Result<Tensor> {
        let Self::Gaussian(of) = self else { return Ok(z) };
        let spread = z.f_mul(&of.slope)?;
        Ok(Tensor::f_cat(&[z, spread], 0)?)
    }

    /// The gradient at `x` of surrogates whose weights sum to `total`, their penalty included, by that with respect to the meta vector
    /// `[Q]`.
    pub(crate) fn gradient(&self, x: &Tensor, meta: Tensor, total: f64) -> Result<Tensor> {
        let Self::Gaussian(of) = self else { return Ok(meta) };
        let [mu, log_std] = halves(x)?;
        let spread = meta.f_mul(&log_std.f_exp()?.f_mul(&of.noise)?)?;
        let precision = of.prior_std.powi(-2);
        let off = mu.f_sub(&of.prior_mean)?.f_mul_scalar(precision)?;
        let wide = log_std.f_mul_scalar(2.0)?.f_exp()?.f_mul_scalar(precision)?.f_sub_scalar(1.0)?;
        let penalty = Tensor::f_cat(&[off, wide], 0)?.f_mul_scalar(total * of.weight)?;
        Ok(Tensor::f_cat(&[meta, spread], 0)?.f_sub(&penalty)?)
    }

    /// What every surrogate is less by at `x`: the weighted KL to the prior. Crosses as one number; nothing does for the meta vector.
    pub(crate) fn penalty(&self, border: &Border, x: &Tensor) -> Result<f64> {
        let Self::Gaussian(of) = self else { return Ok(0.0) };
        let [mu, log_std] = halves(x)?;
        let half = 0.5 * of.prior_std.powi(-2);
        let off = mu.f_sub(&of.prior_mean)?.f_square()?;
        let wide = log_std.f_mul_scalar(2.0)?.f_exp()?.f_add(&off)?.f_mul_scalar(half)?;
        let entries = wide.f_sub(&log_std)?.f_add_scalar(of.prior_std.ln() - 0.5)?;
        let sum = border.download(&entries.f_sum(None)?)?.into_iter().sum::<f64>();
        check_finite(Stage::LineSearch, None, "KL to the prior", &[sum])?;
        Ok(of.weight * sum)
    }
}

/// The two halves of a vector `[2Q]`.
fn halves(x: &Tensor) -> Result<[Tensor; 2]> {
    let half = x.numel() as i64 / 2;
    Ok([x.f_narrow(0, 0, half)?, x.f_narrow(0, half, half)?])
}
