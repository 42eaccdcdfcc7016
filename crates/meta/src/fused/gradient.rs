//! Values and gradients of one task.

use std::borrow::Cow;

use xmrl_autodiff::vector;
use xmrl_policy::{Number, SideOutput};

use super::{FusedProblem, Point};
use crate::adapt::{Scratch, stepped};
use crate::error::{Result, Stage, check_finite};
use crate::problem::InnerRate;

/// Adapted policy and inner gradient, `[P]` each.
type Step<'a> = (Vec<f64>, Cow<'a, [f64]>);

impl<T: Number> FusedProblem<'_, T> {
    /// The inner step of one task.
    pub(super) fn inner_step(&self, task: usize, point: Point<'_>, scratch: &mut Scratch<T>) -> Result<Step<'_>> {
        let at = &self.tasks[task];
        if point.anchor {
            return Ok((at.adapted.clone(), Cow::Borrowed(&at.gradient)));
        }
        let mut gradient = vec![0.0; point.theta.len()];
        let rows = self.data[task].support.view();
        self.threads.fused.surrogate_gradient(&mut scratch.workspace, point.theta, &rows, &mut gradient);
        at.complete_inner(&mut gradient);
        let adapted = stepped(point.theta, point.rates, &gradient);
        check_finite(Stage::Adapt, Some(task), "adapted policy", &adapted)?;
        Ok((adapted, Cow::Owned(gradient)))
    }

    /// Surrogate, adapted KL and unadapted KL of one task, means over its rows.
    pub(super) fn value_task(&self, task: usize, point: Point<'_>, scratch: &mut Scratch<T>) -> Result<[f64; 3]> {
        let (fused, data, old) = (&self.threads.fused, &self.data[task], &self.tasks[task]);
        let (ws, log_std) = (&mut scratch.workspace, self.spec.policy.log_std());
        let mut gradient = vec![0.0; point.theta.len()];
        let side = SideOutput::Divergence { means: &old.support_means, log_std: &self.anchor[log_std.clone()] };
        let inner = fused.surrogate_gradient_with(ws, point.theta, &data.support.view(), side, &mut gradient);
        old.complete_inner(&mut gradient);
        let adapted = stepped(point.theta, point.rates, &gradient);
        check_finite(Stage::Adapt, Some(task), "adapted policy", &adapted)?;
        let side = SideOutput::Divergence { means: &old.query_means, log_std: &old.adapted[log_std] };
        let outer = fused.surrogate_with(ws, &adapted, &data.query.view(), side);
        let kl_adapted = outer.divergence / data.query.rows() as f64;
        let kl_unadapted = inner.divergence / data.support.rows() as f64;
        let value = outer.value + old.rest_of_outer(&adapted);
        check_finite(Stage::LineSearch, Some(task), "surrogate", &[value])?;
        check_finite(Stage::LineSearch, Some(task), "KL", &[kl_adapted, kl_unadapted])?;
        Ok([value, kl_adapted, kl_unadapted])
    }

    /// Gradient `[Q]` and surrogate of one task, and the means `[R,A]` of the adapted policy on the query rows.
    pub(super) fn gradient_task(
        &self,
        task: usize,
        point: Point<'_>,
        scratch: &mut Scratch<T>,
    ) -> Result<(Vec<f64>, f64, Vec<T>)> {
        let (fused, data) = (&self.threads.fused, &self.data[task]);
        let support = data.support.view();
        // Activations that stay in cache are kept for the product; more rows go through the network again.
        let kept = !point.anchor && fused.prepared_bytes(support.len()) <= CACHE;
        let (adapted, inner) = if kept {
            let mut gradient = vec![0.0; point.theta.len()];
            let Scratch { workspace, inner, .. } = &mut *scratch;
            fused.prepare_surrogate(workspace, point.theta, &support, inner, &mut gradient);
            self.tasks[task].complete_inner(&mut gradient);
            let adapted = stepped(point.theta, point.rates, &gradient);
            check_finite(Stage::Adapt, Some(task), "adapted policy", &adapted)?;
            (adapted, Cow::Owned(gradient))
        } else {
            self.inner_step(task, point, scratch)?
        };
        let mut outer = vec![0.0; point.theta.len()];
        let mut means = vec![T::default(); if point.anchor { data.query.actions.len() } else { 0 }];
        let side = if point.anchor { SideOutput::Means(&mut means) } else { SideOutput::Nothing };
        let Scratch { workspace: ws, inner: prepared, .. } = scratch;
        let value = fused.surrogate_gradient_with(ws, &adapted, &data.query.view(), side, &mut outer).value;
        self.tasks[task].complete_outer(&mut outer);
        let value = value + self.tasks[task].rest_of_outer(&adapted);
        let gradient = self.pull_back(point.rates, &inner, outer, |v, out| {
            if kept {
                fused.prepared_hvp(ws, prepared, v, out);
            } else {
                fused.surrogate_hvp(ws, point.theta, &support, v, out);
            }
        });
        check_finite(Stage::Gradient, Some(task), "meta-gradient", &gradient)?;
        Ok((gradient, value, means))
    }

    /// `Jac^T z [Q]` from `z [P]`: `(z + H D z, sum over the group of rate g z)`.
    pub(super) fn pull_back(
        &self,
        rates: &[f64],
        g: &[f64],
        z: Vec<f64>,
        hessian: impl FnOnce(&[f64], &mut [f64]),
    ) -> Vec<f64> {
        let mut out = z;
        let scaled: Vec<f64> = rates.iter().zip(&out).map(|(rate, z)| rate * z).collect();
        let by_rate = self.by_rate(g, &scaled);
        let mut product = vec![0.0; out.len()];
        hessian(&scaled, &mut product);
        vector::axpy(1.0, &product, &mut out);
        out.extend(by_rate);
        out
    }

    /// `sum over the group of a b`, `[G]` where the rates are learned, else empty.
    pub(super) fn by_rate(&self, a: &[f64], b: &[f64]) -> Vec<f64> {
        match self.spec.rate {
            InnerRate::Fixed => Vec::new(),
            InnerRate::Learned => {
                self.groups.iter().map(|range| vector::dot(&a[range.clone()], &b[range.clone()])).collect()
            }
        }
    }
}

/// Bytes of activations that a core's caches hold beside the rest.
const CACHE: usize = 1 << 20;
