//! A trust-region step whose vectors lie on the host.

use xmrl_autodiff::{CgOptions, RitzPairs, SolveInfo, conjugate_gradient, preconditioned_gradient, ritz_pairs, vector};

use crate::error::{Result, Stage, check_finite, check_len};
use crate::problem::{Ascent, MetaProblem, Slope, Value};
use crate::trust::{Preconditioner, TrpoOptions};

/// The [`Ascent`] of any problem, by its products and values.
pub(crate) struct HostAscent<'p> {
    problem: &'p mut dyn MetaProblem,
    /// `[Q]` each.
    meta: Vec<f64>,
    gradient: Vec<f64>,
    direction: Vec<f64>,
}

impl<'p> HostAscent<'p> {
    pub(crate) fn new(problem: &'p mut dyn MetaProblem) -> Self {
        Self { problem, meta: Vec::new(), gradient: Vec::new(), direction: Vec::new() }
    }
}

impl Ascent for HostAscent<'_> {
    fn begin(&mut self, meta: &[f64], weights: &[f64]) -> Result<Slope> {
        self.meta = meta.to_vec();
        self.gradient = weighted_gradient(self.problem, meta, weights)?;
        let surrogates = self.problem.value(meta)?.surrogates;
        Ok(Slope { surrogates, norm: vector::norm(&self.gradient) })
    }

    fn solve(&mut self, options: &TrpoOptions) -> Result<(f64, SolveInfo)> {
        let (direction, info) = direction(self.problem, &self.gradient, options)?;
        self.direction = direction;
        Ok((vector::dot(&self.direction, &self.gradient), info))
    }

    fn value(&mut self, scale: f64) -> Result<Value> {
        let candidate = self.candidate(scale)?;
        self.problem.value(&candidate)
    }

    fn candidate(&mut self, scale: f64) -> Result<Vec<f64>> {
        Ok(self.meta.iter().zip(&self.direction).map(|(m, d)| m + scale * d).collect())
    }
}

/// Solves `(C + damping) x = gradient`; returns x `[Q]` and how that went.
fn direction(problem: &mut dyn MetaProblem, gradient: &[f64], options: &TrpoOptions) -> Result<(Vec<f64>, SolveInfo)> {
    let TrpoOptions { damping, cg_iterations, cg_tolerance, unadapted_weight: weight, .. } = *options;
    let cg = CgOptions { max_iterations: cg_iterations, tolerance: cg_tolerance, damping };
    let finite = |out: &[f64]| check_finite(Stage::Curvature, None, "curvature product", out);
    // A gradient of 0 spans no space, and its answer is known.
    let preconditioner = options.preconditioner.filter(|_| gradient.iter().any(|g| *g != 0.0));
    let pairs: Option<RitzPairs> = preconditioner
        .map(|Preconditioner { rank, rows }| {
            let coarse = |v: &[f64], out: &mut [f64]| -> Result<()> {
                problem.coarse_curvature(rows, v, weight, out)?;
                finite(out)
            };
            ritz_pairs(coarse, gradient, rank)
        })
        .transpose()?;
    let apply = |v: &[f64], out: &mut [f64]| -> Result<()> {
        problem.curvature(v, weight, out)?;
        finite(out)
    };
    match pairs {
        None => conjugate_gradient(apply, gradient, None, cg),
        Some(pairs) => preconditioned_gradient(apply, |r, out| pairs.solve(damping, r, out), gradient, None, cg),
    }
}

/// `sum_i w_i dJ_i [Q]`, in task order.
///
/// # Errors
/// As [`MetaProblem::gradients`].
pub fn weighted_gradient(problem: &mut dyn MetaProblem, meta: &[f64], weights: &[f64]) -> Result<Vec<f64>> {
    let gradients = problem.gradients(meta)?;
    check_len("gradients", "[N,Q]", gradients.len(), weights.len() * meta.len())?;
    let mut sum = vec![0.0; meta.len()];
    for (row, &weight) in gradients.chunks_exact(meta.len().max(1)).zip(weights) {
        vector::axpy(weight, row, &mut sum);
    }
    check_finite(Stage::Gradient, None, "meta-gradient", &sum)?;
    Ok(sum)
}
