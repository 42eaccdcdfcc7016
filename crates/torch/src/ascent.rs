//! A trust-region step of [`TorchProblem`] whose vectors stay on the device: of them only the first and the last cross.

use tch::Tensor;
use xmrl_autodiff::{CgOptions, CgRecurrence, SolveInfo};
use xmrl_meta::{
    Ascent, MetaError, MetaProblem, Preconditioner, Slope, Stage, TrpoOptions, Value, check_finite, check_len,
};

use crate::climb::{Climb, dots};
use crate::error::Result;
use crate::krylov::{DeviceRitz, ritz};
use crate::problem::{TorchProblem, added};

impl TorchProblem {
    /// The step that [`begin`](Ascent::begin) began.
    fn begun(&self) -> Result<&Climb> {
        let fix = "begin at a meta vector first";
        self.climb.as_ref().ok_or_else(|| MetaError::Option { key: "ascent", got: "none".to_owned(), fix }.into())
    }

    /// The candidate at `scale` on the device.
    fn moved(&self, scale: f64) -> Result<Tensor> {
        let climb = self.begun()?;
        let Some(direction) = &climb.direction else {
            let fix = "solve for the direction first";
            return Err(MetaError::Option { key: "ascent", got: "no direction".to_owned(), fix }.into());
        };
        Ok(climb.x.f_add(&direction.f_mul_scalar(scale)?)?)
    }

    /// The curvature times `v`, of what is moved; not checked.
    fn product(&mut self, rows: Option<usize>, v: &Tensor, weight: f64) -> Result<Tensor> {
        let over = self.over.handle();
        over.pull(self.curvature_at(rows, &over.push(v)?, weight)?)
    }

    /// That the [`product`](Self::product) with `v` is finite; `squared` is something quadratic in it that was read.
    fn finite(&mut self, rows: Option<usize>, v: &Tensor, weight: f64, squared: f64) -> Result<()> {
        if !squared.is_finite() {
            let pushed = self.over.push(v)?;
            self.blame(rows, &pushed, weight)?;
        }
        Ok(check_finite(Stage::Curvature, None, "curvature product", &[squared])?)
    }

    fn begin_at(&mut self, x: &[f64], weights: &[f64]) -> Result<Slope> {
        let over = self.over.handle();
        over.check(&self.objective.spec, Stage::Gradient, x)?;
        check_len("weights", "[N]", weights.len(), self.tasks())?;
        self.climb = None;
        let (x, total) = (self.vector(x)?, weights.iter().sum());
        let weights = self.vector(weights)?;
        let meta = over.meta(&x)?;
        // One tensor for the workers; they cut their own out of it.
        let both = Tensor::f_cat(&[&meta, &weights], 0)?;
        let (objective, size) = (&self.objective, meta.numel() as i64);
        let parts = self.workers.each(&mut self.chunks, &both, |chunk, both| {
            let (surrogates, gradients) = chunk.gradients(objective, &both.f_narrow(0, 0, size)?, false)?;
            Ok((surrogates, chunk.weighted(&gradients, &both.f_narrow(0, size, both.numel() as i64 - size)?)?))
        })?;
        let (surrogates, sums): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        let gradient = over.gradient(&x, added(&sums)?, total)?;
        let penalty = over.penalty(&self.objective.border, &x)?;
        let [squared] = dots(&self.objective.border, [(&gradient, &gradient)])?;
        check_finite(Stage::Gradient, None, "meta-gradient", &[squared])?;
        self.climb = Some(Climb { x, gradient, direction: None });
        let surrogates = surrogates.concat().into_iter().map(|surrogate| surrogate - penalty).collect();
        Ok(Slope { surrogates, norm: squared.sqrt() })
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
                let product = self.product(Some(rows), v, weight)?;
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
            let product = self.product(None, &p, weight)?.f_add(&p.f_mul_scalar(damping)?)?;
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

    /// The value at a candidate.
    fn tried(&mut self, scale: f64) -> Result<Value> {
        let candidate = self.moved(scale)?;
        let penalty = self.over.penalty(&self.objective.border, &candidate)?;
        let meta = self.over.meta(&candidate)?;
        let mut value = self.value_at(&meta)?;
        value.surrogates.iter_mut().for_each(|surrogate| *surrogate -= penalty);
        Ok(value)
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
        Ok(workers.alone(move || self.tried(scale))?)
    }

    fn candidate(&mut self, scale: f64) -> xmrl_meta::Result<Vec<f64>> {
        let workers = self.workers.clone();
        Ok(workers.alone(move || self.objective.border.download(&self.moved(scale)?))?)
    }
}
