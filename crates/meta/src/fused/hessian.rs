//! The exact Hessian of one task's surrogate through the inner step, third derivatives of the network included.

use xmrl_autodiff::vector;
use xmrl_policy::{Number, PreparedSurrogate, RateTape};

use super::{FusedProblem, Point};
use crate::adapt::{Scratch, spread, stepped};
use crate::error::{MetaError, Result, Stage, check_finite, check_len};

/// What one task keeps at a meta vector for any number of products.
pub(super) struct Kept<T> {
    /// `D`, `g`, `z = dJ^out(theta')` and `u = D z`, `[P]` each.
    rates: Vec<f64>,
    inner: Vec<f64>,
    outer: Vec<f64>,
    scaled: Vec<f64>,
    support: PreparedSurrogate<T>,
    query: PreparedSurrogate<T>,
    /// Rates of the support rows along `u`.
    along: RateTape<T>,
}

impl<T: Number> FusedProblem<'_, T> {
    /// Every task's gradient at `meta`, `[N,Q]`, its activations kept; reuses the memory of an earlier call.
    pub(super) fn keep_tasks(&mut self, meta: &[f64]) -> Result<Vec<f64>> {
        self.spec.check_meta(Stage::Gradient, meta)?;
        let rates = spread(self.spec, &self.spec.rates(meta));
        let point = Point { theta: self.spec.theta(meta), rates: &rates, anchor: false };
        let earlier: Vec<_> = std::mem::take(&mut self.kept).into_iter().map(Some).collect();
        let slots: Vec<_> = earlier.into_iter().chain(std::iter::repeat_with(|| None)).take(self.data.len()).collect();
        let slots: Vec<_> = slots.into_iter().map(std::sync::Mutex::new).collect();
        let done = self.threads.each(self.data.len(), |task, scratch| {
            let slot = slots[task].lock().ok().and_then(|mut slot| slot.take());
            self.keep_task(task, point, slot, scratch)
        })?;
        let (gradients, kept): (Vec<_>, Vec<_>) = done.into_iter().unzip();
        self.kept = kept;
        Ok(gradients.concat())
    }

    fn keep_task(
        &self,
        task: usize,
        point: Point<'_>,
        earlier: Option<Kept<T>>,
        scratch: &mut Scratch<T>,
    ) -> Result<(Vec<f64>, Kept<T>)> {
        let (fused, data, ws) = (&self.threads.fused, &self.data[task], &mut scratch.workspace);
        let zeros = || vec![0.0; point.theta.len()];
        let mut kept = earlier.unwrap_or_else(|| Kept {
            rates: Vec::new(),
            inner: zeros(),
            outer: zeros(),
            scaled: Vec::new(),
            support: fused.prepared_surrogate(),
            query: fused.prepared_surrogate(),
            along: fused.rate_tape(),
        });
        kept.rates.clear();
        kept.rates.extend_from_slice(point.rates);
        fused.prepare_surrogate(ws, point.theta, &data.support.view(), &mut kept.support, &mut kept.inner);
        self.tasks[task].complete_inner(&mut kept.inner);
        let adapted = stepped(point.theta, point.rates, &kept.inner);
        check_finite(Stage::Adapt, Some(task), "adapted policy", &adapted)?;
        fused.prepare_surrogate(ws, &adapted, &data.query.view(), &mut kept.query, &mut kept.outer);
        self.tasks[task].complete_outer(&mut kept.outer);
        let Kept { rates, inner, outer, scaled, support, along, .. } = &mut kept;
        scaled.clear();
        scaled.extend(rates.iter().zip(&*outer).map(|(rate, z)| rate * z));
        let tape = |v: &[f64], out: &mut [f64]| fused.prepared_hvp_taping(ws, support, v, out, along);
        let gradient = self.pull_back(rates, inner, outer.clone(), tape);
        check_finite(Stage::Gradient, Some(task), "meta-gradient", &gradient)?;
        Ok((gradient, kept))
    }

    /// Every task's product with `v [Q]`, `[N,Q]`.
    pub(super) fn product_tasks(&self, v: &[f64]) -> Result<Vec<f64>> {
        check_len("v", "[Q]", v.len(), self.spec.parameters())?;
        check_finite(Stage::Curvature, None, "v", v)?;
        if self.kept.is_empty() {
            let fix = "call keep at the meta vector first";
            return Err(MetaError::Option { key: "hvp", got: "nothing kept".to_owned(), fix });
        }
        let products = self.threads.each(self.data.len(), |task, scratch| {
            let product = self.product_task(&self.kept[task], v, scratch);
            check_finite(Stage::Curvature, Some(task), "Hessian-vector product", &product)?;
            Ok(product)
        })?;
        Ok(products.concat())
    }

    /// With `w = Jac v` and `x = H^out w`, the rate of `(z + H D z, sum over the group of D g z)` along `v`:
    /// `x + H (D x + D v_rho z) + D3 J^in [D z, v]`, and `sum over the group of D v_rho g z + D (H v) z + D g x`.
    fn product_task(&self, at: &Kept<T>, v: &[f64], scratch: &mut Scratch<T>) -> Vec<f64> {
        let Scratch { workspace: ws, tape, .. } = scratch;
        let fused = &self.threads.fused;
        let (theta, rho) = v.split_at(self.spec.policy_parameters());
        let size = theta.len();
        // D v_rho, [P]; 0 where the rate is fixed.
        let mut moved = vec![0.0; size];
        for (range, rho) in self.groups.iter().zip(rho) {
            range.clone().for_each(|p| moved[p] = at.rates[p] * rho);
        }
        let (mut curved, mut w) = (vec![0.0; size], theta.to_vec());
        fused.prepared_hvp_taping(ws, &at.support, theta, &mut curved, tape);
        for p in 0..size {
            w[p] += at.rates[p] * curved[p] + moved[p] * at.inner[p];
        }
        let mut out = vec![0.0; size];
        fused.prepared_hvp(ws, &at.query, &w, &mut out);
        let mut by_rate = self.by_rate(&at.inner, &at.outer.iter().zip(&moved).map(|(z, m)| z * m).collect::<Vec<_>>());
        let step: Vec<f64> = (0..size).map(|p| curved[p] * at.scaled[p] + at.rates[p] * at.inner[p] * out[p]).collect();
        by_rate.iter_mut().zip(self.by_rate(&vec![1.0; size], &step)).for_each(|(sum, more)| *sum += more);
        let y: Vec<f64> = (0..size).map(|p| at.rates[p] * out[p] + moved[p] * at.outer[p]).collect();
        let mut third = vec![0.0; size];
        let (u, v) = ((at.scaled.as_slice(), &at.along), (theta, &*tape));
        fused.prepared_third(ws, &at.support, u, v, &y, &mut third);
        vector::axpy(1.0, &third, &mut out);
        out.extend(by_rate);
        out
    }
}
