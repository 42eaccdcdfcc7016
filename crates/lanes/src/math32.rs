//! Elementary functions of `f32` registers: those of `math64` with shorter polynomials.

use crate::register::Register;

/// Adding and subtracting 1.5 * 2^23 rounds to an integer, which the low bits of the sum then hold.
const ROUND: f32 = 12_582_912.0;
const LOG2_E: f32 = core::f32::consts::LOG2_E;
/// ln 2 in two parts; the first has 14 bits, so its product with an exponent is exact.
const LN2_HI: f32 = 0.693_115_23;
const LN2_LO: f32 = 3.194_618_3e-5;

/// `(exp(r) - 1 - r) / r^2` for |r| <= ln(2)/2, relative error of `exp(r) - 1` below 3e-8.
const EXP: [f32; 5] = [0.5, 0.166_665_76, 0.041_666_556, 0.008_363_179, 0.001_392_618_4];

/// `(2 atanh(sqrt z) / sqrt z - 2) / z` for z up to 0.0294, relative error of the logarithm below 3e-9.
const LOG: [f32; 3] = [0.666_666_87, 0.399_887_77, 0.295_800_54];

/// `(sin(2 pi x) / x - 2 pi) / x^2` in powers of x^2, |x| <= 1/8.
const SIN: [f32; 3] = [-41.341_698, 81.599_52, -75.726_204];

/// `(cos(2 pi x) - 1) / x^2` in powers of x^2, |x| <= 1/8.
const COS: [f32; 4] = [-19.739_208, 64.939_37, -85.448_82, 59.424_023];
/// 2 pi less its nearest `f32`.
const TWO_PI_LO: f32 = -1.748_455_5e-7;

/// 2^23.
const TWO_MANTISSA: f32 = 8_388_608.0;

/// Horner's rule from the highest coefficient.
#[inline(always)]
fn polynomial<R: Register<Float = f32>, const M: usize>(x: R, c: &[f32; M]) -> R {
    let mut y = R::splat(c[M - 1]);
    for k in (0..M - 1).rev() {
        y = y.mul_add(x, R::splat(c[k]));
    }
    y
}

/// `x = n ln 2 + r`: `(exp(r) - 1, bits whose low end is n)`.
#[inline(always)]
fn reduced_expm1<R: Register<Float = f32>>(x: R) -> (R, R) {
    let shifted = x.mul_add(R::splat(LOG2_E), R::splat(ROUND));
    let n = shifted.sub(R::splat(ROUND));
    let r = n.mul_add(R::splat(-LN2_LO), n.mul_add(R::splat(-LN2_HI), x));
    let q = polynomial(r, &EXP);
    (r.mul(r).mul_add(q, r), shifted)
}

/// Natural exponential; zero below -86.5, infinite above 88.72.
#[inline(always)]
pub(crate) fn exp<R: Register<Float = f32, Bits = u32>>(x: R) -> R {
    // `min` and `max` with the constant first let a NaN in `x` through; beyond the clamps the result is constant.
    let clamped = R::splat(-87.0).max(R::splat(89.0).min(x));
    let (p, n) = reduced_expm1(clamped);
    // 2^(n-1) is representable over the whole clamped range, 2^n is not.
    let half = n.add_bits(R::splat_bits(126)).shift_left::<23>();
    let y = p.mul_add(half, half).mul(R::splat(2.0));
    R::select_lt(x, R::splat(-86.5), R::splat(0.0), y)
}

/// Hyperbolic tangent, `expm1(2|x|) / (expm1(2|x|) + 2)` with the sign of `x`.
#[inline(always)]
pub(crate) fn tanh<R: Register<Float = f32, Bits = u32>>(x: R) -> R {
    let sign = R::splat(-0.0).and(x);
    // At the clamp the result is already 1.
    let magnitude = R::splat(10.0).min(sign.xor(x));
    let (p, n) = reduced_expm1(magnitude.add(magnitude));
    let scale = n.add_bits(R::splat_bits(127)).shift_left::<23>();
    let e = p.mul_add(scale, scale.sub(R::splat(1.0)));
    e.div(e.add(R::splat(2.0))).or(sign)
}

/// Natural logarithm; -inf at zero and below the normal range, NaN for negative numbers.
#[inline(always)]
pub(crate) fn ln<R: Register<Float = f32, Bits = u32>>(x: R) -> R {
    // Mantissa in [sqrt(1/2), sqrt 2): shifting the origin by the bits of sqrt(1/2) makes the exponent follow it.
    const SQRT_HALF: u32 = 0x3f35_04f3;
    let shifted = x.add_bits(R::splat_bits((127 << 23) - SQRT_HALF));
    // The exponent's integer in the low bits of TWO_MANTISSA becomes that number plus 2^23.
    let exponent = shifted.shift_right::<23>().or(R::splat(TWO_MANTISSA)).sub(R::splat(TWO_MANTISSA + 127.0));
    let mantissa = shifted.and(R::splat_bits((1 << 23) - 1)).add_bits(R::splat_bits(SQRT_HALF));
    let f = mantissa.sub(R::splat(1.0));
    let s = f.div(f.add(R::splat(2.0)));
    let z = s.mul(s);
    let half_square = R::splat(0.5).mul(f).mul(f);
    // ln(1+f) = 2s + s z P(z) with 2s = f - s f, regrouped so that the small terms are summed first.
    let small = s.mul_add(z.mul_add(polynomial(z, &LOG), half_square), exponent.mul(R::splat(LN2_LO)));
    let y = exponent.mul_add(R::splat(LN2_HI), f.sub(half_square.sub(small)));
    let y = R::select_lt(x, R::splat(f32::MIN_POSITIVE), R::splat(f32::NEG_INFINITY), y);
    let y = R::select_lt(x, R::splat(0.0), R::splat(f32::NAN), y);
    // Infinity and NaN come back as they are.
    R::select_lt(x, R::splat(f32::INFINITY), y, x)
}

/// `(sin 2 pi x, cos 2 pi x)` for |x| <= 2^20.
#[inline(always)]
pub(crate) fn sin_cos_turns<R: Register<Float = f32, Bits = u32>>(x: R) -> (R, R) {
    let shifted = x.mul(R::splat(4.0)).add(R::splat(ROUND));
    let r = shifted.sub(R::splat(ROUND)).mul_add(R::splat(-0.25), x);
    let z = r.mul(r);
    let tail = z.mul_add(polynomial(z, &SIN), R::splat(TWO_PI_LO));
    let sin = r.mul_add(R::splat(core::f32::consts::TAU), r.mul(tail));
    let cos = z.mul_add(polynomial(z, &COS), R::splat(1.0));
    // Quadrant k, in the low bits of `shifted`: odd ones exchange the two; bit 1 of k negates the sine, of k+1 the cosine.
    let odd = shifted.shift_left::<31>().shift_right::<31>().or(R::splat(1.0));
    let next = shifted.add_bits(R::splat_bits(1));
    let one = R::splat(1.0);
    let (swapped_sin, swapped_cos) = (R::select_lt(one, odd, cos, sin), R::select_lt(one, odd, sin, cos));
    (swapped_sin.xor(sign_of_bit_1(shifted)), swapped_cos.xor(sign_of_bit_1(next)))
}

/// Bit 1 of an integer as a sign bit.
#[inline(always)]
fn sign_of_bit_1<R: Register>(k: R) -> R {
    k.shift_right::<1>().shift_left::<31>()
}
