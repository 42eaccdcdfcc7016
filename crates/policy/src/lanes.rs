//! The network fused over lanes, for rollouts: one lane is one world, every weight is a broadcast scalar.
//!
//! Everything evaluated per step is `#[inline(always)]`, so that it is compiled into the caller's instruction set.

use xmrl_lanes::{Float, Lane};

use crate::packed::{PackedPolicy, block_size};
use crate::{Activation, PolicyError, PolicySpec};

/// The policy of one task, its weights stored as `W` (`f32` for single-precision lanes: half the cache), packed in the order in which lanes use them.
///
/// Per layer and per block of outputs (4, then 2, then 1 for the remainder): the biases, then for each input its weights
/// to the block.
#[derive(Debug, Clone)]
pub struct LanePolicy<W> {
    activation: Activation,
    /// S, units of the hidden layers, A.
    sizes: Vec<u32>,
    packed: Vec<W>,
    /// Standard deviation of each action dimension, `[A]`.
    std: Vec<W>,
    /// Log-density at the mean: `-sum log_std - A/2 ln 2 pi`.
    peak: f64,
    /// Widest hidden layer.
    width: usize,
}

impl<W: Float> LanePolicy<W> {
    /// Packs the parameters `[P]` of one task.
    ///
    /// # Errors
    /// Those of [`PolicySpec::check_parameters`].
    pub fn new(spec: &PolicySpec, params: &[f64]) -> Result<Self, PolicyError> {
        spec.check_parameters(params)?;
        let mut packed = Vec::with_capacity(spec.parameters());
        let mut sizes = vec![spec.observation_size as u32];
        for layer in spec.layers() {
            let (weight, bias) = (&params[layer.weight.clone()], &params[layer.bias.clone()]);
            let outputs = layer.outputs;
            sizes.push(outputs as u32);
            let mut first = 0;
            while first < outputs {
                let block = first..first + block_size(outputs - first);
                packed.extend(bias[block.clone()].iter().map(|&b| W::round(b)));
                for row in weight.chunks_exact(outputs) {
                    packed.extend(row[block.clone()].iter().map(|&w| W::round(w)));
                }
                first = block.end;
            }
        }
        let log_std = spec.effective_log_std(params);
        let half_log_tau = 0.5 * std::f64::consts::TAU.ln();
        Ok(Self {
            activation: spec.activation,
            sizes,
            packed,
            std: log_std.iter().map(|value| W::round(value.exp())).collect(),
            peak: -log_std.iter().map(|value| value + half_log_tau).sum::<f64>(),
            width: spec.hidden.iter().copied().max().unwrap_or(0),
        })
    }

    /// Lanes of scratch that [`act`](Self::act) and [`means`](Self::means) need.
    #[must_use]
    pub fn scratch_len(&self) -> usize {
        2 * self.width
    }

    /// The policy as slices.
    #[inline(always)]
    #[must_use]
    pub fn packed(&self) -> PackedPolicy<'_, W> {
        let Self { activation, sizes, packed, std, peak, width } = self;
        let (activation, peak, width) = (*activation, *peak, *width);
        PackedPolicy { activation, sizes, weights: packed, deviations: std, peak, width }
    }

    /// [`PackedPolicy::act`].
    #[inline(always)]
    pub fn act<L: Lane>(&self, observation: &[L], noise: &[L], scratch: &mut [L], action: &mut [L]) -> L {
        self.packed().act(observation, noise, scratch, action)
    }

    /// [`PackedPolicy::means`].
    #[inline(always)]
    pub fn means<L: Lane>(&self, observation: &[L], scratch: &mut [L], mean: &mut [L]) {
        self.packed().means(observation, scratch, mean);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::initial_parameters;
    use xmrl_lanes::{Kernel, dispatch_f32, dispatch_f64};

    /// Mean and log-density of one observation by plain loops over the documented layout.
    fn naive(spec: &PolicySpec, params: &[f64], observation: &[f64], action: &[f64]) -> (Vec<f64>, f64) {
        let mut x = observation.to_vec();
        let mut at = 0;
        let sizes: Vec<usize> = spec.hidden.iter().copied().chain([spec.action_size]).collect();
        for (index, &outputs) in sizes.iter().enumerate() {
            let mut y = vec![0.0; outputs];
            for o in 0..outputs {
                for (i, x) in x.iter().enumerate() {
                    y[o] += x * params[at + i * outputs + o];
                }
                y[o] += params[at + x.len() * outputs + o];
                if index + 1 < sizes.len() {
                    y[o] = if spec.activation == Activation::Tanh { y[o].tanh() } else { y[o].max(0.0) };
                }
            }
            at += (x.len() + 1) * outputs;
            x = y;
        }
        let mut log_prob = 0.0;
        for k in 0..spec.action_size {
            let std = params[at + k].max(spec.log_std_min).exp();
            log_prob -= 0.5 * ((action[k] - x[k]) / std).powi(2) + (std * std::f64::consts::TAU.sqrt()).ln();
        }
        (x, log_prob)
    }

    /// Evaluates one lane block: row `r` of the observations and the noise goes to lane `r`.
    struct Act<'a, W> {
        policy: &'a LanePolicy<W>,
        observations: &'a [Vec<f64>],
        noise: &'a [Vec<f64>],
    }

    impl<W: Float> Kernel for Act<'_, W> {
        type Output = Vec<(Vec<f64>, f64)>;
        #[inline(always)]
        fn run<L: Lane>(self) -> Self::Output {
            let gather = |rows: &[Vec<f64>]| -> Vec<L> {
                (0..rows[0].len())
                    .map(|k| {
                        let mut lane = L::splat(0.0);
                        (0..L::N).for_each(|r| lane.set(r, rows[r][k]));
                        lane
                    })
                    .collect()
            };
            let (observation, noise) = (gather(self.observations), gather(self.noise));
            let mut scratch = vec![L::splat(f64::NAN); self.policy.scratch_len()];
            let mut action = vec![L::splat(f64::NAN); noise.len()];
            let log_prob = self.policy.act(&observation, &noise, &mut scratch, &mut action);
            (0..L::N).map(|r| (action.iter().map(|a| a.get(r)).collect(), log_prob.get(r))).collect()
        }
    }

    fn smooth(rows: usize, columns: usize, phase: f64) -> Vec<Vec<f64>> {
        let entry = |r: usize, c: usize| 1.7 * ((r * 31 + c * 17) as f64 * 0.37 + phase).sin();
        (0..rows).map(|r| (0..columns).map(|c| entry(r, c)).collect()).collect()
    }

    #[test]
    fn lanes_equal_a_plain_loop() {
        // Widths that use every block size: 4s, a pair, a single; and a linear policy.
        let shapes: [(&[usize], usize); 5] = [(&[32, 32], 2), (&[7], 3), (&[5, 9, 6], 1), (&[], 5), (&[1], 7)];
        for (hidden, action_size) in shapes {
            for activation in [Activation::Tanh, Activation::Relu] {
                let spec = PolicySpec {
                    observation_size: 5,
                    action_size,
                    hidden: hidden.to_vec(),
                    activation,
                    log_std_init: -0.3,
                    log_std_min: -2.3,
                };
                let mut k = 0.0;
                let mut params = initial_parameters(&spec, || {
                    k += 1.0;
                    2.0 * (k * 0.7_f64).sin()
                });
                for (index, value) in params.iter_mut().enumerate() {
                    *value += 0.1 * (index as f64).cos(); // biases and log-stds away from their constants
                }
                params[spec.log_std().start] = -5.0; // below the bound
                let (observations, noise) = (smooth(16, 5, 0.2), smooth(16, action_size, 1.1));
                let double = LanePolicy::<f64>::new(&spec, &params).unwrap();
                let single = LanePolicy::<f32>::new(&spec, &params).unwrap();
                let (observations, noise) = (&observations[..], &noise[..]);
                let double = dispatch_f64(Act { policy: &double, observations, noise });
                let single = dispatch_f32(Act { policy: &single, observations, noise });
                for (outcomes, tolerance) in [(double, 1e-12), (single, 2e-5)] {
                    for (r, (action, log_prob)) in outcomes.iter().enumerate() {
                        let (mean, _) = naive(&spec, &params, &observations[r], action);
                        for d in 0..action_size {
                            let std = params[spec.log_std()][d].max(-2.3).exp();
                            let expected = mean[d] + std * noise[r][d];
                            assert!((action[d] - expected).abs() < tolerance, "{hidden:?} {} {expected}", action[d]);
                        }
                        let sample: Vec<f64> = (0..action_size)
                            .map(|d| mean[d] + params[spec.log_std()][d].max(-2.3).exp() * noise[r][d])
                            .collect();
                        let expected = naive(&spec, &params, &observations[r], &sample).1;
                        assert!((log_prob - expected).abs() < tolerance, "{hidden:?} {log_prob} {expected}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_diverged_parameter_is_named() {
        let spec = PolicySpec {
            observation_size: 2,
            action_size: 1,
            hidden: vec![3],
            activation: Activation::Tanh,
            log_std_init: 0.0,
            log_std_min: -1.0,
        };
        let mut params = initial_parameters(&spec, || 1.0);
        params[10] = f64::NAN;
        assert!(matches!(LanePolicy::<f32>::new(&spec, &params),
            Err(PolicyError::NonFinite { parameter, .. }) if parameter == "W2[1,0]"));
    }
}
