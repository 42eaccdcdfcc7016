//! Lane code that every body's step is made of.

use xmrl_lanes::Lane;

/// `clip(action / scale, -1, 1)`, the control; returns its sum of squares.
#[inline(always)]
pub(crate) fn control<L: Lane>(action: &[L], scale: f64, control: &mut [L]) -> L {
    let (one, scale) = (L::splat(1.0), L::splat(scale));
    let mut squares = L::splat(0.0);
    for (u, &a) in control.iter_mut().zip(action) {
        *u = clip(a / scale, one);
        squares = u.mul_add(*u, squares);
    }
    squares
}

/// `x` clipped to [-bound, bound]; a NaN becomes the upper end.
#[inline(always)]
pub(crate) fn clip<L: Lane>(x: L, bound: L) -> L {
    x.max(-bound).min(bound)
}

/// 1 where low < x < high, else 0 (for a NaN too).
#[inline(always)]
pub(crate) fn between<L: Lane>(low: f64, x: L, high: f64) -> L {
    let (zero, one) = (L::splat(0.0), L::splat(1.0));
    L::select_lt(L::splat(low), x, L::select_lt(x, L::splat(high), one, zero), zero)
}
