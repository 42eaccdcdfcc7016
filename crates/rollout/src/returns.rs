//! Sums over time: discounted returns, generalised advantages, standardising.
//!
//! Both recursions treat an episode as finished at its last row, whether the world or the horizon ended it: returns are
//! finite-horizon, and the baseline knows the step.

use crate::Episode;

/// Smallest standard deviation that [`standardise`] divides by.
const STANDARD_DEVIATION_FLOOR: f64 = 1e-8;

/// Discounted return to go of every row, `[R]`: `G_t = r_t + gamma * G_{t+1}`, and 0 after an episode's last row.
#[must_use]
pub fn discounted_returns(rewards: &[f64], episodes: &[Episode], gamma: f64) -> Vec<f64> {
    let mut out = vec![0.0; rewards.len()];
    for episode in episodes {
        let mut to_go = 0.0;
        for row in episode.rows().rev() {
            to_go = rewards[row] + gamma * to_go;
            out[row] = to_go;
        }
    }
    out
}

/// Generalised advantage of every row, `[R]`.
///
/// `A_t = d_t + gamma * lambda * A_{t+1}` with `d_t = r_t + gamma * V_{t+1} - V_t` and V = A = 0 after an episode's last row.
/// `lambda` 1 gives the return to go minus `V_t`, `lambda` 0 the one-step residual `d_t`.
/// `values` is V of every row, `[R]`. Source: Schulman et al. 2016, "High-dimensional continuous control using generalized
/// advantage estimation", equation 16.
#[must_use]
pub fn generalised_advantages(
    rewards: &[f64],
    values: &[f64],
    episodes: &[Episode],
    gamma: f64,
    lambda: f64,
) -> Vec<f64> {
    debug_assert_eq!(rewards.len(), values.len());
    let mut out = vec![0.0; rewards.len()];
    for episode in episodes {
        let (mut advantage, mut next_value) = (0.0, 0.0);
        for row in episode.rows().rev() {
            let residual = rewards[row] + gamma * next_value - values[row];
            advantage = residual + gamma * lambda * advantage;
            next_value = values[row];
            out[row] = advantage;
        }
    }
    out
}

/// Shifts and scales to mean 0 and standard deviation 1 (divisor R); equal entries become 0.
pub fn standardise(values: &mut [f64]) {
    if values.is_empty() {
        return;
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    let scale = 1.0 / variance.sqrt().max(STANDARD_DEVIATION_FLOOR);
    for value in values {
        *value = (*value - mean) * scale;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn episode(start: usize, len: usize) -> Episode {
        Episode { start, len, ret: 0.0, success: false, terminated: false }
    }

    /// Two episodes of constant reward: the return to go is a geometric sum that starts again with each episode.
    #[test]
    fn returns_are_geometric_sums() {
        let (gamma, lengths) = (0.9_f64, [7_usize, 4]);
        let episodes = [episode(0, 7), episode(7, 4)];
        let rewards: Vec<f64> = [2.0; 7].into_iter().chain([-3.0; 4]).collect();
        let returns = discounted_returns(&rewards, &episodes, gamma);
        for (episode, len) in episodes.iter().zip(lengths) {
            for (t, row) in episode.rows().enumerate() {
                let left = i32::try_from(len - t).unwrap();
                let expected = rewards[row] * (1.0 - gamma.powi(left)) / (1.0 - gamma);
                assert!((returns[row] - expected).abs() < 1e-13, "row {row}: {} {expected}", returns[row]);
            }
        }
    }

    #[test]
    fn advantages_are_the_weighted_sum_of_residuals() {
        let (gamma, lambda) = (0.97_f64, 0.8_f64);
        let episodes = [episode(0, 5), episode(5, 1), episode(6, 3)];
        let rewards: Vec<f64> = (0..9).map(|i| (f64::from(i) * 1.3).sin()).collect();
        let values: Vec<f64> = (0..9).map(|i| (f64::from(i) * 0.7).cos()).collect();
        let ours = generalised_advantages(&rewards, &values, &episodes, gamma, lambda);
        for episode in &episodes {
            for row in episode.rows() {
                let mut expected = 0.0;
                for later in row..episode.rows().end {
                    let next = if later + 1 < episode.rows().end { values[later + 1] } else { 0.0 };
                    let weight = (gamma * lambda).powi(i32::try_from(later - row).unwrap());
                    expected += weight * (rewards[later] + gamma * next - values[later]);
                }
                assert!((ours[row] - expected).abs() < 1e-13, "row {row}: {} {expected}", ours[row]);
            }
        }
    }

    #[test]
    fn lambda_one_is_the_return_minus_the_value() {
        let episodes = [episode(0, 4), episode(4, 6)];
        let rewards: Vec<f64> = (0..10).map(|i| f64::from(i * i % 7) - 2.0).collect();
        let values: Vec<f64> = (0..10).map(|i| f64::from(i) * 0.3).collect();
        let ours = generalised_advantages(&rewards, &values, &episodes, 0.99, 1.0);
        let returns = discounted_returns(&rewards, &episodes, 0.99);
        for row in 0..10 {
            assert!((ours[row] - (returns[row] - values[row])).abs() < 1e-13);
        }
    }

    #[test]
    fn standardised_values_have_unit_moments() {
        // 1, 2, 3, 4: mean 2.5, variance 1.25.
        let mut values = [1.0, 2.0, 3.0, 4.0];
        standardise(&mut values);
        let expected = [-1.5, -0.5, 0.5, 1.5].map(|x| x / 1.25_f64.sqrt());
        assert!(values.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15));
        let mut equal = [0.1; 3];
        standardise(&mut equal);
        assert!(equal.iter().all(|value| value.abs() < 1e-8));
        standardise(&mut []);
    }
}
