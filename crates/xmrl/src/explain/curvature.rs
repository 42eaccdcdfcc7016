//! The lower level's curvature, three ways: exact meta-Hessian products, differences of meta-gradients, Gauss-Newton.

use xmrl_autodiff::vector;
use xmrl_meta::{Context, Engine, FusedProblem, Inner, MetaHessian, MetaProblem, Subsample, TaskData};

use crate::error::{Result, check_len};

/// What stands for `sum_i omega_i hess J_i` in the adjoint system.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LowerCurvature {
    /// The exact meta-Hessian, third derivatives of the network included.
    Hessian,
    /// `(grad(theta + h v) - grad(theta - h v)) / 2h` with `h = step (1 + |theta|) / |v|`: no second-order code, two
    /// meta-gradients a product. The error is of order `h²` from truncation and `1e-16 / h` from rounding.
    Differences {
        /// Relative step; 1e-5 leaves about ten digits where third derivatives are of order one.
        step: f64,
    },
    /// `-JᵀFJ`, J the Jacobian of the adapted parameters and F the Fisher matrix of the adapted policy: never indefinite.
    /// It measures policies by their KL instead of the return's own curvature, so delta weighs against nats here.
    GaussNewton,
}

/// `v -> sum_i w_i hess J_i v` at one meta vector, or what stands for it, on a row subsample: adapted policies and gradients
/// are those of all rows ([`Subsample`]), so the ratios of the query rows are 1.
///
/// The fused calculus is f64 here, whatever training computes in: an explanation is made once, and its solver asks for
/// more than single precision. Differences and Gauss-Newton are fused for every engine.
pub(crate) enum Operator<'a> {
    Hessian(Box<dyn MetaHessian + 'a>),
    Differences { problem: FusedProblem<'a>, at: Vec<f64>, step: f64 },
    GaussNewton(FusedProblem<'a>),
}

impl<'a> Operator<'a> {
    /// The operator at `meta [Q]` on the curvature rows of `data`, which was collected there with these inner steps.
    pub(crate) fn new(
        context: Context<'a>,
        meta: &[f64],
        data: &[TaskData],
        inner: &Inner,
        curvature: LowerCurvature,
        engine: &'a Engine,
    ) -> Result<Self> {
        let sample = Subsample::new(context.spec, data, meta, inner, context.pool)?;
        let fused = |sample| FusedProblem::subsampled(context.spec, sample, meta, context.pool);
        Ok(match curvature {
            LowerCurvature::Hessian => {
                let mut problem: Box<dyn MetaHessian> = match engine {
                    Engine::Fused(_) => Box::new(fused(sample)?),
                    Engine::Other(calculus) => calculus.subsampled(context.spec, sample, meta)?,
                };
                problem.keep(meta)?;
                Self::Hessian(problem)
            }
            LowerCurvature::Differences { step } => {
                Self::Differences { problem: fused(sample)?, at: meta.to_vec(), step }
            }
            LowerCurvature::GaussNewton => Self::GaussNewton(fused(sample)?),
        })
    }

    /// Writes the product with `v [Q]`. Gauss-Newton curvature is that of equal weights: `weights` only scale it.
    pub(crate) fn product(&mut self, weights: &[f64], v: &[f64], out: &mut [f64]) -> Result<()> {
        check_len("v", "[Q]", v.len(), out.len())?;
        match self {
            Self::Hessian(problem) => out.copy_from_slice(&problem.hvp(weights, v)?),
            Self::Differences { problem, at, step } => {
                let size = vector::norm(v);
                if size == 0.0 {
                    out.fill(0.0);
                    return Ok(());
                }
                let h = *step * (1.0 + vector::norm(at)) / size;
                let mut gradient = |h: f64| -> Result<Vec<f64>> {
                    let mut moved = at.clone();
                    vector::axpy(h, v, &mut moved);
                    Ok(vector::weighted_rows(weights, &problem.gradients(&moved)?, v.len()))
                };
                let (ahead, behind) = (gradient(h)?, gradient(-h)?);
                out.iter_mut().zip(ahead.iter().zip(&behind)).for_each(|(o, (a, b))| *o = (a - b) / (2.0 * h));
            }
            Self::GaussNewton(problem) => {
                problem.curvature(v, 0.0, out)?;
                vector::scale(-vector::sum(weights), out);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use xmrl_envs::{Pool, environment};
    use xmrl_meta::{
        DataOptions, DataRequest, Draws, InnerRate, MetaData, MetaSpec, UniformLaw, Usage, meta_data, worker_pool,
    };
    use xmrl_oracle::dense::{lu_solve, shifted, symmetric_eigen};
    use xmrl_oracle::{Random, relative_error};
    use xmrl_policy::{Activation, PolicySpec, initial_parameters};
    use xmrl_rollout::Precision;

    use super::*;
    use crate::influence::{InfluenceOptions, MetaGradients, Sketch, explain_implicit};

    /// Three drone tasks on a tiny policy, whose curvature rows are a fifth of all, and weights of 1/3.
    fn with_tasks(check: impl FnOnce(Context<'_>, &[f64], &MetaData, &[f64])) {
        let env = environment("drone-planar").unwrap();
        let world = env.spec();
        let policy = PolicySpec {
            observation_size: world.observation_size,
            action_size: world.action_size,
            hidden: vec![4],
            activation: Activation::Tanh,
            log_std_init: -0.3,
            log_std_min: -2.3,
        };
        let spec = MetaSpec { policy, rate: InnerRate::Learned, initial_rate: 0.5 };
        let mut random = Random::new(14);
        let meta = spec.initial(initial_parameters(&spec.policy, || random.normal()));
        let pool = worker_pool(2).unwrap();
        let context = Context { env: &env, spec: &spec, pool: &pool, flights: None };
        let tasks = env.tasks(Pool::Training, 1, 3).values;
        let options =
            DataOptions { support_episodes: 6, query_episodes: 6, curvature_rows: (40, 30), ..DataOptions::default() };
        let data: MetaData = meta_data(&DataRequest {
            context,
            meta: &meta,
            tasks: &tasks,
            task_ids: &[0, 1, 2],
            mixed_episodes: &[],
            law: &UniformLaw,
            options: &options,
            draws: Draws::new(5, Usage::Explain, 1),
        })
        .unwrap();
        check(context, &meta, &data, &[1.0 / 3.0; 3]);
    }

    /// The operator's matrix, column by column.
    fn dense(operator: &mut Operator<'_>, weights: &[f64], size: usize) -> Vec<f64> {
        let mut matrix = vec![0.0; size * size];
        let mut unit = vec![0.0; size];
        for j in 0..size {
            unit[j] = 1.0;
            operator.product(weights, &unit, &mut matrix[j * size..(j + 1) * size]).unwrap();
            unit[j] = 0.0;
        }
        matrix
    }

    static FUSED: Engine = Engine::Fused(Precision::F64);

    const STEP: LowerCurvature = LowerCurvature::Differences { step: 1e-5 };

    #[test]
    fn differences_of_gradients_are_the_exact_hessian() {
        with_tasks(|context, meta, data, _| {
            let weights = [0.2, 0.7, 0.1];
            let make = |curvature| Operator::new(context, meta, &data.data, &data.inner, curvature, &FUSED).unwrap();
            let exact = dense(&mut make(LowerCurvature::Hessian), &weights, meta.len());
            let found = dense(&mut make(STEP), &weights, meta.len());
            assert!(relative_error(&found, &exact, 0.0) < 1e-6, "{:e}", relative_error(&found, &exact, 0.0));
            let mut out = vec![1.0; meta.len()];
            make(STEP).product(&weights, &vec![0.0; meta.len()], &mut out).unwrap();
            assert_eq!(out, vec![0.0; meta.len()]);
        });
    }

    #[test]
    fn gauss_newton_is_twice_the_divergence_of_the_adapted_policies() {
        with_tasks(|context, meta, data, weights| {
            let mut operator =
                Operator::new(context, meta, &data.data, &data.inner, LowerCurvature::GaussNewton, &FUSED).unwrap();
            let matrix = dense(&mut operator, weights, meta.len());
            let (values, _) = symmetric_eigen(&matrix, meta.len());
            assert!(values[meta.len() - 1] < 1e-9 * -values[0], "negative semi-definite: {values:?}");
            let sample = Subsample::new(context.spec, &data.data, meta, &data.inner, context.pool).unwrap();
            let mut problem = FusedProblem::subsampled(context.spec, sample, meta, context.pool).unwrap();
            let v = Random::new(6).normals(meta.len());
            let h = 1e-4;
            let mut divergence = |h: f64| {
                let moved: Vec<f64> = meta.iter().zip(&v).map(|(m, v)| m + h * v).collect();
                problem.value(&moved).unwrap().kl_adapted
            };
            let truth = (divergence(h) + divergence(-h)) / (h * h);
            let mut product = vec![0.0; meta.len()];
            operator.product(weights, &v, &mut product).unwrap();
            let found = -vector::dot(&v, &product);
            assert!((found / truth - 1.0).abs() < 1e-3, "{found} against {truth}");
        });
    }

    /// At the policies that flew the query rows the surrogate's gradient is the scores times the coefficients: ratios of 1.
    #[test]
    fn the_policies_are_those_that_flew_the_query_rows() {
        with_tasks(|context, meta, data, _| {
            let sample = Subsample::new(context.spec, &data.data, meta, &data.inner, context.pool).unwrap();
            for (task, part) in data.data.iter().zip(&sample.data) {
                assert!(part.support.rows() <= 40 && part.query.rows() <= 30 && task.support.rows() > 40);
            }
            let mut problem = FusedProblem::subsampled(context.spec, sample, meta, context.pool).unwrap();
            assert_eq!(problem.adapt(meta).unwrap(), data.inner.adapted);
            // A sum of coefficients is the surrogate where every ratio is 1; the subsample's carry R / n.
            for (value, task) in problem.value(meta).unwrap().surrogates.iter().zip(&data.data) {
                let truth: f64 = task.query.subsample().coefficients.iter().sum();
                assert!((value - truth).abs() < 1e-9 * (1.0 + truth.abs()), "{value} {truth}");
            }
        });
    }

    #[test]
    fn every_solver_gives_the_dense_scores() {
        with_tasks(|context, meta, data, weights| {
            let mut random = Random::new(7);
            let (train, poor) = (random.normals(3 * meta.len()), random.normals(meta.len()));
            let gradients = MetaGradients { theta: meta, anchor: meta, weights, train: &train, poor: &poor };
            let make = |curvature| Operator::new(context, meta, &data.data, &data.inner, curvature, &FUSED).unwrap();
            for (curvature, tolerance) in
                [(LowerCurvature::Hessian, 1e-8), (STEP, 1e-5), (LowerCurvature::GaussNewton, 1e-8)]
            {
                let mut operator = make(curvature);
                let exact = if curvature == STEP { LowerCurvature::Hessian } else { curvature };
                let matrix = dense(&mut make(exact), weights, meta.len());
                let least = symmetric_eigen(&matrix.iter().map(|x| -x).collect::<Vec<_>>(), meta.len()).0[0];
                let delta = 1.0 + (-2.0 * least).max(0.0);
                let system = shifted(&matrix.iter().map(|x| -x).collect::<Vec<_>>(), meta.len(), delta);
                let v = lu_solve(&system, &poor).unwrap();
                let truth: Vec<f64> = train.chunks(meta.len()).map(|g| vector::dot(g, &v)).collect();
                for rank in [0, 6] {
                    let mut options = InfluenceOptions { lanczos_steps: 0, ..InfluenceOptions::default() };
                    options.implicit.delta = delta;
                    options.implicit.tolerance = 1e-10;
                    options.implicit.max_iterations = 400;
                    options.sketch = (rank > 0).then_some(Sketch { rank, seed: 3 });
                    let found =
                        explain_implicit(&gradients, |v, out| operator.product(weights, v, out), None, &options)
                            .unwrap();
                    let error = relative_error(&found.scores, &truth, 0.0);
                    assert!(error < tolerance, "{curvature:?}, rank {rank}: {error:e}");
                }
            }
        });
    }
}
