//! Gradient and exact Hessian-vector product of the [`Problem`].

use tch::Kind;
use xmrl_meta::{FusedProblem, MetaHessian, TaskData, TorchOptions, TorchProblem, TorchWorkers, worker_pool};
use xmrl_policy::Number;

use crate::clock::{Plan, Timing, repeat, timed};
use crate::error::{MeasureError, Result};
use crate::problem::{Problem, digest};

/// What differentiates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calculus {
    /// Derivatives written out in Rust.
    Fused,
    /// Automatic differentiation in libtorch.
    Libtorch,
}

/// The numbers it works in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dtype {
    /// Double.
    F64,
    /// Single.
    F32,
}

/// What to time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HvpRequest {
    /// N, tasks.
    pub tasks: usize,
    /// Support rows, and as many query rows, of each.
    pub rows: usize,
    /// Number type.
    pub dtype: Dtype,
    /// Threads.
    pub threads: usize,
    /// Engine.
    pub calculus: Calculus,
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

/// `work` with an engine on `problem`, which was drawn in the same number type.
///
/// The problem's meta vector is not the engine's anchor, so that nothing an engine remembers of its anchor saves it work.
///
/// # Errors
/// Those of `work`; 0 threads, or more than the system can start.
pub fn with_engine<U>(
    problem: &Problem,
    calculus: Calculus,
    dtype: Dtype,
    threads: usize,
    work: impl FnOnce(&mut dyn MetaHessian) -> Result<U>,
) -> Result<U> {
    if threads == 0 {
        return Err(MeasureError::Option { key: "threads", got: "0".to_owned(), fix: "give at least one" });
    }
    match (calculus, dtype) {
        (Calculus::Fused, Dtype::F64) => fused(problem, &problem.data, threads, work),
        (Calculus::Fused, Dtype::F32) => fused(problem, &problem.single(), threads, work),
        (Calculus::Libtorch, _) => {
            let kind = if dtype == Dtype::F32 { Kind::Float } else { Kind::Double };
            let options = TorchOptions { kind, ..TorchOptions::default() };
            let workers = TorchWorkers::new(threads)?;
            work(&mut TorchProblem::new(problem.spec.clone(), &problem.data, &problem.anchor(), &options, &workers)?)
        }
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
    let HvpRequest { tasks, rows, dtype, threads, calculus, plan } = *request;
    let problem = Problem::new(tasks, rows, dtype == Dtype::F32)?;
    with_engine(&problem, calculus, dtype, threads, |engine| {
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

    fn digests(tasks: usize, rows: usize, calculus: Calculus, dtype: Dtype) -> (f64, f64) {
        let plan = Plan { runs: 1, seconds: 0.0, tries: 0 };
        let request = HvpRequest { tasks, rows, dtype, threads: 2, calculus, plan };
        let figures = hvp(&request).expect("figures");
        (figures.gradient_digest, figures.hvp_digest)
    }

    fn check(calculus: Calculus, dtype: Dtype, tolerance: f64) {
        for (tasks, rows, gradient, product) in RECORDED {
            let ours = digests(tasks, rows, calculus, dtype);
            let close = |ours: f64, theirs: f64| (ours - theirs).abs() < tolerance * theirs.abs();
            assert!(close(ours.0, gradient) && close(ours.1, product), "{tasks} x {rows}: {ours:?}");
        }
    }

    #[test]
    fn libtorch_reproduces_the_digests_of_the_peers() {
        check(Calculus::Libtorch, Dtype::F64, 1e-10);
        check(Calculus::Libtorch, Dtype::F32, 1e-4);
    }

    #[test]
    fn the_fused_derivatives_reproduce_the_digests_of_the_peers() {
        check(Calculus::Fused, Dtype::F64, 1e-10);
        check(Calculus::Fused, Dtype::F32, 1e-4);
    }

    #[test]
    fn no_threads_are_refused() {
        let problem = Problem::new(1, 2, false).expect("a problem");
        let refused = with_engine(&problem, Calculus::Libtorch, Dtype::F64, 0, |_| Ok(()));
        assert_eq!(refused.expect_err("no threads").to_string(), "threads is 0; give at least one");
    }
}
