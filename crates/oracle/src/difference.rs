//! Central finite differences in `f64`.
//!
//! Five points unless the name says otherwise: `(8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h`, truncation `h^4 f''''' / 30`. With `h = 1e-3` and functions of
//! size one both error sources sit near 1e-13.

/// Derivative of `f` at 0.
pub fn derivative(mut f: impl FnMut(f64) -> f64, h: f64) -> f64 {
    (8.0 * (f(h) - f(-h)) - (f(2.0 * h) - f(-2.0 * h))) / (12.0 * h)
}

/// Gradient of `f` at `x`, `[n]`.
pub fn gradient(mut f: impl FnMut(&[f64]) -> f64, x: &[f64], h: f64) -> Vec<f64> {
    let mut moved = x.to_vec();
    (0..x.len())
        .map(|j| {
            let slope = derivative(
                |step| {
                    moved[j] = x[j] + step;
                    f(&moved)
                },
                h,
            );
            moved[j] = x[j];
            slope
        })
        .collect()
}

/// Gradient of `f` at `x`, `[n]`, by `(f(h) - f(-h)) / 2h`: half the evaluations, truncation `h^2 f''' / 6`.
pub fn two_point_gradient(mut f: impl FnMut(&[f64]) -> f64, x: &[f64], h: f64) -> Vec<f64> {
    let mut moved = x.to_vec();
    (0..x.len())
        .map(|j| {
            moved[j] = x[j] + h;
            let ahead = f(&moved);
            moved[j] = x[j] - h;
            let behind = f(&moved);
            moved[j] = x[j];
            (ahead - behind) / (2.0 * h)
        })
        .collect()
}

/// Derivative of the vector function `f` at `x` along `v`, `[m]`: a Jacobian-vector product, or a Hessian-vector one where
/// `f` is a gradient. `h` is the step along `v` as given (not normalised).
pub fn along(mut f: impl FnMut(&[f64]) -> Vec<f64>, x: &[f64], v: &[f64], h: f64) -> Vec<f64> {
    let mut at = |step: f64| {
        let moved: Vec<f64> = x.iter().zip(v).map(|(a, b)| a + step * b).collect();
        f(&moved)
    };
    let (p1, m1, p2, m2) = (at(h), at(-h), at(2.0 * h), at(-2.0 * h));
    (0..p1.len()).map(|j| (8.0 * (p1[j] - m1[j]) - (p2[j] - m2[j])) / (12.0 * h)).collect()
}
