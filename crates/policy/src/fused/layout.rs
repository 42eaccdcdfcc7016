//! Where the network's numbers lie: padded copies of the flat vector, and one buffer per layer for a block of rows.

use super::elementwise::GROUP;
use super::number::Number;
use crate::PolicySpec;

/// Rows worked on at a time: their activations stay in the first two caches (24 to 96 are equally fast). A multiple of
/// [`GROUP`] and of the tile height.
pub(super) const BLOCK: usize = 48;
const _: () = assert!(BLOCK.is_multiple_of(GROUP));

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
    /// Columns of a panel of weights.
    pub(super) panel: usize,
    pub(super) log_std: usize,
    pub(super) actions: usize,
    pub(super) parameters: usize,
}

impl Plan {
    pub(super) fn new(spec: &PolicySpec, panel: usize) -> Self {
        let layers = spec.layers().into_iter().map(|layer| LayerPlan {
            inputs: layer.inputs,
            outputs: layer.outputs,
            weight: layer.weight.start,
            bias: layer.bias.start,
            input_stride: layer.inputs.next_multiple_of(GROUP),
            stride: layer.outputs.next_multiple_of(GROUP),
        });
        Self {
            layers: layers.collect(),
            panel,
            log_std: spec.log_std().start,
            actions: spec.action_size,
            parameters: spec.parameters(),
        }
    }
}

impl Plan {
    /// A, padded like the rows of the last layer.
    pub(super) fn padded_actions(&self) -> usize {
        self.actions.next_multiple_of(GROUP)
    }
}

/// A copy of the affine layers of one flat vector (parameters or a direction), in the panels that products read.
#[derive(Debug, Clone)]
pub(super) struct Network<T> {
    /// `[inputs, outputs]` per layer.
    pub(super) weights: Vec<Vec<T>>,
    /// The transposes, `[outputs, inputs]`; empty for the first layer, whose inputs have no derivative.
    pub(super) transposes: Vec<Vec<T>>,
    /// `[stride]` per layer.
    pub(super) biases: Vec<Vec<T>>,
}

impl<T: Number> Network<T> {
    pub(super) fn new(plan: &Plan) -> Self {
        let panels = |rows: usize, columns: usize| vec![T::default(); rows * columns.next_multiple_of(plan.panel)];
        let transpose = |(index, layer): (usize, &LayerPlan)| match index {
            0 => Vec::new(),
            _ => panels(layer.outputs, layer.inputs),
        };
        Self {
            weights: plan.layers.iter().map(|layer| panels(layer.inputs, layer.outputs)).collect(),
            transposes: plan.layers.iter().enumerate().map(transpose).collect(),
            biases: plan.layers.iter().map(|layer| vec![T::default(); layer.stride]).collect(),
        }
    }

    /// Copies `flat [P]`; the padding stays zero.
    pub(super) fn load(&mut self, plan: &Plan, flat: &[f64]) {
        let width = plan.panel;
        for (index, layer) in plan.layers.iter().enumerate() {
            let (inputs, outputs) = (layer.inputs, layer.outputs);
            let from = &flat[layer.weight..][..inputs * outputs];
            for (panel, to) in self.weights[index].chunks_exact_mut(inputs * width).enumerate() {
                let first = panel * width;
                let count = width.min(outputs - first);
                for (row, to) in from.chunks_exact(outputs).zip(to.chunks_exact_mut(width)) {
                    round(&row[first..first + count], &mut to[..count]);
                }
            }
            // Panel by panel, so that writes are in order and reads are a few streams in order.
            for (panel, to) in self.transposes[index].chunks_exact_mut(outputs * width).enumerate() {
                let rows = &from[panel * width * outputs..];
                let count = width.min(inputs - panel * width);
                for (output, to) in to.chunks_exact_mut(width).enumerate() {
                    for (k, to) in to[..count].iter_mut().enumerate() {
                        *to = T::round(rows[k * outputs + output]);
                    }
                }
            }
            round(&flat[layer.bias..][..outputs], &mut self.biases[index][..outputs]);
        }
    }
}

fn round<T: Number>(from: &[f64], to: &mut [T]) {
    to.iter_mut().zip(from).for_each(|(to, &from)| *to = T::round(from));
}

/// One row-major buffer per layer, each row padded to the layer's stride.
#[derive(Debug, Clone)]
pub(super) struct Stack<T> {
    buffers: Vec<Vec<T>>,
    strides: Vec<usize>,
}

impl<T: Number> Stack<T> {
    pub(super) fn new(plan: &Plan, rows: usize) -> Self {
        let mut stack = Self::empty();
        stack.reserve(plan, rows);
        stack
    }

    /// Without rows.
    pub(super) fn empty() -> Self {
        Self { buffers: Vec::new(), strides: Vec::new() }
    }

    /// Makes room for `rows`; keeps what it has when it is enough.
    pub(super) fn reserve(&mut self, plan: &Plan, rows: usize) {
        self.strides = plan.layers.iter().map(|layer| layer.stride).collect();
        self.buffers.resize(self.strides.len(), Vec::new());
        for (buffer, stride) in self.buffers.iter_mut().zip(&self.strides) {
            if buffer.len() < rows * stride {
                buffer.resize(rows * stride, T::default());
            }
        }
    }

    /// The rows of one layer in `block`.
    pub(super) fn rows(&self, layer: usize, block: Block) -> &[T] {
        let stride = self.strides[layer];
        &self.buffers[layer][block.at * stride..][..block.rows * stride]
    }

    pub(super) fn rows_mut(&mut self, layer: usize, block: Block) -> &mut [T] {
        let stride = self.strides[layer];
        &mut self.buffers[layer][block.at * stride..][..block.rows * stride]
    }

    /// The rows of `layer - 1` and of `layer`, `layer >= 1`.
    pub(super) fn pair_mut(&mut self, layer: usize, block: Block) -> (&mut [T], &mut [T]) {
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
    pub(super) fn of<T>(self, data: &[T], width: usize) -> &[T] {
        &data[self.at * width..][..self.rows * width]
    }

    pub(super) fn of_mut<T>(self, data: &mut [T], width: usize) -> &mut [T] {
        &mut data[self.at * width..][..self.rows * width]
    }
}

/// `rows` cut into blocks, in order.
pub(super) fn blocks(rows: usize) -> impl Iterator<Item = Block> {
    (0..rows).step_by(BLOCK).map(move |at| Block { at, rows: BLOCK.min(rows - at) })
}
