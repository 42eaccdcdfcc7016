//! The meta-objective on which PyTorch and JAX are timed beside us, draw for draw.
//!
//! Policy 20-64-64-6, tanh, Gaussian with a state-free log-std (P = 5900). With `l(t) = -mean(exp(log pi_t(a|s) - b) adv)`
//! over rows: `t_i = t - 0.1 dl_i^in(t)`, `F(t) = mean_i l_i^out(t_i)`. Our surrogates are maximised, so their coefficients
//! are `adv / rows`, and [`Problem::weights`] `-1/N` turn sums over our tasks into derivatives of F.

use xmrl_meta::{InnerRate, MetaHessian, MetaSpec, PreparedRows, TaskData, weighted_gradient};
use xmrl_policy::{Activation, PolicySpec};

use crate::error::{MeasureError, Result};
use crate::numpy::Generator;

const OBSERVATION: usize = 20;
const ACTION: usize = 6;
const HIDDEN: usize = 64;
const RATE: f64 = 0.1;
/// Seeds of the problem and of the digest.
const SEEDS: (u64, u64) = (0, 7);

/// The problem of N tasks with R support and R query rows each.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Policy and inner step.
    pub spec: MetaSpec,
    /// The meta vector `[Q]`: the policy's parameters alone.
    pub meta: Vec<f64>,
    /// What Hessians are multiplied with, `[Q]`.
    pub tangent: Vec<f64>,
    /// Rows of every task.
    pub data: Vec<TaskData>,
    /// `[N]`, `-1/N`: the objective as the peers write it is minimised.
    pub weights: Vec<f64>,
}

impl Problem {
    /// The problem in f64, or with every number rounded to f32 (`single`).
    ///
    /// # Errors
    /// [`MeasureError::Option`] for no tasks or no rows.
    pub fn new(tasks: usize, rows: usize, single: bool) -> Result<Self> {
        for (key, count) in [("tasks", tasks), ("rows", rows)] {
            if count == 0 {
                return Err(MeasureError::Option { key, got: "0".to_owned(), fix: "give at least one" });
            }
        }
        let policy = PolicySpec {
            observation_size: OBSERVATION,
            action_size: ACTION,
            hidden: vec![HIDDEN, HIDDEN],
            activation: Activation::Tanh,
            log_std_init: 0.0,
            // The peers have no floor; the drawn log-stds are near 0.
            log_std_min: -10.0,
        };
        let mut generator = Generator::new(SEEDS.0);
        let meta = parameters(&policy, &mut generator);
        let tangent = generator.normals(meta.len());
        let [support, query] = [(); 2].map(|()| draw_rows(&policy, &meta, tasks, rows, &mut generator));
        let mut problem = Self {
            spec: MetaSpec { policy, rate: InnerRate::Fixed, initial_rate: RATE },
            meta,
            tangent,
            data: support.into_iter().zip(query).map(|(support, query)| TaskData { support, query }).collect(),
            weights: vec![-1.0 / tasks as f64; tasks],
        };
        if single {
            problem.round();
        }
        Ok(problem)
    }

    /// `dF [Q]` by an engine on this problem.
    ///
    /// # Errors
    /// What the engine refuses.
    pub fn gradient(&self, engine: &mut dyn MetaHessian) -> Result<Vec<f64>> {
        Ok(weighted_gradient(engine, &self.meta, &self.weights)?)
    }

    /// `(d2F) v [Q]` from the parameters.
    ///
    /// # Errors
    /// What the engine refuses.
    pub fn hvp(&self, engine: &mut dyn MetaHessian) -> Result<Vec<f64>> {
        engine.keep(&self.meta)?;
        self.kept(engine)
    }

    /// A further `(d2F) v [Q]`, with what [`hvp`](Self::hvp) kept.
    ///
    /// # Errors
    /// What the engine refuses: a product without an earlier [`hvp`](Self::hvp), for one.
    pub fn kept(&self, engine: &mut dyn MetaHessian) -> Result<Vec<f64>> {
        Ok(engine.hvp(&self.weights, &self.tangent)?)
    }

    /// Another meta vector, near enough that everything is finite there.
    #[must_use]
    pub fn anchor(&self) -> Vec<f64> {
        self.meta.iter().map(|x| 0.99 * x).collect()
    }

    /// The rows stored in single precision.
    #[must_use]
    pub fn single(&self) -> Vec<TaskData<f32>> {
        let round = |values: &[f64]| values.iter().map(|&x| x as f32).collect();
        let rows = |rows: &PreparedRows| PreparedRows {
            observations: round(&rows.observations),
            actions: round(&rows.actions),
            log_probs: round(&rows.log_probs),
            coefficients: round(&rows.coefficients),
            episodes: rows.episodes.clone(),
            curvature: rows.curvature.clone(),
        };
        self.data.iter().map(|task| TaskData { support: rows(&task.support), query: rows(&task.query) }).collect()
    }

    /// Rounds every drawn number to f32; coefficients are a rounded advantage over R.
    fn round(&mut self) {
        let round = |values: &mut Vec<f64>| values.iter_mut().for_each(|x| *x = f64::from(*x as f32));
        round(&mut self.meta);
        round(&mut self.tangent);
        for rows in self.data.iter_mut().flat_map(|task| [&mut task.support, &mut task.query]) {
            round(&mut rows.observations);
            round(&mut rows.actions);
            round(&mut rows.log_probs);
            let count = rows.rows() as f64;
            rows.coefficients.iter_mut().for_each(|c| *c = f64::from((*c * count) as f32) / count);
        }
    }
}

/// Weights `N(0, 1/inputs)`, everything else `N(0, 0.01)`, in the order of the flat vector.
fn parameters(policy: &PolicySpec, generator: &mut Generator) -> Vec<f64> {
    let mut meta = generator.normals(policy.parameters());
    for layer in policy.layers() {
        meta[layer.weight].iter_mut().for_each(|x| *x /= (layer.inputs as f64).sqrt());
        meta[layer.bias].iter_mut().for_each(|x| *x *= 0.1);
    }
    meta[policy.log_std()].iter_mut().for_each(|x| *x *= 0.1);
    meta
}

/// Observations, actions, advantages of all tasks, then the noise by which behaviour differs from the policy.
fn draw_rows(
    policy: &PolicySpec,
    meta: &[f64],
    tasks: usize,
    rows: usize,
    generator: &mut Generator,
) -> Vec<PreparedRows> {
    let observations = generator.normals(tasks * rows * OBSERVATION);
    let actions = generator.normals(tasks * rows * ACTION);
    let advantages = generator.normals(tasks * rows);
    let noise = generator.normals(tasks * rows);
    let task = |task: usize| {
        let part = |all: &[f64], width: usize| all[task * rows * width..(task + 1) * rows * width].to_vec();
        let (observations, actions) = (part(&observations, OBSERVATION), part(&actions, ACTION));
        let seen = observations.chunks_exact(OBSERVATION).zip(actions.chunks_exact(ACTION));
        let log_probs = seen.zip(part(&noise, 1)).map(|((s, a), e)| log_prob(policy, meta, s, a) + 0.1 * e).collect();
        PreparedRows {
            log_probs,
            coefficients: part(&advantages, 1).iter().map(|advantage| advantage / rows as f64).collect(),
            observations,
            actions,
            episodes: vec![0, rows],
            curvature: (0..rows).collect(),
        }
    };
    (0..tasks).map(task).collect()
}

/// `log pi(a|s)`, written out: the problem is not made with what it measures.
fn log_prob(policy: &PolicySpec, meta: &[f64], observation: &[f64], action: &[f64]) -> f64 {
    let layers = policy.layers();
    let mut values = observation.to_vec();
    for (index, layer) in layers.iter().enumerate() {
        let mut next = meta[layer.bias.clone()].to_vec();
        for (weights, x) in meta[layer.weight.clone()].chunks_exact(layer.outputs).zip(&values) {
            next.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += x * weight);
        }
        if index + 1 < layers.len() {
            next.iter_mut().for_each(|x| *x = x.tanh());
        }
        values = next;
    }
    let log_std = &meta[policy.log_std()];
    let per_action = action.iter().zip(&values).zip(log_std).map(|((a, mean), log_std)| {
        let z = (a - mean) * (-log_std).exp();
        -0.5 * z * z - log_std - 0.5 * (2.0 * std::f64::consts::PI).ln()
    });
    per_action.sum()
}

/// One number to compare two implementations by: a fixed random functional of a result `[Q]`.
#[must_use]
pub fn digest(result: &[f64]) -> f64 {
    let mut generator = Generator::new(SEEDS.1);
    result.iter().map(|x| x * generator.normal()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from problem.py with numpy 2.4.6.
    #[test]
    fn draws_are_those_of_the_peers() {
        let problem = Problem::new(2, 30, false).expect("a size");
        let close = |ours: f64, theirs: f64| assert!((ours - theirs).abs() < 1e-11, "{ours} {theirs}");
        close(problem.meta.iter().sum(), -8.541384939289514);
        close(problem.tangent.iter().sum(), 93.81387748767733);
        let support = &problem.data[1].support;
        for (ours, theirs) in support.log_probs.iter().zip([-7.839199962672986, -7.542458053944165, -8.585871500622149])
        {
            close(*ours, theirs);
        }
        let query = &problem.data[1].query;
        close(query.coefficients[29] * 30.0, -0.4378346913436335);
        close(query.log_probs[29], -8.115291158169606);
        assert_eq!((problem.meta.len(), problem.weights[0]), (5900, -0.5));
    }

    #[test]
    fn single_precision_rounds_every_number() {
        let problem = Problem::new(1, 7, true).expect("a size");
        let single = |values: &[f64]| values.iter().all(|&x| f64::from(x as f32) == x);
        let rows = &problem.data[0].query;
        assert!(single(&problem.meta) && single(&rows.observations) && single(&rows.log_probs));
    }

    #[test]
    fn a_problem_without_rows_is_refused() {
        let error = Problem::new(3, 0, false).expect_err("no rows");
        assert_eq!(error.to_string(), "rows is 0; give at least one");
    }
}
