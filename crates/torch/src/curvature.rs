//! The trust region's curvature at the anchor, by second-order products only.

use tch::Tensor;
use xmrl_meta::InnerRate;

use crate::batch::Batch;
use crate::error::Result;
use crate::hvp::Hvp;
use crate::objective::{Objective, freeze, mean_kl, record};

/// Where curvature is measured: the anchor's policies and the rows of some tasks.
pub(crate) struct At<'a> {
    /// The meta vector `[Q]`.
    pub meta: &'a Tensor,
    /// The adapted policies, `[n,P]`.
    pub adapted: &'a Tensor,
    /// The inner gradient `g` over all support rows, `[n,P]`.
    pub gradient: &'a Tensor,
    /// Curvature rows.
    pub support: &'a Batch,
    /// Curvature rows.
    pub query: &'a Batch,
}

/// Three kept graphs of some tasks, all at the anchor:
/// `H` = Hessian of the inner surrogate on the support subsample, `F_i` and `F0` = Hessians of `KL(itself || .)` of the
/// adapted policies on the query subsample and of the unadapted one on the support subsample. At equality the Hessian of
/// the KL is the Fisher matrix (its gradient is 0 there, so no other term is left).
#[derive(Debug)]
pub(crate) struct Curvature {
    inner: Hvp,
    adapted: Hvp,
    unadapted: Hvp,
    /// `D`, `[n,P]` or `[1,1]`.
    rates: Tensor,
    /// `D g` over all support rows, `[n,P]`.
    step: Tensor,
    /// n.
    tasks: i64,
}

impl Curvature {
    /// Records the graphs of n tasks.
    pub(crate) fn new(objective: &Objective, at: &At<'_>) -> Result<Self> {
        let tasks = at.adapted.size()[0];
        let meta = objective.tile(at.meta, tasks)?;
        let theta = record(&objective.theta(&meta)?)?;
        let rates = objective.rates(&meta)?;
        let step = rates.f_mul(at.gradient)?;

        let inner = objective.surrogate(&objective.distribution(&theta, at.support)?, at.support)?;
        let adapted_theta = record(at.adapted)?;
        let adapted = objective.distribution(&adapted_theta, at.query)?;
        let adapted = mean_kl(&freeze(&adapted)?, &adapted, at.query)?;
        let unadapted = objective.distribution(&theta, at.support)?;
        let unadapted = mean_kl(&freeze(&unadapted)?, &unadapted, at.support)?;
        Ok(Self {
            inner: Hvp::new(&inner, &theta)?,
            adapted: Hvp::new(&adapted, &adapted_theta)?,
            unadapted: Hvp::new(&unadapted, &theta)?,
            rates,
            step,
            tasks,
        })
    }

    /// `Jac_i^T F_i Jac_i v + weight F0_i v` of every task, `[n,Q]`, for `v [Q]`:
    /// `w = v + D H v + (D g) o v_rho`, `z = F_i w`, result `(z + H D z + weight F0_i v, sum over the group of (D g) z)`.
    pub(crate) fn product(&self, objective: &Objective, v: &Tensor, weight: f64) -> Result<Tensor> {
        let v = objective.tile(v, self.tasks)?;
        let (theta, learned) = (objective.theta(&v)?, objective.spec.rate == InnerRate::Learned);
        let parameters = objective.spec.policy_parameters() as i64;
        let mut w = theta.f_add(&self.rates.f_mul(&self.inner.apply(&theta)?)?)?;
        if learned {
            let rho = v.f_narrow(1, parameters, v.size()[1] - parameters)?;
            w = w.f_add(&self.step.f_mul(&objective.spread(&rho)?)?)?;
        }
        let z = self.adapted.apply(&w)?;
        let mut out = z.f_add(&self.inner.apply(&self.rates.f_mul(&z)?)?)?;
        if weight != 0.0 {
            out = out.f_add(&self.unadapted.apply(&theta)?.f_mul_scalar(weight)?)?;
        }
        if learned {
            out = Tensor::f_cat(&[out, objective.gather(&self.step.f_mul(&z)?)?], 1)?;
        }
        Ok(out)
    }
}
