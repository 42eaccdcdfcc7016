//! Derivatives of the MLP-Gaussian in plain Rust, `f64` or `f32`, one task at a time: gradient, exact Hessian-vector
//! product, Fisher product. No graph, no torch, no allocation per call.
//!
//! Rows are worked on in blocks whose activations stay in cache; every product is the small dense kernel of `product`,
//! instantiated per instruction set. A result depends on its arguments and on whether the CPU has a fused multiply-add,
//! on nothing else: sums run over the rows in order, whatever the thread.

mod divergence;
mod elementwise;
mod head;
mod kernels;
mod layout;
mod number;
mod passes;
mod prepared;
mod product;
mod reuse;
mod sums;
mod surrogate;
mod third;
mod workspace;

use std::marker::PhantomData;

use xmrl_lanes::Isa;

use crate::{PolicyError, PolicySpec};
use kernels::Kernels;
use layout::Plan;
use passes::Passes;

pub use number::Number;
pub use prepared::{PreparedDistribution, PreparedSurrogate};
pub use reuse::KeptRates;
pub use surrogate::{SideOutput, Totals};
pub use third::RateTape;
pub use workspace::Workspace;

/// The rows of one task that a surrogate sums over.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a, T = f64> {
    /// `[R,S]`.
    pub observations: &'a [T],
    /// `[R,A]`, as sampled (not clipped).
    pub actions: &'a [T],
    /// `[R]`, the stored log-probabilities of the policy that acted.
    pub log_probs: &'a [T],
    /// `[R]`, `c_r`: weight times advantage.
    pub coefficients: &'a [T],
}

impl<T> Rows<'_, T> {
    /// R, the number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.log_probs.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.log_probs.is_empty()
    }

    /// Checks the four shapes against `spec`; R is the length of `log_probs`.
    ///
    /// # Errors
    /// [`PolicyError::Shape`] naming the first slice of a wrong length.
    pub fn check(&self, spec: &PolicySpec) -> Result<(), PolicyError> {
        let rows = self.len();
        let slices = [
            ("observations", "[R,S]", rows * spec.observation_size, self.observations.len()),
            ("actions", "[R,A]", rows * spec.action_size, self.actions.len()),
            ("coefficients", "[R]", rows, self.coefficients.len()),
        ];
        match slices.into_iter().find(|(_, _, expected, got)| expected != got) {
            Some((name, shape, expected, got)) => Err(PolicyError::Shape { name, shape, expected, got }),
            None => Ok(()),
        }
    }
}

/// The derivative kernel of one policy spec. Immutable: share it among threads, give each a [`Workspace`].
///
/// Parameters, directions and results are `f64`; rows are `T`, in which everything per row is computed.
///
/// Shapes: `theta`, directions and gradients are flat `[P]` vectors in the layout of [`PolicySpec`]. Every method panics
/// on a slice of another length than documented; check what comes from outside with [`Rows::check`] and
/// [`PolicySpec::check_parameters`] first.
#[derive(Clone)]
pub struct Fused<T = f64> {
    spec: PolicySpec,
    passes: Passes,
    number: PhantomData<T>,
}

impl<T> std::fmt::Debug for Fused<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fused").field("spec", &self.spec).finish_non_exhaustive()
    }
}

impl<T: Number> Fused<T> {
    /// The kernel for `spec`, instantiated for [`xmrl_lanes::isa`].
    ///
    /// # Errors
    /// What [`PolicySpec::validate`] finds.
    pub fn new(spec: &PolicySpec) -> Result<Self, PolicyError> {
        Self::with_isa(spec, xmrl_lanes::isa())
    }

    /// The kernel for `isa`, lowered to what this CPU has: for comparing instruction sets.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn with_isa(spec: &PolicySpec, isa: Isa) -> Result<Self, PolicyError> {
        spec.validate()?;
        let kernels = Kernels::new(isa, spec.activation);
        let passes = Passes { plan: Plan::new(spec, kernels.panel::<T>()), kernels };
        Ok(Self { spec: spec.clone(), passes, number: PhantomData })
    }

    /// The spec it was made for.
    #[must_use]
    pub fn spec(&self) -> &PolicySpec {
        &self.spec
    }

    /// Scratch for one thread.
    #[must_use]
    pub fn workspace(&self) -> Workspace<T> {
        Workspace::new(&self.passes.plan, self.spec.log_std_min)
    }

    /// R of `observations [R,S]`.
    fn rows_of(&self, observations: &[T]) -> usize {
        assert_eq!(observations.len() % self.spec.observation_size, 0, "observations is not [R,S]");
        observations.len() / self.spec.observation_size
    }

    fn check_flat(&self, name: &str, flat: &[f64]) {
        assert_eq!(flat.len(), self.passes.plan.parameters, "{name} is not [P]");
    }

    fn check_rows(&self, rows: &Rows<'_, T>) {
        let n = rows.len();
        assert_eq!(rows.observations.len(), n * self.spec.observation_size, "observations is not [R,S]");
        assert_eq!(rows.actions.len(), n * self.spec.action_size, "actions is not [R,A]");
        assert_eq!(rows.coefficients.len(), n, "coefficients is not [R]");
    }
}
