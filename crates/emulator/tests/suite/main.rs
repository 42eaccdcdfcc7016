//! The interpreter against cases that are worked out by hand from the PTX manual.

mod arithmetic;
mod committed;
mod errors;
mod flow;
mod memory;
mod support;
