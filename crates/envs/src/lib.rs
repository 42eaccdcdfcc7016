//! Tasks and batched worlds. Nothing here knows what a policy or a gradient is.
//!
//! An environment has named presets (`drone-planar`, `drone-planar/uniform`); [`environment`] finds one by name. A [`World`] is
//! a preset on the host: description, task law, starts. What steps is a [`Block`] of it: most worlds write their [`Rules`] once
//! over lanes and are run by [`LaneBlock`]s, others implement blocks themselves. [`Worlds`] steps a batch from outside, the
//! rollout crate flies whole episodes; neither knows what world it holds. All randomness comes from counter-based
//! [`rng::Stream`]s.

mod batch;
mod block;
mod crew;
mod environment;
mod error;
mod exchange;
mod hosted;
mod lane_block;
mod listed;
mod registry;
mod rounded;
mod rules;
mod scratch;
mod spec;
mod tasks;
mod world;
mod worlds;

/// Rules for whoever flies whole episodes elsewhere: a function a family, and what it is called with.
pub mod aboard {
    pub use crate::crew::{Aboard, Crew, MOST_NAMES_ABOARD, Tables};
    pub use crate::worlds::aboard::{ant, cheetah, drone_planar, drone_quadrotor, stock, walker2d};
}

pub mod memory;
pub mod mix;
pub mod rng;

pub use batch::{AutoReset, Flight, FlightSlices, StepResult, Worlds};
pub use block::{Block, TRUNCATED};
pub use environment::Environment;
pub use error::EnvError;
pub use hosted::{Errand, Fault, Host, HostedMixing, HostedWorld, Hosting, Rows};
pub use lane_block::{Hosted, LaneBlock, double_blocks, single_blocks};
pub use mix::{Geometry, MixCounts, MixRule, Repair};
pub use registry::{environment, environments, register, specification};
pub use rounded::rounded_blocks;
pub use rules::{Outcome, Rules};
pub use spec::{EnvSpec, Kinds, PriceSource, Score, Sizes, View};
pub use tasks::{End, Pool, Rare, Rareness, TaskLaw, Tasks};
pub use world::{Abilities, Draw, Scene, Start, World};
pub use worlds::drone_planar::{DronePlanar, PlanarRules, constants as drone_constants};
pub use worlds::market::{self, Market, Prices};
pub use worlds::metaworld::Files as MetaworldFiles;
pub use worlds::quadrotor::{DroneQuadrotor, QuadrotorRules, constants as quadrotor_constants};
