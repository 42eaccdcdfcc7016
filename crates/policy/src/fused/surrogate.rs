//! The surrogate `J(theta) = sum_r c_r exp(log pi_theta(a_r|s_r) - log b_r)`: value, gradient, Hessian-vector product.

use super::elementwise::GROUP;
use super::layout::{Block, blocks};
use super::number::Number;
use super::passes::Rates;
use super::prepared::{PreparedDistribution, PreparedSurrogate};
use super::reuse::KeptRates;
use super::sums::Sums;
use super::workspace::{Direction, Workspace};
use super::{Fused, Rows};

/// What a pass over the rows of a surrogate gives beside its sums: its forward pass has it anyway.
#[derive(Debug)]
pub enum SideOutput<'a, T> {
    /// Nothing.
    Nothing,
    /// Writes the means `[R,A]`.
    Means(&'a mut [T]),
    /// Adds up `sum_r KL(old_r || pi_theta(s_r))`.
    Divergence {
        /// The old means `[R,A]`.
        means: &'a [T],
        /// The old log-stds `[A]`, raw or in force: the spec's bound is applied to them.
        log_std: &'a [f64],
    },
}

/// Sums over rows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Totals {
    /// `J(theta)`.
    pub value: f64,
    /// The divergence of [`SideOutput::Divergence`]; 0 where it was not asked for.
    pub divergence: f64,
}

impl<T: Number> Fused<T> {
    /// `J(theta)`.
    pub fn surrogate(&self, ws: &mut Workspace<T>, theta: &[f64], rows: &Rows<'_, T>) -> f64 {
        self.surrogate_with(ws, theta, rows, SideOutput::Nothing).value
    }

    /// `J(theta)`, and what `side` asks for.
    pub fn surrogate_with(
        &self,
        ws: &mut Workspace<T>,
        theta: &[f64],
        rows: &Rows<'_, T>,
        mut side: SideOutput<'_, T>,
    ) -> Totals {
        self.load(ws, theta, rows);
        self.load_side(ws, rows, &side);
        let Workspace { block, ratios, log_std_old, .. } = ws;
        let mut totals = Totals::default();
        for from in blocks(rows.len()) {
            let to = from.at_head();
            totals.value = self.values(block, rows, from, to, ratios, totals.value);
            totals.divergence += self.take_side(&block.distribution, from, log_std_old, &mut side);
        }
        totals
    }

    /// Writes `dJ/dtheta [P]` and returns `J(theta)`.
    pub fn surrogate_gradient(
        &self,
        ws: &mut Workspace<T>,
        theta: &[f64],
        rows: &Rows<'_, T>,
        gradient: &mut [f64],
    ) -> f64 {
        self.surrogate_gradient_with(ws, theta, rows, SideOutput::Nothing, gradient).value
    }

    /// [`surrogate_gradient`](Self::surrogate_gradient), and what `side` asks for.
    pub fn surrogate_gradient_with(
        &self,
        ws: &mut Workspace<T>,
        theta: &[f64],
        rows: &Rows<'_, T>,
        mut side: SideOutput<'_, T>,
        gradient: &mut [f64],
    ) -> Totals {
        self.check_flat("gradient", gradient);
        self.load(ws, theta, rows);
        self.load_side(ws, rows, &side);
        let Workspace { block, ratios, sums, log_std_old, .. } = ws;
        sums.clear();
        let mut totals = Totals::default();
        for from in blocks(rows.len()) {
            let to = from.at_head();
            totals.value = self.values(block, rows, from, to, ratios, totals.value);
            totals.divergence += self.take_side(&block.distribution, from, log_std_old, &mut side);
            self.deltas(block, to, sums.log_std());
            self.add_gradient(block, from.of(rows.observations, self.spec.observation_size), to, sums);
        }
        sums.store(&self.passes.plan, &block.distribution.head.active, gradient);
        totals
    }

    /// Writes `(d2J/dtheta2) v [P]`, exact: the rate of the gradient along `v`.
    pub fn surrogate_hvp(&self, ws: &mut Workspace<T>, theta: &[f64], rows: &Rows<'_, T>, v: &[f64], out: &mut [f64]) {
        self.check_flat("v", v);
        self.check_flat("out", out);
        self.load(ws, theta, rows);
        let Workspace { block, direction, rates, sums, ratios, ignored, .. } = ws;
        sums.clear();
        ignored.fill(T::default());
        direction.load(&self.passes.plan, &block.distribution.head.active, v);
        for from in blocks(rows.len()) {
            let to = from.at_head();
            self.values(block, rows, from, to, ratios, 0.0);
            self.deltas(block, to, ignored);
            let observations = from.of(rows.observations, self.spec.observation_size);
            self.add_product(block, to, observations, direction, None, (rates, to), sums);
        }
        sums.store(&self.passes.plan, &block.distribution.head.active, out);
    }

    /// An empty [`PreparedSurrogate`], to be filled by [`prepare_surrogate`](Self::prepare_surrogate).
    #[must_use]
    pub fn prepared_surrogate(&self) -> PreparedSurrogate<T> {
        PreparedSurrogate::new(&self.passes.plan, self.spec.log_std_min)
    }

    /// Bytes of what [`prepare_surrogate`](Self::prepare_surrogate) keeps of `rows` rows.
    #[must_use]
    pub fn prepared_bytes(&self, rows: usize) -> usize {
        let plan = &self.passes.plan;
        let outputs: usize = plan.layers.iter().map(|layer| layer.stride).sum();
        rows * (self.spec.observation_size + 2 * outputs + plan.padded_actions() + 1) * size_of::<T>()
    }

    /// Keeps in `prepared` what the products at `theta` on `rows` share; writes `dJ/dtheta [P]` and returns `J(theta)`,
    /// with the bits of [`surrogate_gradient`](Self::surrogate_gradient) and at its price.
    ///
    /// Memory: [`prepared_bytes`](Self::prepared_bytes).
    pub fn prepare_surrogate(
        &self,
        ws: &mut Workspace<T>,
        theta: &[f64],
        rows: &Rows<'_, T>,
        prepared: &mut PreparedSurrogate<T>,
        gradient: &mut [f64],
    ) -> f64 {
        self.check_flat("theta", theta);
        self.check_flat("gradient", gradient);
        self.check_rows(rows);
        prepared.distribution.load(&self.passes.plan, theta);
        prepared.distribution.observations.clear();
        prepared.distribution.observations.extend_from_slice(rows.observations);
        prepared.distribution.rows = rows.len();
        prepared.reserve(&self.passes.plan, rows.len());
        let Workspace { ratios, sums, .. } = ws;
        sums.clear();
        let mut value = 0.0;
        for block in blocks(rows.len()) {
            value = self.values(prepared, rows, block, block, ratios, value);
            self.deltas(prepared, block, sums.log_std());
            self.add_gradient(prepared, block.of(rows.observations, self.spec.observation_size), block, sums);
        }
        sums.store(&self.passes.plan, &prepared.distribution.head.active, gradient);
        value
    }

    /// Writes `(d2J/dtheta2) v [P]` at the prepared point: [`surrogate_hvp`](Self::surrogate_hvp) without its first half,
    /// the same bits.
    pub fn prepared_hvp(&self, ws: &mut Workspace<T>, prepared: &PreparedSurrogate<T>, v: &[f64], out: &mut [f64]) {
        self.check_flat("v", v);
        self.check_flat("out", out);
        let Workspace { direction, rates, sums, .. } = ws;
        let at = &prepared.distribution;
        sums.clear();
        direction.load(&self.passes.plan, &at.head.active, v);
        for block in blocks(at.rows) {
            let observations = block.of(&at.observations, self.spec.observation_size);
            self.add_product(prepared, block, observations, direction, None, (rates, block.at_head()), sums);
        }
        sums.store(&self.passes.plan, &at.head.active, out);
    }

    fn load_side(&self, ws: &mut Workspace<T>, rows: &Rows<'_, T>, side: &SideOutput<'_, T>) {
        match side {
            SideOutput::Nothing => {}
            SideOutput::Means(means) => assert_eq!(means.len(), rows.actions.len(), "means is not [R,A]"),
            SideOutput::Divergence { means, log_std } => {
                assert_eq!(means.len(), rows.actions.len(), "means is not [R,A]");
                self.load_log_std_old(ws, log_std);
            }
        }
    }

    /// Serves `beside` from the values of the rows `from`, which are at the head of `at`; returns their divergence.
    fn take_side(
        &self,
        at: &PreparedDistribution<T>,
        from: Block,
        log_std_old: &[f64],
        side: &mut SideOutput<'_, T>,
    ) -> f64 {
        let (actions, (values, stride)) = (self.spec.action_size, self.last(&at.values, from.at_head()));
        match side {
            SideOutput::Nothing => 0.0,
            SideOutput::Means(means) => {
                let rows = from.of_mut(means, actions).chunks_exact_mut(actions);
                rows.zip(values.chunks_exact(stride)).for_each(|(mean, value)| mean.copy_from_slice(&value[..actions]));
                0.0
            }
            SideOutput::Divergence { means, .. } => {
                at.head.kl(self.passes.kernels.isa, (from.of(means, actions), log_std_old), (values, stride))
            }
        }
    }

    fn load(&self, ws: &mut Workspace<T>, theta: &[f64], rows: &Rows<'_, T>) {
        self.check_flat("theta", theta);
        self.check_rows(rows);
        ws.block.distribution.load(&self.passes.plan, theta);
    }

    /// Fills values, `z` and weights at `to` from the rows `from`; returns `value` plus the block's terms, added in order.
    fn values(
        &self,
        tape: &mut PreparedSurrogate<T>,
        rows: &Rows<'_, T>,
        from: Block,
        to: Block,
        ratios: &mut [T],
        mut value: f64,
    ) -> f64 {
        let (at, actions) = (&mut tape.distribution, self.spec.action_size);
        let observations = from.of(rows.observations, self.spec.observation_size);
        self.passes.forward(&at.net, observations, &mut at.values, to);
        let (means, stride) = self.last(&at.values, to);
        let z = to.of_mut(&mut tape.z, stride);
        let isa = self.passes.kernels.isa;
        at.head.log_probs(isa, (means, stride), from.of(rows.actions, actions), z, &mut ratios[..from.rows]);
        for (ratio, &behaviour) in ratios.iter_mut().zip(from.of(rows.log_probs, 1)) {
            *ratio = *ratio - behaviour;
        }
        // Whole groups: the numbers past the last row are leftovers, whose exponentials are not used.
        self.passes.kernels.exp(&mut ratios[..from.rows.next_multiple_of(GROUP)]);
        let weights = to.of_mut(&mut tape.weights, 1);
        for ((weight, &ratio), &coefficient) in weights.iter_mut().zip(&*ratios).zip(from.of(rows.coefficients, 1)) {
            *weight = coefficient * ratio;
            value += (*weight).into();
        }
        value
    }

    /// Fills the deltas at `to`; adds the log-stds' part of the gradient to `log_std`.
    fn deltas(&self, tape: &mut PreparedSurrogate<T>, to: Block, log_std: &mut [T]) {
        let (at, last) = (&tape.distribution, self.passes.plan.layers.len() - 1);
        let stride = self.passes.plan.layers[last].stride;
        let (z, weights) = (to.of(&tape.z, stride), to.of(&tape.weights, 1));
        let deltas = (tape.deltas.rows_mut(last, to), stride);
        at.head.deltas(self.passes.kernels.isa, z, weights, deltas, log_std);
        self.passes.backward(&at.net, &at.values, to, &mut tape.deltas, to);
    }

    /// Adds one block's part of the gradient.
    fn add_gradient(&self, tape: &PreparedSurrogate<T>, observations: &[T], to: Block, sums: &mut Sums<T>) {
        let at = &tape.distribution;
        self.passes.accumulate(observations, (&at.values, to), (&tape.deltas, to), sums);
        sums.end_block();
    }

    /// Adds one block's part of the Hessian-vector product, and of the Fisher product that `kept` asks for.
    pub(super) fn add_product(
        &self,
        tape: &PreparedSurrogate<T>,
        block: Block,
        observations: &[T],
        direction: &Direction<T>,
        kept: Option<(&KeptRates<T>, f64)>,
        (rates, to): (&mut Rates<T>, Block),
        sums: &mut Sums<T>,
    ) {
        let (at, nets) = (&tape.distribution, (&tape.distribution.net, &direction.net));
        self.passes.forward_rates(nets, observations, (&at.values, block), (rates, to));
        let last = self.passes.plan.layers.len() - 1;
        let (mean_rates, stride) = self.last(&rates.z, to);
        let row = (block.of(&tape.z, stride), block.of(&tape.weights, 1));
        let deltas = rates.deltas.rows_mut(last, to);
        let isa = self.passes.kernels.isa;
        at.head.delta_rates(isa, row, mean_rates, &direction.log_std, (&mut *deltas, stride), sums.log_std());
        if let Some((kept, weight)) = kept {
            // Deltas go down linearly, so those of both products go together.
            let actions = self.spec.action_size;
            let means = (block.of(&kept.means, actions), actions);
            at.head.add_fisher_deltas(means, &kept.log_std, weight, (deltas, stride), sums.log_std());
        }
        self.passes.backward_rates(nets, (&at.values, &tape.deltas, block), (rates, to));
        self.passes.accumulate(observations, (&at.values, block), (&rates.deltas, to), sums);
        self.passes.accumulate_rates((&rates.h, to), (&tape.deltas, block), sums);
        sums.end_block();
    }
}
