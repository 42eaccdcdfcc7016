//! Lemma 2: for a softmax policy, mixing the states of the data is the quadratic regulariser `-θᵀ H̄ θ`.
//!
//! Behaviour pi_0 gives each pair (s, a) of an exact process the weight `w(s,a) = sum_t P(s_t = s) pi_0(a|s) Q_t(s,a)` (mean
//! over t), with which `J(θ; x) = sum w log pi_θ(a | x(s))` is the surrogate of the policy gradient. Mixing replaces x(s) by
//! `x̄ = x(s) + ε τ (x(s') - x(s))`, s' from the state occupancy, `τ ~ U(0,1)`, so lambda = 1 - ε τ. With x̃(s) = E[x̄ | s] and
//! C_s = Cov[x̄ | s], the first-order term vanishes and the second derivative of `log pi` in x is `-Θᵀ (diag pi - pi piᵀ) Θ`:
//!
//! `E J(θ; x̄) = J(θ; x̃) - θᵀ H̄ θ + O(ε³)`, `H̄ = ½ sum_s W(s) (diag pi - pi piᵀ) ⊗ C_s`, `W(s) = sum_a w(s,a)`, pi at x̃(s).
//!
//! That is about **returns**: rewards are positive, so W is, and H̄ is positive semi-definite: mixing only ever shrinks. Learning
//! weighs by advantages instead. Exact ones sum to 0 in every state (`sum_a pi_0 A = 0`), so W and with it H̄ vanish and what
//! mixing does is of third order; less a baseline that is no function of the state, W has either sign, and H̄ none.

use crate::check::{Relation, TheoryCheck, TheoryCurve, TheoryPart, TheorySeries, log_slope};
use crate::process::{Process, stream};
use crate::quadrature::gauss_legendre;

const SIZES: [f64; 6] = [0.08, 0.056, 0.04, 0.028, 0.02, 0.014];
const POINTS: usize = 8;

/// The data of a behaviour policy on one exact process.
pub(super) struct Data {
    pub(super) process: Process,
    /// Mean state occupancy `[S]`.
    pub(super) occupancy: Vec<f64>,
    /// w `[S,A]`.
    pub(super) weights: Vec<f64>,
}

/// What is taken from the return of a pair (s, a) at t before it becomes a weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Baseline {
    /// Nothing.
    None,
    /// `sum_a pi_0(a|s) Q_t(s,a)`: the weights are exact advantages.
    Value,
    /// The mean of that over the states at t.
    Mean,
}

impl Data {
    pub(super) fn new(seed: u64, baseline: Baseline) -> Self {
        let from = stream(seed, 4);
        let process = Process::random(6, 3, 4, 3, &from);
        let (pairs, horizon) = (process.states * process.actions, process.horizon);
        let reward: Vec<f64> = (0..pairs).map(|pair| from.uniform(2, pair as u32, 0, 0)).collect();
        let behaviour: Vec<f64> = (0..process.parameters()).map(|p| 0.5 * from.normal(3, 0, 0, p as u32)).collect();
        let policies = process.policies(&behaviour);
        let visits = process.occupancy(&policies, &process.start, horizon);
        let values = process.action_values(&reward, &policies, horizon);
        let (mut occupancy, mut weights) = (vec![0.0; process.states], vec![0.0; pairs]);
        let value = |at: usize| -> f64 {
            let (policy, q) = (&policies[at % process.states * process.actions..], &values[at * process.actions..]);
            (0..process.actions).map(|action| policy[action] * q[action]).sum()
        };
        let taken = |at: usize| -> f64 {
            let step = at / process.states * process.states;
            match baseline {
                Baseline::None => 0.0,
                Baseline::Value => value(at),
                Baseline::Mean => (step..step + process.states).map(|other| visits[other] * value(other)).sum(),
            }
        };
        for (at, visit) in visits.iter().enumerate() {
            occupancy[at % process.states] += visit / horizon as f64;
            for action in 0..process.actions {
                let pair = at % process.states * process.actions + action;
                weights[pair] +=
                    visit * policies[pair] * (values[at * process.actions + action] - taken(at)) / horizon as f64;
            }
        }
        Self { process, occupancy, weights }
    }

    /// `W(s) [S]`.
    fn whole(&self) -> Vec<f64> {
        self.weights.chunks_exact(self.process.actions).map(|row| row.iter().sum()).collect()
    }

    /// `sum_a w(s,a) log pi_θ(a | x)` of one state's weights at features x.
    fn at(&self, state: usize, theta: &[f64], x: &[f64]) -> f64 {
        let policy = self.process.policy(theta, x);
        let row = &self.weights[state * self.process.actions..][..self.process.actions];
        row.iter().zip(policy).map(|(weight, p)| weight * p.ln()).sum()
    }

    /// `E J(θ; x̄)`: every pair of states, a rule over τ that is exact to rounding.
    pub(super) fn mixed(&self, theta: &[f64], size: f64) -> f64 {
        let rule = gauss_legendre(12);
        let mut sum = 0.0;
        for state in 0..self.process.states {
            for (other, visit) in self.occupancy.iter().enumerate() {
                for (tau, weight) in &rule {
                    let x = self.process.mixed_features([state, other], 1.0 - size * tau);
                    sum += visit * weight * self.at(state, theta, &x);
                }
            }
        }
        sum
    }

    /// `x̃(s) [d]` and `C_s [d,d]`.
    fn moments(&self, state: usize, size: f64) -> (Vec<f64>, Vec<f64>) {
        let Process { size: width, states, .. } = self.process;
        let x = self.process.features_of(state);
        let away = |other: usize, i: usize| self.process.features_of(other)[i] - x[i];
        // E τ = 1/2, E τ² = 1/3.
        let shift: Vec<f64> =
            (0..width).map(|i| 0.5 * size * (0..states).map(|s| self.occupancy[s] * away(s, i)).sum::<f64>()).collect();
        let second = |i: usize, j: usize| -> f64 {
            (0..states).map(|s| self.occupancy[s] * away(s, i) * away(s, j)).sum::<f64>() * size * size / 3.0
        };
        let covariance = (0..width * width).map(|k| second(k / width, k % width) - shift[k / width] * shift[k % width]);
        (x.iter().zip(&shift).map(|(a, b)| a + b).collect(), covariance.collect())
    }

    /// `J(θ; x̃)` and `θᵀ H̄ θ`.
    pub(super) fn regularised(&self, theta: &[f64], size: f64) -> (f64, f64) {
        let Process { size: width, states, actions, .. } = self.process;
        let (mut plain, mut penalty) = (0.0, 0.0);
        for state in 0..states {
            let (x, covariance) = self.moments(state, size);
            plain += self.at(state, theta, &x);
            let policy = self.process.policy(theta, &x);
            let whole: f64 = self.weights[state * actions..][..actions].iter().sum();
            let form = |b: usize, c: usize| -> f64 {
                let (left, right) = (&theta[b * width..][..width], &theta[c * width..][..width]);
                (0..width * width).map(|k| left[k / width] * covariance[k] * right[k % width]).sum()
            };
            for b in 0..actions {
                penalty += 0.5 * whole * policy[b] * form(b, b);
                for c in 0..actions {
                    penalty -= 0.5 * whole * policy[b] * policy[c] * form(b, c);
                }
            }
        }
        (plain, penalty)
    }

    /// A policy to look at.
    pub(super) fn point(&self, seed: u64, index: usize) -> Vec<f64> {
        let from = stream(seed, 4);
        (0..self.process.parameters()).map(|p| from.normal(4, index as u32, 0, p as u32)).collect()
    }
}

/// The order of what the regulariser leaves, its share, and the sign of `H̄`.
pub(super) fn measure(seed: u64) -> TheoryPart {
    let data = Data::new(seed, Baseline::None);
    let points: Vec<Vec<f64>> = (0..POINTS).map(|index| data.point(seed, index)).collect();
    let (mut effects, mut remainders) = (Vec::new(), Vec::new());
    for size in SIZES {
        // Root mean squares over the policies.
        let (mut effect, mut remainder) = (0.0, 0.0);
        for theta in &points {
            let (plain, penalty) = data.regularised(theta, size);
            let change = data.mixed(theta, size) - plain;
            effect += change * change / POINTS as f64;
            remainder += (change + penalty).powi(2) / POINTS as f64;
        }
        effects.push(effect.sqrt());
        remainders.push(remainder.sqrt());
    }
    let order = log_slope(&SIZES, &remainders);
    let last = SIZES.len() - 1;
    let share = remainders[last] / effects[last];
    // The same with weights that are advantages, exact or less one number a step.
    let advantages = Data::new(seed, Baseline::Value);
    let penalty = |data: &Data| points.iter().map(|theta| data.regularised(theta, 0.25).1.abs()).fold(0.0, f64::max);
    let left = penalty(&advantages) / penalty(&data);
    let whole = Data::new(seed, Baseline::Mean).whole();
    let ends = whole.iter().fold([0.0_f64; 2], |[low, high], w| [low.min(*w), high.max(*w)]);
    let least = points.iter().map(|theta| data.regularised(theta, 0.25).1).fold(f64::INFINITY, f64::min);
    TheoryPart {
        id: "lemma-2",
        title: "Lemma 2: mixing is a quadratic regulariser",
        statement: "For a softmax policy, mixing the states of the data changes the surrogate, at the mean mixed state, by −θᵀH̄θ and terms of third order in the size of the mixing. With returns as weights H̄ is positive; the product learns from advantages, of which H̄ has no sign, and none is left where they are exact. Measured by enumeration on an exact decision process.",
        checks: vec![
            TheoryCheck::new(
                "order of what the regulariser leaves",
                "the change is the regulariser to third order in the size of the mixing",
                order,
                Relation::Equal,
                3.0,
                0.15,
            ),
            TheoryCheck::new(
                "share of the change that it leaves, smallest mixing",
                "the regulariser is all of the change in the limit",
                share,
                Relation::AtMost,
                0.0,
                0.1,
            ),
            TheoryCheck::new(
                "least θᵀH̄θ over the policies",
                "weighted by returns H̄ is positive: mixing shrinks",
                least,
                Relation::Above,
                0.0,
                0.0,
            ),
            TheoryCheck::new(
                "largest |θᵀH̄θ| of exact advantages over that of returns",
                "advantages sum to 0 in every state: there is no regulariser",
                left,
                Relation::AtMost,
                0.0,
                1e-12,
            ),
            TheoryCheck::new(
                "least over greatest W(s), returns less their mean at each step",
                "centred on fewer numbers than states W has either sign: H̄ has none",
                ends[0] / ends[1],
                Relation::AtMost,
                0.0,
                0.0,
            ),
        ],
        curve: TheoryCurve {
            x: "size ε of the mixing",
            y: "change of the surrogate (root mean square)",
            log_x: true,
            log_y: true,
            series: vec![
                TheorySeries::power_law("slope 2", &SIZES, effects[0], 2.0),
                TheorySeries::power_law("slope 3", &SIZES, remainders[0], 3.0),
                TheorySeries::measured("mixing less the mean mixed state", &SIZES, effects),
                TheorySeries::measured("the same with the regulariser added back", &SIZES, remainders),
            ],
        },
    }
}
