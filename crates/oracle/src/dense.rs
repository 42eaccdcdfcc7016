//! Dense linear algebra, row-major, plain loops. Correct before fast.

/// `A x` for `A` `[m, n]`.
pub fn product(a: &[f64], x: &[f64]) -> Vec<f64> {
    a.chunks_exact(x.len()).map(|row| row.iter().zip(x).map(|(p, q)| p * q).sum()).collect()
}

/// `A + c I`.
pub fn shifted(a: &[f64], n: usize, c: f64) -> Vec<f64> {
    let mut out = a.to_vec();
    for j in 0..n {
        out[j * n + j] += c;
    }
    out
}

/// Lower Cholesky factor of `A` `[n, n]`; `None` where `A` is not positive definite.
pub fn cholesky(a: &[f64], n: usize) -> Option<Vec<f64>> {
    let mut l = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let inner: f64 = (0..j).map(|k| l[i * n + k] * l[j * n + k]).sum();
            if i == j {
                let pivot = a[i * n + i] - inner;
                if pivot <= 0.0 || pivot.is_nan() {
                    return None;
                }
                l[i * n + i] = pivot.sqrt();
            } else {
                l[i * n + j] = (a[i * n + j] - inner) / l[j * n + j];
            }
        }
    }
    Some(l)
}

/// Solves `A x = b` by Cholesky; `None` where `A` is not positive definite.
pub fn cholesky_solve(a: &[f64], b: &[f64]) -> Option<Vec<f64>> {
    let n = b.len();
    let l = cholesky(a, n)?;
    let mut x = b.to_vec();
    for i in 0..n {
        let inner: f64 = (0..i).map(|k| l[i * n + k] * x[k]).sum();
        x[i] = (x[i] - inner) / l[i * n + i];
    }
    for i in (0..n).rev() {
        let inner: f64 = (i + 1..n).map(|k| l[k * n + i] * x[k]).sum();
        x[i] = (x[i] - inner) / l[i * n + i];
    }
    Some(x)
}

/// Solves `A x = b` by elimination with partial pivoting; `None` where a pivot vanishes.
pub fn lu_solve(a: &[f64], b: &[f64]) -> Option<Vec<f64>> {
    let n = b.len();
    let mut rows: Vec<Vec<f64>> = (0..n).map(|i| [&a[i * n..(i + 1) * n], &b[i..=i]].concat()).collect();
    for k in 0..n {
        let best = (k..n).max_by(|&i, &j| rows[i][k].abs().total_cmp(&rows[j][k].abs()))?;
        rows.swap(k, best);
        if rows[k][k] == 0.0 {
            return None;
        }
        let pivot = rows[k].clone();
        for row in &mut rows[k + 1..] {
            let factor = row[k] / pivot[k];
            for j in k..=n {
                row[j] -= factor * pivot[j];
            }
        }
    }
    let mut x = vec![0.0; n];
    for k in (0..n).rev() {
        let known: f64 = (k + 1..n).map(|j| rows[k][j] * x[j]).sum();
        x[k] = (rows[k][n] - known) / rows[k][k];
    }
    Some(x)
}

/// Eigenvalues (ascending) and unit eigenvectors (one per row, same order) of symmetric `A` `[n, n]` by cyclic Jacobi
/// rotations. Source: Golub and Van Loan, section 8.5.
pub fn symmetric_eigen(a: &[f64], n: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
    let mut m = a.to_vec();
    let mut vectors: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| f64::from(i == j)).collect()).collect();
    for _ in 0..60 {
        let off: f64 = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| m[i * n + j].powi(2)).sum();
        let size: f64 = m.iter().map(|x| x * x).sum();
        if off <= 1e-32 * size {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                if m[p * n + q] == 0.0 {
                    continue;
                }
                let tau = (m[q * n + q] - m[p * n + p]) / (2.0 * m[p * n + q]);
                let t = 1f64.copysign(tau) / (tau.abs() + tau.hypot(1.0));
                let c = 1.0 / t.hypot(1.0);
                let s = t * c;
                for k in 0..n {
                    let (x, y) = (m[k * n + p], m[k * n + q]);
                    m[k * n + p] = c * x - s * y;
                    m[k * n + q] = s * x + c * y;
                }
                for k in 0..n {
                    let (x, y) = (m[p * n + k], m[q * n + k]);
                    m[p * n + k] = c * x - s * y;
                    m[q * n + k] = s * x + c * y;
                }
                let (before, after) = vectors.split_at_mut(q);
                for (x, y) in before[p].iter_mut().zip(&mut after[0]) {
                    (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
                }
            }
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| m[i * n + i].total_cmp(&m[j * n + j]));
    let values = order.iter().map(|&i| m[i * n + i]).collect();
    (values, order.into_iter().map(|i| vectors[i].clone()).collect())
}
