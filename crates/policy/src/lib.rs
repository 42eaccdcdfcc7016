//! Parameters and observations to action distributions: a diagonal Gaussian whose mean is a small MLP.
//!
//! One flat `f64` vector holds every parameter (layout in [`PolicySpec`]). The same network exists in two forms:
//! fused over lanes for rollouts, and with its derivatives written out; `xmrl-torch` has it as libtorch expressions.

mod error;
mod fused;
mod init;
mod lanes;
mod packed;
mod spec;

pub use error::PolicyError;
pub use fused::{
    Fused, KeptRates, Number, PreparedDistribution, PreparedSurrogate, RateTape, Rows, SideOutput, Totals, Workspace,
};
pub use init::initial_parameters;
pub use lanes::LanePolicy;
pub use packed::PackedPolicy;
pub use spec::{Activation, Layer, PolicySpec};
