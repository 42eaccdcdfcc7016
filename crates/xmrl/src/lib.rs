//! The stages that repair a trained meta-policy: which training tasks matter for the badly adapted ones (explain), and how
//! their data is enriched (augment). One upper-level evaluation per call; the loops live above.
//!
//! Explanation by influence ([`explain_implicit`], [`explain_gradient`]) works on meta-gradients and a Hessian-vector
//! product that come from `xmrl-meta`; [`polish`] moves its lower level.
//! Explanation in adaptation space ([`explain_adaptation`]) works on adaptation directions alone. Augmentation
//! ([`augment`]) measures how much information mixed starts carry, and how the law of the mixing coefficient moves it.

mod adaptation;
mod augment;
mod cmi;
mod error;
mod explain;
mod influence;
mod mixdist;
mod posterior;
mod reliability;

pub use adaptation::{AdaptationExplanation, AdaptationOptions, Directions, explain_adaptation};
pub use augment::{
    AugmentOptions, Augmentation, CriticalFlights, CriticalRequest, Flown, MixedFlights, PosteriorOptions, augment,
};
pub use cmi::{
    Cmi, MeanError, cmi_value, information_gain, mean_error, mixture_cmi, pathwise_gradient, set_score_gradient,
    unit_score_gradient, upper_bound,
};
pub use error::{Result, XmrlError};
pub use explain::{ExplainOptions, Explanation, explain_influence};
pub use influence::{
    Blocks, Influence, InfluenceOptions, IntervalOptions, Intervals, LowerLevel, MetaGradients, Polish, PolishOptions,
    explain_gradient, explain_implicit, influence_intervals, polish,
};
pub use mixdist::{MixDistribution, MixFamily};
pub use posterior::{Covariance, Curvature, Isotropic, Spread};
pub use reliability::{SplitHalf, ranks, spearman, split_half, top_k, top_k_overlap};
