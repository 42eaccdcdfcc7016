//! Rows of several tasks as padded tensors `[N,R,.]`.

use tch::{Device, Kind, Tensor};
use xmrl_meta::PreparedRows;
use xmrl_policy::PolicySpec;

use crate::error::Result;
use crate::params::to_tensor;

/// Behaviour log-probability of a padding row. Its ratio `exp(l - this)` is exactly 0 in both precisions, so a padding
/// row adds 0 to every sum and product (its coefficient alone would leave `0 * inf` possible).
const PADDING_LOG_PROB: f64 = 1e4;

/// One phase of a chunk's tasks. R counts padding; a padding row has observation, action, coefficient and weight 0.
#[derive(Debug)]
pub(crate) struct Batch {
    /// `[N,R,S]`.
    pub observations: Tensor,
    /// `[N,R,A]`.
    pub actions: Tensor,
    /// `[N,R]`, behaviour.
    pub log_probs: Tensor,
    /// `[N,R]`, what the surrogate multiplies each row's ratio with.
    pub coefficients: Tensor,
    /// `[N,R]`, 1 over the task's real rows, so that a weighted sum over rows is a mean.
    pub weights: Tensor,
}

impl Batch {
    /// Pads `tasks` to the longest of them.
    ///
    /// # Errors
    /// What libtorch refuses (memory, an absent device).
    pub(crate) fn new(policy: &PolicySpec, tasks: &[&PreparedRows], kind: Kind, device: Device) -> Result<Self> {
        let length = tasks.iter().map(|rows| rows.rows()).max().unwrap_or(0);
        let weights: Vec<Vec<f64>> = tasks.iter().map(|rows| vec![1.0 / rows.rows() as f64; rows.rows()]).collect();
        let shape = [tasks.len() as i64, length as i64];
        let tensor = |values: &[&[f64]], shape: &[i64], padding: f64| -> Result<Tensor> {
            let width = shape.get(2).map_or(1, |&width| width as usize);
            let mut padded = vec![padding; tasks.len() * length * width];
            for (row, from) in padded.chunks_exact_mut((length * width).max(1)).zip(values) {
                row[..from.len()].copy_from_slice(from);
            }
            to_tensor(&padded, shape, kind, device)
        };
        let field = |of: fn(&PreparedRows) -> &[f64]| tasks.iter().map(|rows| of(rows)).collect::<Vec<_>>();
        let observed = [shape[0], shape[1], policy.observation_size as i64];
        let acted = [shape[0], shape[1], policy.action_size as i64];
        let weights: Vec<&[f64]> = weights.iter().map(AsRef::as_ref).collect();
        Ok(Self {
            observations: tensor(&field(|rows| &rows.observations), &observed, 0.0)?,
            actions: tensor(&field(|rows| &rows.actions), &acted, 0.0)?,
            log_probs: tensor(&field(|rows| &rows.log_probs), &shape, PADDING_LOG_PROB)?,
            coefficients: tensor(&field(|rows| &rows.coefficients), &shape, 0.0)?,
            weights: tensor(&weights, &shape, 0.0)?,
        })
    }
}
