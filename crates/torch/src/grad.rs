//! Reverse-mode gradients through libtorch.

use std::borrow::Borrow;

use tch::Tensor;

use crate::error::{Result, TorchError};

/// Gradients of `sum(root)` with respect to each of `inputs`, in their order and shapes.
///
/// `keep_graph` leaves the graph usable for further calls; `create_graph` makes the result differentiable itself (and keeps
/// the graph). An input that the root does not depend on gets zeros, and so does everything where the root records nothing.
///
/// Errors: an input that does not require a gradient; libtorch's own (a graph already freed).
pub fn grads<T: Borrow<Tensor>>(
    root: &Tensor,
    inputs: &[T],
    keep_graph: bool,
    create_graph: bool,
) -> Result<Vec<Tensor>> {
    for (index, input) in inputs.iter().enumerate() {
        if !input.borrow().requires_grad() {
            return Err(TorchError::NoGradient { index });
        }
    }
    if !root.requires_grad() {
        return inputs.iter().map(|input| Ok(input.borrow().f_detach()?.f_zeros_like()?)).collect();
    }
    let found = Tensor::f_run_backward(&[root], inputs, keep_graph || create_graph, create_graph)?;
    // Inputs the root never touched come back undefined, not as an error.
    found
        .into_iter()
        .zip(inputs)
        .map(
            |(gradient, input)| {
                if gradient.defined() { Ok(gradient) } else { Ok(input.borrow().f_detach()?.f_zeros_like()?) }
            },
        )
        .collect()
}

/// Gradient of `sum(root)` with respect to one input, in its shape. See [`grads`].
///
/// Errors: as [`grads`].
pub fn grad(root: &Tensor, input: &Tensor, keep_graph: bool, create_graph: bool) -> Result<Tensor> {
    let mut all = grads(root, &[input], keep_graph, create_graph)?;
    Ok(all.swap_remove(0))
}

/// `sum_k cotangent_k d root_k / d input`: the vector-Jacobian product, as the gradient of `sum(root * cotangent)`.
///
/// With `root` a gradient that recorded its own graph this is a Hessian-vector product or, for another input, a mixed one.
///
/// Errors: shapes that do not broadcast; otherwise as [`grads`].
pub fn grad_weighted(
    root: &Tensor,
    cotangent: &Tensor,
    input: &Tensor,
    keep_graph: bool,
    create_graph: bool,
) -> Result<Tensor> {
    if !root.requires_grad() {
        return grad(root, input, keep_graph, create_graph);
    }
    grad(&root.f_mul(cotangent)?, input, keep_graph, create_graph)
}
