//! The theorems as numbers: each claim is measured on a problem small enough to be exact, next to what it should be.
//!
//! | part | problem | truth |
//! | --- | --- | --- |
//! | Theorem 1 | noisy quadratic bilevel problem, the library's own [`xmrl_core::single_loop`] | slope -1/2 of the mean squared hypergradient |
//! | Theorem 2 | exact process, the library's own CMI | above 0 for critical tasks, exactly 0 for the others |
//! | Theorem 3 | exact process, meta-learning on N tasks | a gap that falls at least as fast as 1/√N |
//! | Lemma 1 | exact process, the library's own phi-gradients | product quadrature over the coefficients |
//! | Lemma 2 | exact process, softmax policy | mixing less the quadratic regulariser is of third order |
//!
//! Source: XMRL (ICLR 2026); what is chosen where the paper leaves it open is in each module.

mod check;
mod generalisation;
mod gradient;
mod information;
mod process;
mod quadrature;
mod rate;
mod regulariser;

use xmrl_core::Result;

pub use check::{Relation, TheoryCheck, TheoryCurve, TheoryPart, TheorySeries};

/// Names of the parts, in the order in which [`theory_part`] numbers them.
pub const THEORY_PARTS: [&str; 5] = ["theorem-1", "theorem-2", "theorem-3", "lemma-1", "lemma-2"];

/// Measures one part (by its place in [`THEORY_PARTS`]; the last where `part` is beyond); the figures are a function of `seed`
/// alone.
///
/// # Errors
/// Those of the library's own routines, which none of the problems should raise.
pub fn theory_part(part: usize, seed: u64) -> Result<TheoryPart> {
    match part {
        0 => rate::measure(seed),
        1 => information::measure(seed),
        2 => Ok(generalisation::measure(seed)),
        3 => gradient::measure(seed),
        _ => Ok(regulariser::measure(seed)),
    }
}

#[cfg(test)]
mod tests;
