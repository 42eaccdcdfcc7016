//! Exact Hessian-vector products on one kept graph.

use tch::Tensor;

use crate::error::{AutodiffError, check_length};
use crate::grad::{grad, grad_weighted};
use crate::params::{to_tensor, to_vec};

/// The gradient of a scalar with the graph behind it, ready for any number of products with its Hessian.
///
/// `(hess f) v = grad_theta <grad f, v>` (Pearlmutter 1994). The forward graph and the gradient's own graph stay in memory
/// until this value is dropped: build it once per point, not once per product.
#[derive(Debug)]
pub struct Hvp {
    input: Tensor,
    gradient: Tensor,
}

impl Hvp {
    /// Differentiates `sum(value)` once with respect to `input` `[P]`, recording the way.
    ///
    /// Errors: `input` does not require a gradient; libtorch's own.
    pub fn new(value: &Tensor, input: &Tensor) -> Result<Self, AutodiffError> {
        let gradient = grad(value, input, true, true)?;
        Ok(Self { input: input.shallow_clone(), gradient })
    }

    /// The gradient `[P]`; it records a graph (detach it to store it).
    pub fn gradient(&self) -> &Tensor {
        &self.gradient
    }

    /// `(hess f) v`, `[P]`, without a graph of its own.
    ///
    /// Errors: a shape that does not match; libtorch's own.
    pub fn apply(&self, v: &Tensor) -> Result<Tensor, AutodiffError> {
        check_length("Hessian-vector product", self.input.numel(), v.numel())?;
        grad_weighted(&self.gradient, v, &self.input, true, false)
    }

    /// [`Hvp::apply`] between host slices, for the solvers of this crate.
    ///
    /// Errors: wrong lengths; libtorch's own.
    pub fn apply_host(&self, v: &[f64], out: &mut [f64]) -> Result<(), AutodiffError> {
        check_length("Hessian-vector product", out.len(), v.len())?;
        let v = to_tensor(v, &self.input.size(), self.input.f_kind()?, self.input.device())?;
        out.copy_from_slice(&to_vec(&self.apply(&v)?)?);
        Ok(())
    }

    /// `d <grad f, v> / d other`, in `other`'s shape: with the task weights as a leaf of `f = sum_i omega_i J_i` this is every
    /// score `<grad J_i, v>` in one backward pass.
    ///
    /// Errors: `other` does not require a gradient; libtorch's own.
    pub fn mixed(&self, v: &Tensor, other: &Tensor) -> Result<Tensor, AutodiffError> {
        grad_weighted(&self.gradient, v, other, true, false)
    }
}
