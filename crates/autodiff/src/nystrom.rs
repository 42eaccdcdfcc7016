//! The randomised Nyström approximation of an operator, as a preconditioner.

use crate::error::{AutodiffError, check_finite};
use crate::{spectral, vector};

/// `U diag(values) U'` near a symmetric `A`, from products with a few random vectors.
#[derive(Clone, Debug, PartialEq)]
pub struct Nystrom {
    /// Orthonormal columns of U, `[rank]` of `[P]`.
    basis: Vec<Vec<f64>>,
    /// Eigenvalues of the approximation, descending, at least 0.
    values: Vec<f64>,
    /// What had to be added to `A` so that its sketch was positive definite: rounding, or more where `A` is indefinite.
    shift: f64,
}

/// Approximates `A` by `(A Q)(Q' A Q)^-1 (A Q)'`, Q the orthonormalised Gaussian sketch `[P, rank]`; `rank` products.
///
/// `normal(column, entry)` gives the sketch's entries and must be a function of its arguments. The inverse is taken of
/// `A + shift I`, the shift removed from the eigenvalues: at rounding size where `A` is semi-definite, raised until the
/// sketch is positive definite where it is not. Eigenvalues below 0 are read as 0.
///
/// Errors: rank 0, non-finite products, and whatever `apply` returns.
/// Source: Frangella, Tropp and Udell 2021, algorithm 2.1; departure: the shift grows for indefinite operators.
pub fn nystrom<E: From<AutodiffError>>(
    mut apply: impl FnMut(&[f64], &mut [f64]) -> Result<(), E>,
    size: usize,
    rank: usize,
    normal: impl Fn(usize, usize) -> f64,
) -> Result<Nystrom, E> {
    if rank == 0 {
        return Err(AutodiffError::Option { what: "sketch rank", value: 0.0, requirement: "at least 1" }.into());
    }
    let rank = rank.min(size);
    let mut sketch: Vec<Vec<f64>> =
        (0..rank).map(|column| (0..size).map(|entry| normal(column, entry)).collect()).collect();
    orthonormalise(&mut sketch)?;
    let mut images = vec![vec![0.0; size]; rank];
    for (column, image) in sketch.iter().zip(&mut images) {
        apply(column, image)?;
        check_finite("operator product", image)?;
    }
    let total = images.iter().map(|image| vector::dot(image, image)).sum::<f64>().sqrt();
    if total == 0.0 {
        return Ok(Nystrom { basis: Vec::new(), values: Vec::new(), shift: 0.0 });
    }
    // Of A's own symmetry only rounding is lost; the mean with the transpose takes it out.
    let core: Vec<f64> = (0..rank * rank)
        .map(|k| {
            let (i, j) = (k / rank, k % rank);
            0.5 * (vector::dot(&sketch[i], &images[j]) + vector::dot(&sketch[j], &images[i]))
        })
        .collect();
    let mut shift = (size as f64).sqrt() * f64::EPSILON * total;
    let factor = loop {
        match cholesky(&core, rank, shift) {
            Some(factor) => break factor,
            None => shift *= 4.0,
        }
    };
    // B = (A Q + shift Q) L^-T, so that B B' is the approximation of A + shift I.
    for (image, column) in images.iter_mut().zip(&sketch) {
        vector::axpy(shift, column, image);
    }
    for j in 0..rank {
        let (done, rest) = images.split_at_mut(j);
        for (k, column) in done.iter().enumerate() {
            vector::axpy(-factor[j * rank + k], column, &mut rest[0]);
        }
        vector::scale(1.0 / factor[j * rank + j], &mut rest[0]);
    }
    rotate(&mut images);
    let mut pairs: Vec<(f64, Vec<f64>)> = images
        .into_iter()
        .filter_map(|mut column| {
            let length = vector::norm(&column);
            vector::scale(1.0 / length, &mut column);
            (length > 0.0).then(|| ((length * length - shift).max(0.0), column))
        })
        .collect();
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (values, basis) = pairs.into_iter().unzip();
    Ok(Nystrom { basis, values, shift })
}

impl Nystrom {
    /// Eigenvalues of the approximation, descending; at least 0.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// What was added to the operator before it was approximated; well above rounding only for an indefinite one.
    pub fn shift(&self) -> f64 {
        self.shift
    }

    /// Writes `M^-1 r`, `M^-1 = I + U ((l + damping)(values + damping)^-1 - I) U'` with l the least of `values`: near the
    /// inverse of `(A + damping I) / (l + damping)`, and positive definite for any damping of at least 0.
    pub fn solve(&self, damping: f64, r: &[f64], out: &mut [f64]) {
        let least = self.values.last().copied().unwrap_or(0.0);
        spectral::solve(&self.basis, &self.values, least, damping, r, out);
    }
}

/// Gram-Schmidt, twice, so that columns are orthogonal to rounding.
fn orthonormalise(columns: &mut [Vec<f64>]) -> Result<(), AutodiffError> {
    for j in 0..columns.len() {
        let (done, rest) = columns.split_at_mut(j);
        for _ in 0..2 {
            for column in done.iter() {
                vector::axpy(-vector::dot(column, &rest[0]), column, &mut rest[0]);
            }
        }
        let length = vector::norm(&rest[0]);
        check_finite("sketch", &[length.recip()])?;
        vector::scale(1.0 / length, &mut rest[0]);
    }
    Ok(())
}

/// Lower factor of `core + shift I`, `[n, n]`; `None` where it is not positive definite.
fn cholesky(core: &[f64], n: usize, shift: f64) -> Option<Vec<f64>> {
    let mut l = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let inner = vector::dot(&l[i * n..i * n + j], &l[j * n..j * n + j]);
            if i == j {
                let pivot = core[i * n + i] + shift - inner;
                if pivot <= 0.0 || pivot.is_nan() {
                    return None;
                }
                l[i * n + i] = pivot.sqrt();
            } else {
                l[i * n + j] = (core[i * n + j] - inner) / l[j * n + j];
            }
        }
    }
    Some(l)
}

/// Rotates columns among themselves until they are orthogonal: their lengths are then the singular values and their
/// directions the left singular vectors. Source: one-sided Jacobi, Golub and Van Loan, section 8.6.3.
fn rotate(columns: &mut [Vec<f64>]) {
    for _ in 0..40 {
        let mut rotated = false;
        for i in 0..columns.len() {
            for j in i + 1..columns.len() {
                let (left, right) = columns.split_at_mut(j);
                let (a, b) = (&mut left[i], &mut right[0]);
                let (aa, bb, ab) = (vector::dot(a, a), vector::dot(b, b), vector::dot(a, b));
                if ab.abs() <= 1e-15 * (aa * bb).sqrt() {
                    continue;
                }
                rotated = true;
                let tau = (bb - aa) / (2.0 * ab);
                let tangent = 1f64.copysign(tau) / (tau.abs() + tau.hypot(1.0));
                let cosine = 1.0 / tangent.hypot(1.0);
                let sine = cosine * tangent;
                for (x, y) in a.iter_mut().zip(b.iter_mut()) {
                    (*x, *y) = (cosine * *x - sine * *y, sine * *x + cosine * *y);
                }
            }
        }
        if !rotated {
            return;
        }
    }
}
