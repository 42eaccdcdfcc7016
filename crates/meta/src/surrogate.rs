//! The surrogates of the return: which function of stored rows stands for `J(theta)`.

use std::borrow::Cow;

use tch::Tensor;

use crate::error::{MetaError, Result};
use crate::problem::PreparedRows;

/// The surrogate of `J`, at both levels. With `l_r = log pi_theta(a_r|s_r) - log_probs_r` against the **stored**
/// behaviour log-probabilities and coefficients `c_r` (weight times advantage), all four have the same gradient at the
/// behaviour policy; their Hessians differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Surrogate {
    /// `sum_r c_r exp(l_r)`: one ratio a row, low variance, a Hessian biased by the neglected cross terms of time steps.
    /// Source: Rothfuss et al., "ProMP", ICLR 2019.
    #[default]
    Lvc,
    /// `sum_r (c_r - c_{r+1}) exp(sum of l from the episode's first row through r)`, `c_{r+1} = 0` after its last row.
    ///
    /// The difference is the step's own credit: where `c` is a reward to go (discounted from the episode's start) it is
    /// the reward, and the sum is an unbiased estimate of the return with an unbiased Hessian, at a high variance. Needs
    /// episode boundaries. Source: Foerster et al., "DiCE", ICML 2018.
    Dice,
    /// `sum_r c_r (1 + l_r)`: right to first order only; its Hessian misses the score's outer product.
    LogLikelihood,
    /// [`Lvc`](Self::Lvc) with the inner gradient held constant under the outer derivatives (no inner Hessian).
    FirstOrder,
}

impl Surrogate {
    /// Whether the inner gradient is itself differentiated.
    #[must_use]
    pub fn second_order(self) -> bool {
        self != Self::FirstOrder
    }

    /// Whether the surrogate reads episode boundaries, so that rows can be neither reordered nor subsampled.
    #[must_use]
    pub fn needs_episodes(self) -> bool {
        self == Self::Dice
    }

    /// What multiplies each row's term `[R]`: the coefficients, or for [`Dice`](Self::Dice) their differences in time.
    ///
    /// # Errors
    /// [`MetaError::Option`] where episode boundaries are needed and missing.
    pub fn row_coefficients(self, rows: &PreparedRows) -> Result<Cow<'_, [f64]>> {
        if !self.needs_episodes() {
            return Ok(Cow::Borrowed(&rows.coefficients));
        }
        if rows.episodes.is_empty() {
            let fix = "the dice surrogate sums over episodes; give their first rows, or choose another surrogate";
            return Err(MetaError::Option { key: "episodes", got: "empty".to_owned(), fix });
        }
        let mut credits = rows.coefficients.clone();
        for episode in rows.episodes.windows(2) {
            for row in episode[0] + 1..episode[1] {
                credits[row - 1] -= rows.coefficients[row];
            }
        }
        Ok(Cow::Owned(credits))
    }

    /// The surrogate of every task `[N]` from `log_probs` under the policy, `behaviour` log-probabilities and row
    /// coefficients, each `[N,R]`. `steps` is the padded episode length T that divides R (read by dice alone).
    pub(crate) fn of_log_probs(
        self,
        log_probs: &Tensor,
        behaviour: &Tensor,
        coefficients: &Tensor,
        steps: i64,
    ) -> std::result::Result<Tensor, tch::TchError> {
        let change = log_probs.f_sub(behaviour)?;
        let terms = match self {
            Self::Lvc | Self::FirstOrder => change.f_exp()?,
            Self::LogLikelihood => change.f_add_scalar(1.0)?,
            Self::Dice => {
                let rows = *change.size().last().unwrap_or(&0);
                change.f_view([-1, rows / steps, steps])?.f_cumsum(2, None)?.f_exp()?.f_view([-1, rows])?
            }
        };
        terms.f_mul(coefficients)?.f_sum_dim_intlist([1i64].as_slice(), false, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> PreparedRows {
        PreparedRows {
            coefficients: vec![6.0, 5.0, 3.0, -1.0, 2.0],
            log_probs: vec![0.0; 5],
            episodes: vec![0, 3, 3, 5],
            ..PreparedRows::default()
        }
    }

    #[test]
    fn dice_credits_are_differences_inside_an_episode() {
        // Rewards 1, 2, 3 and -3, 2 have the rewards to go 6, 5, 3 and -1, 2; the empty episode between them is no row.
        let rows = rows();
        assert_eq!(*Surrogate::Dice.row_coefficients(&rows).unwrap(), [1.0, 2.0, 3.0, -3.0, 2.0]);
        assert_eq!(*Surrogate::Lvc.row_coefficients(&rows).unwrap(), rows.coefficients[..]);
    }

    #[test]
    fn dice_refuses_rows_without_episodes() {
        let rows = PreparedRows { episodes: Vec::new(), ..rows() };
        assert!(Surrogate::Dice.row_coefficients(&rows).unwrap_err().to_string().contains("episodes"));
        assert!(Surrogate::FirstOrder.row_coefficients(&rows).is_ok());
    }

    /// Two states, two actions, the action is the next state, three steps: every one of the 8 flights.
    const REWARD: [[f64; 2]; 2] = [[0.3, -1.0], [2.0, 0.7]];

    fn log_policy(logits: &[f64], state: usize, action: usize) -> f64 {
        let row = &logits[2 * state..2 * state + 2];
        row[action] - (row[0].exp() + row[1].exp()).ln()
    }

    /// The exact return by the Bellman recursion.
    fn exact(logits: &[f64], state: usize, steps: usize) -> f64 {
        if steps == 0 {
            return 0.0;
        }
        let term = |a: usize| log_policy(logits, state, a).exp() * (REWARD[state][a] + exact(logits, a, steps - 1));
        term(0) + term(1)
    }

    /// The surrogate summed over all flights, each weighted with its probability under `behaviour`.
    fn expected(which: Surrogate, behaviour: &[f64], logits: &[f64]) -> f64 {
        let mut sum = 0.0;
        for flight in 0..8usize {
            let actions = [flight & 1, flight >> 1 & 1, flight >> 2];
            let states = [0, actions[0], actions[1]];
            let steps = || states.into_iter().zip(actions);
            let logs = |of: &[f64]| steps().map(|(s, a)| log_policy(of, s, a)).collect::<Vec<f64>>();
            let rewards: Vec<f64> = steps().map(|(s, a)| REWARD[s][a]).collect();
            let chance = logs(behaviour).iter().sum::<f64>().exp();
            let rows = PreparedRows {
                coefficients: (0..3).map(|t| chance * rewards[t..].iter().sum::<f64>()).collect(),
                log_probs: logs(behaviour),
                episodes: vec![0, 3],
                ..PreparedRows::default()
            };
            let tensor = |values: &[f64]| Tensor::from_slice(values).view([1, 3]);
            let coefficients = which.row_coefficients(&rows).unwrap();
            let value = which.of_log_probs(&tensor(&logs(logits)), &tensor(&rows.log_probs), &tensor(&coefficients), 3);
            sum += value.unwrap().double_value(&[0]);
        }
        sum
    }

    #[test]
    fn dice_is_the_return_wherever_the_policy_moves() {
        let behaviour = [0.2, -0.4, 0.9, 0.1];
        for logits in [behaviour, [1.3, 0.0, -0.5, 0.4], [-2.0, 1.0, 0.3, 0.3]] {
            // Equal as functions, so equal in every derivative: no bias of the gradient or of the Hessian.
            assert!((expected(Surrogate::Dice, &behaviour, &logits) - exact(&logits, 0, 3)).abs() < 1e-14);
        }
    }

    #[test]
    fn the_other_surrogates_share_its_slope_but_not_its_curvature() {
        let (behaviour, direction, step) = ([0.2, -0.4, 0.9, 0.1], [0.7, -0.3, 0.4, 0.8], 1e-3);
        let at = |k: f64| -> [f64; 4] { std::array::from_fn(|i| behaviour[i] + k * step * direction[i]) };
        let derivatives = |f: &dyn Fn(&[f64]) -> f64| {
            let (up, middle, down) = (f(&at(1.0)), f(&at(0.0)), f(&at(-1.0)));
            ((up - down) / (2.0 * step), (up - 2.0 * middle + down) / (step * step))
        };
        let truth = derivatives(&|logits| exact(logits, 0, 3));
        for which in [Surrogate::Lvc, Surrogate::LogLikelihood, Surrogate::Dice] {
            let found = derivatives(&|logits| expected(which, &behaviour, logits));
            assert!((found.0 - truth.0).abs() < 1e-6, "{which:?}");
            assert_eq!(
                (found.1 - truth.1).abs() < 1e-6,
                which == Surrogate::Dice,
                "{which:?}: {} {}",
                found.1,
                truth.1
            );
        }
    }
}
