//! The rounds on quadratic tasks, where the bilevel optimum is known from dense algebra.

use xmrl_oracle::dense::{cholesky_solve, product, shifted};
use xmrl_oracle::{Random, difference, relative_error};

use super::*;

/// `J_i = -1/2 (theta - c_i)' H_i (theta - c_i)`, `L = -1/2 |theta - t|²`; gradients may carry noise keyed by the round.
struct Bowls {
    h: Vec<Vec<f64>>,
    c: Vec<Vec<f64>>,
    t: Vec<f64>,
    at: Vec<f64>,
    round: u64,
    noise: f64,
}

impl Bowls {
    fn random(n: usize, tasks: usize, seed: u64, noise: f64) -> Self {
        let mut random = Random::new(seed);
        let h = (0..tasks)
            .map(|_| {
                let spectrum: Vec<f64> = (0..n).map(|_| 0.5 + random.uniform()).collect();
                random.symmetric(&spectrum)
            })
            .collect();
        let c = (0..tasks).map(|_| random.normals(n)).collect();
        Self { h, c, t: random.normals(n), at: vec![0.0; n], round: 0, noise }
    }

    /// `theta*(omega)` around the anchor 0.
    fn solution(&self, omega: &[f64], delta: f64) -> Vec<f64> {
        let n = self.t.len();
        let (mut system, mut right) = (vec![0.0; n * n], vec![0.0; n]);
        for ((w, h), c) in omega.iter().zip(&self.h).zip(&self.c) {
            system.iter_mut().zip(h).for_each(|(s, x)| *s += w * x);
            right.iter_mut().zip(product(h, c)).for_each(|(r, x)| *r += w * x);
        }
        cholesky_solve(&shifted(&system, n, delta), &right).unwrap()
    }

    /// `L(theta*(softmax(eta))) + entropy H`.
    fn value(&self, eta: &[f64], delta: f64, entropy: f64) -> f64 {
        let omega = softmax(eta);
        let theta = self.solution(&omega, delta);
        let away: f64 = theta.iter().zip(&self.t).map(|(a, b)| (a - b) * (a - b)).sum();
        -0.5 * away - entropy * omega.iter().map(|w| w * w.ln()).sum::<f64>()
    }
}

impl WeightedTasks for Bowls {
    fn tasks(&self) -> usize {
        self.h.len()
    }

    fn parameters(&self) -> usize {
        self.t.len()
    }

    fn collect(&mut self, round: u64, theta: &[f64]) -> Result<()> {
        self.at = theta.to_vec();
        self.round = round;
        Ok(())
    }

    fn gradients(&mut self) -> Result<(Vec<f64>, Vec<f64>)> {
        let mut random = Random::new(77 + self.round);
        let mut slope = |h: &[f64], c: &[f64]| -> Vec<f64> {
            product(h, &vector::difference(c, &self.at)).iter().map(|g| g + self.noise * random.normal()).collect()
        };
        let train = self.h.iter().zip(&self.c).flat_map(|(h, c)| slope(h, c)).collect();
        let identity = shifted(&vec![0.0; self.t.len() * self.t.len()], self.t.len(), 1.0);
        Ok((train, slope(&identity, &self.t)))
    }

    fn product(&mut self, weights: &[f64], v: &[f64], out: &mut [f64]) -> Result<()> {
        out.fill(0.0);
        for (w, h) in weights.iter().zip(&self.h) {
            vector::axpy(-w, &product(h, v), out);
        }
        Ok(())
    }
}

const QUICK: AlternatingOptions = AlternatingOptions {
    rounds: 1,
    upper_rate: 0.03,
    lower_rate: 1.0,
    adjoint_rate: 1.0,
    average_rate: 0.5,
    entropy: 0.05,
    delta: 0.8,
};

fn run(tasks: &mut Bowls, options: &AlternatingOptions, rounds: usize) -> (Alternation, Round) {
    let anchor = vec![0.0; tasks.t.len()];
    let mut loop_ = alternation(tasks, &anchor, options).unwrap();
    let mut last = loop_.advance(tasks, &anchor, options).unwrap();
    for _ in 1..rounds {
        last = loop_.advance(tasks, &anchor, options).unwrap();
    }
    (loop_, last)
}

#[test]
fn without_noise_the_rounds_end_where_the_bilevel_problem_is_stationary() {
    let mut largest = Vec::new();
    for entropy in [0.3, 3.0] {
        let mut tasks = Bowls::random(4, 3, 91, 0.0);
        let options = AlternatingOptions { entropy, upper_rate: 0.01, ..QUICK };
        let (found, last) = run(&mut tasks, &options, 40_000);
        let value = |eta: &[f64]| tasks.value(eta, options.delta, entropy);
        let slope = difference::gradient(value, &found.state.upper, 1e-3);
        assert!(slope.iter().all(|g| g.abs() < 1e-8), "{slope:?}");
        let start = difference::gradient(value, &[0.0; 3], 1e-3);
        assert!(start.iter().any(|g| g.abs() > 1e-2), "nothing to find: {start:?}");
        assert!(value(&found.state.upper) > value(&[0.0; 3]));
        // Below and between, both linear systems are solved.
        assert!(relative_error(&found.state.lower, &tasks.solution(&last.omega, options.delta), 0.0) < 1e-7);
        assert!(last.residual < 1e-7 && last.hypergradient < 1e-7);
        largest.push(last.omega.iter().copied().fold(0.0, f64::max));
    }
    assert!(largest[0] > largest[1] + 0.01, "entropy evens the weights: {largest:?}");
}

#[test]
fn scores_are_the_hypergradient_where_the_lower_level_is_stationary() {
    let mut tasks = Bowls::random(4, 3, 92, 0.0);
    let frozen = AlternatingOptions { upper_rate: 0.0, entropy: 0.0, ..QUICK };
    let (found, last) = run(&mut tasks, &frozen, 400);
    let truth = difference::gradient(
        |omega| {
            let theta = tasks.solution(omega, frozen.delta);
            -0.5 * theta.iter().zip(&tasks.t).map(|(a, b)| (a - b) * (a - b)).sum::<f64>()
        },
        &found.omega(),
        1e-3,
    );
    assert!(relative_error(&last.scores, &truth, 0.0) < 1e-8, "{:?} {truth:?}", last.scores);
}

#[test]
fn the_spectrum_sets_delta_and_stopping_changes_no_bit() {
    let mut tasks = Bowls::random(5, 4, 93, 0.1);
    // One task's curvature turned over: at even weights the least eigenvalue is below -delta.
    tasks.h[0].iter_mut().for_each(|x| *x *= -12.0);
    let options = AlternatingOptions { delta: 0.3, rounds: 9, ..QUICK };
    let anchor = vec![0.0; 5];
    let mut whole = alternation(&mut tasks, &anchor, &options).unwrap();
    assert!(whole.spectrum[0] < -0.3 && whole.damping > -whole.spectrum[0] && whole.damping / 0.3 >= 2.0);
    for _ in 0..9 {
        whole.advance(&mut tasks, &anchor, &options).unwrap();
    }
    let mut parts = alternation(&mut tasks, &anchor, &options).unwrap();
    for _ in 0..9 {
        let mut fresh = Bowls { at: Vec::new(), ..Bowls::random(5, 4, 93, 0.1) };
        fresh.h[0].iter_mut().for_each(|x| *x *= -12.0);
        parts = parts.clone();
        parts.advance(&mut fresh, &anchor, &options).unwrap();
    }
    assert_eq!(whole, parts);
}

#[test]
fn bad_options_are_named() {
    let mut tasks = Bowls::random(3, 2, 94, 0.0);
    let bad = AlternatingOptions { delta: 0.0, ..QUICK };
    assert!(alternation(&mut tasks, &[0.0; 3], &bad).unwrap_err().to_string().contains("delta 0"));
    assert!(alternation(&mut tasks, &[0.0; 2], &QUICK).unwrap_err().to_string().contains("theta_0"));
}
