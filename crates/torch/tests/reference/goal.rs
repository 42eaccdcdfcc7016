//! A goal-reaching MAML suite without noise: every derivative of the meta-objective exists and is exact.
//!
//! A point starts at `x_0 = 0` in the plane and moves by `x_{t+1} = x_t + .5 pi_theta(x_t)`, four steps, with a `2-4-2` tanh
//! policy (P = 22). Task i is a goal: `R_i(theta) = -|x_T(theta) - g_i|^2`. The meta-return is that of the policy after
//! one inner step, `J_i(theta) = R_i(theta + alpha grad R_i(theta))`; second order at both levels through libtorch in f64.

use tch::{Device, Kind, Tensor};
use xmrl_oracle::Random;
use xmrl_torch::{Hvp, grad, grads, leaf, to_tensor, to_vec, view};

use crate::polish::{LowerLevel, Polish, PolishOptions, polish};

pub(crate) const P: usize = 2 * 4 + 4 + 4 * 2 + 2;
const ALPHA: f64 = 0.15;

/// Goals `[N,2]` as one batch.
pub(crate) struct Goals {
    goals: Tensor,
    count: i64,
}

impl Goals {
    pub(crate) fn new(goals: &[[f64; 2]]) -> Self {
        let count = goals.len() as i64;
        Self { goals: to_tensor(&goals.concat(), &[count, 2], Kind::Double, Device::Cpu).unwrap(), count }
    }

    /// `R_i` of each task's own parameters `[N,P]`, `[N]`.
    fn returns(&self, params: &Tensor) -> Tensor {
        let (w1, b1) = (view(params, 0..8, &[2, 4]).unwrap(), view(params, 8..12, &[1, 4]).unwrap());
        let (w2, b2) = (view(params, 12..20, &[4, 2]).unwrap(), view(params, 20..22, &[1, 2]).unwrap());
        let mut at = Tensor::zeros([self.count, 1, 2], (Kind::Double, Device::Cpu));
        for _ in 0..4 {
            let moved = (at.bmm(&w1) + &b1).tanh().bmm(&w2) + &b2;
            at = &at + moved * 0.5; // not in place: the graph keeps every position
        }
        -(at.squeeze_dim(1) - &self.goals).square().sum_dim_intlist([1i64].as_slice(), false, Kind::Double)
    }

    /// `J_i(theta) [N]` with its graph on `theta`.
    pub(crate) fn meta_returns(&self, theta: &Tensor) -> Tensor {
        let rows = theta.unsqueeze(0).expand([self.count, P as i64], false).contiguous();
        let inner = grad(&self.returns(&rows).sum(Kind::Double), &rows, true, true).unwrap();
        self.returns(&(&rows + inner * ALPHA))
    }

    /// `grad J_i(theta)`, `[N,P]`.
    pub(crate) fn meta_gradients(&self, theta: &[f64]) -> Vec<f64> {
        let theta = leaf(theta, Kind::Double, Device::Cpu).unwrap();
        let returns = self.meta_returns(&theta);
        (0..self.count)
            .flat_map(|i| to_vec(&grads(&returns.get(i), &[&theta], true, false).unwrap()[0]).unwrap())
            .collect()
    }

    /// `mean_i J_i(theta)`.
    pub(crate) fn mean(&self, theta: &[f64]) -> f64 {
        let theta = leaf(theta, Kind::Double, Device::Cpu).unwrap();
        self.meta_returns(&theta).mean(Kind::Double).double_value(&[])
    }

    /// `grad mean_i J_i(theta)`.
    pub(crate) fn mean_gradient(&self, theta: &[f64]) -> Vec<f64> {
        let theta = leaf(theta, Kind::Double, Device::Cpu).unwrap();
        to_vec(&grad(&self.meta_returns(&theta).mean(Kind::Double), &theta, false, false).unwrap()).unwrap()
    }
}

/// The suite's lower level `sum_i omega_i J_i`.
pub(crate) struct Weighted<'a> {
    pub(crate) train: &'a Goals,
    pub(crate) weights: Vec<f64>,
    graph: Option<Hvp>,
}

impl<'a> Weighted<'a> {
    pub(crate) fn new(train: &'a Goals, weights: &[f64]) -> Self {
        Self { train, weights: weights.to_vec(), graph: None }
    }

    fn total(&self, theta: &Tensor) -> Tensor {
        (self.train.meta_returns(theta) * Tensor::from_slice(&self.weights)).sum(Kind::Double)
    }

    /// `theta*(omega)` to a gradient of 1e-12.
    pub(crate) fn solve(&mut self, start: &[f64], anchor: &[f64], delta: f64) -> Polish {
        polish(self, start, anchor, PolishOptions { delta, tolerance: 1e-12, max_steps: 60 })
    }
}

impl LowerLevel for Weighted<'_> {
    fn value(&mut self, theta: &[f64]) -> f64 {
        let theta = leaf(theta, Kind::Double, Device::Cpu).unwrap();
        self.total(&theta).double_value(&[])
    }

    fn gradient(&mut self, theta: &[f64]) -> Vec<f64> {
        let theta = leaf(theta, Kind::Double, Device::Cpu).unwrap();
        let graph = Hvp::new(&self.total(&theta), &theta).unwrap();
        let gradient = to_vec(graph.gradient()).unwrap();
        self.graph = Some(graph);
        gradient
    }

    fn hvp(&mut self, v: &[f64], out: &mut [f64]) {
        let product = self.graph.as_ref().unwrap().apply(&Tensor::from_slice(v)).unwrap();
        out.copy_from_slice(&to_vec(&product).unwrap());
    }
}

/// Six training goals, two poor ones and an anchor policy.
pub(crate) fn suite(seed: u64) -> (Vec<[f64; 2]>, Goals, Vec<f64>) {
    let mut random = Random::new(seed);
    let train = (0..6).map(|_| [random.normal(), random.normal()]).collect();
    let poor = Goals::new(&[[0.9, -1.1], [1.2, -0.6]]);
    let anchor = random.normals(P).iter().map(|x| 0.5 * x).collect();
    (train, poor, anchor)
}
