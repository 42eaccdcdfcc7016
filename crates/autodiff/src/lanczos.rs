//! Extreme eigenvalues of a symmetric operator.

use crate::error::{AutodiffError, check_finite};
use crate::{tridiagonal, vector};

/// The ends of a spectrum as a Krylov space of `steps` dimensions sees them.
///
/// The true least eigenvalue is at most `lambda_min`, and some eigenvalue lies within `lambda_min_error` of it; likewise
/// above. Where the space has become invariant both errors are 0 up to rounding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpectralBounds {
    /// Least Ritz value.
    pub lambda_min: f64,
    /// Residual norm of its Ritz vector.
    pub lambda_min_error: f64,
    /// Greatest Ritz value.
    pub lambda_max: f64,
    /// Residual norm of its Ritz vector.
    pub lambda_max_error: f64,
    /// Operator products made; fewer than asked for where the space closed early.
    pub steps: usize,
}

/// Extreme Ritz values of symmetric `A` from the Krylov space of `start` `[P]`, at most `steps` products.
///
/// Every new basis vector is orthogonalised against all earlier ones, twice, so no spurious copies of converged values
/// appear. An eigenvector orthogonal to `start` stays unseen: give a start with noise in every entry.
///
/// Errors: `start` zero or not finite, `steps` 0, non-finite products, and whatever `apply` returns.
/// Source: Lanczos 1950; reorthogonalisation as in Parlett, The Symmetric Eigenvalue Problem, chapter 13.
pub fn lanczos_bounds<E: From<AutodiffError>>(
    apply: impl FnMut(&[f64], &mut [f64]) -> Result<(), E>,
    start: &[f64],
    steps: usize,
) -> Result<SpectralBounds, E> {
    let Space { diagonal, off, remaining, .. } = krylov_space(apply, start, steps)?;
    let ritz = tridiagonal::eigenvalues(&diagonal, &off);
    let Some((low, high)) = ritz.as_ref().and_then(|r| Some((r.first()?, r.last()?))) else {
        return Err(AutodiffError::NotFinite { what: "Lanczos coefficients", index: 0, value: f64::NAN }.into());
    };
    Ok(SpectralBounds {
        lambda_min: low.value,
        lambda_min_error: (remaining * low.last).abs(),
        lambda_max: high.value,
        lambda_max_error: (remaining * high.last).abs(),
        steps: diagonal.len(),
    })
}

/// An orthonormal basis of a Krylov space, and the operator in it.
pub(crate) struct Space {
    /// `[k][P]`.
    pub(crate) basis: Vec<Vec<f64>>,
    /// Diagonal `[k]` of the tridiagonal matrix that the operator is in this basis.
    pub(crate) diagonal: Vec<f64>,
    /// The entries beside it, `[k-1]`.
    pub(crate) off: Vec<f64>,
    /// The next of those, to the vector that the basis lacks; 0 where the space is invariant.
    pub(crate) remaining: f64,
}

/// The Krylov space of `start` `[P]`, at most `steps` products; see [`lanczos_bounds`].
pub(crate) fn krylov_space<E: From<AutodiffError>>(
    mut apply: impl FnMut(&[f64], &mut [f64]) -> Result<(), E>,
    start: &[f64],
    steps: usize,
) -> Result<Space, E> {
    let n = start.len();
    check_finite("start vector", start)?;
    let length = vector::norm(start);
    if length == 0.0 {
        return Err(
            AutodiffError::Option { what: "norm of the start vector", value: 0.0, requirement: "positive" }.into()
        );
    }
    if steps == 0 {
        return Err(AutodiffError::Option { what: "Lanczos steps", value: 0.0, requirement: "at least 1" }.into());
    }
    let mut basis: Vec<Vec<f64>> = vec![start.iter().map(|x| x / length).collect()];
    let (mut diagonal, mut off) = (Vec::new(), Vec::new());
    let mut w = vec![0.0; n];
    let mut scale: f64 = 0.0;
    let remaining = loop {
        let newest = &basis[basis.len() - 1];
        apply(newest, &mut w)?;
        check_finite("operator product", &w)?;
        scale = scale.max(vector::norm(&w));
        diagonal.push(vector::dot(newest, &w));
        for _ in 0..2 {
            for q in &basis {
                vector::axpy(-vector::dot(q, &w), q, &mut w);
            }
        }
        let beta = vector::norm(&w);
        // Below rounding of the operator's own size the remainder is noise: the space is invariant.
        if beta <= 1e-14 * scale * (n as f64).sqrt() || basis.len() == n {
            break 0.0;
        }
        if basis.len() == steps {
            break beta;
        }
        off.push(beta);
        basis.push(w.iter().map(|x| x / beta).collect());
    };
    Ok(Space { basis, diagonal, off, remaining })
}

/// A fixed vector `[n]` with no structure that an operator could share, for [`lanczos_bounds`]: the golden-ratio sequence,
/// centred.
pub fn spread_start(n: usize) -> Vec<f64> {
    (1..=n).map(|j| (j as f64 * 0.618_033_988_749_894_9).fract() - 0.5).collect()
}
