//! Every operation of a lane gives the same bits on every instruction set with a fused multiply-add, and the portable ones where
//! nothing is fused, on numbers of every kind.

use super::*;
use crate::lane::{Lane, LaneKernel};
use std::vec::Vec;

/// Numbers that a block is made of: bounds of the range, what is no number, what lies between, and drawn ones.
fn numbers() -> Vec<f64> {
    let mut numbers = std::vec![
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.25,
        -0.75,
        2.5,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        -f64::MIN_POSITIVE,
        5e-324,
        -1e-310,
        f64::from(f32::MAX),
        f64::from(f32::MIN_POSITIVE),
        1e-40,
        1e300,
        -1e300,
        1e-300,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        88.7,
        -87.4,
        709.7,
        -708.5,
        1e15,
        0.1,
        -1.0 / 3.0,
        1.0 + f64::EPSILON,
        4_194_305.25,
        -2_097_151.5,
    ];
    // A linear congruential generator's bits, over forty decades and both signs.
    let mut word = 1_u64;
    for _ in 0..480 {
        word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mantissa = (word >> 12) as f64 / (1_u64 << 51) as f64 - 1.0;
        numbers.push(mantissa * 10_f64.powi((word % 41) as i32 - 20));
    }
    numbers
}

/// The bits of `x`, all that is no number alike: which of two such operands a sum hands on is the compiler's choice.
fn bits(x: f64) -> u64 {
    if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() }
}

/// Horner's scheme, in a function of its own.
struct Horner<L>(L);

impl<L: Lane> LaneKernel<L> for Horner<L> {
    type Output = L;
    #[inline(always)]
    fn run(self) -> L {
        let mut sum = L::splat(0.3);
        for k in 1..9 {
            sum = sum.mul_add(self.0, L::splat(1.0 / f64::from(k)));
        }
        sum
    }
}

/// Every operation on all blocks of 16 pairs and triples of the numbers; one row of bits an operation, in the order of the numbers.
struct Everything<'a>(&'a [f64]);

impl Kernel for Everything<'_> {
    type Output = Vec<Vec<u64>>;
    #[inline(always)]
    fn run<L: Lane>(self) -> Vec<Vec<u64>> {
        let x = self.0;
        let n = x.len();
        let (twice, mut out) = ([x, x].concat(), Vec::new());
        let mut row = |at: usize, values: L| {
            if out.len() == at {
                out.push(Vec::new());
            }
            out[at].extend((0..L::N).map(|lane| bits(values.get(lane))));
        };
        for shift in [1, 7, 31] {
            for first in (0..n).step_by(L::N) {
                let (a, b, c) =
                    (L::load(&x[first..]), L::load(&twice[first + shift..]), L::load(&twice[first + 3 * shift..]));
                let (sine, cosine) = a.sin_cos_turns();
                let any = L::splat(f64::from(u8::from(L::any_lt(a, L::splat(f64::MIN)))));
                let results = [
                    a + b,
                    a - b,
                    a * b,
                    a / b,
                    -a,
                    a.mul_add(b, c),
                    a.min(b),
                    a.max(b),
                    a.abs(),
                    a.sqrt(),
                    L::select_lt(a, b, c, a),
                    a.tanh(),
                    a.exp(),
                    a.ln(),
                    sine,
                    cosine,
                    L::outlined(Horner(a)),
                    any,
                ];
                results.into_iter().enumerate().for_each(|(at, values)| row(at, values));
                let mut words = [[0_u32; 16]; 4];
                for (w, words) in words.iter_mut().enumerate() {
                    for (lane, word) in words[..L::N].iter_mut().enumerate() {
                        let bits = x[(first + lane + w * shift) % n].to_bits();
                        *word = (bits >> 32) as u32 ^ (bits as u32).rotate_left(w as u32);
                    }
                }
                let (one, other) = L::uniforms(&words);
                row(18, one);
                row(19, other);
                // Written and read in the lanes' own numbers.
                let mut own = [L::Number::default(); 17];
                a.write(&mut own[1..]);
                row(20, L::read(&own[1..]));
            }
        }
        out
    }
}

/// Registers of one fused number each, as many as there are lanes.
#[target_feature(enable = "avx2,fma")]
fn one_by_one(numbers: &[f64]) -> Vec<Vec<u64>> {
    Everything(numbers).run::<Pack<Plain<f64, 1, true>, 8>>()
}

#[test]
fn every_operation_has_the_same_bits_on_every_instruction_set() {
    let (numbers, widest) = (numbers(), Detected::widest());
    assert!(numbers.len().is_multiple_of(16));
    if widest == Detected::PORTABLE {
        return;
    }
    let avx2 = widest.at_most(Isa::Avx2);
    let double = f64_on(avx2, Everything(&numbers));
    let single = f32_on(avx2, Everything(&numbers));
    for (on, rows) in [(&double, 21), (&single, 21)] {
        assert!(on.len() == rows && on.iter().all(|row| row.len() == 3 * numbers.len()));
    }
    // SAFETY: the CPU has AVX2 and FMA.
    assert_eq!(unsafe { one_by_one(&numbers) }, double, "one number at a time");
    assert_ne!(double[5], f64_on(Detected::PORTABLE, Everything(&numbers))[5], "nothing was fused");
    // Equal to the former where the CPU has no wider registers.
    let on = [f64_on(widest, Everything(&numbers)), f32_on(widest, Everything(&numbers))];
    for (name, narrow, wide) in [("f64", &double, &on[0]), ("f32", &single, &on[1])] {
        for (operation, (narrow, wide)) in narrow.iter().zip(wide).enumerate() {
            assert_eq!(narrow, wide, "{name}, operation {operation}");
        }
    }
}

/// The rounded quotient and square root are those of the standard library, so that equal bits are not equally wrong.
#[test]
fn quotients_and_roots_are_the_standard_librarys() {
    let numbers = numbers();
    let rows = f64_on(Detected::widest(), Everything(&numbers));
    for (at, &a) in numbers.iter().enumerate() {
        let b = numbers[(at + 1) % numbers.len()];
        assert_eq!(rows[3][at], bits(a / b), "{a} / {b}");
        assert_eq!(rows[9][at], bits(a.sqrt()), "{a}");
        let c = numbers[(at + 3) % numbers.len()];
        if Detected::widest() != Detected::PORTABLE {
            assert_eq!(rows[5][at], bits(a.mul_add(b, c)), "{a} {b} {c}");
        }
    }
    let rows = f32_on(Detected::widest(), Everything(&numbers));
    for (at, &a) in numbers.iter().enumerate() {
        let [a, b] = [a, numbers[(at + 1) % numbers.len()]].map(|x| x as f32);
        assert_eq!(rows[3][at], bits(f64::from(a / b)), "{a} / {b}");
    }
}
