//! What the elementary functions know of a float type: its layout and the coefficients that its precision needs.
//!
//! Polynomials interpolate at Chebyshev nodes of the reduced interval (60-digit arithmetic), within a few per cent of
//! minimax.

use core::ops::Neg;

/// `f64` or `f32` as `math` needs it. Integers in the representation are written as the float of those bits.
pub trait Constants: Copy + Default + Send + Sync + Into<f64> + From<f32> + Neg<Output = Self> + 'static {
    /// 1.5 · 2^m for m bits of mantissa: adding and subtracting it rounds to an integer, which the low bits of the sum then hold.
    const ROUND: Self;
    /// 2^m.
    const TWO_MANTISSA: Self;
    /// 2^m plus the exponent's bias.
    const TWO_MANTISSA_BIASED: Self;
    /// Spacing of uniforms: 2^-53, 2^-24.
    const RESOLUTION: Self;
    /// The smallest normal number.
    const LEAST: Self;

    /// The exponent's bias and the number before it, as bits.
    const BIAS: Self;
    const BIAS_LESS_1: Self;
    /// The low m bits set.
    const MANTISSA: Self;
    /// The lowest bit alone.
    const ONE_BIT: Self;
    /// The bits of 1 less those of [`SQRT_HALF`](Self::SQRT_HALF).
    const ONE_LESS_SQRT_HALF: Self;
    const SQRT_HALF: Self;

    const LOG2_E: Self;
    /// ln 2 in two parts; the first is so short that its product with an exponent is exact.
    const LN2_HI: Self;
    const LN2_LO: Self;
    /// 2 pi in two parts, the first the nearest float.
    const TAU: Self;
    const TAU_LO: Self;

    /// Beyond these the exponential is constant.
    const EXP_RANGE: [Self; 2];
    /// Below this the exponential is 0.
    const EXP_ZERO: Self;
    /// From here on the hyperbolic tangent is 1.
    const TANH_ONE: Self;

    /// `(exp(r) - 1 - r) / r^2` in powers of r, |r| <= ln(2)/2.
    const EXP: &'static [Self];
    /// `(2 atanh(sqrt z) / sqrt z - 2) / z` in powers of z up to 0.0294.
    const LOG: &'static [Self];
    /// `(sin(2 pi x) / x - 2 pi) / x^2` in powers of x^2, |x| <= 1/8.
    const SIN: &'static [Self];
    /// `(cos(2 pi x) - 1) / x^2` in powers of x^2, |x| <= 1/8.
    const COS: &'static [Self];

    /// The nearest number of this type.
    fn round(x: f64) -> Self;
}

impl Constants for f64 {
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const TWO_MANTISSA: f64 = 4_503_599_627_370_496.0;
    const TWO_MANTISSA_BIASED: f64 = Self::TWO_MANTISSA + 1023.0;
    const RESOLUTION: f64 = 1.0 / 9_007_199_254_740_992.0;
    const LEAST: f64 = f64::MIN_POSITIVE;

    const BIAS: f64 = f64::from_bits(1023);
    const BIAS_LESS_1: f64 = f64::from_bits(1022);
    const MANTISSA: f64 = f64::from_bits((1 << 52) - 1);
    const ONE_BIT: f64 = f64::from_bits(1);
    const ONE_LESS_SQRT_HALF: f64 = f64::from_bits(1.0_f64.to_bits() - Self::SQRT_HALF.to_bits());
    const SQRT_HALF: f64 = f64::from_bits(0x3fe6_a09e_667f_3bcd);

    const LOG2_E: f64 = core::f64::consts::LOG2_E;
    // 32 bits.
    const LN2_HI: f64 = 0.693_147_180_369_123_8;
    const LN2_LO: f64 = 1.908_214_929_270_587_8e-10;
    const TAU: f64 = core::f64::consts::TAU;
    const TAU_LO: f64 = 2.449_293_598_294_706_4e-16;

    const EXP_RANGE: [f64; 2] = [-708.0, 710.0];
    const EXP_ZERO: f64 = -707.5;
    const TANH_ONE: f64 = 20.0;

    // Relative error of `exp(r) - 1` below 5e-19.
    const EXP: &'static [f64] = &[
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
    // Relative error of the logarithm below 5e-18.
    const LOG: &'static [f64] = &[
        0.666_666_666_666_667,
        0.399_999_999_998_994_43,
        0.285_714_286_260_032_7,
        0.222_222_111_302_598_77,
        0.181_828_894_556_749_46,
        0.153_317_106_182_107_72,
        0.146_165_854_248_886_22,
    ];
    const SIN: &'static [f64] = &[
        -41.341_702_240_399_755,
        81.605_249_276_051_7,
        -76.705_859_735_613_97,
        42.058_689_179_458_76,
        -15.094_054_064_721_11,
        3.786_430_011_877_105,
    ];
    const COS: &'static [f64] = &[
        -19.739_208_802_178_717,
        64.939_394_022_668_24,
        -85.456_817_206_643_78,
        60.244_641_352_694_35,
        -26.426_253_274_804_587,
        7.903_206_845_861_511,
        -1.699_032_865_004_566,
    ];

    #[inline(always)]
    fn round(x: f64) -> f64 {
        x
    }
}

impl Constants for f32 {
    const ROUND: f32 = 12_582_912.0;
    const TWO_MANTISSA: f32 = 8_388_608.0;
    const TWO_MANTISSA_BIASED: f32 = Self::TWO_MANTISSA + 127.0;
    const RESOLUTION: f32 = 1.0 / 16_777_216.0;
    const LEAST: f32 = f32::MIN_POSITIVE;

    const BIAS: f32 = f32::from_bits(127);
    const BIAS_LESS_1: f32 = f32::from_bits(126);
    const MANTISSA: f32 = f32::from_bits((1 << 23) - 1);
    const ONE_BIT: f32 = f32::from_bits(1);
    const ONE_LESS_SQRT_HALF: f32 = f32::from_bits(1.0_f32.to_bits() - Self::SQRT_HALF.to_bits());
    const SQRT_HALF: f32 = f32::from_bits(0x3f35_04f3);

    const LOG2_E: f32 = core::f32::consts::LOG2_E;
    // 14 bits.
    const LN2_HI: f32 = 0.693_115_23;
    const LN2_LO: f32 = 3.194_618_3e-5;
    const TAU: f32 = core::f32::consts::TAU;
    const TAU_LO: f32 = -1.748_455_5e-7;

    const EXP_RANGE: [f32; 2] = [-87.0, 89.0];
    const EXP_ZERO: f32 = -86.5;
    const TANH_ONE: f32 = 10.0;

    // Relative error of `exp(r) - 1` below 3e-8.
    const EXP: &'static [f32] = &[0.5, 0.166_665_76, 0.041_666_556, 0.008_363_179, 0.001_392_618_4];
    // Relative error of the logarithm below 3e-9.
    const LOG: &'static [f32] = &[0.666_666_87, 0.399_887_77, 0.295_800_54];
    const SIN: &'static [f32] = &[-41.341_698, 81.599_52, -75.726_204];
    const COS: &'static [f32] = &[-19.739_208, 64.939_37, -85.448_82, 59.424_023];

    #[inline(always)]
    fn round(x: f64) -> f32 {
        x as f32
    }
}
