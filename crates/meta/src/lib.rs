//! Learning to adapt: model-agnostic meta-learning of a Gaussian policy, with exact second-order meta-gradients.
//!
//! The meta vector `[Q]` is theta `[P]`, followed by one log-rate per layer group `[G]` where the inner rate is learned.
//! The inner step of task i is `theta_i' = theta + rate_g * dJ_i^in(theta)`; the outer objective is `J_i^out(theta_i')`.
//! [`MetaProblem`] is that objective on a fixed data set, [`trpo_step`] moves it inside a trust region, and
//! [`meta_step`] is one whole meta-iteration.

mod adapt;
mod advantage;
mod ascent;
mod calculus;
mod clock;
mod data;
mod error;
mod evaluate;
mod fisher;
mod fused;
mod gaussian;
mod gradients;
mod mixing;
mod monitor;
mod path;
mod posterior;
mod problem;
mod query;
mod request;
mod step;
mod streams;
mod subsample;
mod support;
mod transfers;
mod transitions;
mod trpo;
mod trust;

pub use adapt::{Inner, Keep, adapt, inner_steps, worker_pool};
pub use advantage::{AdvantageOptions, inner_coefficients, join, outer_coefficients};
pub use ascent::weighted_gradient;
pub use calculus::{Calculus, Engine, FusedCalculus};
pub use clock::StepSeconds;
pub use data::{MetaData, meta_data};
pub use error::{MetaError, Result, Stage, check_finite, check_len};
pub use evaluate::{EpisodePath, Evaluation, episode_paths, evaluate};
pub use fisher::{FisherProducts, fisher_products};
pub use fused::FusedProblem;
pub use gaussian::GaussianProblem;
pub use gradients::{TaskGradients, task_gradients};
pub use mixing::{LambdaLaw, MixedStart, UniformLaw};
pub use monitor::Monitor;
pub use path::{Adapted, Directions, adapted_policies, directions};
pub use posterior::{Posterior, PosteriorStats};
pub use problem::{Ascent, InnerRate, MetaHessian, MetaProblem, MetaSpec, PreparedRows, Slope, TaskData, Value};
pub use request::{Context, DataOptions, DataRequest, EvaluateOptions, EvaluateRequest, StepOptions, StepRequest};
pub use step::{GaussianOutcome, StepOutcome, StepStats, gaussian_step, meta_step, tail_weights};
pub use streams::{Draws, Usage, first_parameters};
pub use subsample::{Subsample, thinned};
pub use transfers::Transfers;
pub use transitions::{Transitions, transitions};
pub use trpo::{TrpoOutcome, trpo_step};
pub use trust::{Preconditioner, TrpoOptions};
