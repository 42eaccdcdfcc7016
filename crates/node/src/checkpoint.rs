//! A meta vector as safetensors bytes and back. The bytes are the same for the same weights.

use std::collections::HashMap;

use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use xmrl_meta::MetaSpec;

use crate::error::{Result, SeamError};

const FORMAT: &str = "xmrl-meta-1";

/// Serialises `meta [Q]` as tensors `theta [P]` and, where the rate is learned, `log_rates [G]`, little-endian f64.
///
/// The metadata hold one entry only: the library keeps them in a hash map, whose order with more would not be fixed.
pub(crate) fn to_bytes(spec: &MetaSpec, meta: &[f64]) -> Result<Vec<u8>> {
    let bytes = |values: &[f64]| -> Vec<u8> { values.iter().flat_map(|x| x.to_le_bytes()).collect() };
    let (theta, rates) = meta.split_at(spec.policy_parameters());
    let (theta_bytes, rate_bytes) = (bytes(theta), bytes(rates));
    let view = |len: usize, data| {
        TensorView::new(Dtype::F64, vec![len], data).map_err(|error| SeamError::new("ERR_NATIVE", error.to_string()))
    };
    let mut tensors = vec![("theta", view(theta.len(), &theta_bytes)?)];
    if !rates.is_empty() {
        tensors.push(("log_rates", view(rates.len(), &rate_bytes)?));
    }
    let metadata = HashMap::from([("format".to_owned(), FORMAT.to_owned())]);
    serialize(tensors, Some(metadata)).map_err(|error| SeamError::new("ERR_NATIVE", error.to_string()))
}

/// Reads what [`to_bytes`] wrote.
///
/// # Errors
/// `ERR_CHECKPOINT_CORRUPT` for bytes that are not such a file or hold a number that is not finite; `ERR_SHAPE` for
/// tensors of another policy.
pub(crate) fn from_bytes(spec: &MetaSpec, bytes: &[u8]) -> Result<Vec<f64>> {
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
    let policy = spec.policy_parameters();
    let mut meta = read("theta", policy)?;
    if spec.parameters() > policy {
        meta.extend(read("log_rates", spec.parameters() - policy)?);
    }
    Ok(meta)
}
