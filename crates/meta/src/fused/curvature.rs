//! The curvature of the trust region, without third derivatives: two inner Hessian products around one Fisher product.

use xmrl_autodiff::vector;
use xmrl_policy::Number;

use super::FusedProblem;
use super::kept::Prepared;
use crate::adapt::Scratch;
use crate::error::{Result, Stage, check_finite, check_len};
use crate::problem::TaskData;
use crate::subsample::thinned;

impl<T: Number> FusedProblem<'_, T> {
    /// Activations of the curvature subsamples at the anchor, of each at most `most` rows.
    pub(super) fn prepare(&self, most: usize) -> Result<Vec<Prepared<T>>> {
        let fused = &self.threads.fused;
        self.threads.each(self.data.len(), |task, scratch| {
            let TaskData { support, query } = &self.data[task];
            let [support, query] = [support, query].map(|rows| rows.picked(&thinned(&rows.curvature, most, task)));
            let mut prepared = Prepared { support: fused.prepared_surrogate(), query: fused.prepared_distribution() };
            let mut unused = vec![0.0; self.spec.policy_parameters()];
            let theta = self.spec.theta(&self.anchor);
            fused.prepare_surrogate(&mut scratch.workspace, theta, &support.view(), &mut prepared.support, &mut unused);
            fused.prepare_distribution(&self.tasks[task].adapted, &query.observations, &mut prepared.query);
            Ok(prepared)
        })
    }

    /// The mean over tasks of [`curvature_task`](Self::curvature_task) on what was prepared, summed in task order.
    pub(super) fn curvature_of(&self, prepared: &[Prepared<T>], v: &[f64], weight: f64, out: &mut [f64]) -> Result<()> {
        check_len("v", "[Q]", v.len(), self.spec.parameters())?;
        check_len("out", "[Q]", out.len(), self.spec.parameters())?;
        check_finite(Stage::Curvature, None, "v", v)?;
        let products = self.threads.each(self.data.len(), |task, scratch| {
            let product = self.curvature_task(task, &prepared[task], v, weight, scratch);
            check_finite(Stage::Curvature, Some(task), "curvature product", &product)?;
            Ok(product)
        })?;
        out.fill(0.0);
        for product in &products {
            vector::axpy(1.0 / products.len() as f64, product, out);
        }
        Ok(())
    }

    /// `Jac^T F Jac v + weight F0 v` of one task, `[Q]`.
    pub(super) fn curvature_task(
        &self,
        task: usize,
        at: &Prepared<T>,
        v: &[f64],
        weight: f64,
        scratch: &mut Scratch<T>,
    ) -> Vec<f64> {
        let Scratch { workspace: ws, kept, .. } = scratch;
        let fused = &self.threads.fused;
        let (theta, rho) = v.split_at(self.spec.policy_parameters());
        let g = &self.tasks[task].gradient;
        let mut product = vec![0.0; theta.len()];
        let mut w = theta.to_vec();
        fused.prepared_hvp_keeping(ws, &at.support, theta, &mut product, kept);
        w.iter_mut().zip(&self.rates).zip(&product).for_each(|((w, rate), h)| *w += rate * h);
        for (range, rho) in self.groups.iter().zip(rho) {
            range.clone().for_each(|p| w[p] += self.rates[p] * g[p] * rho);
        }
        fused.prepared_fisher_product(ws, &at.query, 1.0 / at.query.rows() as f64, &w, &mut product);
        let weight = weight / at.support.distribution().rows() as f64;
        // H D z and F0 v share their passes over the support rows.
        let hessian =
            |z: &[f64], out: &mut [f64]| fused.prepared_hvp_and_fisher(ws, &at.support, z, (kept, weight), out);
        self.pull_back(&self.rates, g, product, hessian)
    }
}
