//! The stages that repair a trained meta-policy: which training tasks matter for the badly adapted ones (explain), and how
//! their data is augmented (augment). One upper-level evaluation per call; the loops live above.
//!
//! Explanation by influence ([`explain_implicit`], [`explain_gradient`]) works on meta-gradients and a Hessian-vector
//! product that come from `xmrl-meta`, by any [`InfluenceSolver`]. [`alternation`] makes the
//! paper's rounds as one single loop ([`single_loop`]).
//! Explanation in adaptation space ([`explain_adaptation`]) works on adaptation directions alone, and [`foretell`](foretell()) says what
//! its weights will do to every task. Augmentation ([`augment`]) measures how much information mixed starts carry, and how
//! the law of the mixing coefficient moves it.

mod adaptation;
mod alternating;
mod augment;
mod cmi;
mod error;
mod explain;
mod foretell;
mod groups;
mod influence;
mod matching;
mod mixdist;
mod posterior;
mod reliability;
mod robust;
mod single_loop;
mod solver;

pub use adaptation::{AdaptationExplanation, AdaptationOptions, Directions, Lengths, Metric, explain_adaptation};
pub use alternating::{AlternatingOptions, Alternation, Round, TaskEpisodes, WeightedTasks, alternation};
pub use augment::{
    AugmentOptions, Augmentation, CriticalEpisodes, CriticalRequest, GradientBy, MixedEpisodes, Objective,
    PosteriorOptions, SetGradients, augment,
};
pub use cmi::{
    Cmi, MeanError, MeanGain, cmi_value, information_gain, mean_error, mean_gain, mixture_cmi, pathwise_gradient,
    unit_score_gradient, upper_bound,
};
pub use error::{Result, XmrlError};
pub use explain::{ExplainOptions, Explanation, LowerCurvature, explain_influence};
pub use foretell::{Foretold, Outlook, foretell};
pub use influence::{
    Blocks, Influence, InfluenceOptions, IntervalOptions, Intervals, MetaGradients, Sketch, explain_gradient,
    explain_implicit, influence_intervals,
};
pub use matching::{MatchingInputs, MatchingOptions, TaskWeights, match_tasks};
pub use mixdist::{MixDistribution, MixFamily};
pub use posterior::{Covariance, Curvature, Isotropic, Spread, factor};
pub use reliability::{SplitHalf, ranks, spearman, split_half, top_k, top_k_overlap};
pub use robust::Average;
pub use single_loop::{Bilevel, BilevelSample, LoopOptions, LoopState, Pace, single_loop};
pub use solver::{InfluenceSolver, SolverSettings};
