//! libmujoco 3.3.0, opened by absolute path while the program runs; nothing is linked against it, so that whatever uses this crate
//! builds and loads without it.
//!
//! A [`Library`] is opened once and never closed. A [`Model`] is compiled from an XML file and never changes. A [`Room`] shares
//! a model, has places of its bodies of its own, and the data of one world: states are put into it, stepped and taken out, so that one
//! room a thread serves any number of worlds. What libmujoco calls a fatal error is an [`MujocoError`] here. The crate knows no task.

mod contacts;
mod error;
mod guard;
mod layout;
mod library;
mod model;
mod own;
mod room;

pub use error::MujocoError;
pub use library::{LIBRARY_SHA256, Library};
pub use model::{Kind, Model};
pub use room::Room;
