//! More from one forward pass: values and divergences at a prepared point, and two products that share their passes.

use super::layout::blocks;
use super::number::Number;
use super::prepared::{PreparedDistribution, PreparedSurrogate};
use super::workspace::Workspace;
use super::{Fused, Rows};

/// The rates of the means along one direction, kept by [`Fused::prepared_hvp_keeping`]; made with `default()`.
#[derive(Debug, Clone, Default)]
pub struct KeptRates<T = f64> {
    /// `[R,A]`.
    pub(super) means: Vec<T>,
    /// Rates of the log-stds in force, `[A]`, padded.
    pub(super) log_std: Vec<T>,
}

impl<T: Number> Fused<T> {
    /// [`surrogate`](Fused::surrogate) of `rows` at a point prepared on their observations, without its forward pass; the
    /// same bits.
    pub fn prepared_surrogate_value(
        &self,
        ws: &mut Workspace<T>,
        at: &PreparedDistribution<T>,
        rows: &Rows<'_, T>,
    ) -> f64 {
        self.check_rows(rows);
        assert_eq!(rows.len(), at.rows, "rows are not those of the prepared point");
        let actions = self.spec.action_size;
        let mut value = 0.0;
        for block in blocks(at.rows) {
            let (means, stride) = self.last(&at.values, block);
            let (z, isa) = (block.at_head().of_mut(&mut ws.block.z, stride), self.passes.kernels.isa);
            let ratios = &mut ws.ratios[..block.rows];
            at.head.log_probs(isa, (means, stride), block.of(rows.actions, actions), z, ratios);
            for (ratio, &behaviour) in ratios.iter_mut().zip(block.of(rows.log_probs, 1)) {
                *ratio = *ratio - behaviour;
            }
            self.passes.kernels.exp(&mut ws.ratios);
            for (&ratio, &coefficient) in ws.ratios.iter().zip(block.of(rows.coefficients, 1)) {
                value += (coefficient * ratio).into();
            }
        }
        value
    }

    /// [`kl`](Fused::kl) at a prepared point, without its forward pass; the same bits.
    pub fn prepared_kl(
        &self,
        ws: &mut Workspace<T>,
        at: &PreparedDistribution<T>,
        mean_old: &[T],
        log_std_old: &[f64],
        weight: f64,
    ) -> f64 {
        let actions = self.spec.action_size;
        assert_eq!(mean_old.len(), at.rows * actions, "mean_old is not [R,A]");
        assert_eq!(log_std_old.len(), actions, "log_std_old is not [A]");
        let bounded = &mut ws.log_std_old;
        for (bounded, &raw) in bounded.iter_mut().zip(log_std_old) {
            *bounded = raw.max(self.spec.log_std_min);
        }
        let mut sum = 0.0;
        for block in blocks(at.rows) {
            let (means, stride) = self.last(&at.values, block);
            sum += at.head.kl(self.passes.kernels.isa, (block.of(mean_old, actions), bounded), (means, stride));
        }
        weight * sum
    }

    /// [`prepared_hvp`](Fused::prepared_hvp) along `v`, which also keeps the rates of the means in `kept`; the same bits.
    pub fn prepared_hvp_keeping(
        &self,
        ws: &mut Workspace<T>,
        prepared: &PreparedSurrogate<T>,
        v: &[f64],
        out: &mut [f64],
        kept: &mut KeptRates<T>,
    ) {
        self.check_flat("v", v);
        self.check_flat("out", out);
        let Workspace { direction, rates, sums, .. } = ws;
        let at = &prepared.distribution;
        sums.clear();
        direction.load(&self.passes.plan, &at.head.active, v);
        kept.log_std.clone_from(&direction.log_std);
        kept.means.clear();
        for block in blocks(at.rows) {
            let observations = block.of(&at.observations, self.spec.observation_size);
            self.add_product(prepared, block, observations, direction, None, (rates, block.at_head()), sums);
            let (means, stride) = self.last(&rates.z, block.at_head());
            kept.means.extend(means.chunks_exact(stride).flat_map(|row| &row[..self.spec.action_size]));
        }
        sums.store(&self.passes.plan, &at.head.active, out);
    }

    /// Writes `(d2J/dtheta2) v + weight sum_r J_r^T F_r J_r u [P]` at the prepared point, `kept` from
    /// [`prepared_hvp_keeping`](Fused::prepared_hvp_keeping) along `u` there: both products in the passes of the first.
    pub fn prepared_hvp_and_fisher(
        &self,
        ws: &mut Workspace<T>,
        prepared: &PreparedSurrogate<T>,
        v: &[f64],
        (kept, weight): (&KeptRates<T>, f64),
        out: &mut [f64],
    ) {
        self.check_flat("v", v);
        self.check_flat("out", out);
        let Workspace { direction, rates, sums, .. } = ws;
        let at = &prepared.distribution;
        assert_eq!(kept.means.len(), at.rows * self.spec.action_size, "kept rates are not of this point");
        sums.clear();
        direction.load(&self.passes.plan, &at.head.active, v);
        for block in blocks(at.rows) {
            let observations = block.of(&at.observations, self.spec.observation_size);
            let kept = Some((kept, weight));
            self.add_product(prepared, block, observations, direction, kept, (rates, block.at_head()), sums);
        }
        sums.store(&self.passes.plan, &at.head.active, out);
    }
}
