//! Worlds in Python: environments with Gymnasium's interface, whoever wrote them, as a [`World`](xmrl_envs::World) like any other.
//!
//! Environments run in processes of their own (`worker.py`, started by [`PythonWorld::open`] and as more blocks step at a time
//! than there are processes), each with as many environments as its block has worlds, stepped one after another. Numbers lie in
//! memory that both processes see; a byte each way wakes the other side. A process never outlives what it was started for: it is
//! killed when its world is dropped, when it does not answer in time or its caller is stopped, and by itself when this process
//! is gone.

mod block;
mod description;
mod layout;
mod opened;
mod process;
mod spawn;
mod world;

pub use description::{Description, Source, Versions};
pub use spawn::Launch;
pub use world::PythonWorld;
