//! The scalars of conjugate gradients, whoever holds the vectors.

use crate::info::SolveInfo;
use crate::tridiagonal;

/// How long and how far [`conjugate_gradient`](crate::conjugate_gradient) goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CgOptions {
    /// Most operator products after the start. @default 10, TRPO's number
    pub max_iterations: usize,
    /// Stop where `|b - (A + damping I) x| <= tolerance |b|`. @default 1e-10
    pub tolerance: f64,
    /// Multiple of the identity added to the operator. @default 1e-5
    pub damping: f64,
}

impl Default for CgOptions {
    fn default() -> Self {
        Self { max_iterations: 10, tolerance: 1e-10, damping: 1e-5 }
    }
}

/// What conjugate gradients on `(A + damping I) x = b` decide: step lengths, when they end, and the report. Vectors may lie
/// anywhere; of them this sees products alone.
///
/// While [`goes_on`](Self::goes_on), with `q = (A + damping I) p`: take [`step`](Self::step) of `p'q` (none ends the run),
/// `x += step p`, `r -= step q`, then `p = z + turn p` with [`turn`](Self::turn) of `r'r`, where `z = M^-1 r`, or r itself.
/// Source: Golub and Van Loan, sections 11.3 and 11.5.
#[derive(Clone, Debug)]
pub struct CgRecurrence {
    info: SolveInfo,
    options: CgOptions,
    /// `|b|`.
    target: f64,
    rr: f64,
    /// `r'z`.
    rz: f64,
    preconditioned: bool,
    converged: bool,
    diagonal: Vec<f64>,
    off: Vec<f64>,
    /// The last step.
    last: f64,
    /// `beta_{k-1} / alpha_{k-1}`.
    carried: f64,
}

impl CgRecurrence {
    /// Before the first product: `target` is `|b|`, above 0; `rr` is `r'r`; `rz` is `r'z`, given where there is a preconditioner.
    #[must_use]
    pub fn new(options: CgOptions, target: f64, rr: f64, rz: Option<f64>) -> Self {
        let mut info = SolveInfo::start(options.damping);
        info.record(rr.sqrt() / target);
        Self {
            info,
            options,
            target,
            rr,
            rz: rz.unwrap_or(rr),
            preconditioned: rz.is_some(),
            converged: rr.sqrt() <= options.tolerance * target,
            diagonal: Vec::new(),
            off: Vec::new(),
            last: 0.0,
            carried: 0.0,
        }
    }

    /// Whether another product is due.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        !self.converged && self.info.iterations < self.options.max_iterations
    }

    /// The step along p, of `curvature = p'(A + damping I) p`; `None`, and the end, where it is not positive.
    pub fn step(&mut self, curvature: f64) -> Option<f64> {
        self.info.iterations += 1;
        self.diagonal.push(curvature / self.rz + self.carried);
        if curvature <= 0.0 {
            self.info.negative_curvature = true;
            return None;
        }
        self.last = self.rz / curvature;
        Some(self.last)
    }

    /// What of p stays in the next one, by the new `r'r` and, with a preconditioner, `r'z`.
    pub fn turn(&mut self, rr: f64, rz: Option<f64>) -> f64 {
        self.rr = rr;
        self.info.record(rr.sqrt() / self.target);
        self.converged = rr.sqrt() <= self.options.tolerance * self.target;
        let next = rz.unwrap_or(rr);
        let beta = next / self.rz;
        self.carried = beta / self.last;
        self.off.push(beta.sqrt() / self.last);
        self.rz = next;
        beta
    }

    /// What happened.
    #[must_use]
    pub fn finish(mut self) -> SolveInfo {
        self.off.truncate(self.diagonal.len().saturating_sub(1));
        if !self.preconditioned
            && let Some(ritz) = tridiagonal::eigenvalues(&self.diagonal, &self.off)
        {
            self.info.lambda_min = ritz.first().map(|r| r.value - self.options.damping);
            self.info.lambda_max = ritz.last().map(|r| r.value - self.options.damping);
        }
        self.info.finish(self.rr.sqrt() / self.target, self.converged);
        self.info
    }
}
