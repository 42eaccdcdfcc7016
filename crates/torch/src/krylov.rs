//! Ritz pairs in a Krylov space whose vectors stay on the device; [`xmrl_autodiff::ritz_pairs`] has the equations.

use tch::{Kind, Tensor};
use xmrl_autodiff::RitzValues;
use xmrl_meta::MetaError;

use crate::border::Border;
use crate::climb::dots;
use crate::error::Result;

/// A preconditioner: `M^-1 r = r + U (f o U'r)`.
#[derive(Debug)]
pub(crate) struct DeviceRitz {
    /// Ritz vectors, a row each, `[k,Q]`.
    basis: Tensor,
    /// `[k]`.
    factors: Tensor,
}

impl DeviceRitz {
    /// `M^-1 r`; r itself without a preconditioner, or with one that is the identity.
    pub(crate) fn solve(pairs: Option<&Self>, r: &Tensor) -> Result<Tensor> {
        let Some(Self { basis, factors }) = pairs else { return Ok(r.shallow_clone()) };
        let along = basis.f_mv(r)?.f_mul(factors)?;
        Ok(r.f_add(&basis.f_transpose(0, 1)?.f_mv(&along)?)?)
    }
}

/// The preconditioner of `rank` products with `apply`, which gives the product and its length, in the Krylov space of `start [Q]`
/// (not 0). The coefficients come to the host, some numbers a product; the weights of the Ritz vectors go back once.
pub(crate) fn ritz(
    border: &Border,
    start: &Tensor,
    rank: usize,
    damping: f64,
    mut apply: impl FnMut(&Tensor) -> Result<(Tensor, f64)>,
) -> Result<DeviceRitz> {
    let size = start.numel();
    let [squared] = dots(border, [(start, start)])?;
    let mut basis = start.f_div_scalar(squared.sqrt())?.f_unsqueeze(0)?;
    let (mut diagonal, mut off, mut scale) = (Vec::new(), Vec::new(), 0.0_f64);
    loop {
        let known = diagonal.len();
        let newest = basis.f_select(0, known as i64)?;
        let (mut w, length) = apply(&newest)?;
        scale = scale.max(length);
        let along = newest.f_dot(&w)?;
        for _ in 0..2 {
            w = w.f_sub(&basis.f_transpose(0, 1)?.f_mv(&basis.f_mv(&w)?)?)?;
        }
        let found = border.download(&Tensor::f_stack(&[along, w.f_dot(&w)?], 0)?)?;
        diagonal.push(found[0]);
        let beta = found[1].sqrt();
        // Below rounding of the operator's own size the remainder is noise: the space is invariant.
        if beta <= 1e-14 * scale * (size as f64).sqrt() || diagonal.len() == size || diagonal.len() == rank {
            break;
        }
        off.push(beta);
        basis = Tensor::f_cat(&[basis, w.f_div_scalar(beta)?.f_unsqueeze(0)?], 0)?;
    }
    let pairs = RitzValues::new(&diagonal, &off).map_err(MetaError::from)?;
    let count = diagonal.len();
    let mut factors = pairs.factors(damping);
    factors.resize(count, 0.0);
    // Rows of weights, then the factors.
    let packed = [pairs.columns.concat(), factors].concat();
    let packed = border.upload_as(&packed, &[count as i64 + 1, count as i64], Kind::Double)?;
    let basis = packed.f_narrow(0, 0, count as i64)?.f_matmul(&basis)?;
    Ok(DeviceRitz { basis, factors: packed.f_select(0, count as i64)? })
}
