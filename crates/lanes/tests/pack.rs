//! Arithmetic, comparison and conversion of lanes.

use xmrl_lanes::{
    Isa, Kernel, Lane, LaneKernel, PortableF32x16, PortableF64x8, dispatch_f32, dispatch_f64, dispatch_scalar, isa,
};

type L = PortableF64x8;
const A: [f64; 8] = [1.0, -2.0, 3.5, 0.0, -0.25, 1e300, f64::NAN, 7.0];
const B: [f64; 8] = [2.0, -3.0, 3.5, 1.0, 0.5, 1e-300, 1.0, f64::NAN];

fn same(got: &[f64], f: impl Fn(f64, f64) -> f64) {
    for (i, y) in got.iter().enumerate() {
        assert_eq!(y.to_bits(), f(A[i], B[i]).to_bits(), "lane {i}");
    }
}

/// Every operator on A and B, 8 results each.
struct Operators;

impl Kernel for Operators {
    type Output = Vec<[f64; 8]>;
    #[inline(always)]
    fn run<L: Lane>(self) -> Vec<[f64; 8]> {
        let (a, b) = (L::load(&A), L::load(&B));
        let results =
            [a + b, a - b, a * b, a / b, -a, a.abs(), a.min(b), a.max(b), L::select_lt(a, b, b, a), a.mul_add(b, a)];
        let mut out = vec![[0.0; 8]; results.len()];
        for (to, x) in out.iter_mut().zip(results) {
            x.store(to);
        }
        out
    }
}

#[test]
fn every_operator_is_the_scalar_one_in_each_lane() {
    for out in [dispatch_f64(Operators), Operators.run::<PortableF64x8>()] {
        same(&out[0], |a, b| a + b);
        same(&out[1], |a, b| a - b);
        same(&out[2], |a, b| a * b);
        same(&out[3], |a, b| a / b);
        same(&out[4], |a, _| -a);
        same(&out[5], |a, _| a.abs());
        same(&out[6], |a, b| if a < b { a } else { b });
        same(&out[7], |a, b| if a > b { a } else { b });
        same(&out[8], |a, b| if a < b { b } else { a });
    }
    same(&Operators.run::<PortableF64x8>()[9], |a, b| a * b + a);
    if isa() != Isa::Portable {
        same(&dispatch_f64(Operators)[9], |a, b| a.mul_add(b, a));
    }
}

/// `x x - (1 + 2 eps)` for x = 1 + eps: eps^2 when rounded once, zero when rounded twice.
struct Residue;

impl Kernel for Residue {
    type Output = f64;
    #[inline(always)]
    fn run<L: Lane>(self) -> f64 {
        let x = L::splat(1.0 + f64::EPSILON);
        x.mul_add(x, L::splat(-1.0 - 2.0 * f64::EPSILON)).get(L::N - 1)
    }
}

#[test]
fn a_fused_multiply_add_rounds_once() {
    assert_eq!(Residue.run::<PortableF64x8>(), 0.0);
    if isa() != Isa::Portable {
        assert_eq!(dispatch_f64(Residue), f64::EPSILON * f64::EPSILON);
    }
}

#[test]
fn any_lt_sees_one_lane_and_ignores_nan() {
    let mut a = L::splat(1.0);
    assert!(!L::any_lt(a, L::splat(1.0)));
    a.set(7, 0.5);
    assert!(L::any_lt(a, L::splat(1.0)));
    a.set(7, f64::NAN);
    assert!(!L::any_lt(a, L::splat(1.0)));
}

#[test]
fn numbers_of_the_own_type_come_back_as_they_were() {
    /// The first `N` halves, written and read at an odd place.
    struct Copied;
    impl Kernel for Copied {
        type Output = Vec<f64>;
        #[inline(always)]
        fn run<L: Lane>(self) -> Vec<f64> {
            let mut numbers = [L::Number::default(); 18];
            L::load(&HALVES).write(&mut numbers[1..]);
            let mut out = vec![0.0; L::N];
            L::read(&numbers[1..]).store(&mut out);
            assert!(numbers[0].into() == 0.0 && numbers[L::N + 1..].iter().all(|&x| x.into() == 0.0));
            out
        }
    }
    const HALVES: [f64; 16] = [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0, 7.5, 8.0];
    assert_eq!(dispatch_f64(Copied), HALVES[..8]);
    assert_eq!(dispatch_f32(Copied), HALVES);
    assert_eq!(dispatch_scalar(Copied), HALVES[..1]);
    assert_eq!(Copied.run::<PortableF32x16>(), HALVES);
}

#[test]
fn narrow_lanes_round_to_nearest() {
    let x: Vec<f64> = (0..16).map(|i| 0.1 * f64::from(i)).collect();
    let lanes = PortableF32x16::load(&x);
    for (i, &x) in x.iter().enumerate() {
        assert_eq!(lanes.get(i), f64::from(x as f32));
    }
}

#[test]
fn uniforms_use_the_high_bits_of_the_first_word_of_each_pair() {
    let mut words = [[0; 16]; 4];
    (words[0][1], words[1][1], words[2][1], words[3][1]) = (u32::MAX, u32::MAX, 1 << 31, 1 << 11);
    let (first, second) = L::uniforms(&words);
    assert_eq!((first.get(0), second.get(0)), (2f64.powi(-53), 0.0));
    assert_eq!((first.get(1), second.get(1)), (1.0, 0.5 + 2f64.powi(-53)));
    let (first, second) = PortableF32x16::uniforms(&words);
    assert_eq!((first.get(0), second.get(0)), (2f64.powi(-24), 0.0));
    assert_eq!((first.get(1), second.get(1)), (1.0, 0.5));
}

/// A polynomial whose bits change when a product and a sum round apart.
struct Polynomial<L>(L);

impl<L: Lane> LaneKernel<L> for Polynomial<L> {
    type Output = L;
    #[inline(always)]
    fn run(self) -> L {
        let mut sum = L::splat(0.0);
        for k in 1..20 {
            sum = sum.mul_add(self.0, L::splat(1.0 / f64::from(k)));
        }
        sum.exp()
    }
}

/// The polynomial at `x`, inlined and outlined, in double lanes.
struct BothWays<'a>(&'a [f64]);

impl Kernel for BothWays<'_> {
    type Output = [Vec<u64>; 2];
    #[inline(always)]
    fn run<L: Lane>(self) -> [Vec<u64>; 2] {
        assert!(L::Double::N <= 8 && L::N.is_multiple_of(L::Double::N));
        let mut out = [Vec::new(), Vec::new()];
        for block in self.0.chunks_exact(L::Double::N) {
            let x = L::Double::load(block);
            for (out, y) in out.iter_mut().zip([Polynomial(x).run(), L::Double::outlined(Polynomial(x))]) {
                out.extend((0..L::Double::N).map(|lane| y.get(lane).to_bits()));
            }
        }
        out
    }
}

#[test]
fn an_outlined_kernel_and_double_lanes_keep_the_bits() {
    let x: Vec<f64> = (0..32).map(|i| 0.03 * f64::from(i)).collect();
    let [inlined, outlined] = dispatch_f64(BothWays(&x));
    assert_eq!(inlined, outlined);
    assert_eq!(dispatch_scalar(BothWays(&x)), [inlined.clone(), outlined.clone()]);
    assert_eq!(dispatch_f32(BothWays(&x)), [inlined, outlined], "single lanes have the same double ones");
    let [inlined, outlined] = BothWays(&x).run::<PortableF32x16>();
    assert_eq!(inlined, outlined);
    assert_eq!(inlined, BothWays(&x).run::<PortableF64x8>()[0]);
}
