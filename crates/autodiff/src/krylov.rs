//! Ritz pairs of an operator in a Krylov space, as a preconditioner for another operator near it.

use crate::error::{AutodiffError, check_finite};
use crate::lanczos::{Space, krylov_space};
use crate::{spectral, tridiagonal, vector};

/// Ritz pairs of a symmetric operator; see [`ritz_pairs`].
#[derive(Clone, Debug, PartialEq)]
pub struct RitzPairs {
    /// Orthonormal Ritz vectors `[k][P]`.
    basis: Vec<Vec<f64>>,
    /// Their Ritz values, descending, at least 0.
    values: Vec<f64>,
}

/// The Ritz pairs of symmetric, positive semi-definite `A` in the Krylov space of `start` `[P]`: `rank` products, fewer where the space
/// closes early.
///
/// For a system `A' x = start` with A' near A and dear: within that space lies what conjugate gradients on A would find in
/// `rank` steps, and [`solve`](RitzPairs::solve) starts those on A' with it. A sketch of random vectors knows the same
/// eigenvalues and not the right-hand side. Ritz values below 0 (rounding) are read as 0.
///
/// Errors: as [`lanczos_bounds`](crate::lanczos_bounds).
/// Source: Lanczos 1950; Rayleigh and Ritz as in Parlett, The Symmetric Eigenvalue Problem, chapters 11 and 13.
pub fn ritz_pairs<E: From<AutodiffError>>(
    apply: impl FnMut(&[f64], &mut [f64]) -> Result<(), E>,
    start: &[f64],
    rank: usize,
) -> Result<RitzPairs, E> {
    let Space { basis, diagonal, off, .. } = krylov_space(apply, start, rank)?;
    let RitzValues { values, columns } = RitzValues::new(&diagonal, &off)?;
    let combined = |weights: &Vec<f64>| {
        let mut column = vec![0.0; start.len()];
        basis.iter().zip(weights).for_each(|(q, weight)| vector::axpy(*weight, q, &mut column));
        column
    };
    Ok(RitzPairs { basis: columns.iter().map(combined).collect(), values })
}

/// Ritz values, and their vectors in the basis of the Krylov space, whoever holds that basis.
#[derive(Clone, Debug, PartialEq)]
pub struct RitzValues {
    /// Descending, at least 0, `[k]`.
    pub values: Vec<f64>,
    /// The Ritz vector of each value, as weights of the basis vectors `[k][k]`.
    pub columns: Vec<Vec<f64>>,
}

impl RitzValues {
    /// Of the Lanczos coefficients `diagonal [k]` and `off [k-1]`.
    ///
    /// Errors: coefficients that are not finite.
    pub fn new(diagonal: &[f64], off: &[f64]) -> Result<Self, AutodiffError> {
        check_finite("Lanczos coefficients", diagonal)?;
        let Some((values, rows)) = tridiagonal::decomposition(diagonal, off) else {
            return Err(AutodiffError::NotFinite { what: "Lanczos coefficients", index: 0, value: f64::NAN });
        };
        let pair = |(k, value): (usize, &f64)| (value.max(0.0), rows.iter().map(|row| row[k]).collect::<Vec<f64>>());
        let (values, columns) = values.iter().enumerate().rev().map(pair).unzip();
        Ok(Self { values, columns })
    }

    /// `[k]` factors f with `M^-1 r = r + U (f o U'r)`, U the Ritz vectors, for the M of [`RitzPairs::solve`]; none where M is
    /// the identity.
    #[must_use]
    pub fn factors(&self, damping: f64) -> Vec<f64> {
        spectral::factors(&self.values, middle(&self.values), damping)
    }
}

/// The median of descending values; 0 of none.
fn middle(values: &[f64]) -> f64 {
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

impl RitzPairs {
    /// Ritz values, descending; at least 0.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Writes `M^-1 r` for a symmetric positive definite M near a multiple of `A + damping I`: on the Ritz vectors by their values,
    /// beside them by the median of the values.
    ///
    /// The space holds the ends of the spectrum and what `start` has of the middle, so what is left is of the middle. (The least value in the place of the
    /// median, as for a sketch, needed several times as many products on the curvature of policies.)
    pub fn solve(&self, damping: f64, r: &[f64], out: &mut [f64]) {
        spectral::solve(&self.basis, &self.values, middle(&self.values), damping, r, out);
    }
}
