//! The fused derivatives against differences, and their symmetry; `xmrl-torch` holds them to automatic differentiation.

mod common;

use common::{cases, relative};
use xmrl_policy::Activation;

#[test]
fn the_hvp_is_symmetric_and_equals_differences_of_the_gradient() {
    cases(|spec, fused, theta, data, draws| {
        let (mut ws, rows, p) = (fused.workspace(), data.rows(), theta.len());
        let (u, v) = (draws.normals(p), draws.normals(p));
        let (mut hu, mut hv) = (vec![0.0; p], vec![0.0; p]);
        fused.surrogate_hvp(&mut ws, theta, &rows, &u, &mut hu);
        fused.surrogate_hvp(&mut ws, theta, &rows, &v, &mut hv);
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
        let norm = |a: &[f64]| dot(a, a).sqrt();
        let asymmetry = (dot(&u, &hv) - dot(&v, &hu)).abs() / (norm(&u) * norm(&hv));
        assert!(asymmetry < 1e-10, "{spec:?} {asymmetry}");
        if spec.activation == Activation::Relu {
            return; // a difference may step over a kink
        }
        let mut at = |step: f64| {
            let moved: Vec<f64> = theta.iter().zip(&v).map(|(x, v)| x + step * v).collect();
            let mut gradient = vec![0.0; p];
            fused.surrogate_gradient(&mut ws, &moved, &rows, &mut gradient);
            gradient
        };
        // Fourth order, so that a step large against rounding is small against curvature.
        let h = 2e-4 / norm(&v);
        let (a, b, c, d) = (at(-2.0 * h), at(-h), at(h), at(2.0 * h));
        let difference: Vec<f64> = (0..p).map(|i| (a[i] - 8.0 * b[i] + 8.0 * c[i] - d[i]) / (12.0 * h)).collect();
        let error = relative(&hv, &difference);
        assert!(error < 1e-6, "{spec:?} {error}");
    });
}
