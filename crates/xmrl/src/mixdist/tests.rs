use super::*;

/// Laws that are skewed, flat, bimodal and nearly degenerate, away from every symmetric point.
fn laws() -> Vec<MixDistribution> {
    use MixFamily::{Beta, Kumaraswamy, LogitNormal, Mixture, Uniform};
    let mut laws: Vec<_> = MixFamily::ALL.into_iter().map(MixDistribution::start).collect();
    let cases: [(MixFamily, &[f64]); 12] = [
        (Kumaraswamy, &[0.7, 0.2]),
        (Kumaraswamy, &[-0.3, 0.9]),
        (Kumaraswamy, &[1.2, 1.6]),
        (LogitNormal, &[0.0, -0.4]),
        (LogitNormal, &[1.3, -0.2]),
        (LogitNormal, &[-2.0, -1.0]),
        (Beta, &[0.7, 0.2]),
        (Beta, &[-0.6, 0.9]),
        (Beta, &[2.2, 1.1]),
        (Beta, &[-0.5, -0.5]),
        (Mixture, &[0.4, -0.8, 0.3, 0.9, 1.1, -0.2, 0.5, 1.4]),
        (Mixture, &[-1.5, 0.5, -0.4, 0.2, 1.9, 1.7, 0.0, -0.3]),
    ];
    laws.extend(cases.map(|(family, phi)| MixDistribution::new(family, phi).unwrap()));
    assert!(laws.iter().any(|law| law.family() == Uniform));
    laws
}

/// Integral of `f` over (0,1) by the tanh-sinh rule, which is indifferent to endpoint singularities.
fn integrate(f: impl Fn(f64) -> f64) -> f64 {
    let h = 1.0 / 128.0;
    let term = |k: i32| {
        let x = f64::from(k) * h;
        let s = 0.5 * PI * x.sinh();
        // l = 1 / (1 + e^(-2s)), and the weight dl/dx.
        let l = 1.0 / (1.0 + (-2.0 * s).exp());
        let weight = PI * x.cosh() * l / (1.0 + (2.0 * s).exp());
        if l > 0.0 && l < 1.0 && weight > 0.0 { weight * f(l) } else { 0.0 }
    };
    h * (-600..=600).map(term).sum::<f64>()
}

/// Distribution function of the base law, written down independently of the quantile.
fn base_cdf(law: &MixDistribution, l: f64) -> f64 {
    match law.family() {
        MixFamily::Uniform => l,
        MixFamily::Kumaraswamy => 1.0 - (1.0 - l.powf(law.phi()[0].exp())).powf(law.phi()[1].exp()),
        MixFamily::LogitNormal => {
            let z = ((l / (1.0 - l)).ln() - law.phi()[0]) / law.phi()[1].exp();
            if z > 0.0 { 1.0 - normal::upper_tail(z) } else { normal::upper_tail(-z) }
        }
        MixFamily::Beta => {
            // The integral of the density itself, over its own integral: no gamma function, no series.
            let (a, b) = (law.phi()[0].exp(), law.phi()[1].exp());
            let below =
                |l: f64, a: f64, b: f64| integrate(|t| l.powf(a) * t.powf(a - 1.0) * (1.0 - l * t).powf(b - 1.0));
            let (lower, upper) = (below(l, a, b), below(1.0 - l, b, a));
            lower / (lower + upper)
        }
        MixFamily::Mixture => {
            let phi = law.phi();
            let raw = [phi[0].exp(), phi[1].exp(), 1.0];
            let part = |k: usize| 1.0 - (1.0 - l.powf(phi[2 + 2 * k].exp())).powf(phi[3 + 2 * k].exp());
            (0..3).map(|k| raw[k] * part(k)).sum::<f64>() / raw.iter().sum::<f64>()
        }
    }
}

fn shifted(law: &MixDistribution, index: usize, by: f64) -> MixDistribution {
    let mut phi = law.phi().to_vec();
    phi[index] += by;
    MixDistribution::new(law.family(), &phi).unwrap()
}

#[test]
fn densities_integrate_to_one_and_scores_to_zero() {
    for law in laws() {
        let mass = integrate(|l| law.density(l));
        assert!((mass - 1.0).abs() < 1e-7, "{law:?}: {mass}");
        for index in 0..law.phi().len() {
            let mean = integrate(|l| {
                let mut score = vec![0.0; law.phi().len()];
                law.log_density_with_gradient(l, &mut score).exp() * score[index]
            });
            assert!(mean.abs() < 1e-6, "{law:?}: mean score {mean}");
        }
    }
}

#[test]
fn the_density_is_the_derivative_of_the_symmetrised_distribution_function() {
    for law in laws() {
        let cdf = |l: f64| 0.5 * (base_cdf(&law, l) + 1.0 - base_cdf(&law, 1.0 - l));
        for l in [0.07, 0.3, 0.5, 0.62, 0.9] {
            let h = 1e-5;
            let slope = (cdf(l + h) - cdf(l - h)) / (2.0 * h);
            assert!((law.density(l) - slope).abs() < 1e-7 * (1.0 + slope), "{law:?} at {l}");
        }
    }
}

#[test]
fn the_quantile_inverts_the_distribution_function() {
    for law in laws() {
        for u in [1e-4, 0.02, 0.3, 0.5, 0.77, 0.999] {
            let l = law.sample(u, 0.1);
            assert!((base_cdf(&law, l) - u).abs() < 1e-11, "{law:?}: F(Q({u})) = {}", base_cdf(&law, l));
            let flipped = if law.family() == MixFamily::Uniform { l } else { 1.0 - l };
            assert_eq!(law.sample(u, 0.9), flipped);
        }
    }
}

#[test]
fn draws_stay_inside_and_finite_at_the_corners_of_the_box() {
    for family in MixFamily::ALL {
        for corner in 0..1 << family.parameters() {
            let pick = |(index, bounds): (usize, &(f64, f64))| {
                if corner >> index & 1 == 0 { bounds.0 } else { bounds.1 }
            };
            let phi: Vec<f64> = family.bounds().iter().enumerate().map(pick).collect();
            let law = MixDistribution::new(family, &phi).unwrap();
            for u in [0.0, 1e-300, 1e-9, 0.5, 1.0 - 1e-16] {
                for flip in [0.0, 0.5] {
                    let (mut slope, mut score) = ([0.0; MOST], [0.0; MOST]);
                    let count = phi.len();
                    let lambda = law.sample_with_gradient(u, flip, &mut slope[..count]);
                    assert!((EDGE..=1.0 - EDGE).contains(&lambda), "{law:?} at {u}: {lambda}");
                    assert!(
                        law.log_density_with_gradient(lambda, &mut score[..count]).is_finite(),
                        "{law:?} at {lambda}"
                    );
                    assert!(slope.iter().chain(&score).all(|x: &f64| x.is_finite()), "{law:?}: {slope:?} {score:?}");
                }
            }
        }
    }
}

#[test]
fn derivatives_match_central_differences() {
    let h = 1e-5;
    for law in laws() {
        for index in 0..law.phi().len() {
            let (up, down) = (shifted(&law, index, h), shifted(&law, index, -h));
            for u in [0.03, 0.3, 0.5, 0.8, 0.98] {
                let mut score = vec![0.0; law.phi().len()];
                law.log_density_with_gradient(u, &mut score);
                let numeric = (up.log_density(u) - down.log_density(u)) / (2.0 * h);
                assert!((score[index] - numeric).abs() < 1e-8 * (1.0 + numeric.abs()), "{law:?} score at {u}");
                for flip in [0.2, 0.7] {
                    let mut slope = vec![0.0; law.phi().len()];
                    law.sample_with_gradient(u, flip, &mut slope);
                    let numeric = (up.sample(u, flip) - down.sample(u, flip)) / (2.0 * h);
                    assert!((slope[index] - numeric).abs() < 1e-8, "{law:?} quantile at {u}: {slope:?} {numeric}");
                }
            }
        }
    }
}

#[test]
fn exchanging_the_two_states_changes_no_density() {
    for law in laws() {
        for l in [0.0625, 0.25, 0.375, 0.4375] {
            // Dyadic, so that 1 - l is exact.
            assert!((law.log_density(l) - law.log_density(1.0 - l)).abs() < 1e-14, "{law:?} at {l}");
        }
    }
}

#[test]
fn the_starts_are_near_uniform() {
    for l in [0.01, 0.4, 0.97] {
        assert_eq!(MixDistribution::start(MixFamily::Uniform).density(l), 1.0);
        let kumaraswamy = MixDistribution::start(MixFamily::Kumaraswamy);
        assert!((kumaraswamy.density(l) - 1.0).abs() < 1e-15);
        assert!((kumaraswamy.sample(l, 0.0) - l).abs() < 1e-15);
    }
    for family in [MixFamily::Beta, MixFamily::Mixture] {
        let start = MixDistribution::start(family);
        for l in [1e-9, 0.01, 0.4, 0.97] {
            assert!((start.density(l) - 1.0).abs() < 1e-14, "{family}: the density at {l} is {}", start.density(l));
        }
    }
    // Its components are different: every parameter but the exchange of the first two pulls its own way.
    let (mixture, mut score) = (MixDistribution::start(MixFamily::Mixture), [0.0; MOST]);
    mixture.log_density_with_gradient(0.2, &mut score);
    assert!(score.iter().all(|entry| entry.abs() > 1e-3), "{score:?}");
    // Divergence from U(0,1) as its doc states.
    let start = MixDistribution::start(MixFamily::LogitNormal);
    let divergence = integrate(|l| -start.log_density(l));
    assert!((divergence - 0.014).abs() < 1e-3, "{divergence}");
}

#[test]
fn names_round_trip_and_a_wrong_one_offers_the_nearest() {
    for family in MixFamily::ALL {
        assert_eq!(family.to_string().parse::<MixFamily>().unwrap(), family);
    }
    for (wrong, nearest) in [
        ("kumarswamy", "kumaraswamy"),
        ("logitnormal", "logit-normal"),
        ("unform", "uniform"),
        ("bta", "beta"),
        ("mixtures", "mixture"),
    ] {
        let message = wrong.parse::<MixFamily>().unwrap_err().to_string();
        assert!(message.contains(wrong) && message.contains(&format!("`{nearest}`")), "{message}");
    }
    assert_eq!([edit_distance("", "abc"), edit_distance("kitten", "sitting")], [3, 3]);
}

#[test]
fn bad_parameters_are_errors() {
    let message = |phi: &[f64]| MixDistribution::new(MixFamily::Kumaraswamy, phi).unwrap_err().to_string();
    assert!(message(&[0.0]).contains("phi of kumaraswamy"));
    assert!(message(&[0.0, f64::NAN]).contains("NaN"));
    assert!(message(&[0.0, 3.5]).contains("3.5"));
    let law = MixDistribution::start(MixFamily::Kumaraswamy);
    assert!(law.ascended(&[1.0], 0.1).is_err());
    assert!(law.ascended(&[1.0, f64::INFINITY], 0.1).is_err());
    assert_eq!(law.ascended(&[1.0, -100.0], 0.1).unwrap().phi(), [0.1, -3.0]);
}

#[test]
fn the_uniform_family_draws_what_fixed_mixup_draws() {
    let stream = Stream::new(3, xmrl_envs::rng::Purpose::MixLambda, 7);
    let law = MixDistribution::start(MixFamily::Uniform);
    for episode in 0..50 {
        assert_eq!(LambdaLaw::sample(&law, &stream, 2, episode), xmrl_meta::UniformLaw.sample(&stream, 2, episode));
    }
}

#[test]
fn beta_quantiles_are_the_known_ones() {
    let quantile =
        |a: f64, b: f64, u: f64| MixDistribution::new(MixFamily::Beta, &[a.ln(), b.ln()]).unwrap().sample(u, 0.0);
    for u in [1e-12, 1e-5, 0.03, 0.5, 0.8, 0.9999] {
        // F = x^a, 1 - (1-x)^b, (2/pi) asin sqrt x.
        let close = |found: f64, truth: f64| assert!((found - truth).abs() < 1e-13 + 2e-12 * truth, "{found} {truth}");
        close(quantile(2.5, 1.0, u), u.powf(0.4).clamp(EDGE, 1.0 - EDGE));
        close(quantile(1.0, 3.0, u), (1.0 - (1.0 - u).powf(1.0 / 3.0)).max(EDGE));
        close(quantile(0.5, 0.5, u), (0.5 * PI * u).sin().powi(2).clamp(EDGE, 1.0 - EDGE));
    }
    // I_x(2, 3) = 6 x² - 8 x³ + 3 x⁴; quartiles of Beta(2, 2) = 3 x² - 2 x³ (x = 1/2 - sin(pi/18) at u with 3x²-2x³ = 1/4).
    assert!((quantile(2.0, 3.0, 0.6875) - 0.5).abs() < 1e-14);
    assert!((quantile(2.0, 2.0, 0.25) - (0.5 - (PI / 18.0).sin())).abs() < 1e-14);
}

#[test]
fn beta_draws_differentiate_implicitly_where_the_quantile_is_known() {
    // x = u^(1/a): dx / d ln a = -x ln x. And x = 1 - (1-u)^(1/b): dx / d ln b = (1-x) ln(1-x).
    for u in [1e-6, 0.04, 0.37, 0.5, 0.93] {
        let (a, b) = (1.7_f64, 0.6_f64);
        let mut slope = [0.0; 2];
        let x = MixDistribution::new(MixFamily::Beta, &[a.ln(), 0.0]).unwrap().sample_with_gradient(u, 0.0, &mut slope);
        assert!((slope[0] + x * x.ln()).abs() < 1e-12, "{slope:?}");
        let x = MixDistribution::new(MixFamily::Beta, &[0.0, b.ln()]).unwrap().sample_with_gradient(u, 0.0, &mut slope);
        assert!((slope[1] - (1.0 - x) * (1.0 - x).ln()).abs() < 1e-12, "{slope:?}");
    }
}
