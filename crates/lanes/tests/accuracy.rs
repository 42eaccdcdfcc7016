//! The elementary functions against the standard library's (correct to half an ulp or so) over dense grids and edges.

use xmrl_lanes::{
    Detected, Float, Isa, Kernel, Lane, PortableF32x16, PortableF64x8, detected, dispatch_f32, dispatch_f64,
    dispatch_scalar,
};

#[derive(Clone, Copy, Debug)]
enum Function {
    Tanh,
    Exp,
    Ln,
    Sin,
    Cos,
    Sqrt,
}
use Function::{Cos, Exp, Ln, Sin, Sqrt, Tanh};

/// Replaces every entry of a slice by its image, lane block by lane block; the tail is padded with ones.
struct Map<'a>(Function, &'a mut [f64]);

impl Kernel for Map<'_> {
    type Output = ();
    #[inline(always)]
    fn run<L: Lane>(self) {
        for block in self.1.chunks_mut(L::N) {
            let mut padded = [1.0; 16];
            padded[..block.len()].copy_from_slice(block);
            let x = L::load(&padded);
            let y = match self.0 {
                Tanh => x.tanh(),
                Exp => x.exp(),
                Ln => x.ln(),
                Sin => x.sin_cos_turns().0,
                Cos => x.sin_cos_turns().1,
                Sqrt => x.sqrt(),
            };
            y.store(&mut padded);
            block.copy_from_slice(&padded[..block.len()]);
        }
    }
}

/// `count` points evenly over [low, high].
fn grid(low: f64, high: f64, count: usize) -> Vec<f64> {
    (0..=count).map(|i| low + (high - low) * i as f64 / count as f64).collect()
}

/// `count` points per sign, geometrically over [2^low, 2^high].
fn powers(low: f64, high: f64, count: usize) -> Vec<f64> {
    grid(low, high, count).into_iter().flat_map(|e| [e.exp2(), -e.exp2()]).collect()
}

/// Largest error in units of the spacing of numbers at the true value, `bits` significant bits.
fn worst(x: &[f64], y: &[f64], truth: impl Fn(f64) -> f64, bits: i32) -> f64 {
    let mut worst = 0.0;
    for (&x, &y) in x.iter().zip(y) {
        let t = truth(x);
        let ulp = 2f64.powi(t.abs().log2().floor().max(-1000.0) as i32 + 1 - bits);
        let error = (y - t).abs() / ulp;
        assert!(error.is_finite() || y == t, "at {x:e}: {y:e} is not {t:e}");
        if y != t && error > worst {
            worst = error;
        }
    }
    worst
}

fn sin_turns(x: f64) -> f64 {
    // Exact reduction to an eighth of a turn, so that the reference carries no rounding of 2 pi x for large x.
    let x = x - x.round();
    let quadrant = (4.0 * x).round();
    let angle = core::f64::consts::TAU * (x - quadrant / 4.0);
    match quadrant as i64 {
        0 => angle.sin(),
        1 => angle.cos(),
        -1 => -angle.cos(),
        _ => -angle.sin(),
    }
}

/// A function, its reference, where to compare them, and the largest error in ulps that is accepted.
struct Case {
    function: Function,
    truth: fn(f64) -> f64,
    at: Vec<f64>,
    limit: f64,
}

fn cases() -> Vec<Case> {
    let exponents = grid(-120.0, 120.0, 50_000).into_iter().map(f64::exp2);
    let tanh = [grid(-25.0, 25.0, 100_000), powers(-60.0, 3.0, 50_000)].concat();
    let exp = [grid(-80.0, 80.0, 200_000), powers(-60.0, 6.0, 50_000)].concat();
    let ln = [grid(1e-6, 4.0, 200_000), grid(0.99, 1.01, 100_000), exponents.clone().collect()].concat();
    let sqrt = [grid(0.0, 10.0, 100_000), exponents.collect()].concat();
    let turns = [grid(-2.0, 2.0, 200_000), grid(-1000.0, 1000.0, 50_000)].concat();
    // A quarter turn can be added to these without rounding.
    let coarse = turns.iter().map(|x| (x * 1_048_576.0).round() / 1_048_576.0).collect();
    vec![
        Case { function: Tanh, truth: f64::tanh, at: tanh, limit: 3.0 },
        Case { function: Exp, truth: f64::exp, at: exp, limit: 1.5 },
        Case { function: Ln, truth: f64::ln, at: ln, limit: 1.5 },
        Case { function: Sin, truth: sin_turns, at: turns, limit: 2.0 },
        Case { function: Cos, truth: |x| sin_turns(x + 0.25), at: coarse, limit: 2.0 },
        Case { function: Sqrt, truth: f64::sqrt, at: sqrt, limit: 0.5 },
    ]
}

/// An instantiation of [`Map`].
type Run = for<'a> fn(Map<'a>);

/// Holds the instantiation in use and the portable one to the limits of the cases.
fn check(bits: i32, round: fn(f64) -> f64, dispatched: Run, portable: Run) {
    for case in cases() {
        let x: Vec<f64> = case.at.into_iter().map(round).collect();
        for run in [dispatched, portable] {
            let mut y = x.clone();
            run(Map(case.function, &mut y));
            let error = worst(&x, &y, case.truth, bits);
            assert!(error <= case.limit, "{:?}: {error} ulp", case.function);
        }
    }
}

#[test]
fn f64_lanes_are_within_three_ulps_of_the_standard_library() {
    check(53, |x| x, |map| dispatch_f64(map), |map| map.run::<PortableF64x8>());
}

#[test]
fn f32_lanes_are_within_three_ulps_of_the_standard_library() {
    check(24, |x| f64::from(x as f32), |map| dispatch_f32(map), |map| map.run::<PortableF32x16>());
}

/// Maps one value with `f64` lanes and with `f32` lanes.
fn both(function: Function, x: f64) -> [f64; 2] {
    let (mut wide, mut narrow) = ([x], [x]);
    dispatch_f64(Map(function, &mut wide));
    dispatch_f32(Map(function, &mut narrow));
    [wide[0], narrow[0]]
}

#[test]
fn edge_values_are_those_of_the_standard_library() {
    let inf = f64::INFINITY;
    for (function, x, y) in [
        (Tanh, inf, 1.0),
        (Tanh, -inf, -1.0),
        (Tanh, 1e30, 1.0),
        (Tanh, 0.0, 0.0),
        (Exp, inf, inf),
        (Exp, -inf, 0.0),
        (Exp, 1e4, inf),
        (Exp, -1e4, 0.0),
        (Exp, 0.0, 1.0),
        (Ln, inf, inf),
        (Ln, 0.0, -inf),
        (Ln, 1.0, 0.0),
        (Sin, 0.0, 0.0),
        (Sin, 0.5, 0.0),
        (Sin, 0.25, 1.0),
        (Sin, -0.25, -1.0),
        (Cos, 0.0, 1.0),
        (Cos, 0.5, -1.0),
        (Cos, 0.25, 0.0),
        (Cos, 1.0, 1.0),
    ] {
        assert_eq!(both(function, x), [y, y], "at {x}");
    }
    for (function, x) in [
        (Tanh, f64::NAN),
        (Exp, f64::NAN),
        (Ln, f64::NAN),
        (Ln, -1.0),
        (Ln, -inf),
        (Sin, f64::NAN),
        (Sin, inf),
        (Cos, -inf),
        (Sqrt, -1.0),
    ] {
        assert!(both(function, x).iter().all(|y| y.is_nan()), "at {x}");
    }
    assert!(both(Tanh, -0.0).iter().all(|y| y.is_sign_negative() && *y == 0.0));
    // The ends of the exponential's range.
    assert!((both(Exp, 709.78)[0] / 709.78f64.exp() - 1.0).abs() < 1e-15);
    assert!((both(Exp, -707.0)[0] / (-707.0f64).exp() - 1.0).abs() < 1e-15);
}

/// Runs a function on values in every lane at once and one at a time.
#[test]
fn lanes_of_one_and_of_eight_give_the_same_bits() {
    for Case { function, at, .. } in cases() {
        let (mut wide, mut single) = (at.clone(), at);
        dispatch_f64(Map(function, &mut wide));
        dispatch_scalar(Map(function, &mut single));
        assert!(wide.iter().zip(&single).all(|(a, b)| a.to_bits() == b.to_bits()));
    }
}

/// Slices are mapped with the bits of lanes, whatever the instructions and the length.
#[test]
fn slices_have_the_bits_of_lanes() {
    fn check<T: Float>(lanes: fn(Map<'_>), isa: Detected) {
        for length in [0, 16, 32, 48, 80] {
            let x: Vec<f64> = (0..length).map(|i| f64::from(i) * 0.37 - 9.0).map(|x| T::round(x).into()).collect();
            for (function, map) in [(Tanh, T::tanh as fn(&mut [T], Detected)), (Exp, T::exp)] {
                let (mut wanted, mut got) = (x.clone(), x.iter().map(|&x| T::round(x)).collect::<Vec<_>>());
                lanes(Map(function, &mut wanted));
                map(&mut got, isa);
                assert_eq!(
                    got.into_iter().map(Into::into).collect::<Vec<f64>>(),
                    wanted,
                    "{function:?} {length} {isa:?}"
                );
            }
        }
    }
    check::<f64>(|map| map.run::<PortableF64x8>(), Detected::PORTABLE);
    check::<f32>(|map| map.run::<PortableF32x16>(), Detected::PORTABLE);
    if detected() > Detected::PORTABLE {
        for isa in [Isa::Avx2, Isa::Avx512].map(|isa| detected().at_most(isa)) {
            check::<f64>(|map| dispatch_f64(map), isa);
            check::<f32>(|map| dispatch_f32(map), isa);
        }
    }
}
