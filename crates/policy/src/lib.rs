//! Parameters and observations to action distributions: a diagonal Gaussian whose mean is a small MLP.
//!
//! One flat `f64` vector holds every parameter (layout in [`PolicySpec`]). The same network exists in three forms:
//! fused over lanes for rollouts, as libtorch expressions, and as hand-written derivatives.

mod error;
mod fused;
mod gaussian;
mod init;
mod lanes;
mod mlp;
mod spec;

pub use error::PolicyError;
pub use fused::{
    Beside, Fused, KeptRates, Number, PreparedDistribution, PreparedSurrogate, RateTape, Rows, Totals, Workspace,
};
pub use gaussian::{entropy, kl, log_prob};
pub use init::initial_parameters;
pub use lanes::LanePolicy;
pub use mlp::{Distribution, distribution, effective_log_std, means};
pub use spec::{Activation, Layer, PolicySpec};
