//! Results of a chunk's tasks on the host, checked so that what is not finite is named with its task.

use tch::{Kind, Tensor};
use xmrl_meta::{Stage, check_finite};

use crate::border::Border;
use crate::error::Result;

/// The numbers of a tensor whose first axis is the chunk's tasks, row-major.
///
/// # Errors
/// [`xmrl_meta::MetaError::NonFinite`] with the task (`first` + its row) and `name`; libtorch's own.
pub(crate) fn per_task(
    border: &Border,
    stage: Stage,
    name: &'static str,
    first: usize,
    tensor: &Tensor,
) -> Result<Vec<f64>> {
    let values = border.download(tensor)?;
    let tasks = tensor.size().first().map_or(1, |&n| n as usize);
    let width = (values.len() / tasks.max(1)).max(1);
    for (task, row) in values.chunks(width).enumerate() {
        check_finite(stage, Some(first + task), name, row)?;
    }
    Ok(values)
}

/// What a tensor is called where it is not finite.
pub(crate) type Named<'a> = (Stage, &'static str, &'a Tensor);

/// Checks tensors whose first axis is the chunk's tasks, in this order, and gives those of `wanted`, which hold one number a
/// task. One copy brings all: the numbers, and of `checked` one flag a task.
///
/// # Errors
/// As [`per_task`].
pub(crate) fn report(
    border: &Border,
    first: usize,
    checked: &[Named<'_>],
    wanted: &[Named<'_>],
) -> Result<Vec<Vec<f64>>> {
    let flag = |(_, _, tensor): &Named<'_>| -> Result<Tensor> {
        let tasks = tensor.size().first().copied().unwrap_or(1);
        Ok(tensor.f_detach()?.f_reshape([tasks, -1])?.f_isfinite()?.f_all_dim(1, false)?.f_to_kind(Kind::Double)?)
    };
    let mut columns = checked.iter().map(flag).collect::<Result<Vec<_>>>()?;
    for (_, _, tensor) in wanted {
        columns.push(tensor.f_detach()?.f_to_kind(Kind::Double)?);
    }
    let packed = border.download(&Tensor::f_stack(&columns, 0)?)?;
    let tasks = packed.len() / columns.len().max(1);
    let (flags, values) = packed.split_at(checked.len() * tasks);
    for ((stage, name, tensor), flags) in checked.iter().zip(flags.chunks(tasks.max(1))) {
        if flags.contains(&0.0) {
            per_task(border, *stage, name, first, tensor)?;
        }
    }
    let values: Vec<Vec<f64>> = values.chunks(tasks.max(1)).map(<[f64]>::to_vec).collect();
    for ((stage, name, _), values) in wanted.iter().zip(&values) {
        for (task, value) in values.iter().enumerate() {
            check_finite(*stage, Some(first + task), name, &[*value])?;
        }
    }
    Ok(values)
}
