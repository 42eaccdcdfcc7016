//! Theorem 3: the gap between training tasks and new ones falls with the number of training tasks, at least as fast as 1/√N.
//!
//! Tasks are directions g, uniform in a square of feature space, with reward `<g, x(s)>` in an exact process. N of them are
//! drawn, theta is meta-trained on them (exact meta-gradients of one inner step; ascent), and the gap is the mean
//! post-adaptation return of the training tasks less that of the law of tasks, by a product rule: exact on both sides.
//! The same is done with the regulariser that mixing amounts to (Lemma 2), `-γ |Θ x|²` averaged over states, which is what
//! the paper's bound holds small.

use xmrl_autodiff::vector;
use xmrl_envs::rng::Stream;

use crate::check::{Relation, TheoryCheck, TheoryCurve, TheoryPart, TheorySeries, log_slope};
use crate::process::{Process, stream};
use crate::quadrature::gauss_legendre;

const COUNTS: [usize; 5] = [4, 8, 16, 32, 64];
const REPEATS: usize = 64;
/// Inner step, meta-steps and their size.
const RATE: f64 = 1.0;
const STEPS: usize = 4;
const META_RATE: f64 = 2.0;
/// γ of the regularised runs.
const WEIGHT: f64 = 0.1;
/// Half-width of the square of directions, and its centre.
const HALF: f64 = 1.0;
const CENTRE: [f64; 2] = [0.3, -0.2];
/// Nodes of the product rule over directions, a side.
const NODES: usize = 6;

/// Meta-learning on one process.
pub(super) struct Learning {
    process: Process,
    /// Mean of `x xᵀ` over states, `[d,d]`.
    moment: Vec<f64>,
    from: Stream,
}

impl Learning {
    pub(super) fn new(seed: u64) -> Self {
        let from = stream(seed, 2);
        let process = Process::random(5, 2, 2, 3, &from);
        let size = process.size;
        let mean = |k: usize| {
            let product = |s: usize| process.features_of(s)[k / size] * process.features_of(s)[k % size];
            (0..process.states).map(product).sum::<f64>() / process.states as f64
        };
        let moment = (0..size * size).map(mean).collect();
        Self { process, moment, from }
    }

    /// Task `task` of draw `draw`.
    pub(super) fn direction(&self, draw: usize, task: usize) -> [f64; 2] {
        let uniform = |k: u32| 2.0 * self.from.uniform(8, draw as u32, task as u32, k) - 1.0;
        [CENTRE[0] + HALF * uniform(0), CENTRE[1] + HALF * uniform(1)]
    }

    fn reward(&self, g: [f64; 2]) -> Vec<f64> {
        let value = |pair: usize| {
            let x = self.process.features_of(pair / self.process.actions);
            g[0] * x[0] + g[1] * x[1]
        };
        (0..self.process.states * self.process.actions).map(value).collect()
    }

    fn ascent(&self, reward: &[f64], theta: &[f64]) -> (f64, Vec<f64>) {
        self.process.value_gradient(reward, theta, &self.process.start, self.process.horizon)
    }

    /// Return after one inner step, and the gradient at the policy that it leads to.
    fn moved(&self, reward: &[f64], theta: &[f64]) -> (f64, Vec<f64>) {
        let mut moved = theta.to_vec();
        vector::axpy(RATE, &self.ascent(reward, theta).1, &mut moved);
        self.ascent(reward, &moved)
    }

    /// Return after one inner step, and its gradient `u + rate H u` with `u` the gradient at the adapted policy; the product
    /// with the Hessian is a central difference of exact gradients.
    pub(super) fn adapted(&self, g: [f64; 2], theta: &[f64]) -> (f64, Vec<f64>) {
        const H: f64 = 1e-4;
        let reward = self.reward(g);
        let (value, mut gradient) = self.moved(&reward, theta);
        let beside = |step: f64| {
            let mut at = theta.to_vec();
            vector::axpy(step, &gradient, &mut at);
            self.ascent(&reward, &at).1
        };
        let product = vector::difference(&beside(H), &beside(-H));
        vector::axpy(RATE / (2.0 * H), &product, &mut gradient);
        (value, gradient)
    }

    /// Mean return after adaptation over some tasks, `(weight, direction)`.
    fn mean(&self, tasks: &[(f64, [f64; 2])], theta: &[f64]) -> f64 {
        tasks.iter().map(|(weight, g)| weight * self.moved(&self.reward(*g), theta).0).sum()
    }

    /// theta after the meta-steps on the tasks, with weight γ of the regulariser.
    pub(super) fn train(&self, tasks: &[(f64, [f64; 2])], weight: f64) -> Vec<f64> {
        let size = self.process.size;
        let mut theta = vec![0.0; self.process.parameters()];
        for _ in 0..STEPS {
            let mut step = vec![0.0; theta.len()];
            tasks.iter().for_each(|(share, g)| vector::axpy(*share, &self.adapted(*g, &theta).1, &mut step));
            for (row, out) in theta.chunks_exact(size).zip(step.chunks_exact_mut(size)) {
                for (line, to) in self.moment.chunks_exact(size).zip(out) {
                    *to -= 2.0 * weight * vector::dot(line, row);
                }
            }
            vector::axpy(META_RATE, &step, &mut theta);
        }
        theta
    }

    /// The law of tasks as a product rule.
    pub(super) fn law(&self) -> Vec<(f64, [f64; 2])> {
        let rule = gauss_legendre(NODES);
        let side = |k: usize, t: f64| CENTRE[k] + HALF * (2.0 * t - 1.0);
        rule.iter().flat_map(|(s, a)| rule.iter().map(move |(t, b)| (a * b, [side(0, *s), side(1, *t)]))).collect()
    }

    /// Gaps `[REPEATS]` of theta trained on `count` tasks, and the same less the gap of a reference on the same tasks.
    ///
    /// The reference is trained on the law, so it owes nothing to the draw and its expected gap is 0: the difference has the
    /// mean of the gap without the chance of how good the drawn tasks are for any policy.
    pub(super) fn gaps(&self, count: usize, weight: f64) -> (Vec<f64>, Vec<f64>) {
        let law = self.law();
        let reference = self.train(&law, weight);
        let everywhere = self.mean(&law, &reference);
        let gap = |draw: usize| {
            let tasks: Vec<_> = (0..count).map(|task| (1.0 / count as f64, self.direction(draw, task))).collect();
            let theta = self.train(&tasks, weight);
            let whole = self.mean(&tasks, &theta) - self.mean(&law, &theta);
            (whole, whole - (self.mean(&tasks, &reference) - everywhere))
        };
        (0..REPEATS).map(gap).unzip()
    }
}

fn root_mean_square(values: &[f64]) -> f64 {
    (vector::dot(values, values) / values.len() as f64).sqrt()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The gap against N, without and with the regulariser.
pub(super) fn measure(seed: u64) -> TheoryPart {
    let learning = Learning::new(seed);
    let counts = COUNTS.map(|count| count as f64);
    let (mut typical, mut expected, mut regularised) = (Vec::new(), Vec::new(), Vec::new());
    for count in COUNTS {
        let (whole, excess) = learning.gaps(count, 0.0);
        typical.push(root_mean_square(&whole));
        expected.push(mean(&excess));
        regularised.push(mean(&learning.gaps(count, WEIGHT).1));
    }
    let share = mean(&regularised) / mean(&expected);
    TheoryPart {
        id: "theorem-3",
        title: "Theorem 3: the generalisation gap",
        statement: "Meta-parameters trained on N tasks do better on those than on new ones, by a gap that falls at least as fast as 1/√N, and that is smaller under the regulariser that mixing amounts to. Measured with exact meta-gradients and an exact law of tasks; the expected gap is the mean over draws of tasks, the typical one its root mean square.",
        checks: vec![
            TheoryCheck::new(
                "slope of the expected gap against N",
                "the gap falls at least as fast as 1/√N",
                log_slope(&counts, &expected),
                Relation::AtMost,
                -0.5,
                0.1,
            ),
            TheoryCheck::new(
                "slope of the typical gap against N",
                "so does its root mean square, which chance alone makes fall as 1/√N",
                log_slope(&counts, &typical),
                Relation::AtMost,
                -0.5,
                // Three standard errors of the slope of root mean squares over so many draws.
                0.15,
            ),
            TheoryCheck::new(
                "expected gap with the regulariser, as a share of that without",
                "the regulariser makes the gap smaller",
                share,
                Relation::AtMost,
                1.0,
                0.0,
            ),
        ],
        curve: TheoryCurve {
            x: "training tasks N",
            y: "gap in return",
            log_x: true,
            log_y: true,
            series: vec![
                TheorySeries::power_law("shape of the bound, 1/√N", &counts, typical[0], -0.5),
                TheorySeries::measured("typical gap", &counts, typical),
                TheorySeries::measured("expected gap", &counts, expected),
                TheorySeries::measured("expected gap with the regulariser", &counts, regularised),
            ],
        },
    }
}
