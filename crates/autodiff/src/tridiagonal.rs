//! Eigenvalues of the small tridiagonal matrices that Krylov methods leave behind.

/// One eigenvalue and the last entry of its unit eigenvector, the factor of the Ritz residual `|beta_k s_k|`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ritz {
    pub(crate) value: f64,
    pub(crate) last: f64,
}

/// All eigenvalues of the symmetric tridiagonal matrix, ascending, by implicitly shifted QL.
///
/// `diagonal` `[k]`, `off` `[k-1]`. Returns `None` where the iteration fails (non-finite entries). Cost `O(k^2)`.
/// Source: Golub and Van Loan, Matrix Computations, section 8.3 (implicit symmetric QR step, run from the other end).
pub(crate) fn eigenvalues(diagonal: &[f64], off: &[f64]) -> Option<Vec<Ritz>> {
    let k = diagonal.len();
    let mut last = vec![0.0; k];
    if k > 0 {
        last[k - 1] = 1.0;
    }
    let mut rows = [last];
    let values = rotated(diagonal, off, &mut rows)?;
    let mut ritz: Vec<Ritz> = values.into_iter().zip(&rows[0]).map(|(value, &last)| Ritz { value, last }).collect();
    ritz.sort_by(|a, b| a.value.total_cmp(&b.value));
    Some(ritz)
}

/// All eigenvalues, ascending, and the matrix whose columns are their unit eigenvectors, row by row `[k][k]`; otherwise as
/// [`eigenvalues`]. Cost `O(k^3)`.
pub(crate) fn decomposition(diagonal: &[f64], off: &[f64]) -> Option<(Vec<f64>, Vec<Vec<f64>>)> {
    let k = diagonal.len();
    let unit = |i: usize| (0..k).map(|j| f64::from(u8::from(i == j))).collect();
    let mut rows: Vec<Vec<f64>> = (0..k).map(unit).collect();
    let values = rotated(diagonal, off, &mut rows)?;
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let sorted = |from: &[f64]| order.iter().map(|&at| from[at]).collect();
    Some((sorted(&values), rows.iter().map(|row| sorted(row)).collect()))
}

/// The eigenvalues in no order; every one of `rows` `[k]` is multiplied from the right by the matrix of eigenvectors.
fn rotated(diagonal: &[f64], off: &[f64], rows: &mut [Vec<f64>]) -> Option<Vec<f64>> {
    let k = diagonal.len();
    debug_assert!(k == 0 || off.len() + 1 == k);
    let mut d = diagonal.to_vec();
    let mut e = off.to_vec();
    e.push(0.0);
    if d.iter().chain(&e).any(|x| !x.is_finite()) {
        return None;
    }
    for low in 0..k {
        let mut sweeps = 0;
        loop {
            // The block that starts at `low` ends where an off-diagonal entry is negligible.
            let mut high = low;
            while high + 1 < k && e[high].abs() > f64::EPSILON * (d[high].abs() + d[high + 1].abs()) {
                high += 1;
            }
            if high == low {
                break;
            }
            sweeps += 1;
            if sweeps > 60 {
                return None;
            }
            // Wilkinson's shift from the leading 2 x 2 block.
            let half = (d[low + 1] - d[low]) / (2.0 * e[low]);
            let root = half.hypot(1.0);
            let mut g = d[high] - d[low] + e[low] / (half + root.copysign(half));
            let (mut sine, mut cosine, mut carried) = (1.0, 1.0, 0.0);
            let mut deflated = false;
            for row in (low..high).rev() {
                let chased = sine * e[row];
                let kept = cosine * e[row];
                let length = chased.hypot(g);
                e[row + 1] = length;
                if length == 0.0 {
                    d[row + 1] -= carried;
                    e[high] = 0.0;
                    deflated = true;
                    break;
                }
                sine = chased / length;
                cosine = g / length;
                let shifted = d[row + 1] - carried;
                let mixed = (d[row] - shifted) * sine + 2.0 * cosine * kept;
                carried = sine * mixed;
                d[row + 1] = shifted + carried;
                g = cosine * mixed - kept;
                for entries in rows.iter_mut() {
                    let (upper, lower) = (entries[row], entries[row + 1]);
                    entries[row + 1] = sine * upper + cosine * lower;
                    entries[row] = cosine * upper - sine * lower;
                }
            }
            if !deflated {
                d[low] -= carried;
                e[low] = g;
                e[high] = 0.0;
            }
        }
    }
    Some(d)
}

#[cfg(test)]
mod tests {
    use super::{decomposition, eigenvalues};

    /// The second-difference matrix has eigenvalues `2 - 2 cos(j pi / (k+1))` and sine eigenvectors.
    #[test]
    fn second_difference_matrix_has_its_known_spectrum() {
        for k in [1usize, 2, 3, 7, 30] {
            let ritz = eigenvalues(&vec![2.0; k], &vec![-1.0; k - 1]).unwrap();
            for (j, found) in ritz.iter().enumerate() {
                let angle = (j + 1) as f64 * std::f64::consts::PI / (k + 1) as f64;
                let value = 2.0 - 2.0 * angle.cos();
                assert!((found.value - value).abs() < 1e-13, "{k} {j}: {} {value}", found.value);
                let last = (2.0 / (k + 1) as f64).sqrt() * (k as f64 * angle).sin().abs();
                assert!((found.last.abs() - last).abs() < 1e-12, "{k} {j}");
            }
            let (values, rows) = decomposition(&vec![2.0; k], &vec![-1.0; k - 1]).unwrap();
            assert!(values.iter().zip(&ritz).all(|(value, ritz)| *value == ritz.value));
            for (i, row) in rows.iter().enumerate() {
                for (j, entry) in row.iter().enumerate() {
                    let angle = (j + 1) as f64 * std::f64::consts::PI / (k + 1) as f64;
                    let sine = (2.0 / (k + 1) as f64).sqrt() * ((i + 1) as f64 * angle).sin();
                    assert!((entry.abs() - sine.abs()).abs() < 1e-12, "{k} {i} {j}");
                }
            }
        }
    }

    #[test]
    fn a_diagonal_matrix_is_its_own_spectrum_and_nan_is_refused() {
        let ritz = eigenvalues(&[3.0, -1.0, 2.0], &[0.0, 0.0]).unwrap();
        assert_eq!(ritz.iter().map(|r| r.value).collect::<Vec<_>>(), [-1.0, 2.0, 3.0]);
        assert!(eigenvalues(&[f64::NAN], &[]).is_none());
    }
}
