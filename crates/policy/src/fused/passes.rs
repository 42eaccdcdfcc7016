//! The four passes over a block of rows: values, their rates along a direction, deltas, and the rates of the deltas.
//!
//! Per layer `z = h_prev W + b`, `h = phi(z)` (the last layer is linear, `h = z = mean`). With a row function `f` of the
//! mean, `delta = df/dz`. A rate `R{x}` is the derivative of `x` along a direction `v = (V, c, ...)` of the parameters:
//! - `R{z} = h_prev V + R{h_prev} W + c`, `R{h} = phi'(z) R{z}`;
//! - `delta_prev = phi'(z_prev) (delta W^T)`;
//! - `R{delta_prev} = phi'(z_prev) (R{delta} W^T + delta V^T) + phi''(z_prev) R{z_prev} (delta W^T)`.
//!
//! Source: B. A. Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6 (1994).

use super::kernels::{Kernels, Left, Onto, Right};
use super::layout::{Block, Network, Plan, Stack};
use super::number::Number;
use super::sums::Sums;

/// The rates of a block: `z` before and `h` after the nonlinearity (`h` of the last layer is unused), and of the deltas.
#[derive(Debug, Clone)]
pub(super) struct Rates<T> {
    pub(super) z: Stack<T>,
    pub(super) h: Stack<T>,
    pub(super) deltas: Stack<T>,
}

/// Sizes and passes of one network.
#[derive(Clone)]
pub(super) struct Passes {
    pub(super) plan: Plan,
    pub(super) kernels: Kernels,
}

impl Passes {
    /// Fills `values` at `block` with every layer's output; the last is the mean. `observations` are the block's, `[rows,S]`.
    pub(super) fn forward<T: Number>(&self, net: &Network<T>, observations: &[T], values: &mut Stack<T>, block: Block) {
        for (index, layer) in self.plan.layers.iter().enumerate() {
            let size = (block.rows, layer.outputs, layer.inputs);
            let weight = Right::Panels(&net.weights[index]);
            let (input, output) = if index == 0 {
                (Left::rows(observations, layer.inputs), values.rows_mut(0, block))
            } else {
                let (below, above) = values.pair_mut(index, block);
                (Left::rows(below, layer.input_stride), above)
            };
            self.kernels.product(size, input, weight, (&mut *output, layer.stride), Onto::Bias(&net.biases[index]));
            if index + 1 < self.plan.layers.len() {
                self.kernels.activate(output);
            }
        }
    }

    /// Fills `rates.z` and `rates.h` at `to` with the rates along `direction`; `values` at `block`.
    pub(super) fn forward_rates<T: Number>(
        &self,
        (net, direction): (&Network<T>, &Network<T>),
        observations: &[T],
        (values, block): (&Stack<T>, Block),
        (rates, to): (&mut Rates<T>, Block),
    ) {
        for (index, layer) in self.plan.layers.iter().enumerate() {
            let size = (block.rows, layer.outputs, layer.inputs);
            let bias = Onto::Bias(&direction.biases[index]);
            let moved = Right::Panels(&direction.weights[index]);
            let z = rates.z.rows_mut(index, to);
            if index == 0 {
                self.kernels.product(
                    size,
                    Left::rows(observations, layer.inputs),
                    moved,
                    (&mut *z, layer.stride),
                    bias,
                );
            } else {
                let below = Left::rows(values.rows(index - 1, block), layer.input_stride);
                self.kernels.product(size, below, moved, (&mut *z, layer.stride), bias);
                let below = Left::rows(rates.h.rows(index - 1, to), layer.input_stride);
                let weight = Right::Panels(&net.weights[index]);
                self.kernels.product(size, below, weight, (&mut *z, layer.stride), Onto::Sum);
            }
            if index + 1 < self.plan.layers.len() {
                let h = rates.h.rows_mut(index, to);
                h.copy_from_slice(z);
                self.kernels.times_slope(h, values.rows(index, block));
            }
        }
    }

    /// Carries the last layer's deltas down to the first layer. `values` at `block`, `deltas` at `to`.
    pub(super) fn backward<T: Number>(
        &self,
        net: &Network<T>,
        values: &Stack<T>,
        block: Block,
        deltas: &mut Stack<T>,
        to: Block,
    ) {
        for (index, layer) in self.plan.layers.iter().enumerate().skip(1).rev() {
            let size = (block.rows, layer.inputs, layer.outputs);
            let transpose = Right::Panels(&net.transposes[index]);
            let (below, above) = deltas.pair_mut(index, to);
            let above = Left::rows(above, layer.stride);
            self.kernels.product(size, above, transpose, (&mut *below, layer.input_stride), Onto::Zero);
            self.kernels.times_slope(below, values.rows(index - 1, block));
        }
    }

    /// Carries the rates of the last layer's deltas (`rates`, at `to`) down to the first layer; the rest at `block`.
    pub(super) fn backward_rates<T: Number>(
        &self,
        (net, direction): (&Network<T>, &Network<T>),
        (values, deltas, block): (&Stack<T>, &Stack<T>, Block),
        (rates, to): (&mut Rates<T>, Block),
    ) {
        for (index, layer) in self.plan.layers.iter().enumerate().skip(1).rev() {
            let size = (block.rows, layer.inputs, layer.outputs);
            let (below, above) = rates.deltas.pair_mut(index, to);
            let transpose = Right::Panels(&net.transposes[index]);
            let above = Left::rows(above, layer.stride);
            self.kernels.product(size, above, transpose, (&mut *below, layer.input_stride), Onto::Zero);
            let moved = Right::Panels(&direction.transposes[index]);
            let above = Left::rows(deltas.rows(index, block), layer.stride);
            self.kernels.product(size, above, moved, (&mut *below, layer.input_stride), Onto::Sum);
            let (h, d) = (values.rows(index - 1, block), deltas.rows(index - 1, block));
            self.kernels.slope_rate(below, h, d, rates.z.rows(index - 1, to));
        }
    }

    /// Adds the block's part of the gradient: `h_prev^T delta` and the column sums of `delta`, per layer.
    pub(super) fn accumulate<T: Number>(
        &self,
        observations: &[T],
        (values, block): (&Stack<T>, Block),
        (deltas, to): (&Stack<T>, Block),
        sums: &mut Sums<T>,
    ) {
        for (index, layer) in self.plan.layers.iter().enumerate() {
            let size = (layer.inputs, layer.outputs, block.rows);
            let input = match index {
                0 => Left::columns(observations, layer.inputs),
                _ => Left::columns(values.rows(index - 1, block), layer.input_stride),
            };
            let deltas = deltas.rows(index, to);
            let (weights, bias) = sums.layer(index);
            self.kernels.product(size, input, Right::Rows(deltas, layer.stride), (weights, layer.stride), Onto::Sum);
            self.kernels.column_sums(bias, deltas, layer.stride);
        }
    }

    /// Adds what [`accumulate`](Self::accumulate) of the moved deltas leaves out of the rate: `R{h_prev}^T delta`, the
    /// rates `h` at `to`, `deltas` at `block`.
    pub(super) fn accumulate_rates<T: Number>(
        &self,
        (h, to): (&Stack<T>, Block),
        (deltas, block): (&Stack<T>, Block),
        sums: &mut Sums<T>,
    ) {
        for (index, layer) in self.plan.layers.iter().enumerate().skip(1) {
            let size = (layer.inputs, layer.outputs, block.rows);
            let input = Left::columns(h.rows(index - 1, to), layer.input_stride);
            let deltas = Right::Rows(deltas.rows(index, block), layer.stride);
            self.kernels.product(size, input, deltas, (sums.layer(index).0, layer.stride), Onto::Sum);
        }
    }
}
