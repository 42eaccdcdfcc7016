//! Truth for tests, from outside the code under test: finite differences in `f64`, dense algebra, hyper-dual numbers, exact
//! tabular decision processes and a policy whose derivatives are known by hand. A dev-dependency only; it depends on nothing of ours and panics on misuse.

pub mod dense;
pub mod difference;
pub mod hyperdual;
pub mod linear;
pub mod mdp;
mod random;

pub use hyperdual::HyperDual;
pub use linear::{Linear, SurrogateRows};
pub use random::Random;

/// `|a - b| / max(|b|, floor)` in the Euclidean norm, the error measure of most gates.
pub fn relative_error(found: &[f64], truth: &[f64], floor: f64) -> f64 {
    assert_eq!(found.len(), truth.len());
    let distance: f64 = found.iter().zip(truth).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
    distance / truth.iter().map(|b| b * b).sum::<f64>().sqrt().max(floor)
}
