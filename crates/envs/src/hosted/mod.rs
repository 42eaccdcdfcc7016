//! Worlds whose rules run elsewhere: in another language, on a thread of its own. What runs there is a function of rows, several at a
//! time ([`Host`]); everything a world is to whoever holds it is made of that here.

mod block;
mod host;
mod inner;
mod rows;
mod world;

pub use host::{Errand, Fault, Host};
pub use inner::{HostedMixing, Hosting};
pub use rows::Rows;
pub use world::HostedWorld;
