//! Tasks and batched worlds. Nothing here knows what a policy or a gradient is.
//!
//! An environment has named presets (`drone-planar`, `drone-planar/uniform`); [`environment`] finds one by name.
//! A world's rules are written once over lanes ([`LaneWorld`]) and run by whoever holds the batch: [`Worlds`] here for
//! single steps, the rollout crate for whole flights. All randomness comes from counter-based [`rng::Stream`]s.

mod ant;
mod body;
mod cheetah;
mod drone;
mod env;
mod error;
mod numbers;
mod quadrotor;
mod registry;
mod rooms;
mod runner;
mod task;
mod walker;
mod worlds;

pub mod market;
pub mod memory;
pub mod mixup;
pub mod rng;

pub use ant::Ant;
pub use cheetah::Cheetah;
pub use drone::{DronePlanar, constants as drone_constants};
pub use env::{Environment, LaneWorld, Outcome, Sizes, Start, WorldKernel};
pub use error::EnvError;
pub use market::{Market, Prices};
pub use mixup::{Geometry, MixCounts, MixRule, Repair};
pub use numbers::{Callers, Doubles, Numbers};
pub use quadrotor::{DroneQuadrotor, constants as quadrotor_constants};
pub use registry::{environment, environments, specification};
pub use runner::{Model, Runner};
pub use task::{EnvSpec, Pool, PriceSource, Score, TaskLaw, Tasks, View};
pub use walker::Walker;
pub use worlds::{StepResult, Worlds};
