//! Exact Hessian-vector products on one kept graph.

use tch::Tensor;

use crate::error::{Result, check_length};
use crate::grad::{grad, grad_weighted};

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
    pub fn new(value: &Tensor, input: &Tensor) -> Result<Self> {
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
    pub fn apply(&self, v: &Tensor) -> Result<Tensor> {
        check_length("Hessian-vector product", self.input.numel(), v.numel())?;
        grad_weighted(&self.gradient, v, &self.input, true, false)
    }
}
