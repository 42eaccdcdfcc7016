use std::f64::consts::PI;

use xmrl_oracle::{Random, dense, difference};

use super::*;
use crate::mixdist::{MixDistribution, MixFamily};
use crate::posterior::{Curvature, Isotropic};

/// `(beta A + delta I)⁻¹` for a dense A.
fn curvature(a: Vec<f64>, beta: f64, delta: f64) -> Curvature<impl FnMut(&[f64], &mut [f64]) -> Result<()>> {
    let product = move |v: &[f64], out: &mut [f64]| {
        out.copy_from_slice(&dense::product(&a, v));
        Ok(())
    };
    Curvature::new(beta, delta, 200, 1e-15, product).unwrap()
}

/// A smooth response without a world: `r_m = sum_j c_mj`, `c_mj = amplitude_j sin(3 lambda + phase_j) / J` entrywise.
struct Analytic {
    units: usize,
    width: usize,
    amplitude: Vec<f64>,
    phase: Vec<f64>,
}

impl Analytic {
    fn new(units: usize, width: usize, seed: u64) -> Self {
        let mut random = Random::new(seed);
        Self { units, width, amplitude: random.normals(units * width), phase: random.normals(units * width) }
    }

    /// `[M,J,P]` and its derivative with respect to each lambda.
    fn parts(&self, lambda: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let entry = |k: usize| {
            let (index, p) = (k / self.width, k % self.width);
            let at = index % self.units * self.width + p;
            let (size, angle) = (self.amplitude[at] / self.units as f64, 3.0 * lambda[index] + self.phase[at]);
            (size * angle.sin(), 3.0 * size * angle.cos())
        };
        (0..lambda.len() * self.width).map(entry).unzip()
    }

    /// `[M,P]`.
    fn responses(&self, parts: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; parts.len() / self.units];
        for (index, part) in parts.chunks_exact(self.width).enumerate() {
            vector::axpy(1.0, part, &mut out[index / self.units * self.width..][..self.width]);
        }
        out
    }

    fn value(&self, lambda: &[f64], sigma: &mut dyn Covariance) -> f64 {
        cmi_value(&self.responses(&self.parts(lambda).0), lambda.len() / self.units, sigma).unwrap()
    }
}

#[test]
fn the_closed_form_is_the_monte_carlo_information_of_a_linear_gaussian_model() {
    // theta = C e / sqrt(M) + Sigma^(1/2) z with e, z standard normal: theta given e has covariance Sigma, and the
    // information of theta and e is E log p(theta | e) / p(theta), p(theta) averaged over fresh e: no determinant.
    let (width, sets, mut random) = (2, 4, Random::new(17));
    let a = random.symmetric(&[0.5, 2.0]);
    let responses: Vec<f64> = random.normals(sets * width).iter().map(|x| 1.5 * x).collect();
    let mut sigma = curvature(a.clone(), 1.0, 0.3);
    let spread = Spread::new(&responses, sets, &mut sigma).unwrap();
    let closed = mixture_cmi(&spread).unwrap().value;

    let precision = dense::shifted(&a, width, 0.3);
    let lower = dense::cholesky(&precision, width).unwrap();
    let mean = |random: &mut Random| -> [f64; 2] {
        let e = random.normals(sets);
        [0, 1].map(|p| (0..sets).map(|m| e[m] * spread.moved_row(m)[p]).sum::<f64>() / (sets as f64).sqrt())
    };
    // log density up to the normaliser that cancels: -½ dᵀ precision d.
    let log_density = |theta: [f64; 2], mean: [f64; 2]| -> f64 {
        let d = [theta[0] - mean[0], theta[1] - mean[1]];
        -0.5 * vector::dot(&d, &dense::product(&precision, &d))
    };
    let marginal: Vec<[f64; 2]> = (0..4000).map(|_| mean(&mut random)).collect();
    let samples: Vec<f64> = (0..4000)
        .map(|_| {
            let centre = mean(&mut random);
            // Precision = L Lᵀ, so noise = L⁻ᵀ z.
            let z = random.normals(width);
            let second = z[1] / lower[3];
            let theta = [centre[0] + (z[0] - lower[2] * second) / lower[0], centre[1] + second];
            let density = marginal.iter().map(|m| log_density(theta, *m).exp()).sum::<f64>() / marginal.len() as f64;
            log_density(theta, centre) - density.ln()
        })
        .collect();
    let estimate = mean_error(&samples).unwrap();
    // The common marginal sample adds an error of the same order.
    let off = (estimate.mean - closed).abs();
    assert!(off < 4.0 * 1.5 * estimate.error, "closed {closed}, Monte Carlo {estimate:?}");
    assert!(estimate.error < 0.03 * closed, "sharp enough to fail: {estimate:?}");
}

#[test]
fn the_set_determinant_is_the_parameter_determinant() {
    // ½ (logdet(Sigma + C Cᵀ / M) - logdet Sigma) in P dimensions, by dense algebra throughout.
    let (width, sets, mut random) = (5, 3, Random::new(4));
    let a = random.symmetric(&[0.1, 0.7, 1.0, 3.0, 9.0]);
    let responses = random.normals(sets * width);
    let value = cmi_value(&responses, sets, &mut curvature(a.clone(), 2.0, 0.5)).unwrap();

    let precision = dense::shifted(&a.iter().map(|x| 2.0 * x).collect::<Vec<_>>(), width, 0.5);
    let mean: Vec<f64> = (0..width).map(|p| (0..sets).map(|m| responses[m * width + p]).sum::<f64>() / 3.0).collect();
    let mut covariance = vec![0.0; width * width];
    for p in 0..width {
        let unit: Vec<f64> = (0..width).map(|q| f64::from(u8::from(p == q))).collect();
        covariance[p * width..(p + 1) * width].copy_from_slice(&dense::cholesky_solve(&precision, &unit).unwrap());
    }
    let log_det = |x: &[f64]| -> f64 {
        let lower = dense::cholesky(x, width).unwrap();
        2.0 * (0..width).map(|i| lower[i * width + i].ln()).sum::<f64>()
    };
    let before = log_det(&covariance);
    for row in responses.chunks_exact(width) {
        let d: Vec<f64> = row.iter().zip(&mean).map(|(r, m)| r - m).collect();
        let c = dense::cholesky_solve(&precision, &d).unwrap();
        (0..width * width).for_each(|k| covariance[k] += c[k / width] * c[k % width] / sets as f64);
    }
    assert!((value - 0.5 * (log_det(&covariance) - before)).abs() < 1e-12);
}

#[test]
fn a_two_point_mixture_has_less_information_and_a_ceiling() {
    // Means ±d in one dimension, unit variance: information of the mixture by quadrature; form (i) is ½ ln(1 + d²).
    for d in [0.1, 0.5, 1.0, 3.0, 10.0] {
        let value = cmi_value(&[d, -d], 2, &mut Isotropic { variance: 1.0 }).unwrap();
        assert!((value - 0.5 * (1.0 + d * d).ln()).abs() < 1e-14);
        let normal = |x: f64, m: f64| (-0.5 * (x - m) * (x - m)).exp() / (2.0 * PI).sqrt();
        let h = 1e-3;
        let entropy: f64 = (-20_000..20_000)
            .map(|k| {
                let x = (f64::from(k) + 0.5) * h;
                let p = 0.5 * (normal(x, d) + normal(x, -d));
                if p > 0.0 { -p * p.ln() * h } else { 0.0 }
            })
            .sum();
        let mixture = entropy - 0.5 * (2.0 * PI).ln() - 0.5;
        assert!(mixture < value && mixture < 2.0_f64.ln() + 1e-9, "d = {d}: {mixture} against {value}");
        assert!(d > 0.1 || (mixture / value - 1.0).abs() < 1e-2, "equal to second order");
    }
}

#[test]
fn a_constant_lambda_has_exactly_no_information() {
    let model = Analytic::new(2, 7, 3);
    for sets in [2, 3, 5, 7] {
        let lambda = vec![0.37; 2 * sets];
        let (parts, slopes) = model.parts(&lambda);
        let responses = model.responses(&parts);
        let mut sigma = Isotropic { variance: 1e6 };
        let spread = Spread::new(&responses, sets, &mut sigma).unwrap();
        let cmi = mixture_cmi(&spread).unwrap();
        assert_eq!(cmi.value, 0.0);
        assert!(cmi.weights.iter().all(|w| *w == 0.0));
        let draws = vec![1.0; 2 * sets * 2];
        assert_eq!(pathwise_gradient(&cmi, &slopes, &draws, sets, 2).unwrap(), [0.0, 0.0]);
        let score_function = unit_score_gradient(&spread, &parts, &draws, 2, &mut sigma).unwrap();
        assert!(score_function.iter().all(|g| g.abs() < 1e-12), "{score_function:?}");
        // The upper bound is positive all the same, and noise without common random numbers has information.
        assert!(upper_bound(&responses, sets, &mut sigma).unwrap() > 1.0);
        let mut noisy = responses.clone();
        noisy.iter_mut().zip(Random::new(1).normals(sets * 7)).for_each(|(r, z)| *r += z);
        assert!(cmi_value(&noisy, sets, &mut sigma).unwrap() > 1.0);
    }
}

#[test]
fn the_weights_are_the_derivative_with_respect_to_the_responses() {
    let (width, sets, mut random) = (4, 5, Random::new(9));
    let responses = random.normals(sets * width);
    let a = random.symmetric(&[0.2, 0.9, 2.0, 5.0]);
    let mut sigma = curvature(a, 1.3, 0.4);
    let cmi = mixture_cmi(&Spread::new(&responses, sets, &mut sigma).unwrap()).unwrap();
    let numeric = difference::gradient(|r| cmi_value(r, sets, &mut sigma).unwrap(), &responses, 1e-3);
    let error = cmi.weights.iter().zip(&numeric).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(error < 1e-10, "{error:e}");
}

#[test]
fn the_pathwise_phi_gradient_matches_finite_differences() {
    let (sets, mut random) = (4, Random::new(21));
    let model = Analytic::new(3, 6, 12);
    let uniforms: Vec<(f64, f64)> = (0..sets * 3).map(|_| (random.uniform(), random.uniform())).collect();
    let a = random.symmetric(&[0.1, 0.4, 1.0, 2.0, 4.0, 8.0]);
    let cases: [(MixFamily, [f64; 2]); 3] = [
        (MixFamily::Kumaraswamy, [0.0, 0.0]),
        (MixFamily::Kumaraswamy, [0.4, -0.3]),
        (MixFamily::LogitNormal, [0.8, -0.2]),
    ];
    for (family, phi) in cases {
        let draw = |phi: &[f64]| -> (Vec<f64>, Vec<f64>) {
            let law = MixDistribution::new(family, phi).unwrap();
            let mut slopes = vec![0.0; 2 * uniforms.len()];
            let each = uniforms.iter().zip(slopes.chunks_exact_mut(2));
            let lambda = each.map(|(&(u, flip), slope)| law.sample_with_gradient(u, flip, slope)).collect();
            (lambda, slopes)
        };
        for isotropic in [true, false] {
            let mut dense_sigma = curvature(a.clone(), 0.5, 0.05);
            let mut plain = Isotropic { variance: 20.0 };
            let sigma: &mut dyn Covariance = if isotropic { &mut plain } else { &mut dense_sigma };
            let (lambda, slopes) = draw(&phi);
            let (parts, part_slopes) = model.parts(&lambda);
            let spread = Spread::new(&model.responses(&parts), sets, sigma).unwrap();
            let found = pathwise_gradient(&mixture_cmi(&spread).unwrap(), &part_slopes, &slopes, sets, 2).unwrap();
            let truth = difference::gradient(|phi| model.value(&draw(phi).0, sigma), &phi, 1e-3);
            for (a, b) in found.iter().zip(&truth) {
                assert!((a - b).abs() < 1e-9 * (1.0 + b.abs()), "{family} {found:?} against {truth:?}");
            }
        }
    }
}

#[test]
fn exchanging_lambda_with_its_mirror_changes_nothing_for_a_symmetric_response() {
    // A response of lambda (1 - lambda) alone: the law of unordered pairs.
    let (model, mut random) = (Analytic::new(2, 5, 6), Random::new(2));
    let lambda: Vec<f64> = (0..8).map(|_| random.uniform()).collect();
    let fold = |lambda: &[f64]| -> Vec<f64> { lambda.iter().map(|l| l * (1.0 - l)).collect() };
    let mirrored: Vec<f64> = lambda.iter().map(|l| 1.0 - l).collect();
    let law = MixDistribution::new(MixFamily::Kumaraswamy, &[0.5, -0.2]).unwrap();
    let both = [&lambda, &mirrored].map(|lambda| {
        let mut sigma = Isotropic { variance: 100.0 };
        let (parts, _) = model.parts(&fold(lambda));
        let spread = Spread::new(&model.responses(&parts), 4, &mut sigma).unwrap();
        let cmi = mixture_cmi(&spread).unwrap();
        let mut scores = vec![0.0; 16];
        for (l, score) in lambda.iter().zip(scores.chunks_exact_mut(2)) {
            law.log_density_with_gradient(*l, score);
        }
        (cmi.value, unit_score_gradient(&spread, &parts, &scores, 2, &mut sigma).unwrap())
    });
    assert!((both[0].0 - both[1].0).abs() < 1e-13 && both[0].0 > 0.01, "{both:?}");
    assert!(both[0].1.iter().zip(&both[1].1).all(|(a, b)| (a - b).abs() < 1e-12 && a.abs() > 1e-6));
}

/// Nodes and weights of Gauss and Legendre's rule on (0,1), by Newton's method on the polynomial.
fn gauss_legendre(n: usize) -> Vec<(f64, f64)> {
    let node = |i: usize| {
        let mut x = (PI * (i as f64 + 0.75) / (n as f64 + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..50 {
            let (mut before, mut value) = (1.0, x);
            for k in 2..=n {
                let k = k as f64;
                (before, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k);
            }
            slope = n as f64 * (x * value - before) / (x * x - 1.0);
            x -= value / slope;
        }
        (0.5 * (1.0 + x), 1.0 / ((1.0 - x * x) * slope * slope))
    };
    (0..n).map(node).collect()
}

const SKEWED: [f64; 2] = [0.8, 0.6];

/// `sum_m (CMI - CMI without set m) d/dphi log P(lambda_m1 .. lambda_mJ)`, `scores [M,F]` those of whole sets: unbiased too,
/// since the information of the other sets does not depend on set m's coefficients.
fn by_whole_sets(spread: &Spread, scores: &[f64], phi: usize) -> Vec<f64> {
    let sets = spread.sets;
    let value = value_of(&spread.products, sets).unwrap();
    let mut out = vec![0.0; phi];
    for set in 0..sets {
        let kept: Vec<usize> = (0..sets).filter(|other| *other != set).collect();
        let others: Vec<f64> =
            kept.iter().flat_map(|&a| kept.iter().map(move |&b| spread.products[a * sets + b])).collect();
        let baseline = value_of(&recentred(&others, sets - 1), sets - 1).unwrap();
        vector::axpy(value - baseline, &scores[set * phi..(set + 1) * phi], &mut out);
    }
    out
}

/// Estimates of both score-function routes, `[route][phi]`, from fresh draws of 3 sets of `units` coefficients.
fn score_function_estimates(units: usize, count: usize) -> [[Vec<f64>; 2]; 2] {
    let (model, mut random, mut sigma) = (Analytic::new(units, 3, 31), Random::new(77), Isotropic { variance: 2.0 });
    let law = MixDistribution::new(MixFamily::Kumaraswamy, &SKEWED).unwrap();
    let mut out = <[[Vec<f64>; 2]; 2]>::default();
    for _ in 0..count {
        let lambda: Vec<f64> = (0..3 * units).map(|_| law.sample(random.uniform(), random.uniform())).collect();
        let mut scores = vec![0.0; 2 * lambda.len()];
        for (l, score) in lambda.iter().zip(scores.chunks_exact_mut(2)) {
            law.log_density_with_gradient(*l, score);
        }
        let sum = |row: &[f64], f: usize| row.iter().skip(f).step_by(2).sum::<f64>();
        let by_set: Vec<f64> = scores.chunks_exact(2 * units).flat_map(|row| [sum(row, 0), sum(row, 1)]).collect();
        let (parts, _) = model.parts(&lambda);
        let spread = Spread::new(&model.responses(&parts), 3, &mut sigma).unwrap();
        let found =
            [by_whole_sets(&spread, &by_set, 2), unit_score_gradient(&spread, &parts, &scores, 2, &mut sigma).unwrap()];
        (0..2).for_each(|route| (0..2).for_each(|f| out[route][f].push(found[route][f])));
    }
    out
}

#[test]
fn score_function_estimators_are_unbiased_against_quadrature() {
    // Truth: the integral of CMI d(density)/dphi over three coefficients, by a product rule in t with
    // lambda = t²(3 - 2t), which smooths the ends.
    let law = MixDistribution::new(MixFamily::Kumaraswamy, &SKEWED).unwrap();
    let model = Analytic::new(1, 3, 31);
    let quadrature = |n: usize| -> [f64; 2] {
        let node = |(t, weight): (f64, f64)| {
            let (lambda, mut score) = (t * t * (3.0 - 2.0 * t), [0.0; 2]);
            let density = law.log_density_with_gradient(lambda, &mut score).exp();
            (lambda, weight * 6.0 * t * (1.0 - t) * density, score)
        };
        let rule: Vec<(f64, f64, [f64; 2])> = gauss_legendre(n).into_iter().map(node).collect();
        let mut truth = [0.0; 2];
        for index in 0..n.pow(3) {
            let at: [usize; 3] = std::array::from_fn(|d| index / n.pow(d as u32) % n);
            let mass: f64 = at.iter().map(|&k| rule[k].1).product();
            let value = model.value(&at.map(|k| rule[k].0), &mut Isotropic { variance: 2.0 });
            (0..2).for_each(|f| truth[f] += mass * value * at.iter().map(|&k| rule[k].2[f]).sum::<f64>());
        }
        truth
    };
    let (coarse, truth) = (quadrature(24), quadrature(36));
    assert!((0..2).all(|f| (coarse[f] - truth[f]).abs() < 1e-3 * truth[f].abs()), "{coarse:?} {truth:?}");
    for (name, estimate) in ["sets", "units"].iter().zip(score_function_estimates(1, 40_000)) {
        for f in 0..2 {
            let found = mean_error(&estimate[f]).unwrap();
            assert!(
                (found.mean - truth[f]).abs() < 4.0 * found.error,
                "{name}, phi {f}: {found:?} against {}",
                truth[f]
            );
            assert!(found.error < 0.05 * truth[f].abs(), "sharp enough to fail: {found:?} against {}", truth[f]);
        }
    }
}

#[test]
fn crediting_single_coefficients_agrees_with_whole_sets_and_is_less_noisy() {
    let [sets, units] = score_function_estimates(4, 10_000);
    for f in 0..2 {
        let paired: Vec<f64> = sets[f].iter().zip(&units[f]).map(|(a, b)| a - b).collect();
        let [apart, whole, single] = [&paired, &sets[f], &units[f]].map(|values| mean_error(values).unwrap());
        assert!(apart.mean.abs() < 4.0 * apart.error, "phi {f}: {apart:?}");
        assert!(apart.error < 0.1 * whole.mean.abs(), "sharp enough to fail: {apart:?} of {whole:?}");
        assert!(single.error < 0.8 * whole.error, "{single:?} against {whole:?}");
    }
}

#[test]
fn information_gain_matches_its_definition() {
    let g = [3.0, 4.0];
    let one = information_gain(&g, 1, &mut Isotropic { variance: 0.5 }).unwrap();
    assert!((one - 0.5 * 13.5_f64.ln()).abs() < 1e-15, "½ ln(1 + gᵀ Sigma g)");
    // Orthogonal scores of two samples: ½ sum ln(1 + |g_s|² / (2 delta)).
    let mut sigma = curvature(vec![0.0; 4], 1.0, 0.1);
    let two = information_gain(&[1.0, 0.0, 0.0, 2.0], 2, &mut sigma).unwrap();
    assert!((two - 0.5 * (6.0_f64.ln() + 21.0_f64.ln())).abs() < 1e-13);
    assert_eq!(information_gain(&[0.0; 6], 3, &mut Isotropic { variance: 1.0 }).unwrap(), 0.0);
    let bound = upper_bound(&[1.0, 0.0, 0.0, 2.0], 2, &mut Isotropic { variance: 0.5 }).unwrap();
    assert!((bound - 0.5 * 0.5 * 5.0 / 2.0).abs() < 1e-15);
}

#[test]
fn standard_errors_are_of_the_mean() {
    let found = mean_error(&[1.0, 2.0, 3.0, 6.0]).unwrap();
    // Mean 3, squares 4 + 1 + 0 + 9 = 14, 14 / (3 * 4).
    assert_eq!((found.mean, found.count), (3.0, 4));
    assert!((found.error - (14.0_f64 / 12.0).sqrt()).abs() < 1e-15);
    assert_eq!(mean_error(&[1.0]).unwrap().error, f64::INFINITY);
    assert!(mean_error(&[]).is_err() && mean_error(&[f64::NAN]).is_err());
}

#[test]
fn bad_input_is_an_error() {
    let mut sigma = Isotropic { variance: 1.0 };
    let text = |result: Result<f64>| result.unwrap_err().to_string();
    assert!(text(cmi_value(&[1.0, 2.0], 1, &mut sigma)).contains("augment.sets is 1"));
    assert!(text(cmi_value(&[1.0, 2.0, 3.0], 2, &mut sigma)).contains("[M,P]"));
    assert!(text(cmi_value(&[1.0, f64::NAN], 2, &mut sigma)).contains("responses is NaN at entry 1"));
    assert!(text(cmi_value(&[1.0, 2.0], 2, &mut Isotropic { variance: -1.0 })).contains("augment.variance"));
    let ignore = |_: &[f64], _: &mut [f64]| Ok(());
    assert!(Curvature::new(-1.0, 1.0, 9, 0.0, ignore).is_err() && Curvature::new(1.0, 0.0, 9, 0.0, ignore).is_err());
    // An A with a negative eigenvalue below -delta is met by conjugate gradients, or by the determinant.
    let mut indefinite = curvature(vec![-5.0, 0.0, 0.0, -5.0], 1.0, 0.1);
    let found = cmi_value(&[1.0, 2.0, 3.0, 5.0], 2, &mut indefinite);
    assert!(indefinite.worst().is_some_and(|info| info.negative_curvature && !info.converged) || found.is_err());
}
