//! Gradient and exact Hessian-vector product of the [`Problem`].

use std::sync::Arc;

use xmrl_meta::{Calculus, FusedProblem, MetaHessian, TaskData, worker_pool};
use xmrl_policy::Number;
use xmrl_rollout::Precision;

use crate::clock::{Plan, Timing, repeat, timed};
use crate::error::{MeasureError, Result};
use crate::problem::{Problem, digest};

/// What to time.
#[derive(Debug, Clone)]
pub struct HvpRequest {
    /// N, tasks.
    pub tasks: usize,
    /// Support rows, and as many query rows, of each.
    pub rows: usize,
    /// Number type of the draws, and of the fused derivatives.
    pub dtype: Precision,
    /// Threads of the fused derivatives.
    pub threads: usize,
    /// What differentiates; the fused derivatives where `None`.
    pub calculus: Option<Arc<dyn Calculus>>,
    /// How long and how often.
    pub plan: Plan,
}

/// Times, and digests of what was computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HvpFigures {
    /// `dF`.
    pub gradient: Timing,
    /// `(d2F) v` from the parameters: what a single product costs.
    pub hvp: Timing,
    /// The same with what the gradient left: what every further product costs.
    pub kept: Timing,
    /// Digest of the gradient.
    pub gradient_digest: f64,
    /// Digest of the product.
    pub hvp_digest: f64,
}

/// `work` with a calculus (the fused one where `None`) on `problem`, which was drawn in the same number type.
///
/// The problem's meta vector is not the engine's anchor, so that nothing an engine remembers of its anchor saves it work.
///
/// # Errors
/// Those of `work`; 0 threads, or more than the system can start.
pub fn with_engine<U>(
    problem: &Problem,
    calculus: Option<&dyn Calculus>,
    dtype: Precision,
    threads: usize,
    work: impl FnOnce(&mut dyn MetaHessian) -> Result<U>,
) -> Result<U> {
    if threads == 0 {
        return Err(MeasureError::Option { key: "threads", got: "0".to_owned(), fix: "give at least one" });
    }
    match (calculus, dtype) {
        (Some(calculus), _) => work(&mut *calculus.problem(&problem.spec, &problem.data, &problem.anchor(), None)?),
        (None, Precision::F64) => fused(problem, &problem.data, threads, work),
        (None, Precision::F32) => fused(problem, &problem.single(), threads, work),
    }
}

/// [`with_engine`] for the fused engine on rows stored as `T`.
fn fused<T: Number, U>(
    problem: &Problem,
    data: &[TaskData<T>],
    threads: usize,
    work: impl FnOnce(&mut dyn MetaHessian) -> Result<U>,
) -> Result<U> {
    let pool = worker_pool(threads)?;
    work(&mut FusedProblem::new(&problem.spec, data, &problem.anchor(), &pool)?)
}

/// Times gradient, product and further products of the problem of this size.
///
/// # Errors
/// No tasks, rows or threads; what the engine refuses.
pub fn hvp(request: &HvpRequest) -> Result<HvpFigures> {
    let HvpRequest { tasks, rows, dtype, threads, plan, .. } = *request;
    let problem = Problem::new(tasks, rows, dtype == Precision::F32)?;
    with_engine(&problem, request.calculus.as_deref(), dtype, threads, |engine| {
        let gradient_digest = digest(&problem.gradient(engine)?);
        let gradient = timed(&plan, |times| repeat(times, || problem.gradient(engine)))?;
        let hvp = timed(&plan, |times| repeat(times, || problem.hvp(engine)))?;
        let hvp_digest = digest(&problem.kept(engine)?);
        let kept = timed(&plan, |times| repeat(times, || problem.kept(engine)))?;
        Ok(HvpFigures { gradient, hvp, kept, gradient_digest, hvp_digest })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// dF and (d2F) v of the peers' own program: automatic differentiation in PyTorch 2.11, f64.
    const RECORDED: [(usize, usize, f64, f64); 2] = [
        (2, 30, 3.146_270_120_612_689_5, -2.443_037_532_908_366_7),
        (3, 17, 0.631_831_776_917_779_9, -147.840_325_339_364_8),
    ];

    #[test]
    fn the_fused_derivatives_reproduce_the_digests_of_the_peers() {
        for (dtype, tolerance) in [(Precision::F64, 1e-10), (Precision::F32, 1e-4)] {
            for (tasks, rows, gradient, product) in RECORDED {
                let plan = Plan { runs: 1, seconds: 0.0, tries: 0 };
                let ours = hvp(&HvpRequest { tasks, rows, dtype, threads: 2, calculus: None, plan }).expect("figures");
                let close = |ours: f64, theirs: f64| (ours - theirs).abs() < tolerance * theirs.abs();
                assert!(
                    close(ours.gradient_digest, gradient) && close(ours.hvp_digest, product),
                    "{tasks} x {rows}: {ours:?}"
                );
            }
        }
    }

    #[test]
    fn no_threads_are_refused() {
        let problem = Problem::new(1, 2, false).expect("a problem");
        let refused = with_engine(&problem, None, Precision::F64, 0, |_| Ok(()));
        assert_eq!(refused.expect_err("no threads").to_string(), "threads is 0; give at least one");
    }
}
