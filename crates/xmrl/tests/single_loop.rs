//! The single loop on quadratic bilevel problems, where everything is dense algebra.

use xmrl_core::{Bilevel, BilevelSample, LoopOptions, LoopState, Pace, Result, XmrlError, single_loop};
use xmrl_oracle::dense::{cholesky_solve, lu_solve, product};
use xmrl_oracle::{Random, relative_error};

/// `G = 1/2 y'Ay - y'(Bx + c)`, `F = 1/2 |y - t|² + r/2 |x|²`, with noise keyed by the round on every sample.
struct Quadratic {
    a: Vec<f64>,
    b: Vec<f64>,
    c: Vec<f64>,
    t: Vec<f64>,
    r: f64,
    noise: f64,
}

const M: usize = 3;
const P: usize = 5;

impl Quadratic {
    fn random(seed: u64, noise: f64) -> Self {
        let mut random = Random::new(seed);
        let spectrum: Vec<f64> = (0..P).map(|_| 0.5 + random.uniform()).collect();
        Self {
            a: random.symmetric(&spectrum),
            b: random.normals(P * M).iter().map(|x| 0.3 * x).collect(),
            c: random.normals(P),
            t: random.normals(P),
            r: 0.4,
            noise,
        }
    }

    fn transposed(&self, v: &[f64]) -> Vec<f64> {
        (0..M).map(|j| (0..P).map(|i| self.b[i * M + j] * v[i]).sum()).collect()
    }

    fn lower(&self, x: &[f64]) -> Vec<f64> {
        let right: Vec<f64> = product(&self.b, x).iter().zip(&self.c).map(|(b, c)| b + c).collect();
        cholesky_solve(&self.a, &right).unwrap()
    }

    /// `dF(x, y*(x))/dx = r x + B' A^-1 (y* - t)`.
    fn hypergradient(&self, x: &[f64]) -> Vec<f64> {
        let off: Vec<f64> = self.lower(x).iter().zip(&self.t).map(|(y, t)| y - t).collect();
        let v = cholesky_solve(&self.a, &off).unwrap();
        self.transposed(&v).iter().zip(x).map(|(b, x)| self.r * x + b).collect()
    }

    /// The minimiser: `hypergradient` is affine, so its zero is one linear system.
    fn minimiser(&self) -> Vec<f64> {
        let at_zero = self.hypergradient(&[0.0; M]);
        let mut matrix = vec![0.0; M * M];
        for j in 0..M {
            let mut unit = [0.0; M];
            unit[j] = 1.0;
            for (i, g) in self.hypergradient(&unit).iter().enumerate() {
                matrix[i * M + j] = g - at_zero[i];
            }
        }
        lu_solve(&matrix, &at_zero.iter().map(|g| -g).collect::<Vec<_>>()).unwrap()
    }
}

impl Bilevel for Quadratic {
    fn upper_size(&self) -> usize {
        M
    }

    fn lower_size(&self) -> usize {
        P
    }

    fn sample(&mut self, at: &LoopState, out: &mut BilevelSample) -> Result<()> {
        let mut random = Random::new(1000 + at.round);
        let mut noisy = |exact: Vec<f64>| -> Vec<f64> {
            exact.into_iter().map(|entry| entry + self.noise * random.normal()).collect()
        };
        let moved: Vec<f64> = product(&self.b, &at.upper).iter().zip(&self.c).map(|(b, c)| b + c).collect();
        out.lower_gradient = noisy(product(&self.a, &at.lower).iter().zip(&moved).map(|(a, b)| a - b).collect());
        out.lower_product = noisy(product(&self.a, &at.adjoint));
        out.upper_by_lower = noisy(at.lower.iter().zip(&self.t).map(|(y, t)| y - t).collect());
        out.upper_by_upper = noisy(at.upper.iter().map(|x| self.r * x).collect());
        out.mixed_product = noisy(self.transposed(&at.adjoint).iter().map(|x| -x).collect());
        Ok(())
    }
}

const STEADY: LoopOptions =
    LoopOptions { upper_rate: 0.05, lower_rate: 0.6, adjoint_rate: 0.6, average_rate: 0.5, pace: Pace::Horizon(1) };

fn start() -> LoopState {
    LoopState::start(vec![1.0, -1.0, 0.5], vec![0.0; P])
}

#[test]
fn without_noise_it_finds_the_closed_minimiser() {
    for seed in [70, 71] {
        let mut problem = Quadratic::random(seed, 0.0);
        let mut state = start();
        single_loop(&mut problem, &mut state, 4000, &STEADY, |_, _| Ok(())).unwrap();
        let truth = problem.minimiser();
        assert!(relative_error(&state.upper, &truth, 0.0) < 1e-9, "{:?} {truth:?}", state.upper);
        assert!(relative_error(&state.lower, &problem.lower(&truth), 0.0) < 1e-9);
        assert!(state.average.iter().all(|h| h.abs() < 1e-9));
    }
}

#[test]
fn a_round_is_the_recursion_written_out() {
    let mut problem = Quadratic::random(72, 0.3);
    let mut state = LoopState { adjoint: vec![0.2; P], average: vec![0.1, -0.4, 2.0], round: 3, ..start() };
    let before = state.clone();
    let mut sample = BilevelSample::default();
    problem.sample(&before, &mut sample).unwrap();
    let options = LoopOptions { pace: Pace::Decaying, average_rate: 0.8, ..STEADY };
    single_loop(&mut problem, &mut state, 1, &options, |_, _| Ok(())).unwrap();
    // The fourth round takes half of every rate.
    for j in 0..P {
        assert!((state.lower[j] - (before.lower[j] - 0.3 * sample.lower_gradient[j])).abs() < 1e-15);
        let off = sample.lower_product[j] - sample.upper_by_lower[j];
        assert!((state.adjoint[j] - (before.adjoint[j] - 0.3 * off)).abs() < 1e-15);
    }
    for i in 0..M {
        assert!((state.upper[i] - (before.upper[i] - 0.025 * before.average[i])).abs() < 1e-15);
        let h = sample.upper_by_upper[i] - sample.mixed_product[i];
        assert!((state.average[i] - (0.6 * before.average[i] + 0.4 * h)).abs() < 1e-15);
    }
    assert_eq!(state.round, 4);
}

#[test]
fn noise_averages_out_and_stopping_changes_no_bit() {
    let rounds = 4096;
    let options = LoopOptions {
        upper_rate: 2.0,
        lower_rate: 32.0,
        adjoint_rate: 32.0,
        average_rate: 32.0,
        pace: Pace::Horizon(rounds),
    };
    let mut problem = Quadratic::random(73, 0.2);
    let exact = Quadratic::random(73, 0.0);
    let mut whole = start();
    let mut late = 0.0;
    single_loop(&mut problem, &mut whole, rounds, &options, |state, _| {
        if state.round > rounds / 2 {
            late += exact.hypergradient(&state.upper).iter().map(|h| h * h).sum::<f64>() / (rounds / 2) as f64;
        }
        Ok(())
    })
    .unwrap();
    let first: f64 = exact.hypergradient(&start().upper).iter().map(|h| h * h).sum();
    assert!(late < 0.05 * first, "{late} of {first}");
    let mut parts = start();
    for count in [1, 95, 4000] {
        single_loop(&mut problem, &mut parts, count, &options, |_, _| Ok(())).unwrap();
        parts = parts.clone();
    }
    assert_eq!(parts, whole);
}

/// A problem that breaks at a round.
struct Broken(Quadratic);

impl Bilevel for Broken {
    fn upper_size(&self) -> usize {
        M
    }

    fn lower_size(&self) -> usize {
        P
    }

    fn sample(&mut self, at: &LoopState, out: &mut BilevelSample) -> Result<()> {
        self.0.sample(at, out)?;
        if at.round == 2 {
            out.lower_product[1] = f64::NAN;
        }
        Ok(())
    }
}

#[test]
fn bad_input_is_named_and_leaves_the_last_good_round() {
    let mut problem = Broken(Quadratic::random(74, 0.0));
    let mut state = start();
    let error = single_loop(&mut problem, &mut state, 5, &STEADY, |_, _| Ok(())).unwrap_err();
    assert!(matches!(&error, XmrlError::NonFinite { name, index: 1, .. } if name == "d2G/dy2 v"), "{error}");
    assert_eq!(state.round, 2);
    let mut short = LoopState::start(vec![0.0; M], vec![0.0; 2]);
    assert!(single_loop(&mut problem, &mut short, 1, &STEADY, |_, _| Ok(())).unwrap_err().to_string().contains("[P]"));
    for bad in [LoopOptions { upper_rate: -1.0, ..STEADY }, LoopOptions { pace: Pace::Horizon(0), ..STEADY }] {
        let error = single_loop(&mut problem, &mut start(), 1, &bad, |_, _| Ok(())).unwrap_err();
        assert!(matches!(error, XmrlError::Option { .. }));
    }
}

#[test]
fn the_factor_is_that_of_the_pace() {
    let of = |pace| LoopOptions { pace, ..STEADY };
    assert_eq!([0, 3, 15].map(|k| of(Pace::Decaying).factor(k)), [1.0, 0.5, 0.25]);
    assert_eq!([0, 3].map(|k| of(Pace::Horizon(16)).factor(k)), [0.25; 2]);
}
