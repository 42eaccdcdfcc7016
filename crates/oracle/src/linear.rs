//! A linear Gaussian policy, `a ~ N(o W + b, diag(exp(2 l)))`, whose surrogates have every derivative by hand.
//!
//! Parameters `[P]`, P = (S + 1) A + A: W `[S,A]` row by row, b `[A]`, l `[A]`. With x = (o, 1) and z = (a - mean) / exp(l) the
//! log-density has the slopes `z x / exp(l)` and `z² - 1`, and the second derivatives `-x x' / exp(2l)`, `-2 z x / exp(l)` and
//! `-2 z²`; entries of different actions do not meet. Everything else here is a sum over rows, written as plain loops.

use crate::dense::product;

/// The sizes of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Linear {
    /// S.
    pub observation: usize,
    /// A.
    pub action: usize,
}

/// Rows of the surrogate `J(theta) = sum_r c_r exp(log pi_theta(a_r|o_r) - q_r)`.
#[derive(Debug, Clone, Copy)]
pub struct SurrogateRows<'a> {
    /// `[R,S]`.
    pub observations: &'a [f64],
    /// `[R,A]`.
    pub actions: &'a [f64],
    /// q `[R]`.
    pub log_probs: &'a [f64],
    /// c `[R]`.
    pub coefficients: &'a [f64],
}

/// A surrogate at one point.
#[derive(Debug, Clone, PartialEq)]
pub struct Derivatives {
    /// `J`.
    pub value: f64,
    /// `[P]`.
    pub gradient: Vec<f64>,
    /// `[P,P]`.
    pub hessian: Vec<f64>,
}

impl Linear {
    /// P.
    pub fn parameters(&self) -> usize {
        (self.observation + 2) * self.action
    }

    /// x, and where the parameters of one action are: its weights, its bias, its log standard deviation.
    fn places(&self, action: usize) -> Vec<usize> {
        (0..=self.observation + 1).map(|i| i * self.action + action).collect()
    }

    /// The log-density of an action `[A]`, its slopes `[P]` and its second derivatives `[P,P]`.
    pub fn log_prob(&self, theta: &[f64], observation: &[f64], action: &[f64]) -> Derivatives {
        let size = self.parameters();
        let mut out = Derivatives { value: 0.0, gradient: vec![0.0; size], hessian: vec![0.0; size * size] };
        let x = [observation, &[1.0]].concat();
        for (k, a) in action.iter().enumerate() {
            let at = self.places(k);
            let (last, l) = (at[x.len()], theta[at[x.len()]]);
            let mean: f64 = x.iter().zip(&at).map(|(x, &p)| x * theta[p]).sum();
            let z = (a - mean) / l.exp();
            out.value += -0.5 * z * z - l - 0.5 * std::f64::consts::TAU.ln();
            out.gradient[last] = z * z - 1.0;
            out.hessian[last * size + last] = -2.0 * z * z;
            for (x_i, &p) in x.iter().zip(&at) {
                out.gradient[p] = z * x_i / l.exp();
                out.hessian[p * size + last] = -2.0 * z * x_i / l.exp();
                out.hessian[last * size + p] = -2.0 * z * x_i / l.exp();
                for (x_j, &q) in x.iter().zip(&at) {
                    out.hessian[p * size + q] = -x_i * x_j / (2.0 * l).exp();
                }
            }
        }
        out
    }

    /// The surrogate of some rows.
    pub fn surrogate(&self, theta: &[f64], rows: &SurrogateRows<'_>) -> Derivatives {
        let size = self.parameters();
        let mut out = Derivatives { value: 0.0, gradient: vec![0.0; size], hessian: vec![0.0; size * size] };
        let observations = rows.observations.chunks_exact(self.observation);
        let seen = observations.zip(rows.actions.chunks_exact(self.action));
        for ((observation, action), (q, c)) in seen.zip(rows.log_probs.iter().zip(rows.coefficients)) {
            let of = self.log_prob(theta, observation, action);
            let term = c * (of.value - q).exp();
            out.value += term;
            for i in 0..size {
                out.gradient[i] += term * of.gradient[i];
                for j in 0..size {
                    out.hessian[i * size + j] += term * (of.gradient[i] * of.gradient[j] + of.hessian[i * size + j]);
                }
            }
        }
        out
    }

    /// The Fisher matrix `[P,P]`, averaged over observations `[R,S]`: `x x' / exp(2l)`, and 2 for each l.
    pub fn fisher(&self, theta: &[f64], observations: &[f64]) -> Vec<f64> {
        let size = self.parameters();
        let share = self.observation as f64 / observations.len() as f64;
        let mut out = vec![0.0; size * size];
        for observation in observations.chunks_exact(self.observation) {
            let x = [observation, &[1.0]].concat();
            for k in 0..self.action {
                let at = self.places(k);
                let last = at[x.len()];
                out[last * size + last] += 2.0 * share;
                for (x_i, &p) in x.iter().zip(&at) {
                    for (x_j, &q) in x.iter().zip(&at) {
                        out[p * size + q] += share * x_i * x_j / (2.0 * theta[last]).exp();
                    }
                }
            }
        }
        out
    }

    /// One inner step, `theta' = theta + rates o dJ(theta)`, `rates [P]`.
    pub fn adapted(&self, theta: &[f64], rates: &[f64], support: &SurrogateRows<'_>) -> Vec<f64> {
        let slope = self.surrogate(theta, support).gradient;
        theta.iter().zip(rates).zip(slope).map(|((theta, rate), g)| theta + rate * g).collect()
    }

    /// The slope `[P]` of `J_query(theta')` through the inner step, `u + H D u` with u the slope at theta' and H the Hessian of
    /// the support surrogate at theta.
    pub fn meta_gradient(
        &self,
        theta: &[f64],
        rates: &[f64],
        support: &SurrogateRows<'_>,
        query: &SurrogateRows<'_>,
    ) -> Vec<f64> {
        let u = self.surrogate(&self.adapted(theta, rates, support), query).gradient;
        let moved: Vec<f64> = u.iter().zip(rates).map(|(u, rate)| u * rate).collect();
        let through = product(&self.surrogate(theta, support).hessian, &moved);
        u.iter().zip(through).map(|(u, through)| u + through).collect()
    }
}
