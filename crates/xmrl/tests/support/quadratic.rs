//! Tasks `J_i = -1/2 (theta - c_i)' H_i (theta - c_i)` under the upper value `L = -1/2 (theta - t)' M (theta - t)`.

use xmrl_core::Result;
use xmrl_oracle::Random;
use xmrl_oracle::dense::{cholesky_solve, product, shifted};

pub(crate) struct Quadratic {
    pub(crate) n: usize,
    pub(crate) delta: f64,
    pub(crate) anchor: Vec<f64>,
    pub(crate) weights: Vec<f64>,
    /// `(H_i, c_i)`.
    pub(crate) tasks: Vec<(Vec<f64>, Vec<f64>)>,
    /// `(M, t)`.
    pub(crate) upper: (Vec<f64>, Vec<f64>),
}

fn minus(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(x, y)| x - y).collect()
}

impl Quadratic {
    pub(crate) fn random(n: usize, tasks: usize, random: &mut Random) -> Self {
        let bowl = |random: &mut Random| {
            let spectrum: Vec<f64> = (0..n).map(|_| (2.0 * random.normal()).exp()).collect();
            (random.symmetric(&spectrum), random.normals(n))
        };
        let raw: Vec<f64> = (0..tasks).map(|_| 0.1 + random.uniform()).collect();
        let total: f64 = raw.iter().sum();
        Self {
            n,
            delta: 0.7,
            anchor: random.normals(n),
            weights: raw.iter().map(|w| w / total).collect(),
            tasks: (0..tasks).map(|_| bowl(random)).collect(),
            upper: bowl(random),
        }
    }

    /// `delta I + sum_i omega_i H_i`.
    pub(crate) fn system(&self) -> Vec<f64> {
        let mut sum = vec![0.0; self.n * self.n];
        for (w, (h, _)) in self.weights.iter().zip(&self.tasks) {
            sum.iter_mut().zip(h).for_each(|(s, x)| *s += w * x);
        }
        shifted(&sum, self.n, self.delta)
    }

    /// `theta*` by Cholesky.
    pub(crate) fn solution(&self) -> Vec<f64> {
        let mut right: Vec<f64> = self.anchor.iter().map(|x| self.delta * x).collect();
        for (w, (h, c)) in self.weights.iter().zip(&self.tasks) {
            right.iter_mut().zip(product(h, c)).for_each(|(r, x)| *r += w * x);
        }
        cholesky_solve(&self.system(), &right).unwrap()
    }

    /// `dL/domega_i = <grad L, K^-1 H_i (c_i - theta*)>`: forward differentiation, one solve a task.
    pub(crate) fn truth(&self) -> Vec<f64> {
        let (theta, system) = (self.solution(), self.system());
        let upper = self.upper_gradient(&theta);
        let moved = |(h, c): &(Vec<f64>, Vec<f64>)| cholesky_solve(&system, &product(h, &minus(c, &theta))).unwrap();
        self.tasks.iter().map(|task| moved(task).iter().zip(&upper).map(|(a, b)| a * b).sum()).collect()
    }

    pub(crate) fn upper_gradient(&self, theta: &[f64]) -> Vec<f64> {
        product(&self.upper.0, &minus(&self.upper.1, theta))
    }

    /// `grad J_i`, `[N,P]`.
    pub(crate) fn task_gradients(&self, theta: &[f64]) -> Vec<f64> {
        self.tasks.iter().flat_map(|(h, c)| product(h, &minus(c, theta))).collect()
    }

    /// Writes `(sum_i omega_i hess J_i) v`.
    pub(crate) fn hvp(&self, v: &[f64], out: &mut [f64]) -> Result<()> {
        out.fill(0.0);
        for ((h, _), w) in self.tasks.iter().zip(&self.weights) {
            out.iter_mut().zip(product(h, v)).for_each(|(o, x)| *o -= w * x);
        }
        Ok(())
    }
}
