//! Rows of several tasks as padded tensors `[N,R,.]`.

use tch::{Device, Kind, Tensor};
use xmrl_autodiff::to_tensor;
use xmrl_policy::PolicySpec;

use crate::error::Result;
use crate::problem::PreparedRows;
use crate::surrogate::Surrogate;

/// Behaviour log-probability of a padding row. Its ratio `exp(l - this)` is exactly 0 in both precisions, so a padding
/// row adds 0 to every sum and product (its coefficient alone would leave `0 * inf` possible).
const PADDING_LOG_PROB: f64 = 1e4;

/// One phase of a chunk's tasks. R counts padding; a padding row has observation, action, coefficient and weight 0.
#[derive(Debug)]
pub(super) struct Batch {
    /// `[N,R,S]`.
    pub observations: Tensor,
    /// `[N,R,A]`.
    pub actions: Tensor,
    /// `[N,R]`, behaviour.
    pub log_probs: Tensor,
    /// `[N,R]`, what the surrogate multiplies each row's term with.
    pub coefficients: Tensor,
    /// `[N,R]`, 1 over the task's real rows, so that a weighted sum over rows is a mean.
    pub weights: Tensor,
    /// Rows of one padded episode where the surrogate needs episodes, else R.
    pub steps: i64,
}

/// Where the rows of the tasks go: `episodes * steps` slots a task, row r of a plain layout in slot r.
struct Layout {
    episodes: usize,
    steps: usize,
}

impl Layout {
    /// The smallest layout that holds every task.
    fn new(tasks: &[&PreparedRows], surrogate: Surrogate) -> Self {
        if !surrogate.needs_episodes() {
            return Self { episodes: 1, steps: tasks.iter().map(|rows| rows.rows()).max().unwrap_or(0) };
        }
        let lengths = |rows: &PreparedRows| rows.episodes.windows(2).map(|pair| pair[1] - pair[0]).max();
        Self {
            episodes: tasks.iter().map(|rows| rows.episodes.len().saturating_sub(1)).max().unwrap_or(0),
            steps: tasks.iter().filter_map(|rows| lengths(rows)).max().unwrap_or(0),
        }
    }

    fn rows(&self) -> usize {
        self.episodes * self.steps
    }

    /// The slot of every row of one task.
    fn slots(&self, rows: &PreparedRows) -> Vec<usize> {
        if self.episodes == 1 {
            return (0..rows.rows()).collect();
        }
        let starts = rows.episodes.windows(2).enumerate();
        starts.flat_map(|(index, pair)| (0..pair[1] - pair[0]).map(move |t| index * self.steps + t)).collect()
    }
}

/// Rows of the padded layout of `tasks`, per task: the unit in which chunks are sized.
pub(super) fn padded_rows(rows: &PreparedRows, surrogate: Surrogate) -> usize {
    Layout::new(&[rows], surrogate).rows()
}

impl Batch {
    /// Pads `tasks` to the longest of them.
    ///
    /// # Errors
    /// Missing episode boundaries, or what libtorch refuses (memory, an absent device).
    pub(super) fn new(
        policy: &PolicySpec,
        tasks: &[&PreparedRows],
        surrogate: Surrogate,
        kind: Kind,
        device: Device,
    ) -> Result<Self> {
        let coefficients = tasks.iter().map(|rows| surrogate.row_coefficients(rows)).collect::<Result<Vec<_>>>()?;
        let weights: Vec<Vec<f64>> = tasks.iter().map(|rows| vec![1.0 / rows.rows() as f64; rows.rows()]).collect();
        let layout = Layout::new(tasks, surrogate);
        let (count, length) = (tasks.len() as i64, layout.rows() as i64);
        let tensor = |values: &[&[f64]], shape: &[i64], padding: f64| -> Result<Tensor> {
            let width = shape.get(2).map_or(1, |&width| width as usize);
            let mut padded = vec![padding; tasks.len() * layout.rows() * width];
            for (task, from) in values.iter().enumerate() {
                for (row, slot) in layout.slots(tasks[task]).into_iter().enumerate() {
                    let at = (task * layout.rows() + slot) * width;
                    padded[at..at + width].copy_from_slice(&from[row * width..(row + 1) * width]);
                }
            }
            Ok(to_tensor(&padded, shape, kind, device)?)
        };
        let field = |of: fn(&PreparedRows) -> &[f64]| tasks.iter().map(|rows| of(rows)).collect::<Vec<_>>();
        let observed = [count, length, policy.observation_size as i64];
        let acted = [count, length, policy.action_size as i64];
        let (coefficients, weights): (Vec<&[f64]>, Vec<&[f64]>) =
            (coefficients.iter().map(AsRef::as_ref).collect(), weights.iter().map(AsRef::as_ref).collect());
        Ok(Self {
            observations: tensor(&field(|rows| &rows.observations), &observed, 0.0)?,
            actions: tensor(&field(|rows| &rows.actions), &acted, 0.0)?,
            log_probs: tensor(&field(|rows| &rows.log_probs), &[count, length], PADDING_LOG_PROB)?,
            coefficients: tensor(&coefficients, &[count, length], 0.0)?,
            weights: tensor(&weights, &[count, length], 0.0)?,
            steps: layout.steps as i64,
        })
    }
}
