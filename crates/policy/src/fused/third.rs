//! The third derivative of the surrogate: how a Hessian-vector product changes along another direction.
//!
//! `d2/(dp dq) J(theta + p u + q v + p q y)` at `p = q = 0` is `u^T H v + g^T y`; its gradient with respect to theta is
//! `D3 J [u, v] + H y`. It is one pass of mixed rates `M{x} = d2 x/(dp dq)` beside the rates along `u` and `v`:
//! - `M{z} = M{h_prev} W + R_u{h_prev} V + R_v{h_prev} U + h_prev Y + c_y`, `M{h} = phi' M{z} + phi'' R_u{z} R_v{z}`;
//! - the deltas go down by the same rule with the transposes.
//!
//! Source: the second-order extension of Pearlmutter's operator; A. Griewank and A. Walther, "Evaluating Derivatives"
//! (2008), section 10.

use super::Fused;
use super::kernels::{Left, Onto, Right};
use super::layout::{Block, Network, Plan, Stack, blocks};
use super::number::Number;
use super::passes::{Passes, Rates};
use super::prepared::PreparedSurrogate;
use super::sums::Sums;
use super::workspace::{Direction, Workspace};

/// The rates of all rows along one direction, kept by [`Fused::prepared_hvp_taping`].
#[derive(Debug, Clone)]
pub struct RateTape<T = f64> {
    rates: Rates<T>,
    rows: usize,
}

impl<T: Number> RateTape<T> {
    fn reserve(&mut self, plan: &Plan, rows: usize) {
        for stack in [&mut self.rates.z, &mut self.rates.h, &mut self.rates.deltas] {
            stack.reserve(plan, rows);
        }
        self.rows = rows;
    }
}

/// What the mixed pass of a block reads: the point, and the rates along both directions.
struct MixedInputs<'a, T> {
    tape: &'a PreparedSurrogate<T>,
    directions: [&'a Direction<T>; 2],
    rates: [&'a Rates<T>; 2],
    mixed: &'a Direction<T>,
}

impl<T: Number> Fused<T> {
    /// An empty [`RateTape`].
    #[must_use]
    pub fn rate_tape(&self) -> RateTape<T> {
        let stack = Stack::empty;
        RateTape { rates: Rates { z: stack(), h: stack(), deltas: stack() }, rows: 0 }
    }

    /// [`prepared_hvp`](Fused::prepared_hvp) along `v`, which also keeps the rates of all rows in `tape`; the same bits.
    ///
    /// Memory of the tape: the size of `T` times `3` sums of layer outputs, each rounded up to 16, per row.
    pub fn prepared_hvp_taping(
        &self,
        ws: &mut Workspace<T>,
        prepared: &PreparedSurrogate<T>,
        v: &[f64],
        out: &mut [f64],
        tape: &mut RateTape<T>,
    ) {
        self.check_flat("v", v);
        self.check_flat("out", out);
        let Workspace { direction, sums, .. } = ws;
        let at = &prepared.distribution;
        tape.reserve(&self.passes.plan, at.rows);
        sums.clear();
        direction.load(&self.passes.plan, &at.head.active, v);
        for block in blocks(at.rows) {
            let observations = block.of(&at.observations, self.spec.observation_size);
            self.add_product(prepared, block, observations, direction, None, (&mut tape.rates, block), sums);
        }
        sums.store(&self.passes.plan, &at.head.active, out);
    }

    /// Writes `D3 J [u, v] + (d2J/dtheta2) y [P]` at the prepared point. Each direction `[P]` comes with its tape, made there
    /// by [`prepared_hvp_taping`](Self::prepared_hvp_taping).
    pub fn prepared_third(
        &self,
        ws: &mut Workspace<T>,
        prepared: &PreparedSurrogate<T>,
        (u, along_u): (&[f64], &RateTape<T>),
        (v, along_v): (&[f64], &RateTape<T>),
        y: &[f64],
        out: &mut [f64],
    ) {
        for (name, flat) in [("u", u), ("v", v), ("y", y), ("out", &*out)] {
            self.check_flat(name, flat);
        }
        let at = &prepared.distribution;
        assert!(along_u.rows == at.rows && along_v.rows == at.rows, "a tape is not of this point");
        let Workspace { direction, pair: [first, second], rates, sums, .. } = ws;
        let plan = &self.passes.plan;
        first.load(plan, &at.head.active, u);
        second.load(plan, &at.head.active, v);
        direction.load(plan, &at.head.active, y);
        sums.clear();
        let inputs = MixedInputs {
            tape: prepared,
            directions: [first, second],
            rates: [&along_u.rates, &along_v.rates],
            mixed: direction,
        };
        for block in blocks(at.rows) {
            self.add_third(&inputs, block, rates, sums);
        }
        sums.store(plan, &at.head.active, out);
    }

    fn add_third(&self, inputs: &MixedInputs<'_, T>, block: Block, rates: &mut Rates<T>, sums: &mut Sums<T>) {
        let (at, to) = (&inputs.tape.distribution, block.at_head());
        let observations = block.of(&at.observations, self.spec.observation_size);
        self.passes.forward_mixed(inputs, observations, block, rates);
        let last = self.passes.plan.layers.len() - 1;
        let (mixed, stride) = self.last(&rates.z, to);
        let row = (block.of(&inputs.tape.z, stride), block.of(&inputs.tape.weights, 1));
        let means = [inputs.rates[0].z.rows(last, block), inputs.rates[1].z.rows(last, block), mixed];
        let moved = [&*inputs.directions[0].log_std, &*inputs.directions[1].log_std, &*inputs.mixed.log_std];
        let deltas = (rates.deltas.rows_mut(last, to), stride);
        at.head.mixed_delta_rates(self.passes.kernels.isa, row, means, moved, deltas, sums.log_std());
        self.passes.backward_mixed(inputs, block, rates);
        // R_u R_v {h^T delta}, term by term.
        let [first, second] = inputs.rates;
        self.passes.accumulate(observations, (&at.values, block), (&rates.deltas, to), sums);
        self.passes.accumulate_rates((&rates.h, to), (&inputs.tape.deltas, block), sums);
        self.passes.accumulate_rates((&first.h, block), (&second.deltas, block), sums);
        self.passes.accumulate_rates((&second.h, block), (&first.deltas, block), sums);
        sums.end_block();
    }
}

impl Passes {
    /// Fills `rates.z` and `rates.h` at the head with mixed rates; everything read is at `block`.
    fn forward_mixed<T: Number>(
        &self,
        inputs: &MixedInputs<'_, T>,
        observations: &[T],
        block: Block,
        rates: &mut Rates<T>,
    ) {
        let (at, to) = (&inputs.tape.distribution, block.at_head());
        let [(first, along_first), (second, along_second)] =
            [0, 1].map(|k| (&inputs.directions[k].net, inputs.rates[k]));
        for (index, layer) in self.plan.layers.iter().enumerate() {
            let size = (block.rows, layer.outputs, layer.inputs);
            let bias = Onto::Bias(&inputs.mixed.net.biases[index]);
            let z = rates.z.rows_mut(index, to);
            let mut add = |left: &[T], stride: usize, net: &Network<T>, onto| {
                let right = Right::Panels(&net.weights[index]);
                self.kernels.product(size, Left::rows(left, stride), right, (&mut *z, layer.stride), onto);
            };
            if index == 0 {
                add(observations, layer.inputs, &inputs.mixed.net, bias);
            } else {
                let stride = layer.input_stride;
                add(at.values.rows(index - 1, block), stride, &inputs.mixed.net, bias);
                add(along_first.h.rows(index - 1, block), stride, second, Onto::Sum);
                add(along_second.h.rows(index - 1, block), stride, first, Onto::Sum);
                add(rates.h.rows(index - 1, to), stride, &at.net, Onto::Sum);
            }
            if index + 1 < self.plan.layers.len() {
                let h = rates.h.rows_mut(index, to);
                h.copy_from_slice(z);
                let pair = (along_first.z.rows(index, block), along_second.z.rows(index, block));
                self.kernels.mixed_rate(h, at.values.rows(index, block), pair);
            }
        }
    }

    /// Carries the mixed rates of the last layer's deltas (`rates.deltas`, at the head) down to the first layer.
    fn backward_mixed<T: Number>(&self, inputs: &MixedInputs<'_, T>, block: Block, rates: &mut Rates<T>) {
        let (at, to) = (&inputs.tape.distribution, block.at_head());
        let [(first, along_first), (second, along_second)] =
            [0, 1].map(|k| (&inputs.directions[k].net, inputs.rates[k]));
        for (index, layer) in self.plan.layers.iter().enumerate().skip(1).rev() {
            let size = (block.rows, layer.inputs, layer.outputs);
            let (below, above) = rates.deltas.pair_mut(index, to);
            let mut add = |left: &[T], net: &Network<T>, onto| {
                let right = Right::Panels(&net.transposes[index]);
                let left = Left::rows(left, layer.stride);
                self.kernels.product(size, left, right, (&mut *below, layer.input_stride), onto);
            };
            add(above, &at.net, Onto::Zero);
            add(along_first.deltas.rows(index, block), second, Onto::Sum);
            add(along_second.deltas.rows(index, block), first, Onto::Sum);
            add(inputs.tape.deltas.rows(index, block), &inputs.mixed.net, Onto::Sum);
            let deltas = [
                inputs.tape.deltas.rows(index - 1, block),
                along_first.deltas.rows(index - 1, block),
                along_second.deltas.rows(index - 1, block),
            ];
            let moved = [
                along_first.z.rows(index - 1, block),
                along_second.z.rows(index - 1, block),
                rates.z.rows(index - 1, to),
            ];
            self.kernels.mixed_slope_rate(below, at.values.rows(index - 1, block), deltas, moved);
        }
    }
}
