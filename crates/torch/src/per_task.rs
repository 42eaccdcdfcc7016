//! Results of a chunk's tasks on the host, checked so that what is not finite is named with its task.

use tch::Tensor;
use xmrl_meta::{Stage, check_finite};

use crate::error::Result;
use crate::params::to_vec;

/// The numbers of a tensor whose first axis is the chunk's tasks, row-major.
///
/// # Errors
/// [`xmrl_meta::MetaError::NonFinite`] with the task (`first` + its row) and `name`; libtorch's own.
pub(crate) fn per_task(stage: Stage, name: &'static str, first: usize, tensor: &Tensor) -> Result<Vec<f64>> {
    let values = to_vec(tensor)?;
    let tasks = tensor.size().first().map_or(1, |&n| n as usize);
    let width = (values.len() / tasks.max(1)).max(1);
    for (task, row) in values.chunks(width).enumerate() {
        check_finite(stage, Some(first + task), name, row)?;
    }
    Ok(values)
}
