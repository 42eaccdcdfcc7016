//! Beta(a, b), phi = (ln a, ln b).

use super::logs::{Logs, invert};
use super::special::{digamma, ln_gamma};

pub(super) struct Beta {
    a: f64,
    b: f64,
    /// `ln B(a, b)`.
    ln_beta: f64,
    /// `d ln B / da` and `d ln B / db`.
    rates: [f64; 2],
}

impl Beta {
    pub(super) fn new(phi: &[f64]) -> Self {
        let (a, b) = (phi[0].exp(), phi[1].exp());
        let both = digamma(a + b);
        let ln_beta = ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b);
        Self { a, b, ln_beta, rates: [digamma(a) - both, digamma(b) - both] }
    }

    /// `ln p(l)`, writing `d ln p / d phi`.
    pub(super) fn log_density(&self, at: Logs, score: &mut [f64]) -> f64 {
        score[0] = self.a * (at.l - self.rates[0]);
        score[1] = self.b * (at.rest - self.rates[1]);
        (self.a - 1.0) * at.l + (self.b - 1.0) * at.rest - self.ln_beta
    }

    /// The quantile of u, writing `dl / d phi`.
    pub(super) fn quantile(&self, u: f64, slope: &mut [f64]) -> f64 {
        let log_density = |at| self.log_density(at, &mut [0.0; 2]);
        let at = Logs::of_logit(invert(u, |at| self.tails(at).0, log_density));
        let density = log_density(at).exp();
        let (_, rates) = self.tails(at);
        slope[0] = -self.a * rates[0] / density;
        slope[1] = -self.b * rates[1] / density;
        at.l.exp()
    }

    /// F and `1 - F`, with `dF/da` and `dF/db`; the tail on l's side of the mean is the accurate one.
    pub(super) fn tails(&self, at: Logs) -> ([f64; 2], [f64; 2]) {
        let Self { a, b, .. } = *self;
        if at.l.exp() <= (a + 1.0) / (a + b + 2.0) {
            let (below, rates) = self.lower(at, false);
            return ([below, 1.0 - below], rates);
        }
        let (above, rates) = self.lower(at.mirrored(), true);
        ([1.0 - above, above], [-rates[1], -rates[0]])
    }

    /// `I_x(a, b)` with its derivatives with respect to its two parameters; of `I_x(b, a)` where `exchanged`.
    ///
    /// `I_x(a,b) = x^a (1-x)^b / (a B(a,b)) · sum_n T_n` with `T_0 = 1`, `T_(n+1) = T_n x (a+b+n) / (a+1+n)` (DLMF 8.17.8
    /// and 15.8.1): every term is positive, and each is differentiated by its logarithm.
    fn lower(&self, at: Logs, exchanged: bool) -> (f64, [f64; 2]) {
        let (a, b, rates) =
            if exchanged { (self.b, self.a, [self.rates[1], self.rates[0]]) } else { (self.a, self.b, self.rates) };
        let x = at.l.exp();
        let (mut term, mut by_a, mut by_b) = (1.0, 0.0, 0.0);
        let mut sums = [1.0, 0.0, 0.0];
        for n in 0..20_000 {
            let (top, bottom) = (a + b + f64::from(n), a + 1.0 + f64::from(n));
            let ratio = x * top / bottom;
            term *= ratio;
            by_a += 1.0 / top - 1.0 / bottom;
            by_b += 1.0 / top;
            sums[0] += term;
            sums[1] += term * by_a;
            sums[2] += term * by_b;
            if ratio < 1.0 && term <= 1e-18 * (1.0 - ratio) * sums[0] {
                break;
            }
        }
        let scale = (a * at.l + b * at.rest - a.ln() - self.ln_beta).exp();
        let value = scale * sums[0];
        let da = value * (at.l - 1.0 / a - rates[0]) + scale * sums[1];
        let db = value * (at.rest - rates[1]) + scale * sums[2];
        (value, [da, db])
    }
}
