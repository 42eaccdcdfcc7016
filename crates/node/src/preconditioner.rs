//! The preconditioner of a meta-iteration, as TypeScript gives it.

use napi_derive::napi;
use xmrl_meta::Preconditioner;

use crate::counts::{RANK, ROWS, count};
use crate::error::Result;

/// A preconditioner of the curvature, made in every step of the curvature on some of its rows.
#[napi(object)]
#[derive(Clone)]
pub struct PreconditionerSettings {
    /// Ritz pairs, a product with the curvature on those rows each.
    pub rank: f64,
    /// Support and query rows a task, of those in the curvature.
    pub rows: f64,
}

impl PreconditionerSettings {
    pub(crate) fn meta(&self) -> Result<Preconditioner> {
        Ok(Preconditioner {
            rank: count("preconditioner.rank", self.rank, RANK)?,
            rows: count("preconditioner.rows", self.rows, ROWS)?,
        })
    }
}
