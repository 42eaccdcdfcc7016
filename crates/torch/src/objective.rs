//! The inner step and the surrogates as libtorch expressions of a chunk's meta vectors `[N,Q]`.

use tch::Tensor;
use xmrl_meta::{InnerRate, MetaSpec};

use crate::batch::Batch;
use crate::border::Border;
use crate::error::Result;
use crate::gaussian::{kl, log_prob};
use crate::grad::grad;
use crate::network::{Distribution, distribution};

/// What every chunk shares: the form of the objective, and where it is computed.
#[derive(Debug, Clone)]
pub(crate) struct Objective {
    pub spec: MetaSpec,
    pub border: Border,
}

/// The inner step of a chunk's tasks.
#[derive(Debug)]
pub(crate) struct Adapted {
    /// `[N]`, the inner surrogate at theta.
    pub inner: Tensor,
    /// `[N,P]`, its gradient `g`.
    pub gradient: Tensor,
    /// `[N,P]`, `theta_i' = theta + D g`.
    pub theta: Tensor,
    /// The unadapted policy on the support rows.
    pub unadapted: Distribution,
}

impl Objective {
    /// `vector`, a tensor of any numbers, once per task, `[n, its length]`; a view of one row.
    pub(crate) fn tile(&self, vector: &Tensor, n: i64) -> Result<Tensor> {
        let width = vector.numel() as i64;
        Ok(vector.f_to_kind(self.border.kind)?.f_view([1, width])?.f_expand([n, width].as_slice(), false)?)
    }

    /// [`tile`](Self::tile) as a leaf that records derivatives: one copy per task, so that the gradient of a sum over
    /// tasks keeps the tasks apart.
    pub(crate) fn leaf(&self, vector: &Tensor, n: i64) -> Result<Tensor> {
        record(&self.tile(vector, n)?)
    }

    /// Theta `[n,P]` of meta vectors `[n,Q]`.
    pub(crate) fn theta(&self, meta: &Tensor) -> Result<Tensor> {
        Ok(meta.f_narrow(1, 0, self.spec.policy_parameters() as i64)?)
    }

    /// The inner rate of every parameter, `[n,P]` (or `[1,1]` where it is one constant): `D` of the equations.
    pub(crate) fn rates(&self, meta: &Tensor) -> Result<Tensor> {
        match self.spec.rate {
            InnerRate::Fixed => {
                let options = (self.border.kind, self.border.device);
                Ok(Tensor::f_full([1i64, 1].as_slice(), self.spec.initial_rate, options)?)
            }
            InnerRate::Learned => {
                let groups = self.spec.groups().len() as i64;
                let rho = meta.f_narrow(1, self.spec.policy_parameters() as i64, groups)?;
                self.spread(&rho.f_exp()?)
            }
        }
    }

    /// Group values `[n,G]` at every parameter of the group, `[n,P]`.
    pub(crate) fn spread(&self, groups: &Tensor) -> Result<Tensor> {
        let n = groups.size()[0];
        let parts = self.spec.groups().into_iter().enumerate().map(|(index, range)| {
            groups.f_narrow(1, index as i64, 1)?.f_expand([n, range.len() as i64].as_slice(), false)
        });
        let parts = parts.collect::<std::result::Result<Vec<_>, _>>()?;
        Ok(Tensor::f_cat(&parts, 1)?)
    }

    /// The transpose of [`spread`](Self::spread): sums over each group, `[n,P]` to `[n,G]`.
    pub(crate) fn gather(&self, values: &Tensor) -> Result<Tensor> {
        let parts = self.spec.groups().into_iter().map(|range| {
            let part = values.f_narrow(1, range.start as i64, range.len() as i64)?;
            part.f_sum_dim_intlist([1i64].as_slice(), true, None)
        });
        let parts = parts.collect::<std::result::Result<Vec<_>, _>>()?;
        Ok(Tensor::f_cat(&parts, 1)?)
    }

    /// The policies `theta [n,P]` on a batch's observations.
    pub(crate) fn distribution(&self, theta: &Tensor, batch: &Batch) -> Result<Distribution> {
        distribution(&self.spec.policy, theta, &batch.observations)
    }

    /// The surrogate of each task `[n]`: `sum_r c_r exp(log pi(a_r|s_r) - log_probs_r)`.
    pub(crate) fn surrogate(&self, policies: &Distribution, batch: &Batch) -> Result<Tensor> {
        let log_probs = log_prob(&policies.mean, &policies.log_std, &batch.actions)?;
        let terms = log_probs.f_sub(&batch.log_probs)?.f_exp()?.f_mul(&batch.coefficients)?;
        Ok(terms.f_sum_dim_intlist([1i64].as_slice(), false, None)?)
    }

    /// The inner step from `theta`, which must record derivatives. `differentiable`: the step itself can be
    /// differentiated. `rest [n,P]` is a constant that is added to the gradient.
    pub(crate) fn adapt(
        &self,
        theta: &Tensor,
        rates: &Tensor,
        support: &Batch,
        rest: Option<&Tensor>,
        differentiable: bool,
    ) -> Result<Adapted> {
        let unadapted = self.distribution(theta, support)?;
        let inner = self.surrogate(&unadapted, support)?;
        let mut gradient = grad(&inner, theta, differentiable, differentiable)?;
        if let Some(rest) = rest {
            gradient = gradient.f_add(rest)?;
        }
        let theta = theta.f_add(&rates.f_mul(&gradient)?)?;
        Ok(Adapted { inner, gradient, theta, unadapted })
    }
}

/// A copy that is a leaf and records derivatives.
pub(crate) fn record(tensor: &Tensor) -> Result<Tensor> {
    Ok(tensor.f_detach()?.f_contiguous()?.f_set_requires_grad(true)?)
}

/// The same policies as constants.
pub(crate) fn freeze(policies: &Distribution) -> Result<Distribution> {
    Ok(Distribution { mean: policies.mean.f_detach()?, log_std: policies.log_std.f_detach()? })
}

/// Mean over a batch's real rows of `KL(old || new)`, `[n]`.
pub(crate) fn mean_kl(old: &Distribution, new: &Distribution, batch: &Batch) -> Result<Tensor> {
    let rows = kl(&old.mean, &old.log_std, &new.mean, &new.log_std)?;
    Ok(rows.f_mul(&batch.weights)?.f_sum_dim_intlist([1i64].as_slice(), false, None)?)
}
