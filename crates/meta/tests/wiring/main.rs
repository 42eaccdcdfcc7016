//! How episodes become figures, held to loops in plain arithmetic: which numbers are drawn, what is averaged over what, which
//! policy flies. The policy is linear, so every derivative is known by hand.

mod collection;
mod curvature;
mod evaluation;
mod hand;
mod monitor;
mod streams;
