//! How episodes become scores, weights and information, held to loops in plain arithmetic: which numbers are drawn, what is
//! averaged over what, which policy flies. The policy is linear, so every derivative is known by hand.

mod alternating;
mod critical;
mod episodes;
#[expect(dead_code, reason = "shared with the tests of meta")]
#[path = "../../../meta/tests/wiring/hand.rs"]
mod hand;
mod influence;
mod matching;
