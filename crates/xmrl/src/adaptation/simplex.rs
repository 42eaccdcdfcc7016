//! Strictly convex quadratic programmes over the probability simplex, by accelerated projected gradient.

use xmrl_threads::leave_if_stopped;

/// The solution of one programme, with the proof of how good it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SimplexSolution {
    /// The minimiser `[N]`: non-negative, sums to one, exact zeros off its support.
    pub(crate) omega: Vec<f64>,
    /// An upper bound on objective minus optimum; the squared distance to the minimiser is at most `2 gap / rho`.
    pub(crate) gap: f64,
    /// Projected-gradient steps.
    pub(crate) iterations: usize,
}

/// `f(omega) = ½ omegaᵀ (G + rho I) omega - bᵀ omega` over the simplex.
pub(crate) struct Quadratic<'a> {
    /// G `[N,N]`, symmetric positive semi-definite.
    pub(crate) gram: &'a [f64],
    /// b `[N]`.
    pub(crate) linear: &'a [f64],
    /// rho, at least 0.
    pub(crate) rho: f64,
}

impl Quadratic<'_> {
    /// `(G + rho I) omega - b`.
    pub(crate) fn gradient(&self, omega: &[f64]) -> Vec<f64> {
        let count = omega.len();
        (0..count)
            .map(|i| {
                let row = &self.gram[i * count..(i + 1) * count];
                let product: f64 = row.iter().zip(omega).map(|(g, w)| g * w).sum();
                product + self.rho * omega[i] - self.linear[i]
            })
            .collect()
    }

    /// The duality gap at a feasible point, `max over v in the simplex of <gradient, omega - v>`: it bounds `f - min f`.
    pub(crate) fn gap(omega: &[f64], gradient: &[f64]) -> f64 {
        let lowest = gradient.iter().copied().fold(f64::INFINITY, f64::min);
        // Summed as slacks, each of one sign, so that it is exactly 0 at an exact optimum.
        omega.iter().zip(gradient).map(|(w, g)| w * (g - lowest)).sum()
    }

    /// The minimiser, from `start` or the uniform weights, until the gap is at most `tolerance` or `limit` steps are made.
    ///
    /// Nesterov's acceleration, restarted when it points uphill; the step is 1/L with L the largest absolute row sum.
    /// Non-convergence is a value: the best point met, with its gap.
    pub(crate) fn minimise(&self, start: Option<&[f64]>, tolerance: f64, limit: usize) -> SimplexSolution {
        let count = self.linear.len();
        let row_sum = |i: usize| self.gram[i * count..(i + 1) * count].iter().map(|g| g.abs()).sum::<f64>();
        let smooth = ((0..count).map(row_sum).fold(0.0, f64::max) + self.rho).max(f64::MIN_POSITIVE);

        let mut omega = start.map_or_else(|| vec![1.0 / count as f64; count], <[f64]>::to_vec);
        let mut gradient = self.gradient(&omega);
        let mut best = SimplexSolution { gap: Self::gap(&omega, &gradient), omega: omega.clone(), iterations: 0 };
        let (mut ahead, mut ahead_gradient, mut momentum) = (omega.clone(), gradient.clone(), 1.0_f64);
        for iteration in 1..=limit {
            if best.gap <= tolerance {
                break;
            }
            leave_if_stopped();
            let mut next: Vec<f64> = ahead.iter().zip(&ahead_gradient).map(|(w, g)| w - g / smooth).collect();
            project(&mut next);
            let next_gradient = self.gradient(&next);
            let uphill: f64 = (0..count).map(|i| (ahead[i] - next[i]) * (next[i] - omega[i])).sum();
            if uphill > 0.0 {
                momentum = 1.0;
            }
            let grown = 0.5 * (1.0 + (1.0 + 4.0 * momentum * momentum).sqrt());
            let carry = (momentum - 1.0) / grown;
            momentum = grown;
            // The gradient is affine, so it extrapolates with the point.
            for i in 0..count {
                ahead[i] = next[i] + carry * (next[i] - omega[i]);
                ahead_gradient[i] = next_gradient[i] + carry * (next_gradient[i] - gradient[i]);
            }
            (omega, gradient) = (next, next_gradient);
            let gap = Self::gap(&omega, &gradient);
            if gap < best.gap {
                best.gap = gap;
                best.omega.copy_from_slice(&omega);
            }
            best.iterations = iteration;
        }
        best
    }
}

/// The Euclidean projection onto `{w >= 0, sum w = 1}`, exactly: `max(v - t, 0)` with the threshold t found by sorting.
pub(crate) fn project(values: &mut [f64]) {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let (mut sum, mut threshold) = (0.0, 0.0);
    for (index, value) in sorted.iter().enumerate() {
        sum += value;
        let candidate = (sum - 1.0) / (index + 1) as f64;
        if *value <= candidate {
            break;
        }
        threshold = candidate;
    }
    values.iter_mut().for_each(|value| *value = (*value - threshold).max(0.0));
}

#[cfg(test)]
mod tests {
    use xmrl_oracle::{Random, dense};

    use super::*;

    /// `[N,N]` of N vectors in `width` dimensions, and b from one more vector.
    fn problem(count: usize, width: usize, seed: u64) -> (Vec<f64>, Vec<f64>) {
        let mut random = Random::new(seed);
        let rows: Vec<Vec<f64>> = (0..=count).map(|_| random.normals(width)).collect();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let gram = (0..count * count).map(|k| dot(&rows[k / count], &rows[k % count])).collect();
        (gram, (0..count).map(|i| dot(&rows[i], &rows[count])).collect())
    }

    /// The optimum by trying every support: stationarity with a multiplier on it, then primal and dual feasibility.
    fn enumerate(problem: &Quadratic) -> Vec<f64> {
        let n = problem.linear.len();
        for mask in 1_usize..1 << n {
            let support: Vec<usize> = (0..n).filter(|i| mask >> i & 1 == 1).collect();
            let row = |&i: &usize| -> Vec<f64> {
                let entry = |&j: &usize| problem.gram[i * n + j] + if i == j { problem.rho } else { 0.0 };
                support.iter().map(entry).chain([1.0]).collect()
            };
            let mut system: Vec<f64> = support.iter().flat_map(row).collect();
            system.extend(support.iter().map(|_| 1.0).chain([0.0]));
            let right: Vec<f64> = support.iter().map(|&i| problem.linear[i]).chain([1.0]).collect();
            let solution = dense::lu_solve(&system, &right).unwrap();
            let mut omega = vec![0.0; n];
            support.iter().zip(&solution).for_each(|(&i, w)| omega[i] = *w);
            let slack = problem.gradient(&omega).iter().map(|g| g + solution[support.len()]).fold(0.0, f64::min);
            if solution[..support.len()].iter().all(|&w| w >= 0.0) && slack >= -1e-12 {
                return omega;
            }
        }
        unreachable!("a strictly convex programme has a KKT point")
    }

    #[test]
    fn projection_matches_its_optimality_conditions() {
        let mut random = Random::new(3);
        for _ in 0..200 {
            let values: Vec<f64> = random.normals(6);
            let mut projected = values.clone();
            project(&mut projected);
            assert!((projected.iter().sum::<f64>() - 1.0).abs() < 1e-14);
            // v - w is one constant on the support and at most that off it.
            let level = (0..6).map(|i| values[i] - projected[i]).fold(f64::NEG_INFINITY, f64::max);
            for i in 0..6 {
                let residual = values[i] - projected[i];
                assert!(if projected[i] > 0.0 { (residual - level).abs() < 1e-14 } else { residual <= level });
            }
        }
    }

    #[test]
    fn the_solver_finds_the_enumerated_optimum() {
        let mut worst = 0.0_f64;
        for seed in 1..=60 {
            let (count, width) = (2 + seed as usize % 7, 1 + seed as usize % 5);
            let (gram, linear) = problem(count, width, seed);
            let problem = Quadratic { gram: &gram, linear: &linear, rho: 0.05 };
            let truth = enumerate(&problem);
            let found = problem.minimise(None, 1e-14, 20_000);
            assert!(found.gap <= 1e-14, "seed {seed}: gap {}", found.gap);
            worst = found.omega.iter().zip(&truth).map(|(a, b)| (a - b).abs()).fold(worst, f64::max);
        }
        assert!(worst < 1e-9, "largest error of a weight {worst:e}");
    }

    #[test]
    fn the_gap_bounds_the_error_of_the_objective() {
        let (gram, linear) = problem(6, 4, 11);
        let problem = Quadratic { gram: &gram, linear: &linear, rho: 0.05 };
        let value = |omega: &[f64]| -> f64 {
            // ½ <gradient - b, omega>
            omega.iter().zip(problem.gradient(omega)).zip(&linear).map(|((w, g), b)| 0.5 * w * (g - b)).sum()
        };
        let truth = value(&enumerate(&problem));
        for steps in [0, 1, 3, 10] {
            let found = problem.minimise(None, 0.0, steps);
            let error = value(&found.omega) - truth;
            assert!(error <= found.gap + 1e-15, "{steps} steps: error {error:e}, gap {:e}", found.gap);
            assert!(error > 0.0 || steps > 3);
        }
    }

    #[test]
    fn orthogonal_tasks_have_a_projection_for_an_answer() {
        let gram: Vec<f64> = (0..16).map(|k| f64::from(u8::from(k / 4 == k % 4))).collect();
        let linear = [0.9, 0.2, -0.4, 0.5];
        let found = Quadratic { gram: &gram, linear: &linear, rho: 0.05 }.minimise(None, 1e-15, 10_000);
        let mut closed = linear.map(|b| b / 1.05);
        project(&mut closed);
        for (a, b) in found.omega.iter().zip(closed) {
            assert!((a - b).abs() < 1e-7);
        }
    }

    #[test]
    fn one_task_gets_everything_and_equal_tasks_share() {
        let one = Quadratic { gram: &[1.0], linear: &[-3.0], rho: 0.05 }.minimise(None, 1e-14, 100);
        assert_eq!((one.omega, one.gap, one.iterations), (vec![1.0], 0.0, 0));
        let equal = Quadratic { gram: &[1.0; 9], linear: &[0.3; 3], rho: 0.05 };
        let found = equal.minimise(Some(&[0.7, 0.2, 0.1]), 1e-15, 10_000);
        assert!(found.omega.iter().all(|w| (w - 1.0 / 3.0).abs() < 1e-7), "{found:?}");
    }
}
