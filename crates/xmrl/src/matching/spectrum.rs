//! The nearest positive semi-definite matrix, for matrices of as many rows as there are tasks.

/// Most sweeps of Jacobi rotations; ten are ample.
const SWEEPS: usize = 50;

/// The positive semi-definite matrix nearest to a symmetric `a [n,n]` (Frobenius norm): its negative eigenvalues become 0.
/// Where there are none, `a` itself. Source: Higham 1988; eigenvalues by cyclic Jacobi rotations.
pub(super) fn semidefinite(a: &[f64], n: usize) -> Vec<f64> {
    let (mut d, mut v) = (a.to_vec(), vec![0.0; n * n]);
    (0..n).for_each(|i| v[i * n + i] = 1.0);
    let size: f64 = a.iter().map(|x| x * x).sum();
    for _ in 0..SWEEPS {
        let off: f64 = (0..n * n).filter(|k| k / n != k % n).map(|k| d[k] * d[k]).sum();
        if off <= 1e-30 * size {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut d, &mut v, n, p, q);
            }
        }
    }
    let largest = (0..n).map(|i| d[i * n + i].abs()).fold(0.0, f64::max);
    // What rounding makes of an eigenvalue 0 is left alone.
    let negative: Vec<usize> = (0..n).filter(|&i| d[i * n + i] < -1e-13 * largest).collect();
    let mut out = a.to_vec();
    for &k in &negative {
        for i in 0..n {
            for j in 0..n {
                out[i * n + j] -= d[k * n + k] * v[i * n + k] * v[j * n + k];
            }
        }
    }
    out
}

/// One rotation in the plane of p and q, after which `d[p,q]` is 0; the columns of `v` follow.
fn rotate(d: &mut [f64], v: &mut [f64], n: usize, p: usize, q: usize) {
    if d[p * n + q] == 0.0 {
        return;
    }
    let theta = (d[q * n + q] - d[p * n + p]) / (2.0 * d[p * n + q]);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let c = (t * t + 1.0).sqrt().recip();
    let s = t * c;
    for k in 0..n {
        let (x, y) = (d[k * n + p], d[k * n + q]);
        (d[k * n + p], d[k * n + q]) = (c * x - s * y, s * x + c * y);
    }
    for k in 0..n {
        let (x, y) = (d[p * n + k], d[q * n + k]);
        (d[p * n + k], d[q * n + k]) = (c * x - s * y, s * x + c * y);
    }
    for k in 0..n {
        let (x, y) = (v[k * n + p], v[k * n + q]);
        (v[k * n + p], v[k * n + q]) = (c * x - s * y, s * x + c * y);
    }
}

#[cfg(test)]
mod tests {
    use xmrl_oracle::Random;
    use xmrl_oracle::dense::symmetric_eigen;

    use super::*;

    #[test]
    fn negative_eigenvalues_become_0_and_the_others_stay() {
        let mut random = Random::new(3);
        let spectrum = [-2.0, -0.3, -0.3, 0.0, 0.1, 1.0, 5.0];
        let n = spectrum.len();
        let a = random.symmetric(&spectrum);
        let near = semidefinite(&a, n);
        let (values, _) = symmetric_eigen(&near, n);
        for (found, truth) in values.iter().zip([0.0, 0.0, 0.0, 0.0, 0.1, 1.0, 5.0]) {
            assert!((found - truth).abs() < 1e-12, "{values:?}");
        }
        // The part that was taken away is orthogonal to what is left.
        let taken: Vec<f64> = a.iter().zip(&near).map(|(a, b)| a - b).collect();
        let product = |i: usize, j: usize| (0..n).map(|k| taken[i * n + k] * near[k * n + j]).sum::<f64>();
        assert!((0..n * n).all(|k| product(k / n, k % n).abs() < 1e-12));
        let positive = random.symmetric(&[0.2, 1.0, 3.0]);
        assert_eq!(semidefinite(&positive, 3), positive);
        assert_eq!(semidefinite(&[0.0; 4], 2), [0.0; 4]);
    }
}
