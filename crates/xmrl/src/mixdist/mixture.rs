//! A mixture of three Kumaraswamys, weights and shapes learned.
//!
//! Symmetrised, `(1 - l)² + 2 l (1 - l) + l² = 1` writes U(0,1) as the even mixture of Kumaraswamy(1, 3), (3, 1) and (2, 2):
//! the first two are `3/2 (l² + (1 - l)²)`, the last is `6 l (1 - l)`. That is where learning starts: components that are
//! different, so that their parameters can move apart.

use super::kumaraswamy;
use super::logs::{Logs, invert};

/// Components.
const COUNT: usize = 3;
/// Logits of all weights but the last.
const FREE: usize = COUNT - 1;
/// Length of phi.
pub(super) const PARAMETERS: usize = FREE + 2 * COUNT;
/// The box of phi.
pub(super) const BOUNDS: [(f64, f64); PARAMETERS] = {
    let mut bounds = [(-3.0, 3.0); PARAMETERS];
    (bounds[0], bounds[1]) = ((-4.0, 4.0), (-4.0, 4.0));
    bounds
};

/// phi of U(0,1).
pub(super) fn start() -> Vec<f64> {
    let shapes: [[f64; 2]; COUNT] = [[1.0, 3.0], [3.0, 1.0], [2.0, 2.0]];
    let mut phi = vec![0.0; FREE];
    phi.extend(shapes.into_iter().flatten().map(f64::ln));
    phi
}

pub(super) struct Mixture<'a> {
    phi: &'a [f64],
    weights: [f64; COUNT],
}

impl<'a> Mixture<'a> {
    pub(super) fn new(phi: &'a [f64]) -> Self {
        // The bounds keep the exponentials far from overflow.
        let raw: [f64; COUNT] = std::array::from_fn(|k| if k < FREE { phi[k].exp() } else { 1.0 });
        let total: f64 = raw.iter().sum();
        Self { phi, weights: raw.map(|weight| weight / total) }
    }

    fn shape(&self, k: usize) -> &[f64] {
        &self.phi[FREE + 2 * k..][..2]
    }

    /// `ln p(l)`, writing `d ln p / d phi`: with responsibilities r_k, r_k - w_k for a logit and r_k times the component's own.
    pub(super) fn log_density(&self, at: Logs, score: &mut [f64]) -> f64 {
        let terms: [f64; COUNT] = std::array::from_fn(|k| {
            self.weights[k].ln() + kumaraswamy::log_density(self.shape(k), at, &mut score[FREE + 2 * k..][..2])
        });
        let top = terms.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let value = top + terms.iter().map(|term| (term - top).exp()).sum::<f64>().ln();
        for k in 0..COUNT {
            let responsibility = (terms[k] - value).exp();
            score[FREE + 2 * k..][..2].iter_mut().for_each(|entry| *entry *= responsibility);
            if k < FREE {
                score[k] = responsibility - self.weights[k];
            }
        }
        value
    }

    /// F and `1 - F`, writing `dF / d phi`.
    fn tails(&self, at: Logs, slope: &mut [f64]) -> [f64; 2] {
        let parts: [[f64; 2]; COUNT] =
            std::array::from_fn(|k| kumaraswamy::tails(self.shape(k), at, &mut slope[FREE + 2 * k..][..2]));
        let sum = |side: usize| (0..COUNT).map(|k| self.weights[k] * parts[k][side]).sum::<f64>();
        let [below, above] = [sum(0), sum(1)];
        for k in 0..COUNT {
            slope[FREE + 2 * k..][..2].iter_mut().for_each(|entry| *entry *= self.weights[k]);
            if k < FREE {
                // w_k (F_k - F), from the smaller tail.
                slope[k] = self.weights[k] * if below <= above { parts[k][0] - below } else { above - parts[k][1] };
            }
        }
        [below, above]
    }

    /// The quantile of u, writing `dl / d phi`.
    pub(super) fn quantile(&self, u: f64, slope: &mut [f64]) -> f64 {
        let log_density = |at| self.log_density(at, &mut [0.0; PARAMETERS]);
        let at = Logs::of_logit(invert(u, |at| self.tails(at, &mut [0.0; PARAMETERS]), log_density));
        let density = log_density(at).exp();
        self.tails(at, slope);
        slope.iter_mut().for_each(|entry| *entry /= -density);
        at.l.exp()
    }
}
