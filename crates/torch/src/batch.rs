//! Rows of several tasks as padded tensors `[N,R,.]`.

use tch::{Kind, Tensor};
use xmrl_meta::PreparedRows;
use xmrl_policy::PolicySpec;

use crate::border::Border;
use crate::error::Result;

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
    /// `[N,R]`, 1 over the number of the task's real rows, so that a weighted sum over rows is a mean.
    pub weights: Tensor,
}

/// The rows of one phase of a chunk's tasks where they are computed with: copied there once, in one piece, whichever of them are
/// asked for.
#[derive(Debug)]
pub(crate) struct Rows {
    /// Observations, actions, log-probabilities, coefficients and weights, `[N R + 1, .]`; the last row is padding.
    fields: [Tensor; 5],
    /// R of each task, without padding.
    lengths: Vec<usize>,
    /// R.
    longest: usize,
}

impl Rows {
    /// Pads `tasks` to the longest of them and copies them.
    ///
    /// # Errors
    /// What libtorch refuses (memory, an absent device).
    pub(crate) fn upload(policy: &PolicySpec, tasks: &[&PreparedRows], border: &Border) -> Result<Self> {
        let lengths: Vec<usize> = tasks.iter().map(|rows| rows.rows()).collect();
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let count = tasks.len() * longest + 1;
        let weights: Vec<Vec<f64>> = lengths.iter().map(|&rows| vec![1.0 / rows as f64; rows]).collect();
        let (observed, acted) = (policy.observation_size, policy.action_size);
        let field = |of: fn(&PreparedRows) -> &[f64]| tasks.iter().map(|rows| of(rows)).collect::<Vec<_>>();
        let fields = [
            (field(|rows| &rows.observations), observed, 0.0),
            (field(|rows| &rows.actions), acted, 0.0),
            (field(|rows| &rows.log_probs), 1, PADDING_LOG_PROB),
            (field(|rows| &rows.coefficients), 1, 0.0),
            (weights.iter().map(AsRef::as_ref).collect(), 1, 0.0),
        ];
        // One field after the other, so that each is a view of the copy.
        let mut packed = Vec::with_capacity(count * (observed + acted + 3));
        for (values, width, padding) in &fields {
            let from = packed.len();
            packed.resize(from + count * width, *padding);
            for (row, values) in packed[from..].chunks_exact_mut((longest * width).max(1)).zip(values) {
                row[..values.len()].copy_from_slice(values);
            }
        }
        let whole = border.upload(&packed, &[packed.len() as i64])?;
        let mut from = 0;
        let views = fields.map(|(_, width, _)| -> Result<Tensor> {
            let size = (count * width) as i64;
            let view = whole.f_narrow(0, from, size)?.f_view([count as i64, width as i64])?;
            from += size;
            Ok(view)
        });
        let [a, b, c, d, e] = views;
        Ok(Self { fields: [a?, b?, c?, d?, e?], lengths, longest })
    }

    /// All rows; nothing is copied.
    pub(crate) fn batch(&self) -> Result<Batch> {
        let (tasks, rows) = (self.lengths.len() as i64, self.longest as i64);
        self.shaped(rows, |field| Ok(field.f_narrow(0, 0, tasks * rows)?))
    }

    /// The rows `chosen` of each task, coefficients and weights scaled by R over their number, as
    /// [`PreparedRows::subsample`] has it. Their indices are copied, not the rows.
    pub(crate) fn sample(&self, chosen: &[&[usize]], border: &Border) -> Result<Batch> {
        let tasks = self.lengths.len();
        let most = chosen.iter().map(|rows| rows.len()).max().unwrap_or(0);
        let padding = (tasks * self.longest) as f64;
        let mut packed = vec![padding; tasks * most];
        for (task, (into, rows)) in packed.chunks_exact_mut(most.max(1)).zip(chosen).enumerate() {
            into.iter_mut().zip(*rows).for_each(|(into, row)| *into = (task * self.longest + row) as f64);
        }
        packed.extend(self.lengths.iter().zip(chosen).map(|(rows, of)| *rows as f64 / of.len().max(1) as f64));
        // Indices are whole numbers that float64 holds exactly.
        let packed = border.upload_as(&packed, &[packed.len() as i64], Kind::Double)?;
        let indices = packed.f_narrow(0, 0, (tasks * most) as i64)?.f_to_kind(Kind::Int64)?;
        let scale = packed.f_narrow(0, (tasks * most) as i64, tasks as i64)?.f_to_kind(border.kind)?.f_unsqueeze(1)?;
        let mut batch = self.shaped(most as i64, |field| Ok(field.f_index_select(0, &indices)?))?;
        batch.coefficients = batch.coefficients.f_mul(&scale)?;
        batch.weights = batch.weights.f_mul(&scale)?;
        Ok(batch)
    }

    /// A batch of `rows` a task, of what `of` picks from each field.
    fn shaped(&self, rows: i64, of: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Batch> {
        let tasks = self.lengths.len() as i64;
        let wide = |at: usize| -> Result<Tensor> { Ok(of(&self.fields[at])?.f_view([tasks, rows, -1])?) };
        let flat = |at: usize| -> Result<Tensor> { Ok(of(&self.fields[at])?.f_view([tasks, rows])?) };
        Ok(Batch {
            observations: wide(0)?,
            actions: wide(1)?,
            log_probs: flat(2)?,
            coefficients: flat(3)?,
            weights: flat(4)?,
        })
    }
}
