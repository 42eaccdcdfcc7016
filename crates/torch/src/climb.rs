//! The vectors of a trust-region step on the device.

use tch::Tensor;

use crate::border::Border;
use crate::error::Result;

/// Vectors of a step, in float64: `[Q]`, or `[2Q]` of a Gaussian over the meta vector.
#[derive(Debug)]
pub(crate) struct Climb {
    /// Where it began.
    pub x: Tensor,
    /// The weighted gradient there.
    pub gradient: Tensor,
    /// What the conjugate gradients found.
    pub direction: Option<Tensor>,
}

/// The inner products of pairs of vectors, in one copy.
pub(crate) fn dots<const N: usize>(border: &Border, pairs: [(&Tensor, &Tensor); N]) -> Result<[f64; N]> {
    let products = pairs.iter().map(|(a, b)| a.f_dot(b)).collect::<std::result::Result<Vec<_>, _>>()?;
    let found = border.download(&Tensor::f_stack(&products, 0)?)?;
    Ok(std::array::from_fn(|at| found[at]))
}
