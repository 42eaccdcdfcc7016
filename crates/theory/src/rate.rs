//! Theorem 1: with steps proportional to 1/√K, the mean squared hypergradient over K single-loop rounds falls as 1/√K.
//!
//! Measured on `min_x ½ |y* - t|² + ρ/2 |x|²`, `y*(x) = argmin_y ½ yᵀ A y - yᵀ B x`, every derivative with noise of its own.
//! The hypergradient is linear, `H x - g` with `H = Bᵀ A⁻² B + ρ I` and `g = Bᵀ A⁻¹ t`, so its square is known at every round.

use xmrl_autodiff::{dense_solve, vector};
use xmrl_core::{Bilevel, BilevelSample, LoopOptions, LoopState, Pace, Result, single_loop};
use xmrl_envs::rng::Stream;

use crate::check::{Relation, TheoryCheck, TheoryCurve, TheoryPart, TheorySeries, log_slope};
use crate::process::stream;

/// M and P of the problem.
const UPPER: usize = 2;
const LOWER: usize = 3;
/// A, symmetric with eigenvalues between .73 and 2.1; B; t.
const A: [f64; LOWER * LOWER] = [1.5, 0.5, 0.2, 0.5, 1.2, -0.3, 0.2, -0.3, 2.0];
const B: [f64; LOWER * UPPER] = [1.0, 0.3, -0.6, 1.1, 0.4, -0.9];
const TARGET: [f64; LOWER] = [1.0, -2.0, 0.5];
const RIDGE: f64 = 0.2;
/// Standard deviation of the noise of every entry of a derivative.
const NOISE: f64 = 1.0;

/// K of the runs, and independent runs of each.
const ROUNDS: [u64; 4] = [1024, 2048, 4096, 8192];
const REPEATS: u64 = 16;
/// Rates of x, y, v and the average, before the pace. The last three must be the faster ones: x sees the hypergradient through
/// three lags, and a loop with lags swings where its own rate is near theirs.
const RATES: [f64; 4] = [0.6, 10.0, 10.0, 10.0];

/// The problem of one run.
pub(super) struct Noisy {
    noise: Stream,
    run: u32,
}

impl Noisy {
    pub(super) fn new(seed: u64, run: u32) -> Self {
        Self { noise: stream(seed, 0), run }
    }
}

impl Bilevel for Noisy {
    fn upper_size(&self) -> usize {
        UPPER
    }

    fn lower_size(&self) -> usize {
        LOWER
    }

    fn sample(&mut self, at: &LoopState, out: &mut BilevelSample) -> Result<()> {
        let noise = |k: usize| NOISE * self.noise.normal(self.run, at.round as u32, 0, k as u32);
        for p in 0..LOWER {
            let row = &A[p * LOWER..][..LOWER];
            let driven: f64 = B[p * UPPER..][..UPPER].iter().zip(&at.upper).map(|(b, x)| b * x).sum();
            out.lower_gradient[p] = vector::dot(row, &at.lower) - driven + noise(p);
            out.lower_product[p] = vector::dot(row, &at.adjoint) + noise(LOWER + p);
            out.upper_by_lower[p] = at.lower[p] - TARGET[p] + noise(2 * LOWER + p);
        }
        for m in 0..UPPER {
            out.upper_by_upper[m] = RIDGE * at.upper[m] + noise(3 * LOWER + m);
            // d²G / dx dy = -B.
            out.mixed_product[m] =
                -(0..LOWER).map(|p| B[p * UPPER + m] * at.adjoint[p]).sum::<f64>() + noise(3 * LOWER + UPPER + m);
        }
        Ok(())
    }
}

/// `H [M,M]` and `g [M]` of the exact hypergradient `H x - g`.
pub(super) fn exact() -> Result<([f64; UPPER * UPPER], [f64; UPPER])> {
    let apply = |v: &[f64], out: &mut [f64]| -> Result<()> {
        out.iter_mut().zip(A.chunks_exact(LOWER)).for_each(|(to, row)| *to = vector::dot(row, v));
        Ok(())
    };
    let column = |m: usize| [0, 1, 2].map(|p| B[p * UPPER + m]);
    let mut solved = Vec::new();
    for m in 0..UPPER {
        solved.push(dense_solve(apply, &column(m), 0.0)?.0);
    }
    // Bᵀ A⁻² B = (A⁻¹ B)ᵀ (A⁻¹ B), A symmetric.
    let entry = |k: usize| {
        vector::dot(&solved[k / UPPER], &solved[k % UPPER]) + RIDGE * f64::from(u8::from(k / UPPER == k % UPPER))
    };
    Ok((std::array::from_fn(entry), std::array::from_fn(|m| vector::dot(&solved[m], &TARGET))))
}

/// Mean of `|hypergradient|²` over the rounds of all runs of K rounds, with `stretch(K)` times the theorem's rates.
pub(super) fn mean_square(seed: u64, rounds: u64, stretch: impl Fn(u64) -> f64) -> Result<f64> {
    let (matrix, offset) = exact()?;
    let [upper_rate, lower_rate, adjoint_rate, average_rate] = RATES.map(|rate| rate * stretch(rounds));
    let options = LoopOptions { upper_rate, lower_rate, adjoint_rate, average_rate, pace: Pace::Horizon(rounds) };
    let mut sum = 0.0;
    for run in 0..REPEATS {
        // Runs of different length share no number.
        let mut problem = Noisy::new(seed, (rounds * REPEATS + run) as u32);
        let mut state = LoopState::start(vec![3.0, -3.0], vec![0.0; LOWER]);
        let mut before = state.upper.clone();
        single_loop(&mut problem, &mut state, rounds, &options, |state, _| {
            for (row, g) in matrix.chunks_exact(UPPER).zip(&offset) {
                sum += (vector::dot(row, &before) - g).powi(2);
            }
            before.copy_from_slice(&state.upper);
            Ok(())
        })?;
    }
    Ok(sum / (REPEATS * rounds) as f64)
}

/// The slope of the mean square against K.
pub(super) fn measure(seed: u64) -> Result<TheoryPart> {
    let squares = ROUNDS.into_iter().map(|rounds| mean_square(seed, rounds, |_| 1.0)).collect::<Result<Vec<f64>>>()?;
    let rounds = ROUNDS.map(|rounds| rounds as f64);
    let slope = log_slope(&rounds, &squares);
    let claim = "the mean of |hypergradient|² over K rounds falls as 1/√K";
    Ok(TheoryPart {
        id: "theorem-1",
        title: "Theorem 1: the rate of the single loop",
        statement: "Lower variable, adjoint and upper variable move together, one noisy step a round, with steps proportional to 1/√K. Measured with the library's own routine on a noisy quadratic problem whose hypergradient is known.",
        checks: vec![TheoryCheck::new(
            "slope of the mean squared hypergradient against K",
            claim,
            slope,
            Relation::Equal,
            -0.5,
            0.05,
        )],
        curve: TheoryCurve {
            x: "rounds K",
            y: "mean of |hypergradient|² over K rounds",
            log_x: true,
            log_y: true,
            series: vec![
                TheorySeries::power_law("slope −1/2", &rounds, squares[0], -0.5),
                TheorySeries::measured("single loop", &rounds, squares),
            ],
        },
    })
}
