//! A trust-region step of [`TorchProblem`] whose vectors stay on the device: of them only the first and the last cross.

use tch::{Kind, Tensor};
use xmrl_autodiff::{CgOptions, CgRecurrence, SolveInfo};
use xmrl_meta::{
    Ascent, MetaError, MetaProblem, Preconditioner, Slope, Stage, TrpoOptions, Value, check_finite, check_len,
};

use crate::climb::{Climb, dots};
use crate::error::Result;
use crate::krylov::{DeviceRitz, ritz};
use crate::problem::TorchProblem;

impl TorchProblem {
    /// The step that [`begin`](Ascent::begin) began.
    fn begun(&self) -> Result<&Climb> {
        let fix = "begin at a meta vector first";
        self.climb.as_ref().ok_or_else(|| MetaError::Option { key: "ascent", got: "none".to_owned(), fix }.into())
    }

    /// `meta + scale x` on the device.
    fn moved(&self, scale: f64) -> Result<Tensor> {
        let climb = self.begun()?;
        let Some(direction) = &climb.direction else {
            let fix = "solve for the direction first";
            return Err(MetaError::Option { key: "ascent", got: "no direction".to_owned(), fix }.into());
        };
        Ok(climb.meta.f_add(&direction.f_mul_scalar(scale)?)?)
    }

    /// The curvature times `v [Q]` of a finite length; `squared` is something quadratic in the product that was read.
    fn finite(&mut self, rows: Option<usize>, v: &Tensor, weight: f64, squared: f64) -> Result<()> {
        if !squared.is_finite() {
            self.blame(rows, v, weight)?;
        }
        Ok(check_finite(Stage::Curvature, None, "curvature product", &[squared])?)
    }

    fn begin_at(&mut self, meta: &[f64], weights: &[f64]) -> Result<Slope> {
        self.objective.spec.check_meta(Stage::Gradient, meta)?;
        check_len("weights", "[N]", weights.len(), self.tasks())?;
        self.climb = None;
        let meta = self.vector(meta)?;
        let weights = self.vector(weights)?;
        // One tensor for the workers; they cut their own out of it.
        let both = Tensor::f_cat(&[&meta, &weights], 0)?;
        let (objective, size) = (&self.objective, meta.numel() as i64);
        let parts = self.workers.each(&mut self.chunks, &both, |chunk, both| {
            let tasks = chunk.tasks();
            let (surrogates, gradient) = chunk.gradients(objective, &both.f_narrow(0, 0, size)?, false)?;
            let weights = both.f_narrow(0, size + tasks.start as i64, tasks.len() as i64)?.f_unsqueeze(1)?;
            let weighted = gradient.f_to_kind(Kind::Double)?.f_mul(&weights)?;
            Ok((surrogates, weighted.f_sum_dim_intlist([0i64].as_slice(), false, None)?))
        })?;
        let (surrogates, sums): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        let gradient = Tensor::f_stack(&sums, 0)?.f_sum_dim_intlist([0i64].as_slice(), false, None)?;
        let [squared] = dots(&self.objective.border, [(&gradient, &gradient)])?;
        check_finite(Stage::Gradient, None, "meta-gradient", &[squared])?;
        self.climb = Some(Climb { meta, gradient, direction: None });
        Ok(Slope { surrogates: surrogates.concat(), norm: squared.sqrt() })
    }

    /// Conjugate gradients as [`xmrl_autodiff::conjugate_gradient`] has them: the same recurrence on vectors that stay where they are;
    /// two copies of one or two numbers a step.
    fn solved(&mut self, options: &TrpoOptions) -> Result<(f64, SolveInfo)> {
        let TrpoOptions { damping, cg_iterations, cg_tolerance, unadapted_weight: weight, preconditioner, .. } =
            *options;
        let cg = CgOptions { max_iterations: cg_iterations, tolerance: cg_tolerance, damping };
        let border = self.objective.border.clone();
        let b = self.begun()?.gradient.shallow_clone();
        let mut x = b.f_zeros_like()?;
        let [mut rr] = dots(&border, [(&b, &b)])?;
        if rr == 0.0 {
            self.keep(x);
            return Ok((0.0, SolveInfo::exact(damping)));
        }
        let target = rr.sqrt();
        let pairs = match preconditioner {
            None => None,
            Some(Preconditioner { rank, rows }) => Some(ritz(&border, &b, rank, damping, |v| {
                let product = self.curvature_at(Some(rows), v, weight)?;
                let [squared] = dots(&border, [(&product, &product)])?;
                self.finite(Some(rows), v, weight, squared)?;
                Ok((product, squared.sqrt()))
            })?),
        };
        let mut r = b.shallow_clone();
        let mut p = DeviceRitz::solve(pairs.as_ref(), &r)?;
        let mut rz = None;
        if pairs.is_some() {
            rz = Some(dots(&border, [(&r, &p)])?[0]);
        }
        let mut run = CgRecurrence::new(cg, target, rr, rz);
        while run.goes_on() {
            let product = self.curvature_at(None, &p, weight)?.f_add(&p.f_mul_scalar(damping)?)?;
            let [curvature] = dots(&border, [(&p, &product)])?;
            self.finite(None, &p, weight, curvature)?;
            let Some(step) = run.step(curvature) else { break };
            x = x.f_add(&p.f_mul_scalar(step)?)?;
            r = r.f_sub(&product.f_mul_scalar(step)?)?;
            let z = DeviceRitz::solve(pairs.as_ref(), &r)?;
            let found = dots(&border, [(&r, &r), (&r, &z)])?;
            rr = found[0];
            let beta = run.turn(rr, pairs.is_some().then_some(found[1]));
            p = z.f_add(&p.f_mul_scalar(beta)?)?;
        }
        let [quadratic] = dots(&border, [(&x, &b)])?;
        self.keep(x);
        Ok((quadratic, run.finish()))
    }

    /// The direction that candidates lie along.
    fn keep(&mut self, direction: Tensor) {
        if let Some(climb) = &mut self.climb {
            climb.direction = Some(direction);
        }
    }
}

impl Ascent for TorchProblem {
    fn begin(&mut self, meta: &[f64], weights: &[f64]) -> xmrl_meta::Result<Slope> {
        let workers = self.workers.clone();
        Ok(workers.alone(move || self.begin_at(meta, weights))?)
    }

    fn solve(&mut self, options: &TrpoOptions) -> xmrl_meta::Result<(f64, SolveInfo)> {
        let workers = self.workers.clone();
        Ok(workers.alone(move || self.solved(options))?)
    }

    fn value(&mut self, scale: f64) -> xmrl_meta::Result<Value> {
        let workers = self.workers.clone();
        Ok(workers.alone(move || {
            let candidate = self.moved(scale)?;
            self.value_at(&candidate)
        })?)
    }

    fn candidate(&mut self, scale: f64) -> xmrl_meta::Result<Vec<f64>> {
        let workers = self.workers.clone();
        Ok(workers.alone(move || self.objective.border.download(&self.moved(scale)?))?)
    }
}
