//! The diagonal Gaussian on libtorch tensors: log-probability and Kullback-Leibler divergence.
//!
//! Every quantity is summed over the action dimensions (the last axis). A log-std is the one in force
//! ([`effective_log_std`](super::effective_log_std)), of any shape that broadcasts with the means: `[A]` or `[N,1,A]`.

use tch::Tensor;

use crate::error::{Result, TorchError};

/// ln(2 pi).
const LN_TAU: f64 = 1.837_877_066_409_345_3;

/// `log N(actions | mean, diag(exp(2 log_std)))`, `[N,R]` for means and actions `[N,R,A]`:
/// `-1/2 sum_j z_j^2 - sum_j log_std_j - A/2 ln(2 pi)` with `z = (a - mean) exp(-log_std)`.
///
/// # Errors
/// [`TorchError::Torch`] for shapes that do not broadcast, or another dtype or device.
pub fn log_prob(mean: &Tensor, log_std: &Tensor, actions: &Tensor) -> Result<Tensor> {
    let z = actions.f_sub(mean)?.f_mul(&log_std.f_neg()?.f_exp()?)?;
    let constant = -0.5 * LN_TAU * last(actions)? as f64;
    let quadratic = sum_last(&z.f_square()?)?.f_mul_scalar(-0.5)?;
    Ok(quadratic.f_sub(&sum_last(log_std)?)?.f_add_scalar(constant)?)
}

/// `KL(old || new)` of each row, `[N,R]`:
/// `sum_j [s_new - s_old + (exp(2 s_old) + (mean_old - mean_new)^2) / (2 exp(2 s_new)) - 1/2]`, `s` the log-stds.
///
/// # Errors
/// As for [`log_prob`].
pub fn kl(mean_old: &Tensor, log_std_old: &Tensor, mean_new: &Tensor, log_std_new: &Tensor) -> Result<Tensor> {
    let difference = log_std_new.f_sub(log_std_old)?;
    let ratio = difference.f_mul_scalar(-2.0)?.f_exp()?;
    let z = mean_old.f_sub(mean_new)?.f_mul(&log_std_new.f_neg()?.f_exp()?)?;
    let per_dim = z.f_square()?.f_add(&ratio)?.f_mul_scalar(0.5)?.f_add(&difference)?.f_add_scalar(-0.5)?;
    sum_last(&per_dim)
}

fn sum_last(values: &Tensor) -> Result<Tensor> {
    Ok(values.f_sum_dim_intlist([-1i64].as_slice(), false, None)?)
}

fn last(values: &Tensor) -> Result<i64> {
    values.size().last().copied().ok_or_else(|| TorchError::TensorShape {
        name: "actions or log_std",
        expected: "at least one axis, the last of size A".to_string(),
        got: "[]".to_string(),
    })
}
