//! The elementwise passes over a block: derivatives of the nonlinearities, column sums.

use super::number::{Number, per_isa};

/// Buffers are padded to groups of as many numbers: whole registers of every type and instruction set.
pub(super) const GROUP: usize = 16;

#[inline(always)]
fn mul_add<T: Number, const FMA: bool>(a: T, b: T, c: T) -> T {
    if FMA { a.fused_mul_add(b, c) } else { a * b + c }
}

per_isa! {
    /// `z <- max(z, 0)`; a NaN stays one.
    pub(super) fn relu<T>(z: &mut [T]) {
        let zero = T::default();
        for z in z {
            *z = if *z < zero { zero } else { *z };
        }
    }
}

per_isa! {
    /// `x <- x (1 - h^2)`: times the derivative of `h = tanh z`.
    pub(super) fn times_tanh_slope<T>(x: &mut [T], h: &[T]) {
        let one = T::round(1.0);
        for (x, &h) in x.iter_mut().zip(h) {
            *x = *x * mul_add::<T, FMA>(-h, h, one);
        }
    }
}

per_isa! {
    /// `x <- x [h > 0]`: times the derivative of `h = max(z, 0)`, 0 at 0; a NaN stays one.
    pub(super) fn times_relu_slope<T>(x: &mut [T], h: &[T]) {
        let zero = T::default();
        for (x, &h) in x.iter_mut().zip(h) {
            *x = if h <= zero { zero } else { *x };
        }
    }
}

per_isa! {
    /// `x <- x (1 - h^2) - 2 h d r`: the rate of `D (1 - h^2)` when `D` moves by `x` and `z` by `r`, with
    /// `d = D (1 - h^2)` (the rate of `1 - h^2` is `-2 h (1 - h^2) r`).
    pub(super) fn tanh_slope_rate<T>(x: &mut [T], h: &[T], d: &[T], r: &[T]) {
        let (one, minus_two) = (T::round(1.0), T::round(-2.0));
        for (((x, &h), &d), &r) in x.iter_mut().zip(h).zip(d).zip(r) {
            let bend = minus_two * h * (d * r);
            *x = mul_add::<T, FMA>(*x, mul_add::<T, FMA>(-h, h, one), bend);
        }
    }
}

per_isa! {
    /// `x <- (x - 2 h p q) (1 - h^2)`: the mixed rate of `h = tanh z` where that of `z` is `x` and its rates are `p` and `q`.
    pub(super) fn tanh_mixed_rate<T>(x: &mut [T], h: &[T], p: &[T], q: &[T]) {
        let (one, minus_two) = (T::round(1.0), T::round(-2.0));
        for (((x, &h), &p), &q) in x.iter_mut().zip(h).zip(p).zip(q) {
            let bent = mul_add::<T, FMA>(minus_two * h, p * q, *x);
            *x = bent * mul_add::<T, FMA>(-h, h, one);
        }
    }
}

per_isa! {
    /// The mixed rate of a delta `d = D (1 - h^2)`: `x` is that of `D`; `d` has the rates `d_p` and `d_q`, `z` the rates `p` and
    /// `q` and the mixed rate `r`: `x <- x (1 - h^2) - 2 h (q d_p + p d_q + r d) - 2 (1 + h^2) p q d`.
    pub(super) fn tanh_mixed_slope_rate<T>(x: &mut [T], h: &[T], d: &[T], d_p: &[T], d_q: &[T], p: &[T], q: &[T], r: &[T]) {
        let (one, two) = (T::round(1.0), T::round(2.0));
        // As many columns as x: one check of bounds for all.
        let n = x.len();
        let (h, d, d_p, d_q) = (&h[..n], &d[..n], &d_p[..n], &d_q[..n]);
        let (p, q, r) = (&p[..n], &q[..n], &r[..n]);
        for i in 0..n {
            let crossed = mul_add::<T, FMA>(q[i], d_p[i], mul_add::<T, FMA>(p[i], d_q[i], r[i] * d[i]));
            let bent = mul_add::<T, FMA>(h[i], crossed, mul_add::<T, FMA>(h[i], h[i], one) * (p[i] * q[i]) * d[i]);
            x[i] = mul_add::<T, FMA>(x[i], mul_add::<T, FMA>(-h[i], h[i], one), -(two * bent));
        }
    }
}

/// The additions of one column wait for each other, those of as many do not.
const COLUMNS: usize = 2 * GROUP;

per_isa! {
    /// `sums <- sums + the rows of x`; `x` has rows of `stride`, of which the first `sums.len()` columns count.
    pub(super) fn column_sums<T>(sums: &mut [T], x: &[T], stride: usize) {
        let mut at = 0;
        while at + COLUMNS <= sums.len() {
            columns::<T, COLUMNS>(&mut sums[at..], &x[at..], stride);
            at += COLUMNS;
        }
        while at < sums.len() {
            columns::<T, GROUP>(&mut sums[at..], &x[at..], stride);
            at += GROUP;
        }
    }
}

#[inline(always)]
fn columns<T: Number, const N: usize>(sums: &mut [T], x: &[T], stride: usize) {
    let mut total = [T::default(); N];
    total.copy_from_slice(&sums[..N]);
    for row in x.chunks(stride) {
        let row = &row[..N];
        for j in 0..N {
            total[j] = total[j] + row[j];
        }
    }
    sums[..N].copy_from_slice(&total);
}
