//! Gaussian posteriors of the meta-parameters that differ in their augmented data alone.
//!
//! Given the original tasks, theta has covariance `Sigma = (beta A + delta I)⁻¹`, with A a curvature (a Fisher matrix) of
//! the critical tasks. Mixing coefficient set m adds augmented data whose surrogate has gradient `r_m [P]`; to first order
//! that moves the mean to `mu_m = mu_0 + Sigma r_m`. M sets with common random numbers give R `[M,P]`, one row a set.

use xmrl_autodiff::{CgOptions, SolveInfo, conjugate_gradient, vector};

use crate::error::{Result, XmrlError, check_finite, check_len};

/// The posterior covariance as a linear operator, symmetric positive definite.
pub trait Covariance {
    /// Writes `Sigma v`.
    ///
    /// # Errors
    /// Whatever the operator meets: a number that is not finite, a wrong length.
    fn apply(&mut self, v: &[f64], out: &mut [f64]) -> Result<()>;

    /// The solve with the largest residual so far, where products are solved for; not converging is a value.
    fn worst(&self) -> Option<&SolveInfo> {
        None
    }
}

/// `Sigma = variance I`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Isotropic {
    /// The variance of every parameter, positive.
    pub variance: f64,
}

impl Covariance for Isotropic {
    fn apply(&mut self, v: &[f64], out: &mut [f64]) -> Result<()> {
        if !(self.variance.is_finite() && self.variance > 0.0) {
            let got = self.variance.to_string();
            return Err(XmrlError::Option { key: "augment.variance", got, fix: "give a positive finite number" });
        }
        out.iter_mut().zip(v).for_each(|(to, from)| *to = self.variance * from);
        Ok(())
    }
}

/// `Sigma = (beta A + delta I)⁻¹` with A given by its products, solved by conjugate gradients.
pub struct Curvature<F> {
    beta: f64,
    product: F,
    cg: CgOptions,
    worst: Option<SolveInfo>,
}

impl<F: FnMut(&[f64], &mut [f64]) -> Result<()>> Curvature<F> {
    /// `product(v, out)` writes `A v` for a positive semi-definite A; `beta >= 0` and `delta > 0`. `tolerance` is the
    /// relative residual of every solve, `max_iterations` its most products.
    ///
    /// # Errors
    /// [`XmrlError::Option`].
    pub fn new(beta: f64, delta: f64, max_iterations: usize, tolerance: f64, product: F) -> Result<Self> {
        if !(beta.is_finite() && beta >= 0.0) {
            return Err(XmrlError::Option {
                key: "augment.beta",
                got: beta.to_string(),
                fix: "give a finite number >= 0",
            });
        }
        if !(delta.is_finite() && delta > 0.0) {
            let got = delta.to_string();
            return Err(XmrlError::Option { key: "augment.delta", got, fix: "give a positive finite number" });
        }
        Ok(Self { beta, product, cg: CgOptions { max_iterations, tolerance, damping: delta }, worst: None })
    }
}

impl<F: FnMut(&[f64], &mut [f64]) -> Result<()>> Covariance for Curvature<F> {
    fn apply(&mut self, v: &[f64], out: &mut [f64]) -> Result<()> {
        let scaled = |from: &[f64], to: &mut [f64]| -> Result<()> {
            (self.product)(from, to)?;
            to.iter_mut().for_each(|entry| *entry *= self.beta);
            Ok(())
        };
        let (solution, info) = conjugate_gradient(scaled, v, None, self.cg)?;
        out.copy_from_slice(&solution);
        if self.worst.as_ref().is_none_or(|worst| info.residual > worst.residual) {
            self.worst = Some(info);
        }
        Ok(())
    }

    fn worst(&self) -> Option<&SolveInfo> {
        self.worst.as_ref()
    }
}

/// The spread of the M posterior means, all that an information measure of them needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    /// M, coefficient sets.
    pub sets: usize,
    /// P, parameters.
    pub parameters: usize,
    /// `R H` `[M,P]`: responses less their mean over sets.
    pub centred: Vec<f64>,
    /// `Sigma R H` `[M,P]`: posterior means less their mean.
    pub moved: Vec<f64>,
    /// `(R H)ᵀ Sigma R H` `[M,M]`, symmetric; its rows sum to zero.
    pub products: Vec<f64>,
}

impl Spread {
    /// From responses R `[M,P]`.
    ///
    /// Differences to the first set are taken before the mean, so that bit-equal responses give exact zeros.
    ///
    /// # Errors
    /// [`XmrlError::Option`] for fewer than two sets, [`XmrlError::Shape`], [`XmrlError::NonFinite`], and those of `sigma`.
    pub fn new(responses: &[f64], sets: usize, sigma: &mut dyn Covariance) -> Result<Self> {
        if sets < 2 {
            let fix = "information needs at least 2 coefficient sets";
            return Err(XmrlError::Option { key: "augment.sets", got: sets.to_string(), fix });
        }
        let parameters = responses.len() / sets;
        check_len("responses", "[M,P]", responses.len(), parameters.max(1) * sets)?;
        check_finite("responses", responses)?;
        let first = responses[..parameters].to_vec();
        let mut centred = responses.to_vec();
        for row in centred.chunks_exact_mut(parameters) {
            vector::axpy(-1.0, &first, row);
        }
        let mut mean = vec![0.0; parameters];
        for row in centred.chunks_exact(parameters) {
            vector::axpy(1.0 / sets as f64, row, &mut mean);
        }
        for row in centred.chunks_exact_mut(parameters) {
            vector::axpy(-1.0, &mean, row);
        }
        let mut moved = vec![0.0; responses.len()];
        for (from, to) in centred.chunks_exact(parameters).zip(moved.chunks_exact_mut(parameters)) {
            sigma.apply(from, to)?;
        }
        let products = symmetric_products(&centred, &moved, sets);
        Ok(Self { sets, parameters, centred, moved, products })
    }

    /// Row m of `moved`: `Sigma` times the centred response of set m.
    #[must_use]
    pub fn moved_row(&self, set: usize) -> &[f64] {
        &self.moved[set * self.parameters..(set + 1) * self.parameters]
    }
}

/// `½ (a bᵀ + b aᵀ)` for a, b `[n,P]`: the symmetric part, which is all of it when `b = Sigma a` exactly.
pub(crate) fn symmetric_products(a: &[f64], b: &[f64], n: usize) -> Vec<f64> {
    let width = a.len() / n;
    let row = |from: &[f64], i: usize| from[i * width..(i + 1) * width].to_vec();
    let mut out = vec![0.0; n * n];
    for i in 0..n {
        let (a_i, b_i) = (row(a, i), row(b, i));
        for j in 0..=i {
            let entry = 0.5
                * (vector::dot(&a_i, &b[j * width..(j + 1) * width])
                    + vector::dot(&a[j * width..(j + 1) * width], &b_i));
            out[i * n + j] = entry;
            out[j * n + i] = entry;
        }
    }
    out
}

/// Lower Cholesky factor of `I + scale K` for K `[n,n]`.
///
/// # Errors
/// [`XmrlError::NotPositive`]: Sigma was not positive definite, or solved too loosely.
pub fn factor(kernel: &[f64], n: usize, scale: f64) -> Result<Vec<f64>> {
    let mut lower = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let inner: f64 = (0..j).map(|k| lower[i * n + k] * lower[j * n + k]).sum();
            let entry = scale * kernel[i * n + j] + f64::from(u8::from(i == j)) - inner;
            if i == j && !(entry > 0.0 && entry.is_finite()) {
                return Err(XmrlError::NotPositive { pivot: i, value: entry });
            }
            lower[i * n + j] = if i == j { entry.sqrt() } else { entry / lower[j * n + j] };
        }
    }
    Ok(lower)
}

/// `½ logdet` from the Cholesky factor: the sum of the logarithms of its diagonal. Exactly 0 for the identity.
pub(crate) fn half_log_determinant(lower: &[f64], n: usize) -> f64 {
    (0..n).map(|i| lower[i * n + i].ln()).sum()
}

/// The inverse of the factored matrix, `[n,n]`.
pub(crate) fn inverse(lower: &[f64], n: usize) -> Vec<f64> {
    let mut out = vec![0.0; n * n];
    for column in 0..n {
        let mut x = vec![0.0; n];
        for i in 0..n {
            let inner: f64 = (0..i).map(|k| lower[i * n + k] * x[k]).sum();
            x[i] = (f64::from(u8::from(i == column)) - inner) / lower[i * n + i];
        }
        for i in (0..n).rev() {
            let inner: f64 = (i + 1..n).map(|k| lower[k * n + i] * x[k]).sum();
            x[i] = (x[i] - inner) / lower[i * n + i];
        }
        (0..n).for_each(|i| out[i * n + column] = x[i]);
    }
    out
}
