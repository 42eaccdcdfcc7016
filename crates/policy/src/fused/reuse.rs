//! Curvature products in two passes for three: a Hessian-vector product keeps the rates of the means that a Fisher product
//! along the same direction needs, and the next Hessian-vector product adds that one on its way back.

use super::Fused;
use super::layout::blocks;
use super::number::Number;
use super::prepared::PreparedSurrogate;
use super::workspace::Workspace;

/// The rates of the means along one direction, kept by [`Fused::prepared_hvp_keeping`]; made with `default()`.
#[derive(Debug, Clone, Default)]
pub struct KeptRates<T = f64> {
    /// `[R,A]`.
    pub(super) means: Vec<T>,
    /// Rates of the log-stds in force, `[A]`, padded.
    pub(super) log_std: Vec<T>,
}

impl<T: Number> Fused<T> {
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
