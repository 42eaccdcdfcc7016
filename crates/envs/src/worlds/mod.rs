//! The worlds, a folder each. Nothing else names them.
//!
//! A folder's `rules.rs` is lane code, its `world.rs` the host's half with the presets.

pub(crate) mod aboard;
mod ant;
mod body;
mod cheetah;
pub(crate) mod drone_planar;
pub mod market;
pub(crate) mod metaworld;
mod point_nav;
pub(crate) mod quadrotor;
mod walker;

use crate::listed::Listed;

/// All presets, the default of each family first.
pub(crate) fn list() -> Vec<Listed> {
    let mut all = Vec::new();
    all.extend(drone_planar::presets().map(|world| Listed::World(world.into())));
    all.extend(quadrotor::presets().map(|world| Listed::World(world.into())));
    all.extend(cheetah::presets().map(|world| Listed::World(world.into())));
    all.extend(ant::presets().map(|world| Listed::World(world.into())));
    all.extend(walker::presets().map(|world| Listed::World(world.into())));
    all.extend(point_nav::presets().map(|world| Listed::World(world.into())));
    all.extend(market::presets());
    all.extend(metaworld::presets());
    all
}
