//! The logarithm of the gamma function and its derivative, for positive arguments.

use std::f64::consts::PI;

/// Arguments below this are shifted up by the recurrence before the asymptotic series is summed; its first term left out is
/// then below 1e-18.
const FAR: f64 = 15.0;

/// `ln Gamma(x)`, `x > 0`: Stirling's series after `Gamma(x) = Gamma(x + n) / (x (x+1) .. (x+n-1))`.
pub(super) fn ln_gamma(x: f64) -> f64 {
    let (mut at, mut product) = (x, 1.0);
    while at < FAR {
        product *= at;
        at += 1.0;
    }
    let inverse = 1.0 / (at * at);
    // B_2k / (2k (2k-1)), k = 1 to 6.
    let series = [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0];
    let tail = series.iter().rev().fold(0.0, |sum, term| sum * inverse + term) / at;
    (at - 0.5) * at.ln() - at + 0.5 * (2.0 * PI).ln() + tail - product.ln()
}

/// `psi(x) = d ln Gamma / dx`, `x > 0`.
pub(super) fn digamma(x: f64) -> f64 {
    let (mut at, mut sum) = (x, 0.0);
    while at < FAR {
        sum += 1.0 / at;
        at += 1.0;
    }
    let inverse = 1.0 / (at * at);
    // B_2k / 2k, k = 1 to 6.
    let series = [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32_760.0];
    let tail = series.iter().rev().fold(0.0, |sum, term| (sum + term) * inverse);
    at.ln() - 0.5 / at - tail - sum
}

#[cfg(test)]
mod tests {
    use super::*;

    const EULER: f64 = 0.577_215_664_901_532_9;

    #[test]
    fn known_values() {
        // Factorials, Gamma(1/2)² = pi, and the tabulated Gamma(1/3), Gamma(1/4).
        let mut factorial: f64 = 1.0;
        for n in 1..=30 {
            assert!((ln_gamma(f64::from(n)) - factorial.ln()).abs() < 4e-14 * (1.0 + factorial.ln()), "{n}");
            factorial *= f64::from(n);
        }
        for (x, gamma) in [
            (0.5, PI.sqrt()),
            (1.0 / 3.0, 2.678_938_534_707_747_6),
            (0.25, 3.625_609_908_221_908),
            (1e-3, 999.423_772_484_595_5),
        ] {
            assert!((ln_gamma(x) - f64::ln(gamma)).abs() < 2e-14, "ln Gamma({x}) = {}", ln_gamma(x));
        }
        let ln_2 = 2.0_f64.ln();
        for (x, psi) in [
            (1.0, -EULER),
            (0.5, -EULER - 2.0 * ln_2),
            (0.25, -EULER - PI / 2.0 - 3.0 * ln_2),
            (2.0, 1.0 - EULER),
            (20.0, (1..20).map(|k| 1.0 / f64::from(k)).sum::<f64>() - EULER),
        ] {
            assert!((digamma(x) - psi).abs() < 4e-15 * (1.0 + f64::abs(psi)), "psi({x}) = {}", digamma(x));
        }
    }

    #[test]
    fn one_is_the_derivative_of_the_other() {
        for x in [0.07, 0.6, 2.3, 14.99, 15.01, 37.0] {
            let slope = xmrl_oracle::difference::derivative(|h| ln_gamma(x + h), 1e-3 * x);
            assert!((digamma(x) - slope).abs() < 1e-9 * (1.0 + slope.abs()), "at {x}");
        }
    }
}
