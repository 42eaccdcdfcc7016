//! Kumaraswamy(a, b): `F(l) = 1 - (1 - l^a)^b`, phi = (ln a, ln b).

use super::logs::Logs;

/// `ln p(l)`, writing `d ln p / d phi`.
pub(super) fn log_density(phi: &[f64], at: Logs, score: &mut [f64]) -> f64 {
    // ln a + ln b + (a-1) ln l + (b-1) ln(1 - l^a)
    let (a, b) = (phi[0].exp(), phi[1].exp());
    let power = (a * at.l).exp();
    let rest = -(a * at.l).exp_m1();
    score[0] = 1.0 + a * at.l * (1.0 - (b - 1.0) * power / rest);
    score[1] = 1.0 + b * rest.ln();
    phi[0] + phi[1] + (a - 1.0) * at.l + (b - 1.0) * rest.ln()
}

/// `F(l)` and `1 - F(l)`, writing `dF / d phi`.
pub(super) fn tails(phi: &[f64], at: Logs, slope: &mut [f64]) -> [f64; 2] {
    let (a, b) = (phi[0].exp(), phi[1].exp());
    let power = (a * at.l).exp();
    let rest = -(a * at.l).exp_m1();
    // Each logarithm where it keeps its digits.
    let exponent = b * if power < 0.5 { (-power).ln_1p() } else { rest.ln() };
    let above = exponent.exp();
    slope[0] = b * above / rest * power * a * at.l;
    slope[1] = -above * exponent;
    [-exponent.exp_m1(), above]
}

/// The quantile of u, writing `dl / d phi`.
pub(super) fn quantile(phi: &[f64], u: f64, slope: &mut [f64]) -> f64 {
    // l = t^(1/a), t = 1 - (1-u)^(1/b).
    let (a, b) = (phi[0].exp(), phi[1].exp());
    let rest = (-u).ln_1p() / b;
    let t = -rest.exp_m1();
    let ln_l = t.ln() / a;
    let l = ln_l.exp();
    slope[0] = -l * ln_l;
    slope[1] = l / (a * t) * rest * rest.exp();
    l
}
