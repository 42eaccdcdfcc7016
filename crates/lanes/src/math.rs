//! Elementary functions of registers, written once for both float types: only [`Constants`] differ.

use crate::constants::Constants;
use crate::register::Register;

/// Horner's rule from the highest coefficient.
#[inline(always)]
fn polynomial<R: Register>(x: R, c: &[R::Float]) -> R {
    let mut y = x.all(c[c.len() - 1]);
    for k in (0..c.len() - 1).rev() {
        y = y.mul_add(x, x.all(c[k]));
    }
    y
}

/// `x = n ln 2 + r`: `(exp(r) - 1, bits whose low end is n)`.
#[inline(always)]
fn reduced_expm1<R: Register>(x: R) -> (R, R) {
    let round = x.all(R::Float::ROUND);
    let shifted = x.mul_add(x.all(R::Float::LOG2_E), round);
    let n = shifted.sub(round);
    let r = n.mul_add(x.all(-R::Float::LN2_LO), n.mul_add(x.all(-R::Float::LN2_HI), x));
    let q = polynomial(r, R::Float::EXP);
    (r.mul(r).mul_add(q, r), shifted)
}

/// Natural exponential; zero below -707.5 (`f32` -86.5), infinite above 709.78 (88.72).
#[inline(always)]
pub(crate) fn exp<R: Register>(x: R) -> R {
    // `min` and `max` with the constant first let a NaN in `x` through; beyond the clamps the result is constant.
    let [low, high] = R::Float::EXP_RANGE;
    let clamped = x.all(low).max(x.all(high).min(x));
    let (p, n) = reduced_expm1(clamped);
    // 2^(n-1) is representable over the whole clamped range, 2^n is not.
    let half = n.add_bits(x.all(R::Float::BIAS_LESS_1)).to_exponent();
    let y = p.mul_add(half, half).mul(x.number(2.0));
    R::select_lt(x, x.all(R::Float::EXP_ZERO), x.number(0.0), y)
}

/// Hyperbolic tangent, `expm1(2|x|) / (expm1(2|x|) + 2)` with the sign of `x`.
#[inline(always)]
pub(crate) fn tanh<R: Register>(x: R) -> R {
    let sign = x.number(-0.0).and(x);
    // At the clamp the result is already 1.
    let magnitude = x.all(R::Float::TANH_ONE).min(sign.xor(x));
    let (p, n) = reduced_expm1(magnitude.add(magnitude));
    let scale = n.add_bits(x.all(R::Float::BIAS)).to_exponent();
    let e = p.mul_add(scale, scale.sub(x.number(1.0)));
    e.div(e.add(x.number(2.0))).or(sign)
}

/// Natural logarithm; -inf at zero and below the normal range, NaN for negative numbers.
#[inline(always)]
pub(crate) fn ln<R: Register>(x: R) -> R {
    let (zero, one) = (x.number(0.0), x.number(1.0));
    // Mantissa in [sqrt(1/2), sqrt 2): shifting the origin by the bits of sqrt(1/2) makes the exponent follow it.
    let shifted = x.add_bits(x.all(R::Float::ONE_LESS_SQRT_HALF));
    // The exponent's integer in the low bits of 2^m becomes that number plus 2^m.
    let exponent = shifted.exponent().or(x.all(R::Float::TWO_MANTISSA)).sub(x.all(R::Float::TWO_MANTISSA_BIASED));
    let mantissa = shifted.and(x.all(R::Float::MANTISSA)).add_bits(x.all(R::Float::SQRT_HALF));
    let f = mantissa.sub(one);
    let s = f.div(f.add(x.number(2.0)));
    let z = s.mul(s);
    let half_square = x.number(0.5).mul(f).mul(f);
    // ln(1+f) = 2s + s z P(z) with 2s = f - s f, regrouped so that the small terms are summed first.
    let low = exponent.mul(x.all(R::Float::LN2_LO));
    let small = s.mul_add(z.mul_add(polynomial(z, R::Float::LOG), half_square), low);
    let y = exponent.mul_add(x.all(R::Float::LN2_HI), f.sub(half_square.sub(small)));
    let y = R::select_lt(x, x.all(R::Float::LEAST), x.number(f32::NEG_INFINITY), y);
    let y = R::select_lt(x, zero, x.number(f32::NAN), y);
    // Infinity and NaN come back as they are.
    R::select_lt(x, x.number(f32::INFINITY), y, x)
}

/// `(sin 2 pi x, cos 2 pi x)` for |x| <= 2^48 (`f32` 2^20).
#[inline(always)]
pub(crate) fn sin_cos_turns<R: Register>(x: R) -> (R, R) {
    let (one, round) = (x.number(1.0), x.all(R::Float::ROUND));
    let shifted = x.mul(x.number(4.0)).add(round);
    let r = shifted.sub(round).mul_add(x.number(-0.25), x);
    let z = r.mul(r);
    let tail = z.mul_add(polynomial(z, R::Float::SIN), x.all(R::Float::TAU_LO));
    let sin = r.mul_add(x.all(R::Float::TAU), r.mul(tail));
    let cos = z.mul_add(polynomial(z, R::Float::COS), one);
    // Quadrant k, in the low bits of `shifted`: odd ones exchange the two; bit 1 of k negates the sine, of k+1 the cosine.
    // One with its lowest bit set is more than one.
    let lowest = x.all(R::Float::ONE_BIT);
    let odd = shifted.and(lowest).or(one);
    let next = shifted.add_bits(lowest);
    let (swapped_sin, swapped_cos) = (R::select_lt(one, odd, cos, sin), R::select_lt(one, odd, sin, cos));
    (swapped_sin.xor(shifted.sign_of_bit_1()), swapped_cos.xor(next.sign_of_bit_1()))
}
