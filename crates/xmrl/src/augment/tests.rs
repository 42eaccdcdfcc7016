mod drone;
mod loops;

use xmrl_autodiff::vector;
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_oracle::Random;

use super::*;
use crate::cmi::mean_error;
use crate::mixdist::MixFamily;
use crate::posterior::Isotropic;

/// Two episodes of two parameters without a world: parts `sin(3 lambda + phase)` plus shared noise, and scores.
struct Smooth;

/// Score of episode `unit` at `lambda`.
fn score(unit: usize, lambda: f64) -> [f64; 2] {
    if unit == 0 { [(2.0 * lambda).cos(), 2.0 * lambda] } else { [lambda * lambda, 1.5 * (3.0 * lambda).sin()] }
}

/// Form (ii) of the two scores with Sigma = 2 I, from the 2 by 2 determinant.
fn gain_of(lambda: [f64; 2]) -> f64 {
    let (a, b) = (score(0, lambda[0]), score(1, lambda[1]));
    let dot = |x: [f64; 2], y: [f64; 2]| x[0] * y[0] + x[1] * y[1];
    0.5 * ((1.0 + dot(a, a)) * (1.0 + dot(b, b)) - dot(a, b).powi(2)).ln()
}

impl MixedEpisodes for Smooth {
    fn units(&self) -> usize {
        2
    }

    fn parameters(&self) -> usize {
        2
    }

    fn fly(&mut self, lambda: &[f64], sets: usize, noise: u16) -> Result<SetGradients> {
        let shared = Random::new(u64::from(noise)).normals(4);
        let part = |index: usize| -> Vec<f64> {
            let unit = index % 2;
            let angle = |p: usize| (3.0 * lambda[index] + (unit + 2 * p) as f64).sin();
            (0..2).map(|p| angle(p) + shared[2 * unit + p]).collect()
        };
        let parts = (0..2 * sets).flat_map(part).collect();
        Ok(SetGradients {
            parts,
            scores: (0..2 * sets).flat_map(|index| score(index % 2, lambda[index])).collect(),
            env_steps: 10 * sets,
            mix_counts: MixCounts { redraws: sets, ..MixCounts::default() },
        })
    }
}

/// 80 episodes that share no random numbers; the scores of all but the last eight are 0.
struct Late {
    calls: u64,
}

impl MixedEpisodes for Late {
    fn units(&self) -> usize {
        80
    }

    fn parameters(&self) -> usize {
        2
    }

    fn fly(&mut self, _: &[f64], sets: usize, _: u16) -> Result<SetGradients> {
        self.calls += 1;
        let parts = Random::new(self.calls).normals(160 * sets);
        let late = |row: usize| if row % 80 < 72 { [0.0, 0.0] } else { [1.0, (row % 80) as f64 - 76.0] };
        Ok(SetGradients { parts, scores: (0..80 * sets).flat_map(late).collect(), ..SetGradients::default() })
    }
}

/// Of a response that is linear in its coefficient a difference is exact, also where coefficients are kept in [0, 1].
#[test]
fn slopes_of_lines_are_exact_at_the_ends_too() {
    let lambda = [0.0, 0.005, 0.5, 0.99, 1.0];
    let rows: Vec<f64> = ascent::perturbed(&lambda).iter().flat_map(|l| [3.0 * l + 1.0, -2.0 * l]).collect();
    for (row, l) in ascent::slopes(&rows, &lambda, 2).chunks(2).zip(lambda) {
        assert!((row[0] - 3.0).abs() < 1e-12 && (row[1] + 2.0).abs() < 1e-12, "{row:?} at {l}");
    }
}

#[test]
fn the_null_shows_noise_and_form_two_looks_at_every_task() {
    let law = MixDistribution::start(MixFamily::Uniform);
    let options = AugmentOptions { null: true, information_gain: true, ..Default::default() };
    let found = augment(&mut Late { calls: 0 }, &law, &mut Isotropic { variance: 2.0 }, &options, &lambdas(0)).unwrap();
    assert!(found.null.unwrap() > 0.1, "without common numbers the null is no 0: {found:?}");
    // 64 of 80 evenly: of every five episodes the fourth or so is left out; of the last eight 72, 73, 75, 76, 77, 78 count.
    let counted: Vec<f64> = (0..64).map(|k| k * 80 / 64).filter(|k| *k >= 72).map(|k| k as f64 - 76.0).collect();
    assert_eq!(counted.len(), 6);
    let [n, x, xx] = [|_: f64| 1.0, |x: f64| x, |x: f64| x * x].map(|f| counted.iter().map(|k| f(*k)).sum::<f64>());
    // ½ ln det (I + Gᵀ Sigma G / S) with Sigma = 2 I and S = 64: the samples of the other episodes are 0.
    let share = 2.0 / 64.0;
    let truth = 0.5 * ((1.0 + share * n) * (1.0 + share * xx) - (share * x).powi(2)).ln();
    assert!((found.information_gain.unwrap() - truth).abs() < 1e-12, "{:?} {truth}", found.information_gain);
}

fn lambdas(index: u64) -> Stream {
    Stream::new(5, Purpose::MixLambda, index)
}

#[test]
fn figures_and_counts_of_one_evaluation() {
    let law = MixDistribution::start(MixFamily::Kumaraswamy);
    let options =
        AugmentOptions { sets: 3, null: true, noise_null: true, information_gain: true, ..Default::default() };
    let mut sigma = Isotropic { variance: 2.0 };
    let found = augment(&mut Smooth, &law, &mut sigma, &options, &lambdas(0)).unwrap();
    assert!(found.cmi > 0.01 && found.upper_bound > found.cmi);
    assert_eq!(found.null, Some(0.0));
    assert!(found.noise_null.unwrap() > 0.1, "noise without mixing scores too");
    let stream = lambdas(0);
    let first = [0, 1].map(|unit| law.sample(stream.uniform(unit, 0, 0, 0), stream.uniform(unit, 0, 0, 1)));
    assert!((found.information_gain.unwrap() - gain_of(first)).abs() < 1e-14);
    assert_eq!(found.value, found.cmi);
    // 3 sets, 1 for the null, 3 for the noise null.
    assert_eq!((found.env_steps, found.mix_counts.redraws, found.pairs), (70, 7, 8));
    assert_eq!(found, augment(&mut Smooth, &law, &mut sigma, &options, &lambdas(0)).unwrap());
    // What nobody asks for is not flown, and changes nothing of the rest.
    let ascended = AugmentOptions { sets: 3, ..Default::default() };
    let bare = augment(&mut Smooth, &law, &mut sigma, &ascended, &lambdas(0)).unwrap();
    assert_eq!((bare.env_steps, bare.mix_counts.redraws, bare.pairs), (30, 3, 2));
    assert_eq!((bare.null, bare.noise_null, bare.information_gain), (None, None, None));
    assert_eq!((bare.cmi, bare.upper_bound, &bare.gradient), (found.cmi, found.upper_bound, &found.gradient));
    let plain = augment(&mut Smooth, &MixDistribution::start(MixFamily::Uniform), &mut sigma, &options, &lambdas(0));
    assert_eq!(plain.unwrap().gradient, [0.0; 0]);
}

#[test]
fn the_gradient_is_that_of_the_expected_information() {
    let law = MixDistribution::new(MixFamily::Kumaraswamy, &[0.5, 0.3]).unwrap();
    // Truth: integral of CMI d(density)/dphi over the four coefficients of two sets, by the midpoint rule in t with
    // lambda = t²(3 - 2t), whose slope vanishes at both ends.
    let nodes = 24;
    let rule: Vec<(f64, f64, [f64; 2])> = (0..nodes)
        .map(|k| {
            let t = (k as f64 + 0.5) / nodes as f64;
            let (lambda, mut score) = (t * t * (3.0 - 2.0 * t), [0.0; 2]);
            let density = law.log_density_with_gradient(lambda, &mut score).exp();
            (lambda, density * 6.0 * t * (1.0 - t) / nodes as f64, score)
        })
        .collect();
    // The ends of the law are not smooth: the mass is right to 1e-3, and with it the gradient.
    assert!((rule.iter().map(|node| node.1).sum::<f64>() - 1.0).abs() < 1e-3);
    let mut truth = [0.0; 2];
    let mut sigma = Isotropic { variance: 2.0 };
    for index in 0..rule.len().pow(4) {
        let at: [usize; 4] = std::array::from_fn(|d| index / rule.len().pow(d as u32) % rule.len());
        let parts = Smooth.fly(&at.map(|k| rule[k].0), 2, 0).unwrap().parts;
        let value = cmi_value(&grouped(&parts, 2, 2), 2, &mut sigma).unwrap();
        let mass: f64 = at.iter().map(|&k| rule[k].1).product();
        (0..2).for_each(|f| truth[f] += mass * value * at.iter().map(|&k| rule[k].2[f]).sum::<f64>());
    }
    for (group, gradient) in [(1, GradientBy::Score), (2, GradientBy::Score), (1, GradientBy::Pathwise)] {
        let options = AugmentOptions { sets: 2, group, gradient, ..Default::default() };
        let gradients: Vec<Vec<f64>> = (0..20_000)
            .map(|i| augment(&mut Smooth, &law, &mut sigma, &options, &lambdas(i)).unwrap().gradient)
            .collect();
        for f in 0..2 {
            let column: Vec<f64> = gradients.iter().map(|g| g[f]).collect();
            let found = mean_error(&column).unwrap();
            let tolerance = 4.0 * found.error + 5e-3 * truth[f].abs();
            assert!(
                (found.mean - truth[f]).abs() < tolerance,
                "{gradient:?} by {group}: {found:?} against {}",
                truth[f]
            );
            assert!(found.error < 0.05 * vector::norm(&truth), "sharp enough to fail: {found:?} against {truth:?}");
        }
    }
}

#[test]
fn the_gradient_of_the_information_gain_is_that_of_its_expectation() {
    // Truth: the integral of form (ii) d(density)/dphi over the coefficients of the two episodes.
    let law = MixDistribution::new(MixFamily::Beta, &[0.9, 0.4]).unwrap();
    let nodes = 400;
    let rule: Vec<(f64, f64, [f64; 2])> = (0..nodes)
        .map(|k| {
            let (lambda, mut slope) = ((k as f64 + 0.5) / nodes as f64, [0.0; 2]);
            let density = law.log_density_with_gradient(lambda, &mut slope).exp();
            (lambda, density / nodes as f64, slope)
        })
        .collect();
    assert!((rule.iter().map(|node| node.1).sum::<f64>() - 1.0).abs() < 1e-3);
    let (mut mean, mut truth) = (0.0, [0.0; 2]);
    for first in &rule {
        for second in &rule {
            let value = first.1 * second.1 * gain_of([first.0, second.0]);
            mean += value;
            (0..2).for_each(|f| truth[f] += value * (first.2[f] + second.2[f]));
        }
    }
    for gradient in [GradientBy::Score, GradientBy::Pathwise] {
        let objective = Objective::InformationGain;
        let options = AugmentOptions { sets: 2, objective, gradient, ..Default::default() };
        let mut sigma = Isotropic { variance: 2.0 };
        let found: Vec<Augmentation> =
            (0..20_000).map(|i| augment(&mut Smooth, &law, &mut sigma, &options, &lambdas(i)).unwrap()).collect();
        let values = mean_error(&found.iter().map(|one| one.value).collect::<Vec<_>>()).unwrap();
        assert!((values.mean - mean).abs() < 4.0 * values.error + 1e-3 * mean, "{values:?} against {mean}");
        for f in 0..2 {
            let estimate = mean_error(&found.iter().map(|one| one.gradient[f]).collect::<Vec<_>>()).unwrap();
            let tolerance = 4.0 * estimate.error + 5e-3 * vector::norm(&truth);
            assert!((estimate.mean - truth[f]).abs() < tolerance, "{gradient:?}: {estimate:?} against {truth:?}");
            assert!(
                estimate.error < 0.1 * vector::norm(&truth),
                "sharp enough to fail: {estimate:?} against {truth:?}"
            );
        }
    }
}

#[test]
fn the_pathwise_gradient_is_the_slope_of_the_value_under_common_random_numbers() {
    let h = 1e-4;
    let cases: [(MixFamily, &[f64]); 3] = [
        (MixFamily::Beta, &[0.4, -0.2]),
        (MixFamily::LogitNormal, &[0.7, -0.3]),
        (MixFamily::Mixture, &[0.2, -0.4, 0.3, 0.8, 0.9, -0.1, 0.5, 1.0]),
    ];
    for (family, phi) in cases {
        for objective in [Objective::Mixture, Objective::InformationGain] {
            let gradient = GradientBy::Pathwise;
            let options = AugmentOptions { sets: 3, objective, gradient, ..Default::default() };
            let at = |phi: &[f64]| {
                let law = MixDistribution::new(family, phi).unwrap();
                augment(&mut Smooth, &law, &mut Isotropic { variance: 2.0 }, &options, &lambdas(4)).unwrap()
            };
            let found = at(phi).gradient;
            let size = vector::norm(&found);
            for f in 0..phi.len() {
                let moved = |by: f64| {
                    let mut phi = phi.to_vec();
                    phi[f] += by;
                    at(&phi).value
                };
                let truth = (moved(h) - moved(-h)) / (2.0 * h);
                // The differences in lambda have a truncation error of about 9 h² / 6 with h = .02.
                assert!((found[f] - truth).abs() < 2e-3 * size, "{family} {objective:?} {f}: {found:?} {truth}");
            }
        }
    }
}

#[test]
fn bad_options_are_errors() {
    let law = MixDistribution::start(MixFamily::Uniform);
    let attempt = |options: AugmentOptions| {
        let mut sigma = Isotropic { variance: 1.0 };
        augment(&mut Smooth, &law, &mut sigma, &options, &lambdas(0)).unwrap_err().to_string()
    };
    assert!(attempt(AugmentOptions { sets: 1, ..Default::default() }).contains("augment.sets is 1"));
    assert!(attempt(AugmentOptions { group: 3, ..Default::default() }).contains("augment.group is 3 of 2 episodes"));
    let refused = "entropy".parse::<Objective>().unwrap_err().to_string();
    assert_eq!(refused, "augment.objective is entropy; give one of mixture information-gain");
    assert_eq!("pathwise".parse::<GradientBy>().unwrap(), GradientBy::Pathwise);
}
