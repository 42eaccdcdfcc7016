//! The action distribution, `KL(old || new)` and the Fisher product.

use super::Fused;
use super::layout::{Block, Stack, blocks};
use super::number::Number;
use super::passes::Rates;
use super::prepared::PreparedDistribution;
use super::sums::Sums;
use super::workspace::{Direction, Workspace};

impl<T: Number> Fused<T> {
    /// Writes the means `[R,A]` of `observations [R,S]`. The log-std is [`PolicySpec::effective_log_std`](crate::PolicySpec).
    pub fn distribution(&self, ws: &mut Workspace<T>, theta: &[f64], observations: &[T], means: &mut [T]) {
        self.check_flat("theta", theta);
        let (rows, actions) = (self.rows_of(observations), self.spec.action_size);
        assert_eq!(means.len(), rows * actions, "means is not [R,A]");
        let at = &mut ws.block.distribution;
        at.load(&self.passes.plan, theta);
        for block in blocks(rows) {
            self.values_of(at, block.of(observations, self.spec.observation_size), block.at_head());
            let (values, stride) = self.last(&at.values, block.at_head());
            let means = block.of_mut(means, actions).chunks_exact_mut(actions);
            for (mean, value) in means.zip(values.chunks_exact(stride)) {
                mean.copy_from_slice(&value[..actions]);
            }
        }
    }

    /// Writes `log pi_theta(a_r|s_r) [R]` for `observations [R,S]` and `actions [R,A]`.
    pub fn log_probs(
        &self,
        ws: &mut Workspace<T>,
        theta: &[f64],
        observations: &[T],
        actions: &[T],
        log_probs: &mut [T],
    ) {
        self.check_flat("theta", theta);
        let (rows, size) = (self.rows_of(observations), self.spec.action_size);
        assert!(actions.len() == rows * size && log_probs.len() == rows, "actions is not [R,A] or log_probs not [R]");
        let Workspace { block: tape, .. } = ws;
        tape.distribution.load(&self.passes.plan, theta);
        for block in blocks(rows) {
            let head = block.at_head();
            self.values_of(&mut tape.distribution, block.of(observations, self.spec.observation_size), head);
            let (means, stride) = self.last(&tape.distribution.values, head);
            let (z, out) = (head.of_mut(&mut tape.z, stride), block.of_mut(log_probs, 1));
            let isa = self.passes.kernels.isa;
            tape.distribution.head.log_probs(isa, (means, stride), block.of(actions, size), z, out);
        }
    }

    /// `weight sum_r KL(old_r || pi_theta(s_r))`, each summed over action dimensions.
    ///
    /// `mean_old [R,A]`; `log_std_old [A]` may be raw or effective, the spec's bound is applied to it.
    pub fn kl(
        &self,
        ws: &mut Workspace<T>,
        theta: &[f64],
        observations: &[T],
        mean_old: &[T],
        log_std_old: &[f64],
        weight: f64,
    ) -> f64 {
        let rows = self.load_old(ws, theta, observations, mean_old, log_std_old);
        let Workspace { block: tape, log_std_old, .. } = ws;
        let at = &mut tape.distribution;
        let mut sum = 0.0;
        for block in blocks(rows) {
            self.values_of(at, block.of(observations, self.spec.observation_size), block.at_head());
            let (means, stride) = self.last(&at.values, block.at_head());
            let old = (block.of(mean_old, self.spec.action_size), log_std_old.as_slice());
            sum += at.head.kl(self.passes.kernels.isa, old, (means, stride));
        }
        weight * sum
    }

    /// Writes `weight sum_r J_r^T F_r J_r v [P]`: `J_r` the Jacobian of `(mean, log_std)`, `F_r = diag(1/std^2, 2)`.
    /// It is the Hessian of [`kl`](Self::kl) where old and new are equal.
    pub fn fisher_product(
        &self,
        ws: &mut Workspace<T>,
        theta: &[f64],
        observations: &[T],
        weight: f64,
        v: &[f64],
        out: &mut [f64],
    ) {
        self.check_flat("theta", theta);
        self.check_flat("v", v);
        self.check_flat("out", out);
        let rows = self.rows_of(observations);
        let Workspace { block: tape, direction, rates, sums, .. } = ws;
        let at = &mut tape.distribution;
        at.load(&self.passes.plan, theta);
        sums.clear();
        direction.load(&self.passes.plan, &at.head.active, v);
        for block in blocks(rows) {
            let (observations, head) = (block.of(observations, self.spec.observation_size), block.at_head());
            self.values_of(at, observations, head);
            self.add_fisher(at, observations, head, weight, direction, rates, sums);
        }
        sums.store(&self.passes.plan, &at.head.active, out);
    }

    /// An empty [`PreparedDistribution`], to be filled by [`prepare_distribution`](Self::prepare_distribution).
    #[must_use]
    pub fn prepared_distribution(&self) -> PreparedDistribution<T> {
        PreparedDistribution::new(&self.passes.plan, self.spec.log_std_min)
    }

    /// Keeps in `prepared` what Fisher products at `theta` on `observations [R,S]` share.
    pub fn prepare_distribution(&self, theta: &[f64], observations: &[T], prepared: &mut PreparedDistribution<T>) {
        self.check_flat("theta", theta);
        prepared.rows = self.rows_of(observations);
        prepared.load(&self.passes.plan, theta);
        prepared.observations.clear();
        prepared.observations.extend_from_slice(observations);
        prepared.values.reserve(&self.passes.plan, prepared.rows);
        for block in blocks(prepared.rows) {
            self.values_of(prepared, block.of(observations, self.spec.observation_size), block);
        }
    }

    /// [`fisher_product`](Self::fisher_product) at the prepared point without its forward pass, the same bits.
    pub fn prepared_fisher_product(
        &self,
        ws: &mut Workspace<T>,
        prepared: &PreparedDistribution<T>,
        weight: f64,
        v: &[f64],
        out: &mut [f64],
    ) {
        self.check_flat("v", v);
        self.check_flat("out", out);
        let Workspace { direction, rates, sums, .. } = ws;
        sums.clear();
        direction.load(&self.passes.plan, &prepared.head.active, v);
        for block in blocks(prepared.rows) {
            let observations = block.of(&prepared.observations, self.spec.observation_size);
            self.add_fisher(prepared, observations, block, weight, direction, rates, sums);
        }
        sums.store(&self.passes.plan, &prepared.head.active, out);
    }

    /// The last layer's rows in `block` and their stride.
    pub(super) fn last<'a>(&self, stack: &'a Stack<T>, block: Block) -> (&'a [T], usize) {
        let last = self.passes.plan.layers.len() - 1;
        (stack.rows(last, block), self.passes.plan.layers[last].stride)
    }

    fn values_of(&self, at: &mut PreparedDistribution<T>, observations: &[T], block: Block) {
        self.passes.forward(&at.net, observations, &mut at.values, block);
    }

    /// Loads `theta` and, into the direction's log-stds, the effective old ones; returns R.
    fn load_old(
        &self,
        ws: &mut Workspace<T>,
        theta: &[f64],
        observations: &[T],
        mean_old: &[T],
        log_std_old: &[f64],
    ) -> usize {
        self.check_flat("theta", theta);
        let (rows, actions) = (self.rows_of(observations), self.spec.action_size);
        assert_eq!(mean_old.len(), rows * actions, "mean_old is not [R,A]");
        ws.block.distribution.load(&self.passes.plan, theta);
        self.load_log_std_old(ws, log_std_old);
        rows
    }

    /// Takes the log-stds `[A]` that divergences are from, the bound applied.
    pub(super) fn load_log_std_old(&self, ws: &mut Workspace<T>, log_std: &[f64]) {
        assert_eq!(log_std.len(), self.spec.action_size, "log_std is not [A]");
        for (bounded, &raw) in ws.log_std_old.iter_mut().zip(log_std) {
            *bounded = raw.max(self.spec.log_std_min);
        }
    }

    /// Adds one block's part of the Fisher product; the values of `at` are in `block`.
    fn add_fisher(
        &self,
        at: &PreparedDistribution<T>,
        observations: &[T],
        block: Block,
        weight: f64,
        direction: &Direction<T>,
        rates: &mut Rates<T>,
        sums: &mut Sums<T>,
    ) {
        let head = block.at_head();
        self.passes.forward_rates((&at.net, &direction.net), observations, (&at.values, block), (&mut *rates, head));
        let (mean_rates, stride) = self.last(&rates.z, head);
        let deltas = (rates.deltas.rows_mut(self.passes.plan.layers.len() - 1, head), stride);
        deltas.0.fill(T::default());
        at.head.add_fisher_deltas((mean_rates, stride), &direction.log_std, weight, deltas, sums.log_std());
        self.passes.backward(&at.net, &at.values, block, &mut rates.deltas, head);
        self.passes.accumulate(observations, (&at.values, block), (&rates.deltas, head), sums);
        sums.end_block();
    }
}
