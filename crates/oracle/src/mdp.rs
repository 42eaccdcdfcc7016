//! A finite decision process small enough to enumerate, with a tabular softmax policy.

use crate::{HyperDual, Random};

/// One of the process's possible episodes of exactly `horizon` steps.
#[derive(Clone, Debug)]
pub struct Trajectory {
    /// `(state, action, reward)` of each step.
    pub steps: Vec<(usize, usize, f64)>,
    /// Product of the start's and the transitions' probabilities: everything but the policy's.
    pub dynamics: f64,
}

impl Trajectory {
    /// Undiscounted rewards from each step on, `[T]`.
    pub fn returns_to_go(&self) -> Vec<f64> {
        let mut out: Vec<f64> = self.steps.iter().map(|step| step.2).collect();
        for t in (0..out.len().saturating_sub(1)).rev() {
            out[t] += out[t + 1];
        }
        out
    }
}

/// States `0..states`, actions `0..actions`; `theta` `[states, actions]` row-major are the policy's logits.
#[derive(Clone, Debug)]
pub struct TabularMdp {
    /// Number of states.
    pub states: usize,
    /// Number of actions.
    pub actions: usize,
    /// Steps of an episode.
    pub horizon: usize,
    /// Start distribution `[states]`.
    pub start: Vec<f64>,
    /// `P(s' | s, a)`, `[states, actions, states]`.
    pub transition: Vec<f64>,
    /// `r(s, a)`, `[states, actions]`.
    pub reward: Vec<f64>,
}

impl TabularMdp {
    /// A process with full support, probabilities and rewards drawn from `random`.
    pub fn random(states: usize, actions: usize, horizon: usize, random: &mut Random) -> Self {
        let mut law = |n: usize| {
            let raw: Vec<f64> = (0..n).map(|_| 0.2 + random.uniform()).collect();
            let total: f64 = raw.iter().sum();
            raw.into_iter().map(|x| x / total).collect::<Vec<_>>()
        };
        let start = law(states);
        let transition = (0..states * actions).flat_map(|_| law(states)).collect();
        let reward = random.normals(states * actions);
        Self { states, actions, horizon, start, transition, reward }
    }

    /// Number of logits.
    pub fn parameters(&self) -> usize {
        self.states * self.actions
    }

    /// `pi(a | s)` for every state and action, `[states, actions]`, in any number type that has an exponential.
    fn policy(&self, theta: &[HyperDual]) -> Vec<HyperDual> {
        theta
            .chunks_exact(self.actions)
            .flat_map(|logits| {
                let powers: Vec<HyperDual> = logits.iter().map(|x| x.exp()).collect();
                let total = powers.iter().copied().fold(HyperDual::constant(0.0), |sum, x| sum + x);
                powers.into_iter().map(move |x| x / total)
            })
            .collect()
    }

    /// `pi(a | s)`, `[states, actions]`.
    pub fn probabilities(&self, theta: &[f64]) -> Vec<f64> {
        let constants: Vec<HyperDual> = theta.iter().map(|x| HyperDual::constant(*x)).collect();
        self.policy(&constants).into_iter().map(|p| p.x).collect()
    }

    /// `grad log pi(a | s)`, `[parameters]`: `1{a} - pi` in the block of `s`, 0 elsewhere.
    pub fn score(&self, theta: &[f64], state: usize, action: usize) -> Vec<f64> {
        let pi = self.probabilities(theta);
        let mut out = vec![0.0; self.parameters()];
        for a in 0..self.actions {
            let j = state * self.actions + a;
            out[j] = f64::from(a == action) - pi[j];
        }
        out
    }

    /// Every episode: `states^T actions^T` of them, in lexicographic order.
    pub fn enumerate(&self) -> Vec<Trajectory> {
        let mut open: Vec<Trajectory> = vec![Trajectory { steps: Vec::new(), dynamics: 1.0 }];
        for _ in 0..self.horizon {
            open = open
                .iter()
                .flat_map(|known| {
                    (0..self.states * self.actions).map(move |j| (known, j / self.actions, j % self.actions))
                })
                .map(|(known, s, a)| {
                    let arrival = match known.steps.last() {
                        None => self.start[s],
                        Some((from, by, _)) => self.transition[(from * self.actions + by) * self.states + s],
                    };
                    let mut steps = known.steps.clone();
                    steps.push((s, a, self.reward[s * self.actions + a]));
                    Trajectory { steps, dynamics: known.dynamics * arrival }
                })
                .collect();
        }
        open
    }

    /// Probability of an episode under the policy `theta`.
    pub fn probability(&self, theta: &[f64], trajectory: &Trajectory) -> f64 {
        let pi = self.probabilities(theta);
        trajectory.steps.iter().map(|(s, a, _)| pi[s * self.actions + a]).product::<f64>() * trajectory.dynamics
    }

    /// Expected undiscounted return by backward induction (no enumeration), in hyper-dual numbers.
    pub fn value(&self, theta: &[HyperDual]) -> HyperDual {
        let pi = self.policy(theta);
        let zero = HyperDual::constant(0.0);
        let mut values = vec![zero; self.states];
        for _ in 0..self.horizon {
            values = (0..self.states)
                .map(|s| {
                    (0..self.actions).fold(zero, |sum, a| {
                        let j = s * self.actions + a;
                        let ahead = (0..self.states).fold(HyperDual::constant(self.reward[j]), |sum, to| {
                            sum + HyperDual::constant(self.transition[j * self.states + to]) * values[to]
                        });
                        sum + pi[j] * ahead
                    })
                })
                .collect();
        }
        values.iter().zip(&self.start).fold(zero, |sum, (v, p)| sum + *v * HyperDual::constant(*p))
    }

    /// Gradient `[P]` and Hessian `[P, P]` of the expected return at `theta`, exact.
    pub fn derivatives(&self, theta: &[f64]) -> (Vec<f64>, Vec<f64>) {
        HyperDual::hessian(|x| self.value(x), theta)
    }

    /// Hessian of the LVC surrogate less the true one, `[P, P]`, in closed form by one backward and one forward pass:
    /// `-sum_l E[ (sum_{k<l} g_k) g_l' R_l ] - transpose`, the cross terms between steps that ratios of single steps miss.
    pub fn lvc_hessian_bias(&self, theta: &[f64]) -> Vec<f64> {
        let n = self.parameters();
        let pi = self.probabilities(theta);
        // q[l][j]: expected return to go of the state-action pair j at step l.
        let mut q = vec![self.reward.clone(); self.horizon];
        for l in (0..self.horizon.saturating_sub(1)).rev() {
            let ahead: Vec<f64> = (0..self.states)
                .map(|s| (0..self.actions).map(|a| pi[s * self.actions + a] * q[l + 1][s * self.actions + a]).sum())
                .collect();
            for j in 0..n {
                q[l][j] += (0..self.states).map(|to| self.transition[j * self.states + to] * ahead[to]).sum::<f64>();
            }
        }
        // occupancy[s] = P(s_l = s); past[s] = E[(sum_{k<l} g_k) 1{s_l = s}].
        let mut occupancy = self.start.clone();
        let mut past = vec![vec![0.0; n]; self.states];
        let mut bias = vec![0.0; n * n];
        for l in 0..self.horizon {
            let mut next_occupancy = vec![0.0; self.states];
            let mut next_past = vec![vec![0.0; n]; self.states];
            for s in 0..self.states {
                for a in 0..self.actions {
                    let j = s * self.actions + a;
                    let g = self.score(theta, s, a);
                    for (row, p) in past[s].iter().enumerate() {
                        for (column, x) in g.iter().enumerate() {
                            let cross = p * x * pi[j] * q[l][j];
                            bias[row * n + column] -= cross;
                            bias[column * n + row] -= cross;
                        }
                    }
                    for to in 0..self.states {
                        let flow = pi[j] * self.transition[j * self.states + to];
                        next_occupancy[to] += occupancy[s] * flow;
                        for k in 0..n {
                            next_past[to][k] += flow * (past[s][k] + occupancy[s] * g[k]);
                        }
                    }
                }
            }
            occupancy = next_occupancy;
            past = next_past;
        }
        bias
    }
}
