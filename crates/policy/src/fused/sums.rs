//! The sums over rows of a derivative.

use super::layout::Plan;
use super::number::Number;

/// Blocks summed in `T` before the sum goes on in `f64`: few enough that single precision loses nothing that its terms
/// had, many enough that the conversion costs nothing.
const BLOCKS: usize = 8;

/// One padded copy of a flat vector.
#[derive(Debug, Clone)]
struct Layers<T> {
    /// `[inputs, stride]` per layer.
    weights: Vec<Vec<T>>,
    /// `[stride]` per layer.
    biases: Vec<Vec<T>>,
    /// `[A]`, padded.
    log_std: Vec<T>,
}

impl<T: Number> Layers<T> {
    fn new(plan: &Plan) -> Self {
        let zeros = |len: usize| vec![T::default(); len];
        Self {
            weights: plan.layers.iter().map(|layer| zeros(layer.inputs * layer.stride)).collect(),
            biases: plan.layers.iter().map(|layer| zeros(layer.stride)).collect(),
            log_std: zeros(plan.padded_actions()),
        }
    }

    fn slices(&mut self) -> impl Iterator<Item = &mut [T]> {
        let Self { weights, biases, log_std } = self;
        weights.iter_mut().chain(biases).chain([log_std]).map(Vec::as_mut_slice)
    }
}

/// Sums of the blocks since the last carry in `T`, of all before in `f64`.
#[derive(Debug, Clone)]
pub(super) struct Sums<T> {
    part: Layers<T>,
    /// Of no meaning until the first carry.
    total: Layers<f64>,
    pending: usize,
    carried: bool,
}

impl<T: Number> Sums<T> {
    pub(super) fn new(plan: &Plan) -> Self {
        Self { part: Layers::new(plan), total: Layers::new(plan), pending: 0, carried: false }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.part.slices().for_each(|sums| sums.fill(T::default()));
        (self.pending, self.carried) = (0, false);
    }

    /// `[inputs, stride]` of one layer and its bias `[stride]`, to add to.
    pub(super) fn layer(&mut self, index: usize) -> (&mut [T], &mut [T]) {
        (&mut self.part.weights[index], &mut self.part.biases[index])
    }

    /// `[A]` padded, to add to.
    pub(super) fn log_std(&mut self) -> &mut [T] {
        &mut self.part.log_std
    }

    /// To be called after each block.
    pub(super) fn end_block(&mut self) {
        self.pending += 1;
        if self.pending == BLOCKS {
            self.carry();
        }
    }

    fn carry(&mut self) {
        for (total, part) in self.total.slices().zip(self.part.slices()) {
            for (total, part) in total.iter_mut().zip(part) {
                let before = if self.carried { *total } else { 0.0 };
                *total = before + (*part).into();
                *part = T::default();
            }
        }
        (self.pending, self.carried) = (0, true);
    }

    /// Writes the flat vector `[P]`; `active` is 0 for a log-std below its bound.
    pub(super) fn store(&mut self, plan: &Plan, active: &[T], out: &mut [f64]) {
        if self.carried {
            self.carry();
            self.total.store(plan, active, out);
        } else {
            self.part.store(plan, active, out);
        }
    }
}

impl<S: Number> Layers<S> {
    fn store<T: Number>(&self, plan: &Plan, active: &[T], out: &mut [f64]) {
        let copy = |to: &mut [f64], from: &[S]| to.iter_mut().zip(from).for_each(|(to, &from)| *to = from.into());
        for (index, layer) in plan.layers.iter().enumerate() {
            let rows = out[layer.weight..].chunks_exact_mut(layer.outputs).take(layer.inputs);
            rows.zip(self.weights[index].chunks_exact(layer.stride)).for_each(|(row, sums)| copy(row, sums));
            copy(&mut out[layer.bias..][..layer.outputs], &self.biases[index]);
        }
        for ((out, &sum), &active) in out[plan.log_std..].iter_mut().zip(&self.log_std).zip(active) {
            *out = if active == T::default() { 0.0 } else { sum.into() };
        }
    }
}
