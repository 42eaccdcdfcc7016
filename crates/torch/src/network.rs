//! The network as libtorch expressions of one flat parameter vector, batched over tasks.

use tch::{Kind, Tensor};
use xmrl_policy::{Activation, PolicySpec};

use crate::error::{Result, TorchError};

/// The action distribution of each row: a diagonal Gaussian.
#[derive(Debug)]
pub struct Distribution {
    /// Means `[N,R,A]`.
    pub mean: Tensor,
    /// The log-std in force, `[A]` for shared parameters or `[N,1,A]` for one set per task; both broadcast with `mean`.
    pub log_std: Tensor,
}

/// The distributions of `observations [N,R,S]` under `params`, either shared `[P]` or one set per task `[N,P]`.
///
/// # Errors
/// [`TorchError::TensorShape`] for a shape that the spec forbids, [`TorchError::Torch`] for what libtorch refuses
/// (another dtype or device, no memory).
pub fn distribution(spec: &PolicySpec, params: &Tensor, observations: &Tensor) -> Result<Distribution> {
    check(spec, params, observations)?;
    let parts = split(spec, params)?;
    Ok(Distribution { mean: forward(spec, &parts, observations)?, log_std: floor(spec, params, &parts)? })
}

/// The means `[N,R,A]` of `observations [N,R,S]`: `h <- phi(h @ W + b)` through the hidden layers, then a linear layer.
///
/// `params` is `[P]` (one matrix product for all rows) or `[N,P]` (a batched product, `params[i]` for `observations[i]`).
/// Differentiable to any order in `params`; f32 or f64, on the device of its arguments.
///
/// # Errors
/// As for [`distribution`].
pub fn means(spec: &PolicySpec, params: &Tensor, observations: &Tensor) -> Result<Tensor> {
    check(spec, params, observations)?;
    forward(spec, &split(spec, params)?, observations)
}

/// The log-std in force, `max(log_std, log_std_min)`: `[A]` for params `[P]`, `[N,1,A]` for `[N,P]`.
///
/// Its derivative is 1 at and above the bound and 0 below.
///
/// # Errors
/// As for [`distribution`].
pub fn effective_log_std(spec: &PolicySpec, params: &Tensor) -> Result<Tensor> {
    check_params(spec, params)?;
    floor(spec, params, &split(spec, params)?)
}

/// The flat vector cut into `W1, b1, ..., log_std`. One split: its backward is a single concatenation, where a `narrow`
/// per part would add a zero-filled `[N,P]` each.
fn split(spec: &PolicySpec, params: &Tensor) -> Result<Vec<Tensor>> {
    let mut sizes = Vec::new();
    for layer in spec.layers() {
        sizes.extend([layer.weight.len() as i64, layer.bias.len() as i64]);
    }
    sizes.push(spec.action_size as i64);
    Ok(params.f_split_with_sizes(sizes, -1)?)
}

fn forward(spec: &PolicySpec, parts: &[Tensor], observations: &Tensor) -> Result<Tensor> {
    let layers = spec.layers();
    let mut rows = observations.shallow_clone();
    for (index, layer) in layers.iter().enumerate() {
        let (weight, bias) = (&parts[2 * index], &parts[2 * index + 1]);
        let (inputs, outputs) = (layer.inputs as i64, layer.outputs as i64);
        rows = if weight.dim() == 1 {
            rows.f_matmul(&weight.f_view([inputs, outputs])?)?.f_add(bias)?
        } else {
            let tasks = weight.size()[0];
            let bias = bias.f_view([tasks, 1, outputs])?;
            bias.f_baddbmm(&rows, &weight.f_view([tasks, inputs, outputs])?, 1.0, 1.0)?
        };
        if index + 1 < layers.len() {
            rows = match spec.activation {
                Activation::Tanh => rows.f_tanh()?,
                Activation::Relu => rows.f_relu()?,
            };
        }
    }
    Ok(rows)
}

fn floor(spec: &PolicySpec, params: &Tensor, parts: &[Tensor]) -> Result<Tensor> {
    let log_std = parts[parts.len() - 1].f_clamp_min(spec.log_std_min)?;
    Ok(if params.dim() == 2 { log_std.f_unsqueeze(1)? } else { log_std })
}

fn check_params(spec: &PolicySpec, params: &Tensor) -> Result<()> {
    let size = params.size();
    let real = matches!(params.f_kind()?, Kind::Float | Kind::Double);
    if real && matches!(size.len(), 1 | 2) && size.last() == Some(&(spec.parameters() as i64)) {
        return Ok(());
    }
    let expected = format!("float or double [P] or [N,P] with P = {}", spec.parameters());
    Err(TorchError::TensorShape { name: "params", expected, got: format!("{:?} {size:?}", params.kind()) })
}

fn check(spec: &PolicySpec, params: &Tensor, observations: &Tensor) -> Result<()> {
    check_params(spec, params)?;
    let size = observations.size();
    let tasks = (params.dim() == 2).then(|| params.size()[0]);
    let fits = size.len() == 3 && size[2] == spec.observation_size as i64 && tasks.is_none_or(|n| size[0] == n);
    if fits {
        return Ok(());
    }
    let tasks = tasks.map_or_else(|| "N".to_string(), |n| n.to_string());
    let expected = format!("[{tasks},R,{}]", spec.observation_size);
    Err(TorchError::TensorShape { name: "observations", expected, got: format!("{size:?}") })
}
