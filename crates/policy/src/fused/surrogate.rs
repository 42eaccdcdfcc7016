//! The surrogate `J(theta) = sum_r c_r exp(log pi_theta(a_r|s_r) - log b_r)`: value, gradient, Hessian-vector product.

use super::elementwise::LANES;
use super::layout::{Block, Gradient, blocks};
use super::passes::Rates;
use super::prepared::PreparedSurrogate;
use super::reuse::KeptRates;
use super::workspace::{Direction, Workspace};
use super::{Fused, Rows};

impl Fused {
    /// `J(theta)`.
    pub fn surrogate(&self, ws: &mut Workspace, theta: &[f64], rows: &Rows<'_>) -> f64 {
        self.load(ws, theta, rows);
        let Workspace { block, ratios, .. } = ws;
        blocks(rows.len()).fold(0.0, |value, from| self.values(block, rows, from, from.at_head(), ratios, value))
    }

    /// Writes `dJ/dtheta [P]` and returns `J(theta)`.
    pub fn surrogate_gradient(&self, ws: &mut Workspace, theta: &[f64], rows: &Rows<'_>, gradient: &mut [f64]) -> f64 {
        self.check_flat("gradient", gradient);
        self.load(ws, theta, rows);
        let Workspace { block, ratios, sums, .. } = ws;
        sums.clear();
        let mut value = 0.0;
        for from in blocks(rows.len()) {
            let to = from.at_head();
            value = self.values(block, rows, from, to, ratios, value);
            self.deltas(block, to);
            self.add_gradient(block, from.of(rows.observations, self.spec.observation_size), to, sums);
        }
        sums.store(&self.passes.plan, &block.distribution.head.active, gradient);
        value
    }

    /// Writes `(d2J/dtheta2) v [P]`, exact: the rate of the gradient along `v`.
    pub fn surrogate_hvp(&self, ws: &mut Workspace, theta: &[f64], rows: &Rows<'_>, v: &[f64], out: &mut [f64]) {
        self.check_flat("v", v);
        self.check_flat("out", out);
        self.load(ws, theta, rows);
        let Workspace { block, direction, rates, sums, ratios } = ws;
        sums.clear();
        direction.load(&self.passes.plan, &block.distribution.head.active, v);
        for from in blocks(rows.len()) {
            let to = from.at_head();
            self.values(block, rows, from, to, ratios, 0.0);
            self.deltas(block, to);
            self.add_product(
                block,
                from.of(rows.observations, self.spec.observation_size),
                to,
                direction,
                None,
                rates,
                sums,
            );
        }
        sums.store(&self.passes.plan, &block.distribution.head.active, out);
    }

    /// An empty [`PreparedSurrogate`], to be filled by [`prepare_surrogate`](Self::prepare_surrogate).
    #[must_use]
    pub fn prepared_surrogate(&self) -> PreparedSurrogate {
        PreparedSurrogate::new(&self.passes.plan, self.spec.log_std_min)
    }

    /// Keeps in `prepared` what the products at `theta` on `rows` share; writes `dJ/dtheta [P]` and returns `J(theta)`,
    /// with the bits of [`surrogate_gradient`](Self::surrogate_gradient) and at its price.
    ///
    /// Memory: `8 (S + 2 sum of layer outputs, each rounded up to 8, + A + 1)` bytes per row.
    pub fn prepare_surrogate(
        &self,
        ws: &mut Workspace,
        theta: &[f64],
        rows: &Rows<'_>,
        prepared: &mut PreparedSurrogate,
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
            self.deltas(prepared, block);
            self.add_gradient(prepared, block.of(rows.observations, self.spec.observation_size), block, sums);
        }
        sums.store(&self.passes.plan, &prepared.distribution.head.active, gradient);
        value
    }

    /// Writes `(d2J/dtheta2) v [P]` at the prepared point: [`surrogate_hvp`](Self::surrogate_hvp) without its first half,
    /// the same bits.
    pub fn prepared_hvp(&self, ws: &mut Workspace, prepared: &PreparedSurrogate, v: &[f64], out: &mut [f64]) {
        self.check_flat("v", v);
        self.check_flat("out", out);
        let Workspace { direction, rates, sums, .. } = ws;
        let at = &prepared.distribution;
        sums.clear();
        direction.load(&self.passes.plan, &at.head.active, v);
        for block in blocks(at.rows) {
            let observations = block.of(&at.observations, self.spec.observation_size);
            self.add_product(prepared, observations, block, direction, None, rates, sums);
        }
        sums.store(&self.passes.plan, &at.head.active, out);
    }

    fn load(&self, ws: &mut Workspace, theta: &[f64], rows: &Rows<'_>) {
        self.check_flat("theta", theta);
        self.check_rows(rows);
        ws.block.distribution.load(&self.passes.plan, theta);
    }

    /// Fills values, `z` and weights at `to` from the rows `from`; returns `value` plus the block's terms, added in order.
    fn values(
        &self,
        tape: &mut PreparedSurrogate,
        rows: &Rows<'_>,
        from: Block,
        to: Block,
        ratios: &mut [f64],
        mut value: f64,
    ) -> f64 {
        let (at, actions) = (&mut tape.distribution, self.spec.action_size);
        let observations = from.of(rows.observations, self.spec.observation_size);
        self.passes.forward(&at.net, observations, &mut at.values, to);
        let (means, stride) = self.last(&at.values, to);
        let z = to.of_mut(&mut tape.z, actions);
        at.head.log_probs(means, stride, from.of(rows.actions, actions), z, &mut ratios[..from.rows]);
        for (ratio, &behaviour) in ratios.iter_mut().zip(from.of(rows.log_probs, 1)) {
            *ratio -= behaviour;
        }
        // Whole groups: up to seven numbers past the last row are leftovers, whose exponentials are not used.
        self.passes.kernels.exp(&mut ratios[..from.rows.next_multiple_of(LANES)]);
        let weights = to.of_mut(&mut tape.weights, 1);
        for ((weight, &ratio), &coefficient) in weights.iter_mut().zip(&*ratios).zip(from.of(rows.coefficients, 1)) {
            *weight = coefficient * ratio;
            value += *weight;
        }
        value
    }

    /// Fills the deltas at `to`.
    fn deltas(&self, tape: &mut PreparedSurrogate, to: Block) {
        let (at, last) = (&tape.distribution, self.passes.plan.layers.len() - 1);
        let (z, weights) = (to.of(&tape.z, self.spec.action_size), to.of(&tape.weights, 1));
        let stride = self.passes.plan.layers[last].stride;
        at.head.deltas(z, weights, tape.deltas.rows_mut(last, to), stride);
        self.passes.backward(&at.net, &at.values, to, &mut tape.deltas, to);
    }

    /// Adds one block's part of the gradient.
    fn add_gradient(&self, tape: &PreparedSurrogate, observations: &[f64], to: Block, sums: &mut Gradient) {
        let at = &tape.distribution;
        self.passes.accumulate(observations, (&at.values, to), (&tape.deltas, to), sums);
        at.head.add_log_std(to.of(&tape.z, self.spec.action_size), to.of(&tape.weights, 1), &mut sums.log_std);
    }

    /// Adds one block's part of the Hessian-vector product, and of the Fisher product that `kept` asks for.
    pub(super) fn add_product(
        &self,
        tape: &PreparedSurrogate,
        observations: &[f64],
        block: Block,
        direction: &Direction,
        kept: Option<(&KeptRates, f64)>,
        rates: &mut Rates,
        sums: &mut Gradient,
    ) {
        let (at, head, nets) = (&tape.distribution, block.at_head(), (&tape.distribution.net, &direction.net));
        self.passes.forward_rates(nets, observations, &at.values, block, rates);
        let last = self.passes.plan.layers.len() - 1;
        let (mean_rates, stride) = self.last(&rates.z, head);
        let row = (block.of(&tape.z, self.spec.action_size), block.of(&tape.weights, 1));
        let deltas = rates.deltas.rows_mut(last, head);
        at.head.delta_rates(row, mean_rates, &direction.log_std, deltas, stride, &mut sums.log_std);
        if let Some((kept, weight)) = kept {
            // Deltas go down linearly, so those of both products go together.
            let means = block.of(&kept.means, self.spec.action_size);
            at.head.add_fisher_deltas((means, &kept.log_std), weight, (deltas, stride), &mut sums.log_std);
        }
        self.passes.backward_rates(nets, (&at.values, &tape.deltas), block, rates);
        self.passes.accumulate(observations, (&at.values, block), (&rates.deltas, head), sums);
        self.passes.accumulate_rates(rates, &tape.deltas, block, sums);
    }
}
