//! The solvers of an explanation by influence, by name: what each takes for curvature and how it solves.
//!
//! All go through [`explain_influence`](crate::explain_influence) and hand back scores with a
//! [`SolveInfo`](xmrl_autodiff::SolveInfo). The two solvers that are no linear solve have entries of their own:
//! [`explain_adaptation`](crate::explain_adaptation) and [`alternation`](crate::alternation()).

use std::str::FromStr;

use xmrl_autodiff::{ImplicitOptions, LinearSolver};

use crate::error::XmrlError;
use crate::explain::LowerCurvature;
use crate::influence::{InfluenceOptions, Sketch};

/// A solver of the adjoint system, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InfluenceSolver {
    /// Inner products of meta-gradients: identity curvature.
    Gradient,
    /// Conjugate gradients on exact meta-Hessian products.
    Implicit,
    /// Conjugate gradients on differences of meta-gradients.
    FiniteDifference,
    /// Conjugate gradients on Gauss-Newton curvature `JᵀFJ`.
    GaussNewton,
    /// The truncated Neumann series on exact products.
    Neumann,
    /// Conjugate gradients on exact products, preconditioned by a Nyström approximation.
    Nystrom,
}

/// Settings that solvers share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SolverSettings {
    /// delta; doubled on negative curvature.
    pub delta: f64,
    /// Most products of a solve.
    pub max_iterations: usize,
    /// Relative residual that ends it.
    pub tolerance: f64,
    /// Relative step of [`InfluenceSolver::FiniteDifference`].
    pub difference_step: f64,
    /// Sketch of [`InfluenceSolver::Nystrom`].
    pub sketch: Sketch,
}

impl InfluenceSolver {
    const NAMES: [(&'static str, Self); 6] = [
        ("gradient", Self::Gradient),
        ("implicit", Self::Implicit),
        ("finite-difference", Self::FiniteDifference),
        ("gauss-newton", Self::GaussNewton),
        ("neumann", Self::Neumann),
        ("nystrom", Self::Nystrom),
    ];

    /// The curvature it uses, and the solve; `None` where nothing is solved.
    #[must_use]
    pub fn plan(self, settings: &SolverSettings) -> (LowerCurvature, Option<InfluenceOptions>) {
        let curvature = match self {
            Self::FiniteDifference => LowerCurvature::Differences { step: settings.difference_step },
            Self::GaussNewton => LowerCurvature::GaussNewton,
            _ => LowerCurvature::Hessian,
        };
        let solver = match self {
            Self::Neumann => LinearSolver::Neumann { step: None },
            _ => LinearSolver::ConjugateGradient,
        };
        let implicit = ImplicitOptions {
            delta: settings.delta,
            tolerance: settings.tolerance,
            max_iterations: settings.max_iterations,
            solver,
            ..ImplicitOptions::default()
        };
        let sketch = (self == Self::Nystrom).then_some(settings.sketch);
        let options = InfluenceOptions { implicit, sketch, ..InfluenceOptions::default() };
        (curvature, (self != Self::Gradient).then_some(options))
    }
}

impl FromStr for InfluenceSolver {
    type Err = XmrlError;

    fn from_str(name: &str) -> Result<Self, XmrlError> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, solver)| *solver).ok_or_else(|| {
            XmrlError::Option {
                key: "explain.solver",
                got: format!("{name:?}"),
                fix: "give gradient, implicit, finite-difference, gauss-newton, neumann or nystrom",
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: SolverSettings = SolverSettings {
        delta: 3.0,
        max_iterations: 7,
        tolerance: 1e-4,
        difference_step: 1e-5,
        sketch: Sketch { rank: 4, seed: 9 },
    };

    #[test]
    fn names_lead_to_what_they_say() {
        let plan = |name: &str| name.parse::<InfluenceSolver>().unwrap().plan(&SETTINGS);
        assert_eq!(plan("gradient"), (LowerCurvature::Hessian, None));
        let (curvature, options) = plan("nystrom");
        assert_eq!((curvature, options.unwrap().sketch), (LowerCurvature::Hessian, Some(SETTINGS.sketch)));
        assert_eq!(plan("finite-difference").0, LowerCurvature::Differences { step: 1e-5 });
        assert_eq!(plan("gauss-newton").0, LowerCurvature::GaussNewton);
        assert_eq!(plan("neumann").1.unwrap().implicit.solver, LinearSolver::Neumann { step: None });
        for (name, _) in InfluenceSolver::NAMES.iter().skip(1) {
            let options = plan(name).1.unwrap();
            assert_eq!((options.implicit.delta, options.implicit.max_iterations), (3.0, 7), "{name}");
            assert_eq!(options.sketch.is_some(), *name == "nystrom");
        }
        let text = "newton".parse::<InfluenceSolver>().unwrap_err().to_string();
        assert!(text.contains("explain.solver") && text.contains("gauss-newton"), "{text}");
    }
}
