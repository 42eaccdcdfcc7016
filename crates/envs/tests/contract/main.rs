//! What every registered preset must keep, in loops over the registry.

#[path = "../made/mod.rs"]
mod made;

mod alone;
mod description;
mod play;
mod rows;
mod support;
