//! A meta vector as safetensors bytes and back. The bytes are the same for the same weights.

use std::collections::HashMap;

use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use xmrl_meta::MetaSpec;

use crate::error::{Result, SeamError};

const FORMAT: &str = "xmrl-meta-1";

/// What training a Gaussian over the meta vector goes on with, beside its mean.
#[derive(Clone)]
pub(crate) struct Gaussian {
    /// `ln sigma [Q]`.
    pub(crate) log_std: Vec<f64>,
    /// Mean of the prior `[Q]`.
    pub(crate) prior_mean: Vec<f64>,
}

/// Serialises `meta [Q]` as tensors `theta [P]` and, where the rate is learned, `log_rates [G]`, little-endian f64; where a
/// Gaussian is trained, meta is its mean, and `posterior_log_std [Q]` and `prior_mean [Q]` come with it.
///
/// The metadata hold one entry only: the library keeps them in a hash map, whose order with more would not be fixed.
pub(crate) fn to_bytes(spec: &MetaSpec, meta: &[f64], gaussian: Option<&Gaussian>) -> Result<Vec<u8>> {
    let (theta, rates) = meta.split_at(spec.policy_parameters());
    let mut parts = vec![("theta", theta)];
    if !rates.is_empty() {
        parts.push(("log_rates", rates));
    }
    if let Some(Gaussian { log_std, prior_mean }) = gaussian {
        parts.extend([("posterior_log_std", log_std.as_slice()), ("prior_mean", prior_mean.as_slice())]);
    }
    let native = |error: safetensors::SafeTensorError| SeamError::new("ERR_NATIVE", error.to_string());
    let bytes: Vec<Vec<u8>> =
        parts.iter().map(|(_, values)| values.iter().flat_map(|x| x.to_le_bytes()).collect()).collect();
    let views = parts.iter().zip(&bytes).map(|((name, values), bytes)| {
        Ok((*name, TensorView::new(Dtype::F64, vec![values.len()], bytes).map_err(native)?))
    });
    let metadata = HashMap::from([("format".to_owned(), FORMAT.to_owned())]);
    serialize(views.collect::<Result<Vec<_>>>()?, Some(metadata)).map_err(native)
}

/// Reads what [`to_bytes`] wrote.
///
/// # Errors
/// `ERR_CHECKPOINT_CORRUPT` for bytes that are not such a file or hold a number that is not finite; `ERR_SHAPE` for
/// tensors of another policy.
pub(crate) fn from_bytes(spec: &MetaSpec, bytes: &[u8]) -> Result<(Vec<f64>, Option<Gaussian>)> {
    let corrupt = |text: String| SeamError::new("ERR_CHECKPOINT_CORRUPT", format!("weights: {text}"));
    let file = SafeTensors::deserialize(bytes).map_err(|error| corrupt(error.to_string()))?;
    let read = |name: &str, expected: usize| -> Result<Vec<f64>> {
        let tensor = file.tensor(name).map_err(|error| corrupt(error.to_string()))?;
        if tensor.dtype() != Dtype::F64 || tensor.shape() != [expected] {
            let text =
                format!("{name} is {:?} {:?}, this policy needs F64 [{expected}]", tensor.dtype(), tensor.shape());
            return Err(SeamError::new("ERR_SHAPE", text));
        }
        let values: Vec<f64> = tensor.data().as_chunks::<8>().0.iter().map(|word| f64::from_le_bytes(*word)).collect();
        match values.iter().position(|x| !x.is_finite()) {
            Some(at) => Err(corrupt(format!("{name}[{at}] is {}", values[at]))),
            None => Ok(values),
        }
    };
    let (policy, whole) = (spec.policy_parameters(), spec.parameters());
    let mut meta = read("theta", policy)?;
    if whole > policy {
        meta.extend(read("log_rates", whole - policy)?);
    }
    let gaussian = match file.tensor("posterior_log_std") {
        Ok(_) => Some(Gaussian { log_std: read("posterior_log_std", whole)?, prior_mean: read("prior_mean", whole)? }),
        Err(_) => None,
    };
    Ok((meta, gaussian))
}
