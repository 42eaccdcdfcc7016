//! The direct solve for small parameter counts.

use crate::error::{AutodiffError, check_finite, check_not_negative};
use crate::info::SolveInfo;
use crate::vector;

/// The matrix of a symmetric operator, `[n, n]` row-major, from `n` products with unit vectors; the mean with its transpose.
///
/// Errors: non-finite products and whatever `apply` returns.
pub fn assemble<E: From<AutodiffError>>(
    mut apply: impl FnMut(&[f64], &mut [f64]) -> Result<(), E>,
    n: usize,
) -> Result<Vec<f64>, E> {
    let mut rows = vec![0.0; n * n];
    let mut unit = vec![0.0; n];
    for j in 0..n {
        unit[j] = 1.0;
        apply(&unit, &mut rows[j * n..(j + 1) * n])?;
        check_finite("operator product", &rows[j * n..(j + 1) * n])?;
        unit[j] = 0.0;
    }
    for i in 0..n {
        for j in 0..i {
            let mean = 0.5 * (rows[i * n + j] + rows[j * n + i]);
            rows[i * n + j] = mean;
            rows[j * n + i] = mean;
        }
    }
    Ok(rows)
}

/// Solves `(A + damping I) x = b` by assembling the matrix (`n` products) and factoring it (`n^3 / 3` operations).
///
/// The factorisation is `P(A + damping I) = L U` with row pivoting, so indefinite systems are solved too;
/// `negative_curvature` reports a pivot sequence that Cholesky would have refused. `residual` is the true one.
///
/// Errors: a singular matrix, bad damping, non-finite numbers, and whatever `apply` returns.
pub fn dense_solve<E: From<AutodiffError>>(
    apply: impl FnMut(&[f64], &mut [f64]) -> Result<(), E>,
    b: &[f64],
    damping: f64,
) -> Result<(Vec<f64>, SolveInfo), E> {
    let n = b.len();
    check_finite("right-hand side", b)?;
    check_not_negative("damping", damping)?;
    let mut matrix = assemble(apply, n)?;
    for j in 0..n {
        matrix[j * n + j] += damping;
    }
    let mut info =
        SolveInfo { iterations: n, negative_curvature: !positive_definite(&matrix, n), ..SolveInfo::start(damping) };
    let x = gauss(matrix.clone(), b.to_vec())?;
    let target = vector::norm(b);
    let mut residual = b.to_vec();
    for (i, entry) in residual.iter_mut().enumerate() {
        *entry -= vector::dot(&matrix[i * n..(i + 1) * n], &x);
    }
    let relative = if target > 0.0 { vector::norm(&residual) / target } else { 0.0 };
    info.record(relative);
    // A direct solve has no tolerance of its own; this one only refuses a system that lost all its digits.
    info.finish(relative, relative <= 1e-6);
    Ok((x, info))
}

fn positive_definite(matrix: &[f64], n: usize) -> bool {
    let mut l = matrix.to_vec();
    for j in 0..n {
        let pivot = l[j * n + j] - vector::dot(&l[j * n..j * n + j], &l[j * n..j * n + j]);
        if pivot <= 0.0 || pivot.is_nan() {
            return false;
        }
        let root = pivot.sqrt();
        l[j * n + j] = root;
        for i in j + 1..n {
            let inner = vector::dot(&l[i * n..i * n + j], &l[j * n..j * n + j]);
            l[i * n + j] = (l[i * n + j] - inner) / root;
        }
    }
    true
}

fn gauss(mut a: Vec<f64>, mut x: Vec<f64>) -> Result<Vec<f64>, AutodiffError> {
    let n = x.len();
    for k in 0..n {
        let best = (k..n).max_by(|&i, &j| a[i * n + k].abs().total_cmp(&a[j * n + k].abs())).unwrap_or(k);
        if a[best * n + k] == 0.0 {
            return Err(AutodiffError::Singular { size: n, pivot: k });
        }
        if best != k {
            for j in 0..n {
                a.swap(k * n + j, best * n + j);
            }
            x.swap(k, best);
        }
        let (upper, lower) = a.split_at_mut((k + 1) * n);
        let pivot_row = &upper[k * n..];
        for (i, row) in lower.chunks_exact_mut(n).enumerate() {
            let factor = row[k] / pivot_row[k];
            vector::axpy(-factor, &pivot_row[k..], &mut row[k..]);
            x[k + 1 + i] -= factor * x[k];
        }
    }
    for k in (0..n).rev() {
        let known = vector::dot(&a[k * n + k + 1..(k + 1) * n], &x[k + 1..]);
        x[k] = (x[k] - known) / a[k * n + k];
    }
    Ok(x)
}
