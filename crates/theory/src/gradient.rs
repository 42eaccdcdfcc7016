//! Lemma 1: the phi-gradient of the information, by the score function and along the path, against quadrature.
//!
//! One critical task of an exact process, two episodes (pairs of states), two coefficient sets: the expected objective is an
//! integral over four coefficients (form i) or two (form ii), and so is its gradient, `∫ V d log P/dphi dP`. The library's own
//! evaluation ([`augment`]) is averaged over independent draws of the coefficients.

use xmrl_autodiff::vector;
use xmrl_core::{
    AugmentOptions, GradientBy, Isotropic, MixDistribution, MixFamily, MixedEpisodes, Objective, Result, SetGradients,
    augment, cmi_value, information_gain, mean_error,
};
use xmrl_envs::MixCounts;

use crate::check::{Relation, TheoryCheck, TheoryCurve, TheoryPart, TheorySeries};
use crate::process::{Ahead, Process, stream};
use crate::quadrature::gauss_legendre;

const SETS: usize = 2;
/// Episodes of a set, and the action whose score each one's sample of form (ii) is.
const UNITS: usize = 2;
const ACTIONS: [usize; UNITS] = [0, 2];
/// Variance of the posterior: large enough for about a nat.
const VARIANCE: f64 = 40.0;
/// Nodes of the rule for one coefficient.
const NODES: usize = 18;
/// Evaluations that are averaged.
const DRAWS: usize = 4096;

/// Mixed episodes whose gradients are exact: no action is drawn.
pub(super) struct Exact {
    process: Process,
    reward: Vec<f64>,
    theta: Vec<f64>,
    ahead: Ahead,
    /// The pairs of states that the episodes mix: those farthest apart, which depend most on lambda.
    pairs: [[usize; 2]; UNITS],
}

impl Exact {
    pub(super) fn new(seed: u64) -> Self {
        let from = stream(seed, 3);
        let process = Process::random(6, 3, 3, 3, &from);
        let normals = |task: u32, n: usize| -> Vec<f64> { (0..n).map(|k| from.normal(task, 0, 0, k as u32)).collect() };
        let (reward, theta) = (normals(4, process.states * process.actions), normals(3, process.parameters()));
        let mut pairs: Vec<[usize; 2]> = (0..process.states).flat_map(|s| (0..s).map(move |t| [s, t])).collect();
        let distance = |pair: &[usize; 2]| -> f64 {
            let [a, b] = pair.map(|s| process.features_of(s));
            vector::norm(&vector::difference(a, b))
        };
        pairs.sort_by(|a, b| distance(b).total_cmp(&distance(a)));
        let pairs = [pairs[0], pairs[1]];
        let ahead = process.ahead(&reward, &theta);
        Self { process, reward, theta, ahead, pairs }
    }

    fn part(&self, unit: usize, lambda: f64) -> Vec<f64> {
        self.process.mixed_gradient((&self.reward, &self.theta), &self.ahead, self.pairs[unit], lambda).1
    }

    fn score(&self, unit: usize, lambda: f64) -> Vec<f64> {
        let x = self.process.mixed_features(self.pairs[unit], lambda);
        let policy = self.process.policy(&self.theta, &x);
        let (mut out, mut one) = (vec![0.0; self.parameters()], vec![0.0; self.process.actions]);
        one[ACTIONS[unit]] = 1.0;
        self.process.add_score(&one, &policy, &x, &mut out);
        out
    }
}

impl MixedEpisodes for Exact {
    fn units(&self) -> usize {
        UNITS
    }

    fn parameters(&self) -> usize {
        self.process.parameters()
    }

    fn fly(&mut self, lambda: &[f64], _sets: usize, _noise: u16) -> Result<SetGradients> {
        let rows = |of: &dyn Fn(usize, f64) -> Vec<f64>| -> Vec<f64> {
            lambda.iter().enumerate().flat_map(|(index, l)| of(index % UNITS, *l)).collect()
        };
        Ok(SetGradients {
            parts: rows(&|unit, l| self.part(unit, l)),
            scores: rows(&|unit, l| self.score(unit, l)),
            env_steps: 0,
            mix_counts: MixCounts::default(),
        })
    }
}

/// A rule over one coefficient: node, mass under the law, score `[F]` of the law.
pub(super) fn rule(law: &MixDistribution) -> Vec<(f64, f64, [f64; 2])> {
    let node = |(t, weight): (f64, f64)| {
        // lambda = t²(3 - 2t), whose slope vanishes at both ends, where the law need not be smooth.
        let (lambda, mut score) = (t * t * (3.0 - 2.0 * t), [0.0; 2]);
        let density = law.log_density_with_gradient(lambda, &mut score).exp();
        (lambda, weight * 6.0 * t * (1.0 - t) * density, score)
    };
    gauss_legendre(NODES).into_iter().map(node).collect()
}

/// The exact phi-gradient of the expected objective.
pub(super) fn truth(exact: &Exact, law: &MixDistribution, objective: Objective) -> Result<[f64; 2]> {
    let rule = rule(law);
    let mut sigma = Isotropic { variance: VARIANCE };
    let table = |of: &dyn Fn(usize, f64) -> Vec<f64>| -> [Vec<Vec<f64>>; 2] {
        [0, 1].map(|unit| rule.iter().map(|node| of(unit, node.0)).collect())
    };
    let mut out = [0.0; 2];
    match objective {
        Objective::Mixture => {
            let parts = table(&|unit, l| exact.part(unit, l));
            for index in 0..NODES.pow(4) {
                // Set 0's episodes, set 1's episodes.
                let at: [usize; 4] = std::array::from_fn(|d| index / NODES.pow(d as u32) % NODES);
                let sum =
                    |first: usize, second: usize| parts[0][first].iter().zip(&parts[1][second]).map(|(a, b)| a + b);
                let responses: Vec<f64> = sum(at[0], at[1]).chain(sum(at[2], at[3])).collect();
                let mass: f64 = at.iter().map(|&k| rule[k].1).product();
                let value = mass * cmi_value(&responses, SETS, &mut sigma)?;
                (0..2).for_each(|f| out[f] += value * at.iter().map(|&k| rule[k].2[f]).sum::<f64>());
            }
        }
        Objective::InformationGain => {
            let scores = table(&|unit, l| exact.score(unit, l));
            for index in 0..NODES.pow(2) {
                let at = [index / NODES, index % NODES];
                let value = information_gain(&[&scores[0][at[0]][..], &scores[1][at[1]][..]].concat(), 2, &mut sigma)?;
                let value = rule[at[0]].1 * rule[at[1]].1 * value;
                (0..2).for_each(|f| out[f] += value * at.iter().map(|&k| rule[k].2[f]).sum::<f64>());
            }
        }
    }
    Ok(out)
}

/// Form (ii), expected under the law with parameters phi.
#[cfg(test)]
pub(super) fn expected_gain(exact: &Exact, phi: &[f64]) -> f64 {
    let rule = MixDistribution::new(MixFamily::Beta, phi).map(|law| rule(&law)).unwrap_or_default();
    let gain = |a: f64, b: f64| {
        let scores = [exact.score(0, a), exact.score(1, b)].concat();
        information_gain(&scores, 2, &mut Isotropic { variance: VARIANCE }).unwrap_or(f64::NAN)
    };
    rule.iter().flat_map(|a| rule.iter().map(|b| a.1 * b.1 * gain(a.0, b.0))).sum()
}

/// Independent estimates, each projected on the direction of `truth`.
pub(super) fn estimates(
    exact: &mut Exact,
    law: &MixDistribution,
    (objective, gradient): (Objective, GradientBy),
    truth: [f64; 2],
    seed: u64,
) -> Result<Vec<f64>> {
    let options = AugmentOptions { sets: SETS, objective, gradient, ..AugmentOptions::default() };
    let size = vector::norm(&truth);
    let estimate = |draw: usize| -> Result<f64> {
        let lambdas = stream(seed, 16 + draw as u64);
        let found = augment(exact, law, &mut Isotropic { variance: VARIANCE }, &options, &lambdas)?;
        Ok(vector::dot(&found.gradient, &truth) / size)
    };
    (0..DRAWS).map(estimate).collect()
}

const ROUTES: [(Objective, GradientBy, &str); 4] = [
    (Objective::Mixture, GradientBy::Score, "form (i), score function"),
    (Objective::Mixture, GradientBy::Pathwise, "form (i), pathwise"),
    (Objective::InformationGain, GradientBy::Score, "form (ii), score function"),
    (Objective::InformationGain, GradientBy::Pathwise, "form (ii), pathwise"),
];

/// Both objectives by both routes.
pub(super) fn measure(seed: u64) -> Result<TheoryPart> {
    let law = MixDistribution::new(MixFamily::Beta, &[0.8, 0.4])?;
    let mut exact = Exact::new(seed);
    let averaged: Vec<f64> = (0..=9).map(|k| f64::from(1 << k)).collect();
    let (mut checks, mut series) = (Vec::new(), Vec::new());
    for (objective, gradient, name) in ROUTES {
        let truth = truth(&exact, &law, objective)?;
        let size = vector::norm(&truth);
        let found = estimates(&mut exact, &law, (objective, gradient), truth, seed)?;
        let mean = mean_error(&found)?;
        // Besides four standard errors, what the differences in lambda leave out (a thousandth).
        let tolerance = 4.0 * mean.error + 2e-3 * size;
        let claim = "its mean is the quadrature’s, within four standard errors";
        checks.push(TheoryCheck::new(name, claim, mean.mean, Relation::Equal, size, tolerance));
        let error = |count: &f64| {
            let blocks = found.chunks_exact(*count as usize);
            let off = |block: &[f64]| (block.iter().sum::<f64>() / count / size - 1.0).powi(2);
            (blocks.clone().map(off).sum::<f64>() / blocks.len() as f64).sqrt()
        };
        series.push(TheorySeries::measured(name, &averaged, averaged.iter().map(error).collect()));
    }
    series.insert(0, TheorySeries::power_law("slope −1/2", &averaged, series[0].y[0], -0.5));
    Ok(TheoryPart {
        id: "lemma-1",
        title: "Lemma 1: the gradient of the information",
        statement: "The gradient of the information with respect to the mixing law’s parameters, estimated by the library from draws of λ, is that of the expected information. Measured along the exact gradient, which a product rule over the coefficients gives.",
        checks,
        curve: TheoryCurve {
            x: "evaluations averaged",
            y: "relative error (root mean square)",
            log_x: true,
            log_y: true,
            series,
        },
    })
}
