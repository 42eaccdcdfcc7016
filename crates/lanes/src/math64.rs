//! Elementary functions of `f64` registers.
//!
//! Polynomials interpolate at Chebyshev nodes of the reduced interval (60-digit arithmetic), within a few per cent of
//! minimax.

use crate::register::Register;

/// Adding and subtracting 1.5 * 2^52 rounds to an integer, which the low bits of the sum then hold.
const ROUND: f64 = 6_755_399_441_055_744.0;
const LOG2_E: f64 = core::f64::consts::LOG2_E;
/// ln 2 in two parts; the first has 32 bits, so its product with an exponent is exact.
const LN2_HI: f64 = 0.693_147_180_369_123_8;
const LN2_LO: f64 = 1.908_214_929_270_587_8e-10;

/// `(exp(r) - 1 - r) / r^2` for |r| <= ln(2)/2, relative error of `exp(r) - 1` below 5e-19.
const EXP: [f64; 11] = [
    0.5,
    0.166_666_666_666_666_7,
    0.041_666_666_666_666_67,
    0.008_333_333_333_326_135,
    0.001_388_888_888_888_374_8,
    0.000_198_412_698_748_206_25,
    0.000_024_801_587_325_547_74,
    2.755_725_540_020_642_4e-6,
    2.755_727_364_311_03e-7,
    2.510_521_700_472_074_5e-8,
    2.091_468_696_808_687_7e-9,
];

/// `(2 atanh(sqrt z) / sqrt z - 2) / z` for z up to 0.0294, relative error of the logarithm below 5e-18.
const LOG: [f64; 7] = [
    0.666_666_666_666_667,
    0.399_999_999_998_994_43,
    0.285_714_286_260_032_7,
    0.222_222_111_302_598_77,
    0.181_828_894_556_749_46,
    0.153_317_106_182_107_72,
    0.146_165_854_248_886_22,
];

/// `(sin(2 pi x) / x - 2 pi) / x^2` in powers of x^2, |x| <= 1/8.
const SIN: [f64; 6] = [
    -41.341_702_240_399_755,
    81.605_249_276_051_7,
    -76.705_859_735_613_97,
    42.058_689_179_458_76,
    -15.094_054_064_721_11,
    3.786_430_011_877_105,
];

/// `(cos(2 pi x) - 1) / x^2` in powers of x^2, |x| <= 1/8.
const COS: [f64; 7] = [
    -19.739_208_802_178_717,
    64.939_394_022_668_24,
    -85.456_817_206_643_78,
    60.244_641_352_694_35,
    -26.426_253_274_804_587,
    7.903_206_845_861_511,
    -1.699_032_865_004_566,
];
/// 2 pi less its nearest `f64`.
const TWO_PI_LO: f64 = 2.449_293_598_294_706_4e-16;

/// 2^52.
const TWO_MANTISSA: f64 = 4_503_599_627_370_496.0;

/// Horner's rule from the highest coefficient.
#[inline(always)]
fn polynomial<R: Register<Float = f64>, const M: usize>(x: R, c: &[f64; M]) -> R {
    let mut y = R::splat(c[M - 1]);
    for k in (0..M - 1).rev() {
        y = y.mul_add(x, R::splat(c[k]));
    }
    y
}

/// `x = n ln 2 + r`: `(exp(r) - 1, bits whose low end is n)`.
#[inline(always)]
fn reduced_expm1<R: Register<Float = f64>>(x: R) -> (R, R) {
    let shifted = x.mul_add(R::splat(LOG2_E), R::splat(ROUND));
    let n = shifted.sub(R::splat(ROUND));
    let r = n.mul_add(R::splat(-LN2_LO), n.mul_add(R::splat(-LN2_HI), x));
    let q = polynomial(r, &EXP);
    (r.mul(r).mul_add(q, r), shifted)
}

/// Natural exponential; zero below -707.5, infinite above 709.78.
#[inline(always)]
pub(crate) fn exp<R: Register<Float = f64, Bits = u64>>(x: R) -> R {
    // `min` and `max` with the constant first let a NaN in `x` through; beyond the clamps the result is constant.
    let clamped = R::splat(-708.0).max(R::splat(710.0).min(x));
    let (p, n) = reduced_expm1(clamped);
    // 2^(n-1) is representable over the whole clamped range, 2^n is not.
    let half = n.add_bits(R::splat_bits(1022)).shift_left::<52>();
    let y = p.mul_add(half, half).mul(R::splat(2.0));
    R::select_lt(x, R::splat(-707.5), R::splat(0.0), y)
}

/// Hyperbolic tangent, `expm1(2|x|) / (expm1(2|x|) + 2)` with the sign of `x`.
#[inline(always)]
pub(crate) fn tanh<R: Register<Float = f64, Bits = u64>>(x: R) -> R {
    let sign = R::splat(-0.0).and(x);
    // At the clamp the result is already 1.
    let magnitude = R::splat(20.0).min(sign.xor(x));
    let (p, n) = reduced_expm1(magnitude.add(magnitude));
    let scale = n.add_bits(R::splat_bits(1023)).shift_left::<52>();
    let e = p.mul_add(scale, scale.sub(R::splat(1.0)));
    e.div(e.add(R::splat(2.0))).or(sign)
}

/// Natural logarithm; -inf at zero and below the normal range, NaN for negative numbers.
#[inline(always)]
pub(crate) fn ln<R: Register<Float = f64, Bits = u64>>(x: R) -> R {
    // Mantissa in [sqrt(1/2), sqrt 2): shifting the origin by the bits of sqrt(1/2) makes the exponent follow it.
    const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    let shifted = x.add_bits(R::splat_bits((1023 << 52) - SQRT_HALF));
    // The exponent's integer in the low bits of TWO_MANTISSA becomes that number plus 2^52.
    let exponent = shifted.shift_right::<52>().or(R::splat(TWO_MANTISSA)).sub(R::splat(TWO_MANTISSA + 1023.0));
    let mantissa = shifted.and(R::splat_bits((1 << 52) - 1)).add_bits(R::splat_bits(SQRT_HALF));
    let f = mantissa.sub(R::splat(1.0));
    let s = f.div(f.add(R::splat(2.0)));
    let z = s.mul(s);
    let half_square = R::splat(0.5).mul(f).mul(f);
    // ln(1+f) = 2s + s z P(z) with 2s = f - s f, regrouped so that the small terms are summed first.
    let small = s.mul_add(z.mul_add(polynomial(z, &LOG), half_square), exponent.mul(R::splat(LN2_LO)));
    let y = exponent.mul_add(R::splat(LN2_HI), f.sub(half_square.sub(small)));
    let y = R::select_lt(x, R::splat(f64::MIN_POSITIVE), R::splat(f64::NEG_INFINITY), y);
    let y = R::select_lt(x, R::splat(0.0), R::splat(f64::NAN), y);
    // Infinity and NaN come back as they are.
    R::select_lt(x, R::splat(f64::INFINITY), y, x)
}

/// `(sin 2 pi x, cos 2 pi x)` for |x| <= 2^48.
#[inline(always)]
pub(crate) fn sin_cos_turns<R: Register<Float = f64, Bits = u64>>(x: R) -> (R, R) {
    let shifted = x.mul(R::splat(4.0)).add(R::splat(ROUND));
    let r = shifted.sub(R::splat(ROUND)).mul_add(R::splat(-0.25), x);
    let z = r.mul(r);
    let tail = z.mul_add(polynomial(z, &SIN), R::splat(TWO_PI_LO));
    let sin = r.mul_add(R::splat(core::f64::consts::TAU), r.mul(tail));
    let cos = z.mul_add(polynomial(z, &COS), R::splat(1.0));
    // Quadrant k, in the low bits of `shifted`: odd ones exchange the two; bit 1 of k negates the sine, of k+1 the cosine.
    let odd = shifted.shift_left::<63>().shift_right::<63>().or(R::splat(1.0));
    let next = shifted.add_bits(R::splat_bits(1));
    let one = R::splat(1.0);
    let (swapped_sin, swapped_cos) = (R::select_lt(one, odd, cos, sin), R::select_lt(one, odd, sin, cos));
    (swapped_sin.xor(sign_of_bit_1(shifted)), swapped_cos.xor(sign_of_bit_1(next)))
}

/// Bit 1 of an integer as a sign bit.
#[inline(always)]
fn sign_of_bit_1<R: Register>(k: R) -> R {
    k.shift_right::<1>().shift_left::<63>()
}
