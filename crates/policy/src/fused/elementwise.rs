//! The elementwise passes over a block: nonlinearities, their derivatives, column sums.
//!
//! Every slice has whole groups of [`LANES`] numbers. `FMA` says whether the instantiation has a fused multiply-add.

use xmrl_lanes::{Kernel, Lane};

/// Numbers in a group; buffers are padded to it.
pub(super) const LANES: usize = 8;

#[inline(always)]
fn mul_add<const FMA: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// `z <- tanh z`.
pub(super) struct Tanh<'a>(pub(super) &'a mut [f64]);

impl Kernel for Tanh<'_> {
    type Output = ();
    #[inline(always)]
    fn run<L: Lane>(self) {
        for z in self.0.chunks_exact_mut(L::N) {
            L::load(z).tanh().store(z);
        }
    }
}

/// `x <- exp x`.
pub(super) struct Exp<'a>(pub(super) &'a mut [f64]);

impl Kernel for Exp<'_> {
    type Output = ();
    #[inline(always)]
    fn run<L: Lane>(self) {
        for x in self.0.chunks_exact_mut(L::N) {
            L::load(x).exp().store(x);
        }
    }
}

/// `z <- max(z, 0)`; a NaN stays one.
#[inline(always)]
pub(super) fn relu(z: &mut [f64]) {
    for z in z {
        *z = if *z < 0.0 { 0.0 } else { *z };
    }
}

/// `x <- x (1 - h^2)`: times the derivative of `h = tanh z`.
#[inline(always)]
pub(super) fn times_tanh_slope<const FMA: bool>(x: &mut [f64], h: &[f64]) {
    for (x, &h) in x.iter_mut().zip(h) {
        *x *= mul_add::<FMA>(-h, h, 1.0);
    }
}

/// `x <- x [h > 0]`: times the derivative of `h = max(z, 0)`, 0 at 0; a NaN stays one.
#[inline(always)]
pub(super) fn times_relu_slope(x: &mut [f64], h: &[f64]) {
    for (x, &h) in x.iter_mut().zip(h) {
        *x = if h <= 0.0 { 0.0 } else { *x };
    }
}

/// `x <- x (1 - h^2) - 2 h d r`: the rate of `D (1 - h^2)` when `D` moves by `x` and `z` by `r`, with `d = D (1 - h^2)`
/// (the rate of `1 - h^2` is `-2 h (1 - h^2) r`).
#[inline(always)]
pub(super) fn tanh_slope_rate<const FMA: bool>(x: &mut [f64], h: &[f64], d: &[f64], r: &[f64]) {
    for (((x, &h), &d), &r) in x.iter_mut().zip(h).zip(d).zip(r) {
        let bend = -2.0 * h * (d * r);
        *x = mul_add::<FMA>(*x, mul_add::<FMA>(-h, h, 1.0), bend);
    }
}

/// `sums <- sums + the rows of x`; `x` has rows of `stride`, of which the first `sums.len()` columns count.
#[inline(always)]
pub(super) fn column_sums(sums: &mut [f64], x: &[f64], stride: usize) {
    // Four groups at a time: the additions of one column wait for each other, those of 32 do not.
    let mut at = 0;
    while at + 4 * LANES <= sums.len() {
        columns::<{ 4 * LANES }>(&mut sums[at..], &x[at..], stride);
        at += 4 * LANES;
    }
    while at < sums.len() {
        columns::<LANES>(&mut sums[at..], &x[at..], stride);
        at += LANES;
    }
}

#[inline(always)]
fn columns<const N: usize>(sums: &mut [f64], x: &[f64], stride: usize) {
    let mut total = [0.0; N];
    total.copy_from_slice(&sums[..N]);
    for row in x.chunks(stride) {
        let row = &row[..N];
        for j in 0..N {
            total[j] += row[j];
        }
    }
    sums[..N].copy_from_slice(&total);
}
