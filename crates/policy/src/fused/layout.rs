//! Where the network's numbers lie: padded copies of the flat vector, and one buffer per layer for a block of rows.

use super::elementwise::LANES;
use crate::PolicySpec;

/// Rows worked on at a time: their activations stay in the first two caches (24 to 96 are equally fast). A multiple of
/// [`LANES`] and of the tile height.
pub(super) const BLOCK: usize = 48;
const _: () = assert!(BLOCK.is_multiple_of(LANES));

/// One affine layer: its place in the flat vector and its padded row lengths.
#[derive(Debug, Clone)]
pub(super) struct LayerPlan {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) weight: usize,
    pub(super) bias: usize,
    /// Padded length of a row of inputs, of outputs.
    pub(super) input_stride: usize,
    pub(super) stride: usize,
}

/// The sizes that every pass needs.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) layers: Vec<LayerPlan>,
    pub(super) log_std: usize,
    pub(super) actions: usize,
    pub(super) parameters: usize,
}

impl Plan {
    pub(super) fn new(spec: &PolicySpec) -> Self {
        let layers = spec.layers().into_iter().map(|layer| LayerPlan {
            inputs: layer.inputs,
            outputs: layer.outputs,
            weight: layer.weight.start,
            bias: layer.bias.start,
            input_stride: layer.inputs.next_multiple_of(LANES),
            stride: layer.outputs.next_multiple_of(LANES),
        });
        Self {
            layers: layers.collect(),
            log_std: spec.log_std().start,
            actions: spec.action_size,
            parameters: spec.parameters(),
        }
    }
}

/// A padded copy of the affine layers of one flat vector (parameters or a direction).
#[derive(Debug, Clone)]
pub(super) struct Network {
    /// `[inputs, stride]` per layer.
    pub(super) weights: Vec<Vec<f64>>,
    /// The transposes, `[outputs, input_stride]`; empty for the first layer, whose inputs have no derivative.
    pub(super) transposes: Vec<Vec<f64>>,
    /// `[stride]` per layer.
    pub(super) biases: Vec<Vec<f64>>,
}

impl Network {
    pub(super) fn new(plan: &Plan) -> Self {
        let transpose = |(index, layer): (usize, &LayerPlan)| match index {
            0 => Vec::new(),
            _ => vec![0.0; layer.outputs * layer.input_stride],
        };
        Self {
            weights: plan.layers.iter().map(|layer| vec![0.0; layer.inputs * layer.stride]).collect(),
            transposes: plan.layers.iter().enumerate().map(transpose).collect(),
            biases: plan.layers.iter().map(|layer| vec![0.0; layer.stride]).collect(),
        }
    }

    /// Copies `flat [P]`; the padding stays zero.
    pub(super) fn load(&mut self, plan: &Plan, flat: &[f64]) {
        for (index, layer) in plan.layers.iter().enumerate() {
            let rows = flat[layer.weight..].chunks_exact(layer.outputs).take(layer.inputs);
            for (input, row) in rows.enumerate() {
                self.weights[index][input * layer.stride..][..layer.outputs].copy_from_slice(row);
                if index > 0 {
                    let transpose = &mut self.transposes[index];
                    for (output, &value) in row.iter().enumerate() {
                        transpose[output * layer.input_stride + input] = value;
                    }
                }
            }
            self.biases[index][..layer.outputs].copy_from_slice(&flat[layer.bias..][..layer.outputs]);
        }
    }
}

/// One row-major buffer per layer, each row padded to the layer's stride.
#[derive(Debug, Clone, Default)]
pub(super) struct Stack {
    buffers: Vec<Vec<f64>>,
    strides: Vec<usize>,
}

impl Stack {
    pub(super) fn new(plan: &Plan, rows: usize) -> Self {
        let mut stack = Self::default();
        stack.reserve(plan, rows);
        stack
    }

    /// Makes room for `rows`; keeps what it has when it is enough.
    pub(super) fn reserve(&mut self, plan: &Plan, rows: usize) {
        self.strides = plan.layers.iter().map(|layer| layer.stride).collect();
        self.buffers.resize(self.strides.len(), Vec::new());
        for (buffer, stride) in self.buffers.iter_mut().zip(&self.strides) {
            if buffer.len() < rows * stride {
                buffer.resize(rows * stride, 0.0);
            }
        }
    }

    /// The rows of one layer in `block`.
    pub(super) fn rows(&self, layer: usize, block: Block) -> &[f64] {
        let stride = self.strides[layer];
        &self.buffers[layer][block.at * stride..][..block.rows * stride]
    }

    pub(super) fn rows_mut(&mut self, layer: usize, block: Block) -> &mut [f64] {
        let stride = self.strides[layer];
        &mut self.buffers[layer][block.at * stride..][..block.rows * stride]
    }

    /// The rows of `layer - 1` and of `layer`, `layer >= 1`.
    pub(super) fn pair_mut(&mut self, layer: usize, block: Block) -> (&mut [f64], &mut [f64]) {
        let (below, above) = self.buffers.split_at_mut(layer);
        let (low, high) = (self.strides[layer - 1], self.strides[layer]);
        let below = &mut below[layer - 1][block.at * low..][..block.rows * low];
        (below, &mut above[0][block.at * high..][..block.rows * high])
    }
}

/// Consecutive rows of a [`Stack`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    pub(super) at: usize,
    pub(super) rows: usize,
}

impl Block {
    /// The same rows at the head of another stack.
    pub(super) fn at_head(self) -> Self {
        Self { at: 0, rows: self.rows }
    }

    /// The part of a row-major `[R, width]` slice that belongs to these rows.
    pub(super) fn of(self, data: &[f64], width: usize) -> &[f64] {
        &data[self.at * width..][..self.rows * width]
    }

    pub(super) fn of_mut(self, data: &mut [f64], width: usize) -> &mut [f64] {
        &mut data[self.at * width..][..self.rows * width]
    }
}

/// `rows` cut into blocks, in order.
pub(super) fn blocks(rows: usize) -> impl Iterator<Item = Block> {
    (0..rows).step_by(BLOCK).map(move |at| Block { at, rows: BLOCK.min(rows - at) })
}

/// The sums over rows of a derivative, padded like [`Network`].
#[derive(Debug, Clone)]
pub(super) struct Gradient {
    pub(super) weights: Vec<Vec<f64>>,
    pub(super) biases: Vec<Vec<f64>>,
    pub(super) log_std: Vec<f64>,
}

impl Gradient {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            weights: plan.layers.iter().map(|layer| vec![0.0; layer.inputs * layer.stride]).collect(),
            biases: plan.layers.iter().map(|layer| vec![0.0; layer.stride]).collect(),
            log_std: vec![0.0; plan.actions],
        }
    }

    pub(super) fn clear(&mut self) {
        for values in self.weights.iter_mut().chain(&mut self.biases) {
            values.fill(0.0);
        }
        self.log_std.fill(0.0);
    }

    /// Writes the flat vector `[P]`; `active` is 0 for a log-std below its bound.
    pub(super) fn store(&self, plan: &Plan, active: &[f64], out: &mut [f64]) {
        for (index, layer) in plan.layers.iter().enumerate() {
            let rows = out[layer.weight..].chunks_exact_mut(layer.outputs).take(layer.inputs);
            for (row, sums) in rows.zip(self.weights[index].chunks_exact(layer.stride)) {
                row.copy_from_slice(&sums[..layer.outputs]);
            }
            out[layer.bias..][..layer.outputs].copy_from_slice(&self.biases[index][..layer.outputs]);
        }
        for ((out, &sum), &active) in out[plan.log_std..].iter_mut().zip(&self.log_std).zip(active) {
            *out = if active == 0.0 { 0.0 } else { sum };
        }
    }
}
