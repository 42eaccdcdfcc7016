//! A packed policy in anyone's memory, evaluated over lanes: what rollouts run on the CPU, and kernels on a device.
//!
//! Everything evaluated per step is `#[inline(always)]`, so that it is compiled into the caller's instruction set.

use core::mem;

use xmrl_lanes::{Float, Lane};

use crate::Activation;

/// Outputs computed side by side: enough independent sums to hide the latency of a multiply-add, few enough to stay in
/// registers (4 sums of 8 doubles are 8 AVX2 registers).
const BLOCK: usize = 4;

/// One policy, its weights packed in the order in which lanes use them: per layer and per block of outputs (4, then 2, then 1 for the
/// remainder) the biases, then for each input its weights to the block.
#[derive(Debug, Clone, Copy)]
pub struct PackedPolicy<'a, W> {
    /// The nonlinearity of the hidden layers.
    pub activation: Activation,
    /// S, units of the hidden layers, A.
    pub sizes: &'a [u32],
    /// Weights and biases, those of [`PolicySpec`](crate::PolicySpec) but for the log-stds.
    pub weights: &'a [W],
    /// Standard deviation of each action dimension, `[A]`.
    pub deviations: &'a [W],
    /// Log-density at the mean: `-sum log_std - A/2 ln 2 pi`.
    pub peak: f64,
    /// Units of the widest hidden layer.
    pub width: usize,
}

impl<W: Float> PackedPolicy<'_, W> {
    /// Samples `action = mean + std * noise` (`[A]`, not clipped) and returns its log-density summed over dimensions,
    /// `-1/2 sum noise^2 - sum log_std - A/2 ln 2 pi`: exact, because the noise is known.
    ///
    /// `observation [S]`, `noise [A]` standard normal (zeros give the mean), `scratch` at least twice the width.
    #[inline(always)]
    pub fn act<L: Lane>(&self, observation: &[L], noise: &[L], scratch: &mut [L], action: &mut [L]) -> L {
        self.means(observation, scratch, action);
        let mut squares = L::splat(0.0);
        for ((action, &z), &std) in action.iter_mut().zip(noise).zip(self.deviations) {
            *action = L::splat(std.into()).mul_add(z, *action);
            squares = z.mul_add(z, squares);
        }
        squares.mul_add(L::splat(-0.5), L::splat(self.peak))
    }

    /// Writes the mean action `[A]` of `observation [S]`.
    #[inline(always)]
    pub fn means<L: Lane>(&self, observation: &[L], scratch: &mut [L], mean: &mut [L]) {
        let (mut from, mut to) = scratch.split_at_mut(self.width);
        let hidden = self.sizes.len() - 2;
        let mut weights = self.weights;
        for index in 0..=hidden {
            let inputs = if index == 0 { observation } else { &*from };
            let outputs = if index == hidden { &mut *mean } else { &mut *to };
            let (i, o) = (self.sizes[index] as usize, self.sizes[index + 1] as usize);
            weights = affine(weights, &inputs[..i], &mut outputs[..o]);
            if index < hidden {
                activate(self.activation, &mut to[..o]);
                mem::swap(&mut from, &mut to);
            }
        }
    }
}

/// One affine map; returns the packed weights after its own.
#[inline(always)]
fn affine<'a, L: Lane, W: Float>(mut packed: &'a [W], inputs: &[L], outputs: &mut [L]) -> &'a [W] {
    let mut blocks = outputs.chunks_exact_mut(BLOCK);
    for block in &mut blocks {
        packed = affine_block::<L, W, BLOCK>(packed, inputs, block);
    }
    let mut rest = blocks.into_remainder();
    if rest.len() >= 2 {
        let (pair, last) = rest.split_at_mut(2);
        packed = affine_block::<L, W, 2>(packed, inputs, pair);
        rest = last;
    }
    if !rest.is_empty() {
        packed = affine_block::<L, W, 1>(packed, inputs, rest);
    }
    packed
}

/// Outputs of the next block when `left` are left.
pub(crate) fn block_size(left: usize) -> usize {
    if left >= BLOCK { BLOCK } else { left.min(2) }
}
/// `B` outputs of an affine map; returns the packed weights after this block's.
#[inline(always)]
fn affine_block<'a, L: Lane, W: Float, const B: usize>(packed: &'a [W], inputs: &[L], outputs: &mut [L]) -> &'a [W] {
    let (bias, rest) = packed.split_at(B);
    let (weights, rest) = rest.split_at(B * inputs.len());
    let mut sums: [L; B] = core::array::from_fn(|k| L::splat(bias[k].into()));
    for (&x, weights) in inputs.iter().zip(weights.chunks_exact(B)) {
        for k in 0..B {
            sums[k] = x.mul_add(L::splat(weights[k].into()), sums[k]);
        }
    }
    outputs.copy_from_slice(&sums);
    rest
}

#[inline(always)]
fn activate<L: Lane>(activation: Activation, values: &mut [L]) {
    match activation {
        Activation::Tanh => {
            for value in values {
                *value = value.tanh();
            }
        }
        Activation::Relu => {
            let zero = L::splat(0.0);
            for value in values {
                *value = zero.max(*value); // in this order a NaN stays a NaN
            }
        }
    }
}
