//! Who differentiates the meta-objective: the derivatives written out, or a calculus from elsewhere.

use std::fmt::Debug;
use std::sync::Arc;

use rayon::ThreadPool;
use xmrl_policy::Number;
use xmrl_rollout::Precision;

use crate::adapt::Inner;
use crate::error::Result;
use crate::fused::FusedProblem;
use crate::problem::{MetaHessian, MetaSpec, TaskData};
use crate::subsample::Subsample;

/// Makes the meta-objective of some data, with its derivatives, rows stored as `T`. Results may differ from those of another
/// calculus by rounding alone, and depend on nothing but the arguments.
pub trait Calculus<T = f64>: Debug + Send + Sync {
    /// The problem of `data` around `anchor [Q]`, the meta vector that collected it. `inner`: the inner steps already taken
    /// there on the same support rows, with their means, where the caller has them.
    ///
    /// # Errors
    /// A bad spec; rows of the wrong shape or not finite, with their task; an anchor that does not adapt.
    fn problem<'a>(
        &'a self,
        spec: &'a MetaSpec,
        data: &'a [TaskData<T>],
        anchor: &[f64],
        inner: Option<Inner<T>>,
    ) -> Result<Box<dyn MetaHessian + 'a>>;

    /// The problem of a row subsample around `anchor [Q]`, the meta vector that collected its rows.
    ///
    /// # Errors
    /// As [`problem`](Self::problem).
    fn subsampled<'a>(
        &'a self,
        spec: &'a MetaSpec,
        sample: Subsample<T>,
        anchor: &[f64],
    ) -> Result<Box<dyn MetaHessian + 'a>>;
}

/// [`FusedProblem`]s on the threads of a pool.
#[derive(Debug, Clone, Copy)]
pub struct FusedCalculus<'p> {
    /// The threads; results do not depend on their number.
    pub pool: &'p ThreadPool,
}

impl<T: Number> Calculus<T> for FusedCalculus<'_> {
    fn problem<'a>(
        &'a self,
        spec: &'a MetaSpec,
        data: &'a [TaskData<T>],
        anchor: &[f64],
        inner: Option<Inner<T>>,
    ) -> Result<Box<dyn MetaHessian + 'a>> {
        Ok(match inner {
            Some(inner) => Box::new(FusedProblem::with_inner(spec, data, anchor, inner, self.pool)?),
            None => Box::new(FusedProblem::new(spec, data, anchor, self.pool)?),
        })
    }

    fn subsampled<'a>(
        &'a self,
        spec: &'a MetaSpec,
        sample: Subsample<T>,
        anchor: &[f64],
    ) -> Result<Box<dyn MetaHessian + 'a>> {
        Ok(Box::new(FusedProblem::subsampled(spec, sample, anchor, self.pool)?))
    }
}

/// What differentiates the meta-objective.
#[derive(Debug, Clone)]
pub enum Engine {
    /// Derivatives written out in Rust on all threads of the pool, exact second order, rows stored and worked on in these
    /// numbers. The default, in f64.
    Fused(Precision),
    /// A calculus from elsewhere, with threads and a number type of its own; rows are stored in f64.
    Other(Arc<dyn Calculus>),
}

impl Default for Engine {
    fn default() -> Self {
        Self::Fused(Precision::F64)
    }
}
