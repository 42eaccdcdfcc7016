//! The border between libtorch and the host: errors, and finite checks that name the task.

use tch::{TchError, Tensor};
use xmrl_autodiff::to_vec;

use crate::error::{MetaError, Result, Stage, check_finite};

impl From<TchError> for MetaError {
    /// Keeps the first line of a C++ message; what follows is a stack trace.
    fn from(error: TchError) -> Self {
        let text = match error {
            TchError::Torch(message) => message,
            other => other.to_string(),
        };
        Self::Torch(text.lines().next().unwrap_or_default().to_owned())
    }
}

/// The numbers of a tensor whose first axis is the chunk's tasks, row-major.
///
/// # Errors
/// [`MetaError::NonFinite`] with the task (`first` + its row) and `name`; libtorch's own.
pub(super) fn per_task(stage: Stage, name: &'static str, first: usize, tensor: &Tensor) -> Result<Vec<f64>> {
    let values = to_vec(tensor)?;
    let tasks = tensor.size().first().map_or(1, |&n| n as usize);
    let width = (values.len() / tasks.max(1)).max(1);
    for (task, row) in values.chunks(width).enumerate() {
        check_finite(stage, Some(first + task), name, row)?;
    }
    Ok(values)
}
