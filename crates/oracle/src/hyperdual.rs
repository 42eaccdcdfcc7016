//! Exact first and second derivatives by number type.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// `x + a e1 + b e2 + c e1 e2` with `e1^2 = e2^2 = 0`: evaluating `f` on a variable seeded with `a = u`, `b = v` yields
/// `<grad f, u>`, `<grad f, v>` and `u' (hess f) v` with no truncation. Source: Fike and Alonso 2011.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HyperDual {
    /// Value.
    pub x: f64,
    /// Derivative along the first direction.
    pub a: f64,
    /// Derivative along the second direction.
    pub b: f64,
    /// Mixed second derivative.
    pub c: f64,
}

impl HyperDual {
    /// A constant.
    pub fn constant(x: f64) -> Self {
        Self { x, a: 0.0, b: 0.0, c: 0.0 }
    }

    /// A variable that moves by `a` along the first direction and by `b` along the second.
    pub fn variable(x: f64, a: f64, b: f64) -> Self {
        Self { x, a, b, c: 0.0 }
    }

    /// `f(self)` from the function's value, first and second derivative at `self.x`.
    pub fn chain(self, value: f64, first: f64, second: f64) -> Self {
        Self { x: value, a: first * self.a, b: first * self.b, c: first * self.c + second * self.a * self.b }
    }

    /// Exponential.
    pub fn exp(self) -> Self {
        let y = self.x.exp();
        self.chain(y, y, y)
    }

    /// Natural logarithm.
    pub fn ln(self) -> Self {
        self.chain(self.x.ln(), 1.0 / self.x, -1.0 / (self.x * self.x))
    }

    /// Hyperbolic tangent.
    pub fn tanh(self) -> Self {
        let y = self.x.tanh();
        self.chain(y, 1.0 - y * y, -2.0 * y * (1.0 - y * y))
    }

    /// Gradient of `f` at `x`, `[n]`, and its Hessian, `[n, n]` row-major.
    pub fn hessian(mut f: impl FnMut(&[Self]) -> Self, x: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let n = x.len();
        let (mut gradient, mut hessian) = (vec![0.0; n], vec![0.0; n * n]);
        for i in 0..n {
            for j in i..n {
                let seeded: Vec<Self> =
                    (0..n).map(|k| Self::variable(x[k], f64::from(k == i), f64::from(k == j))).collect();
                let y = f(&seeded);
                gradient[i] = y.a;
                hessian[i * n + j] = y.c;
                hessian[j * n + i] = y.c;
            }
        }
        (gradient, hessian)
    }
}

impl Add for HyperDual {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Self { x: self.x + o.x, a: self.a + o.a, b: self.b + o.b, c: self.c + o.c }
    }
}

impl Neg for HyperDual {
    type Output = Self;
    fn neg(self) -> Self {
        Self { x: -self.x, a: -self.a, b: -self.b, c: -self.c }
    }
}

impl Sub for HyperDual {
    type Output = Self;
    fn sub(self, o: Self) -> Self {
        self + -o
    }
}

impl Mul for HyperDual {
    type Output = Self;
    fn mul(self, o: Self) -> Self {
        Self {
            x: self.x * o.x,
            a: self.x * o.a + self.a * o.x,
            b: self.x * o.b + self.b * o.x,
            c: self.x * o.c + self.c * o.x + self.a * o.b + self.b * o.a,
        }
    }
}

impl Div for HyperDual {
    type Output = Self;
    fn div(self, o: Self) -> Self {
        self * o.chain(1.0 / o.x, -1.0 / (o.x * o.x), 2.0 / (o.x * o.x * o.x))
    }
}
