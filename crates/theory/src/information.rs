//! Theorem 2: mixed episodes of the critical tasks carry information on the meta-parameters, and none is gained or lost on the
//! other tasks.
//!
//! N tasks (rewards) on one exact process, each with its adapted policy. Critical tasks fly from mixed states, the others from
//! the visited state itself (lambda = 1). The response of a coefficient set is the exact gradient of the mean return, so
//! nothing but lambda differs between sets. The posterior covariance is that of the critical tasks' Fisher matrix.
//!
//! Form (i) is the Gaussian information of M draws; beside it stands the information of the continuous mixture,
//! `E ln p(θ | λ) / p(θ)`, by nested Monte Carlo with fresh draws: another estimator of the same claim.

use xmrl_autodiff::vector;
use xmrl_core::{Curvature, MixDistribution, MixFamily, Result, cmi_value, factor, mean_error};
use xmrl_envs::rng::Stream;

use crate::check::{Relation, TheoryCheck, TheoryCurve, TheoryPart, TheorySeries};
use crate::process::{Ahead, Process, stream};

const TASKS: usize = 5;
/// Which tasks are critical: the first so many.
const CRITICAL: usize = 2;
/// Pairs of visited states a task.
const PAIRS: usize = 4;
/// M.
const SETS: usize = 16;
/// Inner step of the adapted policies.
const RATE: f64 = 0.5;
/// Posterior precision `BETA F + DELTA I`: a wide posterior, for information of a fraction of a nat.
const BETA: f64 = 0.02;
const DELTA: f64 = 0.002;
/// Draws of the nested Monte Carlo estimate, outer and inner.
const SAMPLES: usize = 1500;

/// Adapted policies on one process, with the pairs of states that their episodes mix.
pub(super) struct Tasks {
    process: Process,
    /// `[N]`: reward `[S,A]`, adapted policy `[P]`, and what follows a first step.
    tasks: Vec<(Vec<f64>, Vec<f64>, Ahead)>,
    /// `[N,J]`.
    pairs: Vec<[usize; 2]>,
    /// Fisher matrix of the critical tasks' policies, `[P,P]`.
    fisher: Vec<f64>,
    from: Stream,
}

impl Tasks {
    pub(super) fn new(seed: u64) -> Self {
        let from = stream(seed, 1);
        let process = Process::random(6, 3, 3, 3, &from);
        let width = process.parameters();
        let theta: Vec<f64> = (0..width).map(|p| 0.3 * from.normal(3, 0, 0, p as u32)).collect();
        let task = |task: usize| {
            let reward: Vec<f64> =
                (0..process.states * process.actions).map(|pair| from.normal(4, task as u32, 0, pair as u32)).collect();
            let (_, gradient) = process.value_gradient(&reward, &theta, &process.start, process.horizon);
            let mut adapted = theta.clone();
            vector::axpy(RATE, &gradient, &mut adapted);
            let ahead = process.ahead(&reward, &adapted);
            (reward, adapted, ahead)
        };
        let tasks: Vec<_> = (0..TASKS).map(task).collect();
        let draw = |unit: usize, k: u32| from.below(process.states, 5, unit as u32, 0, k);
        let pairs = (0..TASKS * PAIRS).map(|unit| [draw(unit, 0), draw(unit, 1)]).collect();
        let mut fisher = vec![0.0; width * width];
        for (_, adapted, _) in &tasks[..CRITICAL] {
            let policies = process.policies(adapted);
            let visits = process.occupancy(&policies, &process.start, process.horizon);
            for (at, visit) in visits.iter().enumerate() {
                let state = at % process.states;
                let row = &policies[state * process.actions..][..process.actions];
                for (action, p) in row.iter().enumerate() {
                    let (mut score, mut one) = (vec![0.0; width], vec![0.0; process.actions]);
                    one[action] = 1.0;
                    process.add_score(&one, row, process.features_of(state), &mut score);
                    let weight = visit * p / (CRITICAL * process.horizon) as f64;
                    (0..width * width).for_each(|k| fisher[k] += weight * score[k / width] * score[k % width]);
                }
            }
        }
        Self { process, tasks, pairs, fisher, from }
    }

    /// P.
    pub(super) fn parameters(&self) -> usize {
        self.process.parameters()
    }

    /// The gradient of the mean return of some tasks' episodes, `[P]`, under one coefficient an episode.
    pub(super) fn response(&self, tasks: std::ops::Range<usize>, lambda: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut out = vec![0.0; self.parameters()];
        let units = tasks.start * PAIRS..tasks.end * PAIRS;
        let share = 1.0 / units.len() as f64;
        for unit in units {
            let (reward, adapted, ahead) = &self.tasks[unit / PAIRS];
            let (_, gradient) = self.process.mixed_gradient((reward, adapted), ahead, self.pairs[unit], lambda(unit));
            vector::axpy(share, &gradient, &mut out);
        }
        out
    }

    /// Draw number `set` of the coefficient of an episode.
    fn draw(&self, law: &MixDistribution, set: usize, unit: usize) -> f64 {
        let uniform = |k| self.from.uniform(6, set as u32, unit as u32, k);
        law.sample(uniform(0), uniform(1))
    }

    /// Responses `[M,P]` of the critical tasks, sets from `first` on.
    fn critical(&self, law: &MixDistribution, first: usize, sets: usize) -> Vec<f64> {
        (first..first + sets).flat_map(|set| self.response(0..CRITICAL, |unit| self.draw(law, set, unit))).collect()
    }

    /// Form (i) of responses `[M,P]`.
    pub(super) fn information(&self, responses: &[f64]) -> Result<f64> {
        let width = self.parameters();
        let product = |v: &[f64], out: &mut [f64]| -> Result<()> {
            out.iter_mut().zip(self.fisher.chunks_exact(width)).for_each(|(to, row)| *to = vector::dot(row, v));
            Ok(())
        };
        let mut sigma = Curvature::new(BETA, DELTA, 20 * width, 1e-14, product)?;
        cmi_value(responses, responses.len() / width, &mut sigma)
    }

    /// `L⁻¹ r` with `L Lᵀ = BETA F + DELTA I`: the posterior mean in coordinates in which the posterior is standard normal.
    fn whitened(&self, responses: &[f64]) -> Result<Vec<f64>> {
        let width = self.parameters();
        let lower = factor(&self.fisher, width, BETA / DELTA)?;
        let mut out = responses.to_vec();
        for row in out.chunks_exact_mut(width) {
            for i in 0..width {
                let known: f64 = (0..i).map(|k| lower[i * width + k] * row[k]).sum();
                row[i] = (row[i] - known) / lower[i * width + i];
            }
            vector::scale(1.0 / DELTA.sqrt(), row);
        }
        Ok(out)
    }

    /// Samples of `ln p(θ | λ) / p(θ)`, whose mean is the information; `p(θ)` is a mean over as many draws of lambda.
    pub(super) fn mixture_samples(&self, law: &MixDistribution) -> Result<Vec<f64>> {
        let width = self.parameters();
        let means = self.whitened(&self.critical(law, SETS, 2 * SAMPLES))?;
        let (own, others) = means.split_at(SAMPLES * width);
        let sample = |(index, mean): (usize, &[f64])| {
            let noise: Vec<f64> = (0..width).map(|p| self.from.normal(7, index as u32, 0, p as u32)).collect();
            let given = -0.5 * vector::dot(&noise, &noise);
            let density = |other: &[f64]| {
                let distance: f64 = (0..width).map(|p| (mean[p] + noise[p] - other[p]).powi(2)).sum();
                (-0.5 * distance - given).exp()
            };
            -(others.chunks_exact(width).map(density).sum::<f64>() / SAMPLES as f64).ln()
        };
        Ok(own.chunks_exact(width).enumerate().map(sample).collect())
    }
}

/// Information on critical tasks and on the others, and how it grows with the spread of lambda.
pub(super) fn measure(seed: u64) -> Result<TheoryPart> {
    let tasks = Tasks::new(seed);
    let uniform = MixDistribution::start(MixFamily::Uniform);
    let critical = tasks.critical(&uniform, 0, SETS);
    let gained = tasks.information(&critical)?;
    let others: Vec<f64> = (0..SETS).flat_map(|_| tasks.response(CRITICAL..TASKS, |_| 1.0)).collect();
    let untouched = tasks.information(&others)?;
    let together: Vec<f64> = critical.iter().zip(&others).map(|(a, b)| a + b).collect();
    let mixture = mean_error(&tasks.mixture_samples(&uniform)?)?;

    // Beta(a, a) from nearly one point to nearly two, by the standard deviation of lambda.
    let shapes: Vec<f64> = (0..=12).map(|k| 3.0 - 0.5 * f64::from(k)).collect();
    let spread: Vec<f64> = shapes.iter().map(|ln_a| 0.5 / (2.0 * ln_a.exp() + 1.0).sqrt()).collect();
    let mut grown = Vec::new();
    for ln_a in &shapes {
        let law = MixDistribution::new(MixFamily::Beta, &[*ln_a, *ln_a])?;
        grown.push(tasks.information(&tasks.critical(&law, 0, SETS))?);
    }
    Ok(TheoryPart {
        id: "theorem-2",
        title: "Theorem 2: information on critical tasks only",
        statement: "Episodes of the critical tasks from mixed states add information on the meta-parameters; the other tasks, whose episodes are not mixed, neither add nor lose any. Measured on exact gradients of five tasks of a decision process, two of them critical, with the library’s own estimate.",
        checks: vec![
            TheoryCheck::new("critical tasks, nats", "information is gained", gained, Relation::Above, 0.0, 0.0),
            TheoryCheck::new(
                "critical tasks, information of the mixture itself, nats",
                "so does nested Monte Carlo find, beyond four standard errors",
                mixture.mean,
                Relation::Above,
                0.0,
                4.0 * mixture.error,
            ),
            TheoryCheck::new("other tasks, nats", "nothing changes, exactly", untouched, Relation::Equal, 0.0, 0.0),
            TheoryCheck::new(
                "critical and other tasks together, nats",
                "the other tasks’ data change nothing of the gain",
                tasks.information(&together)?,
                Relation::Equal,
                gained,
                1e-12,
            ),
        ],
        curve: TheoryCurve {
            x: "standard deviation of λ, law Beta(a, a)",
            y: "conditional mutual information, nats",
            log_x: false,
            log_y: false,
            series: vec![
                TheorySeries::measured("critical tasks", &spread, grown),
                TheorySeries::measured("other tasks", &spread, vec![untouched; spread.len()]),
            ],
        },
    })
}
