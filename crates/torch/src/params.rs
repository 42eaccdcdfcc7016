//! One flat parameter vector on both sides of the border: host slices of `f64` and tensors.

use std::ops::Range;

use tch::{Device, Kind, Tensor};

use crate::error::{Result, check_length};

/// A tensor of `shape` with the numbers of `values` (row-major), in `kind` on `device`; records no graph.
///
/// Errors: a shape whose size is not `values.len()`; libtorch's own (an absent device, memory).
pub fn to_tensor(values: &[f64], shape: &[i64], kind: Kind, device: Device) -> Result<Tensor> {
    let size: i64 = shape.iter().product();
    check_length("tensor values", usize::try_from(size).unwrap_or(0), values.len())?;
    // Rounded here, so that no wider numbers are copied than are used.
    Ok(Tensor::f_from_slice(values)?.f_to_kind(kind)?.f_to_device(device)?.f_reshape(shape)?)
}

/// [`to_tensor`] as a leaf that records derivatives; `[P]`.
///
/// Errors: libtorch's own.
pub fn leaf(values: &[f64], kind: Kind, device: Device) -> Result<Tensor> {
    let tensor = to_tensor(values, &[values.len() as i64], kind, device)?;
    Ok(tensor.f_detach()?.f_set_requires_grad(true)?)
}

/// The numbers of a tensor of any shape, kind and device, row-major, as `f64`.
///
/// Errors: libtorch's own (an undefined tensor included).
pub fn to_vec(tensor: &Tensor) -> Result<Vec<f64>> {
    let flat = tensor.f_detach()?.f_to_device(Device::Cpu)?.f_to_kind(Kind::Double)?.f_contiguous()?.f_reshape([-1])?;
    let mut out = vec![0.0; flat.numel()];
    flat.f_copy_data(&mut out, flat.numel())?;
    Ok(out)
}

/// The part `range` of the last dimension of a flat vector `[..., P]`, seen as `[..., shape]`; no copy where strides allow.
///
/// Leading dimensions (tasks) are kept, so one call serves a shared vector `[P]` and per-task fast weights `[N, P]`.
///
/// Errors: a shape whose size is not the range's; libtorch's own (a range past the end).
pub fn view(flat: &Tensor, range: Range<usize>, shape: &[i64]) -> Result<Tensor> {
    let size: i64 = shape.iter().product();
    check_length("parameter view", range.len(), usize::try_from(size).unwrap_or(0))?;
    let mut full = flat.size();
    full.pop();
    full.extend_from_slice(shape);
    Ok(flat.f_narrow(-1, range.start as i64, range.len() as i64)?.f_reshape(&full)?)
}
