//! Points of (0,1) by their logarithms, so that nothing is lost near either end, and the inversion of distribution functions.

/// Half-width of the interval of logits in which a quantile is looked for: `1 / (1 + e²⁸)` is below the edge draws are kept from.
const WIDEST: f64 = 28.0;

/// `ln l` and `ln(1 - l)` of a point l.
#[derive(Debug, Clone, Copy)]
pub(super) struct Logs {
    pub(super) l: f64,
    pub(super) rest: f64,
}

impl Logs {
    pub(super) fn at(l: f64) -> Self {
        Self { l: l.ln(), rest: (-l).ln_1p() }
    }

    pub(super) fn of_logit(x: f64) -> Self {
        Self { l: -(-x).exp().ln_1p(), rest: -x.exp().ln_1p() }
    }

    /// Those of `1 - l`.
    pub(super) fn mirrored(self) -> Self {
        Self { l: self.rest, rest: self.l }
    }
}

/// The logit x at which `tails(x)`, the distribution function F and `1 - F`, has `F = u`.
///
/// Newton's method on the logarithm of the smaller tail, which is nearly linear in the logit far out, inside a bracket that
/// every value narrows; a step that leaves the bracket is a bisection instead. The ends of the bracket where u lies beyond.
pub(super) fn invert(u: f64, tails: impl Fn(Logs) -> [f64; 2], log_density: impl Fn(Logs) -> f64) -> f64 {
    let (mut low, mut high) = (-WIDEST, WIDEST);
    let mut x = (u / (1.0 - u)).ln().clamp(low, high);
    for _ in 0..200 {
        let at = Logs::of_logit(x);
        let [below, above] = tails(at);
        // d F / d logit.
        let slope = (log_density(at) + at.l + at.rest).exp();
        let (error, rate) =
            if u <= 0.5 { ((below / u).ln(), slope / below) } else { (-(above / (1.0 - u)).ln(), slope / above) };
        if error >= 0.0 {
            high = x;
        } else {
            low = x;
        }
        let newton = x - error / rate;
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        let step = next - x;
        x = next;
        if step.abs() <= 1e-15 * (1.0 + x.abs()) || high - low <= 1e-15 * (1.0 + x.abs()) {
            break;
        }
    }
    x
}
