//! The seam: options in, handles, guarded jobs, typed arrays out. No mathematics.
//!
//! Every native call is one step (a meta-iteration, an evaluation, an explanation); TypeScript owns the loops, so
//! cancelling is not calling again and progress is a return value. Errors cross as `ERR_CODE: text`.
#![expect(unreachable_pub, reason = "napi exports what is pub; no crate links to this one")]

mod alternating;
mod arrays;
mod augment;
mod bench;
mod checkpoint;
mod counts;
mod description;
mod driver;
mod environments;
mod error;
mod executor;
mod explain;
mod flights;
mod gradients;
mod influence;
mod learner;
mod library;
mod market;
mod options;
mod own;
mod policies;
mod preconditioner;
mod process;
mod records;
mod setup;
mod theory;
mod torch;
mod weighting;
mod worlds;
mod worlds_asked;
