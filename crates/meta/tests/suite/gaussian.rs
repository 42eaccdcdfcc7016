//! A Gaussian over the meta vector: its KL against quadrature, its derivatives against differences, its limits against the
//! plain step.

use crate::common::{Normals, meta, pool, spec, tasks};
use xmrl_meta::{FusedProblem, GaussianProblem, InnerRate, MetaProblem, Posterior, TrpoOptions, trpo_step};
use xmrl_oracle::difference;

/// `∫ q ln(q/p)` of two normals by the trapezoidal rule, which for such integrands is exact to rounding.
fn quadrature(mu: f64, sigma: f64, mean: f64, std: f64) -> f64 {
    let log_normal =
        |x: f64, m: f64, s: f64| -0.5 * ((x - m) / s).powi(2) - s.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln();
    let step = sigma / 50.0;
    (-700..=700)
        .map(|k| {
            let x = mu + f64::from(k) * step;
            let log_q = log_normal(x, mu, sigma);
            log_q.exp() * (log_q - log_normal(x, mean, std)) * step
        })
        .sum()
}

#[test]
fn the_divergence_is_that_of_normals() {
    let posterior =
        Posterior { log_std: vec![-1.0, 0.4, -3.0], prior_mean: vec![0.2, -1.0, 0.0], prior_std: 0.7, weight: 1.0 };
    let mu = [0.5, -0.3, 0.0];
    let exact: f64 = (0..3).map(|j| quadrature(mu[j], posterior.log_std[j].exp(), posterior.prior_mean[j], 0.7)).sum();
    let ours = posterior.divergence(&mu, &posterior.log_std);
    assert!((ours - exact).abs() < 1e-10, "{ours} {exact}");
    // Equal laws: no divergence, and no slope.
    let same = Posterior { log_std: vec![0.7_f64.ln(); 3], ..posterior.clone() };
    assert!(same.divergence(&same.prior_mean, &same.log_std).abs() < 1e-15);
    assert!(same.divergence_gradient(&same.prior_mean, &same.log_std).iter().all(|slope| slope.abs() < 1e-15));
}

/// A small problem with learned rates, a Gaussian around its anchor's mean, and the noise of one iteration.
struct Lab {
    spec: xmrl_meta::MetaSpec,
    mu: Vec<f64>,
    posterior: Posterior,
    noise: Vec<f64>,
}

impl Lab {
    fn new(weight: f64, std: f64) -> Self {
        let spec = spec(InnerRate::Learned, &[4]);
        let mu = meta(&spec, 3);
        let mut normals = Normals(17);
        let size = mu.len();
        let log_std = (0..size).map(|_| std.ln() + 0.3 * normals.next()).collect();
        let prior_mean = mu.iter().map(|mu| mu + 0.2 * normals.next()).collect();
        let noise = normals.vector(size, 1.0);
        Self { spec, mu, posterior: Posterior { log_std, prior_mean, prior_std: 0.3, weight }, noise }
    }

    fn x(&self) -> Vec<f64> {
        [self.mu.clone(), self.posterior.log_std.clone()].concat()
    }

    /// Calls `work` with the wrapped problem, whose curvature rows are all rows.
    fn with<T>(&self, work: impl FnOnce(&mut GaussianProblem<'_>) -> T) -> T {
        let (data, pool) = (tasks(&self.spec, 3, 1, 5), pool(2));
        let anchor = self.posterior.sample(&self.mu, &self.noise);
        let mut inner = FusedProblem::new(&self.spec, &data, &anchor, &pool).unwrap();
        work(&mut GaussianProblem::new(&mut inner, &self.posterior, &self.noise).unwrap())
    }
}

#[test]
fn gradients_are_those_of_the_penalised_surrogates() {
    let lab = Lab::new(0.05, 0.2);
    lab.with(|problem| {
        let (x, size) = (lab.x(), problem.parameters());
        assert_eq!(size, 2 * lab.mu.len());
        for at in [x.clone(), x.iter().map(|x| x + 0.01).collect()] {
            let gradients = problem.gradients(&at).unwrap();
            for task in 0..3 {
                let exact = difference::gradient(|x| problem.value(x).unwrap().surrogates[task], &at, 1e-3);
                let ours = &gradients[task * size..(task + 1) * size];
                let off = ours.iter().zip(&exact).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                assert!(off < 1e-8, "task {task}: {off:e}");
            }
        }
    });
}

/// Along a direction, the second difference of the exact KL at the anchor is `vᵀ C v`.
#[test]
fn the_curvature_is_the_second_derivative_of_the_divergence() {
    let lab = Lab::new(0.05, 0.2);
    lab.with(|problem| {
        let (x, mut normals) = (lab.x(), Normals(23));
        let mut products = Vec::new();
        for _ in 0..3 {
            let v = normals.vector(x.len(), 1.0);
            let mut product = vec![0.0; x.len()];
            problem.curvature(&v, 0.5, &mut product).unwrap();
            let mut kl = |h: f64| {
                let moved: Vec<f64> = x.iter().zip(&v).map(|(x, v)| x + h * v).collect();
                let value = problem.value(&moved).unwrap();
                value.kl_adapted + 0.5 * value.kl_unadapted
            };
            let second = (kl(1e-3) + kl(-1e-3)) / 1e-6;
            let ours: f64 = v.iter().zip(&product).map(|(a, b)| a * b).sum();
            assert!((ours - second).abs() < 1e-3 * second, "{ours} {second}");
            products.push((v, product));
        }
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let [(u, cu), (v, cv), _] = &products[..] else { unreachable!() };
        assert!((dot(u, cv) - dot(v, cu)).abs() < 1e-10 * dot(u, cu).abs(), "not symmetric");
    });
}

/// No weight and no spread: the mean takes the step that the parameters themselves take.
#[test]
fn without_weight_and_spread_it_is_the_plain_step() {
    let lab = Lab::new(0.0, 1e-9);
    let options = TrpoOptions::default();
    let (data, pool) = (tasks(&lab.spec, 3, 1, 5), pool(2));
    let mut plain = FusedProblem::new(&lab.spec, &data, &lab.mu, &pool).unwrap();
    let expected = trpo_step(&mut plain, &lab.mu, None, &options).unwrap();
    let outcome = lab.with(|problem| trpo_step(problem, &lab.x(), None, &options).unwrap());
    assert!(expected.accepted && outcome.accepted);
    let size = lab.mu.len();
    let moved = expected.meta.iter().zip(&lab.mu).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    let off = expected.meta.iter().zip(&outcome.meta).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(off < 1e-6 * moved, "{off:e} of {moved:e}");
    let spread =
        outcome.meta[size..].iter().zip(&lab.posterior.log_std).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(spread < 1e-6 * moved, "{spread:e}");
}

/// The penalty is part of what the line search compares, and a heavy one is all that is left of the objective.
#[test]
fn the_penalty_is_in_the_step() {
    let lab = Lab::new(50.0, 0.2);
    let before = lab.posterior.divergence(&lab.mu, &lab.posterior.log_std);
    let outcome = lab.with(|problem| trpo_step(problem, &lab.x(), None, &TrpoOptions::default()).unwrap());
    let (mu, log_std) = outcome.meta.split_at(lab.mu.len());
    let after = lab.posterior.divergence(mu, log_std);
    assert!(outcome.accepted && after < before, "{before} {after}");
    let surrogate = lab.with(|problem| problem.value(&outcome.meta).unwrap().surrogates.iter().sum::<f64>() / 3.0);
    assert!((surrogate - outcome.surrogate_after).abs() < 1e-12 * surrogate.abs());
    assert!(
        (outcome.surrogate_after - outcome.surrogate_before) - 50.0 * (before - after) < 1e-3 * 50.0 * (before - after)
    );
}

#[test]
fn bad_options_and_shapes_are_named() {
    let lab = Lab::new(0.1, 0.2);
    let refuse = |change: &dyn Fn(&mut Posterior)| {
        let mut posterior = lab.posterior.clone();
        change(&mut posterior);
        posterior.validate(lab.mu.len()).unwrap_err().to_string()
    };
    assert!(refuse(&|p| p.prior_std = 0.0).contains("retrain.mr.priorStd is 0"));
    assert!(refuse(&|p| p.weight = f64::NAN).contains("retrain.mr.weight is NaN"));
    assert!(refuse(&|p| p.log_std[1] = f64::INFINITY).contains("posterior.logStd is inf"));
    assert!(refuse(&|p| p.prior_mean.truncate(3)).contains("posterior.priorMean has 3 entries"));
    let short = lab.with(|problem| problem.value(&lab.mu).unwrap_err().to_string());
    assert!(short.contains("[2Q]"), "{short}");
}
