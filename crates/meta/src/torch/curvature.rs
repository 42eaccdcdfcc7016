//! The trust region's curvature at the anchor, by second-order products only.

use tch::Tensor;
use xmrl_autodiff::Hvp;

use super::chunk::Chunk;
use super::objective::{Objective, freeze, mean_kl, record};
use crate::error::{Result, Stage};
use crate::problem::InnerRate;

/// Three kept graphs of a chunk, all at the anchor:
/// `H` = Hessian of the inner surrogate on the support subsample, `F_i` and `F0` = Hessians of `KL(itself || .)` of the
/// adapted policies on the query subsample and of the unadapted one on the support subsample. At equality the Hessian of
/// the KL is the Fisher matrix (its gradient is 0 there, so no other term is left).
#[derive(Debug)]
pub(super) struct Curvature {
    /// `None` for the first-order surrogate, whose step has no inner Hessian.
    inner: Option<Hvp>,
    adapted: Hvp,
    unadapted: Hvp,
    /// `D`, `[n,P]` or `[1,1]`.
    rates: Tensor,
    /// `D g` over all support rows, `[n,P]`.
    step: Tensor,
}

impl Curvature {
    /// Records the graphs of a chunk.
    pub(super) fn new(objective: &Objective, chunk: &Chunk, anchor: &[f64]) -> Result<Self> {
        let meta = objective.tile(anchor, chunk.len())?;
        let theta = record(&objective.theta(&meta)?)?;
        let rates = objective.rates(&meta)?;
        let step = rates.f_mul(&chunk.anchor.gradient)?;

        // A surrogate over whole episodes has no row subsample: its Hessian takes all support rows.
        let whole = objective.surrogate.needs_episodes();
        let rows = if whole { &chunk.support } else { &chunk.support_sample };
        let inner = if objective.surrogate.second_order() {
            Some(Hvp::new(&objective.surrogate(&objective.distribution(&theta, rows)?, rows)?, &theta)?)
        } else {
            None
        };
        let adapted_theta = record(&chunk.anchor.theta)?;
        let adapted = objective.distribution(&adapted_theta, &chunk.query_sample)?;
        let adapted = mean_kl(&freeze(&adapted)?, &adapted, &chunk.query_sample)?;
        let unadapted = objective.distribution(&theta, &chunk.support_sample)?;
        let unadapted = mean_kl(&freeze(&unadapted)?, &unadapted, &chunk.support_sample)?;
        let (adapted, unadapted) = (Hvp::new(&adapted, &adapted_theta)?, Hvp::new(&unadapted, &theta)?);
        Ok(Self { inner, adapted, unadapted, rates, step })
    }

    /// `Jac_i^T F_i Jac_i v + weight F0_i v` of every task, `[n,Q]`:
    /// `w = v + D H v + (D g) o v_rho`, `z = F_i w`, result `(z + H D z + weight F0_i v, sum over the group of (D g) z)`.
    pub(super) fn product(&self, objective: &Objective, chunk: &Chunk, v: &[f64], weight: f64) -> Result<Vec<f64>> {
        let v = objective.tile(v, chunk.len())?;
        let (theta, learned) = (objective.theta(&v)?, objective.spec.rate == InnerRate::Learned);
        let parameters = objective.spec.policy_parameters() as i64;
        let mut w = theta.shallow_clone();
        if let Some(inner) = &self.inner {
            w = w.f_add(&self.rates.f_mul(&inner.apply(&theta)?)?)?;
        }
        if learned {
            let rho = v.f_narrow(1, parameters, v.size()[1] - parameters)?;
            w = w.f_add(&self.step.f_mul(&objective.spread(&rho)?)?)?;
        }
        let z = self.adapted.apply(&w)?;
        let mut out = z.shallow_clone();
        if let Some(inner) = &self.inner {
            out = out.f_add(&inner.apply(&self.rates.f_mul(&z)?)?)?;
        }
        if weight != 0.0 {
            out = out.f_add(&self.unadapted.apply(&theta)?.f_mul_scalar(weight)?)?;
        }
        if learned {
            out = Tensor::f_cat(&[out, objective.gather(&self.step.f_mul(&z)?)?], 1)?;
        }
        chunk.read(Stage::Curvature, "curvature product", &out)
    }
}
