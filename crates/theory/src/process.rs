//! A finite decision process whose states have coordinates, so that two of them can be mixed; everything about it is exact.
//!
//! S states with features x(s) `[d]`, A actions, T steps, P = A d parameters: `pi(a | x) ∝ exp(theta_aᵀ x)`. The state
//! `lambda s + (1 - lambda) s'` has the mixed features, rewards and transition probabilities; where it leads is a proper
//! state again, so only the first step of an episode is mixed, as in the library's worlds.

use xmrl_envs::rng::{Purpose, Stream};

/// A stream of numbers that no run draws from; `part` tells the users of this module apart.
pub(super) fn stream(seed: u64, part: u64) -> Stream {
    // Resampling uses small numbers of this purpose; these are far above.
    Stream::new(seed, Purpose::Bootstrap, (1 << 48) | part)
}

#[derive(Debug, Clone)]
pub(super) struct Process {
    pub(super) states: usize,
    pub(super) actions: usize,
    pub(super) horizon: usize,
    /// d.
    pub(super) size: usize,
    /// x(s) `[S,d]`; the last feature is 1.
    pub(super) features: Vec<f64>,
    /// `[S]`.
    pub(super) start: Vec<f64>,
    /// `P(to | s, a)`, `[S,A,S]`.
    pub(super) transition: Vec<f64>,
}

impl Process {
    /// A process with full support; features are normal but for the last, transition laws uneven.
    pub(super) fn random(states: usize, actions: usize, horizon: usize, size: usize, from: &Stream) -> Self {
        let features = (0..states * size)
            .map(|k| if k % size + 1 == size { 1.0 } else { from.normal(0, (k / size) as u32, 0, (k % size) as u32) })
            .collect();
        let law = |row: usize| -> Vec<f64> {
            let raw: Vec<f64> = (0..states).map(|to| from.normal(1, row as u32, 0, to as u32).exp()).collect();
            let total: f64 = raw.iter().sum();
            raw.into_iter().map(|weight| weight / total).collect()
        };
        let transition = (1..=states * actions).flat_map(law).collect();
        Self { states, actions, horizon, size, features, start: law(0), transition }
    }

    /// P.
    pub(super) fn parameters(&self) -> usize {
        self.actions * self.size
    }

    pub(super) fn features_of(&self, state: usize) -> &[f64] {
        &self.features[state * self.size..][..self.size]
    }

    /// `pi(. | x) [A]`.
    pub(super) fn policy(&self, theta: &[f64], x: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.actions];
        self.write_policy(theta, x, &mut out);
        out
    }

    fn write_policy(&self, theta: &[f64], x: &[f64], out: &mut [f64]) {
        for (logit, row) in out.iter_mut().zip(theta.chunks_exact(self.size)) {
            *logit = row.iter().zip(x).map(|(a, b)| a * b).sum();
        }
        let top = out.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        out.iter_mut().for_each(|p| *p = (*p - top).exp());
        let total: f64 = out.iter().sum();
        out.iter_mut().for_each(|p| *p /= total);
    }

    /// Adds `sum_a weight_a d log pi(a | x) / d theta`, which is `(weight_b - pi_b sum weight) x` in block b, to `out [P]`.
    pub(super) fn add_score(&self, weights: &[f64], policy: &[f64], x: &[f64], out: &mut [f64]) {
        let total: f64 = weights.iter().sum();
        for ((block, weight), p) in out.chunks_exact_mut(self.size).zip(weights).zip(policy) {
            block.iter_mut().zip(x).for_each(|(entry, feature)| *entry += (weight - p * total) * feature);
        }
    }

    /// `pi(a | s)` of every state, `[S,A]`.
    pub(super) fn policies(&self, theta: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.states * self.actions];
        for (state, row) in out.chunks_exact_mut(self.actions).enumerate() {
            self.write_policy(theta, self.features_of(state), row);
        }
        out
    }

    /// P(s_t = s) `[T,S]` of `steps` steps from `start [S]` under `policies [S,A]`.
    pub(super) fn occupancy(&self, policies: &[f64], start: &[f64], steps: usize) -> Vec<f64> {
        let mut out = start.to_vec();
        for step in 1..steps {
            let mut next = vec![0.0; self.states];
            for (pair, p) in policies.iter().enumerate() {
                let flow = p * out[(step - 1) * self.states + pair / self.actions];
                next.iter_mut().zip(&self.transition[pair * self.states..]).for_each(|(to, law)| *to += flow * law);
            }
            out.extend(next);
        }
        out.truncate(steps * self.states);
        out
    }

    /// Expected undiscounted return of each state and action with t steps to go, t from `steps` down to 1: `[steps,S,A]`, for
    /// a reward `[S,A]`.
    pub(super) fn action_values(&self, reward: &[f64], policies: &[f64], steps: usize) -> Vec<f64> {
        let pairs = self.states * self.actions;
        let mut out = vec![0.0; steps * pairs];
        let mut ahead = vec![0.0; self.states];
        for step in (0..steps).rev() {
            let now = &mut out[step * pairs..(step + 1) * pairs];
            for (pair, value) in now.iter_mut().enumerate() {
                let law = &self.transition[pair * self.states..][..self.states];
                *value = reward[pair] + law.iter().zip(&ahead).map(|(p, v)| p * v).sum::<f64>();
            }
            let rows = now.chunks_exact(self.actions).zip(policies.chunks_exact(self.actions));
            ahead = rows.map(|(q, pi)| q.iter().zip(pi).map(|(q, p)| q * p).sum()).collect();
        }
        out
    }

    /// Expected return and its gradient `[P]` of `steps` steps from `start [S]`: the policy gradient theorem, summed.
    pub(super) fn value_gradient(&self, reward: &[f64], theta: &[f64], start: &[f64], steps: usize) -> (f64, Vec<f64>) {
        let mut gradient = vec![0.0; self.parameters()];
        if steps == 0 {
            return (0.0, gradient);
        }
        let policies = self.policies(theta);
        let occupancy = self.occupancy(&policies, start, steps);
        let values = self.action_values(reward, &policies, steps);
        let mut value = 0.0;
        // The same state at different steps has the same score: its weights are summed first.
        let mut weights = vec![0.0; self.states * self.actions];
        for (at, q) in values.iter().enumerate() {
            let pair = at % policies.len();
            let weight = occupancy[at / self.actions] * policies[pair] * q;
            weights[pair] += weight;
            value += if at < policies.len() { weight } else { 0.0 };
        }
        for state in 0..self.states {
            let row = state * self.actions..(state + 1) * self.actions;
            self.add_score(&weights[row.clone()], &policies[row], self.features_of(state), &mut gradient);
        }
        (value, gradient)
    }

    /// The features of a mixed state `[d]`.
    pub(super) fn mixed_features(&self, [first, second]: [usize; 2], lambda: f64) -> Vec<f64> {
        let pairs = self.features_of(first).iter().zip(self.features_of(second));
        pairs.map(|(a, b)| lambda * a + (1.0 - lambda) * b).collect()
    }

    /// What can follow a first step under a reward and a policy.
    pub(super) fn ahead(&self, reward: &[f64], theta: &[f64]) -> Ahead {
        let mut out = Ahead { values: Vec::new(), gradients: Vec::new() };
        for state in 0..self.states {
            let mut start = vec![0.0; self.states];
            start[state] = 1.0;
            let (value, gradient) = self.value_gradient(reward, theta, &start, self.horizon - 1);
            out.values.push(value);
            out.gradients.extend(gradient);
        }
        out
    }

    /// Expected return of an episode of T steps from a mixed state, and its gradient `[P]`; `ahead` is of the same reward and
    /// policy.
    pub(super) fn mixed_gradient(
        &self,
        (reward, theta): (&[f64], &[f64]),
        ahead: &Ahead,
        pair: [usize; 2],
        lambda: f64,
    ) -> (f64, Vec<f64>) {
        let x = self.mixed_features(pair, lambda);
        let policy = self.policy(theta, &x);
        let shares = [lambda, 1.0 - lambda];
        let (mut value, mut weights) = (0.0, vec![0.0; self.actions]);
        let mut gradient = vec![0.0; self.parameters()];
        for action in 0..self.actions {
            for (state, share) in pair.into_iter().zip(shares) {
                let at = state * self.actions + action;
                let law = &self.transition[at * self.states..][..self.states];
                let flow = share * policy[action];
                let onward: f64 = law.iter().zip(&ahead.values).map(|(p, v)| p * v).sum();
                weights[action] += flow * (reward[at] + onward);
                for (p, row) in law.iter().zip(ahead.gradients.chunks_exact(gradient.len())) {
                    gradient.iter_mut().zip(row).for_each(|(to, from)| *to += flow * p * from);
                }
            }
            value += weights[action];
        }
        self.add_score(&weights, &policy, &x, &mut gradient);
        (value, gradient)
    }
}

/// Expected return `[S]`, and its gradient `[S,P]`, of the steps that follow a first one, by the state that it leads to.
#[derive(Debug, Clone)]
pub(super) struct Ahead {
    values: Vec<f64>,
    gradients: Vec<f64>,
}
