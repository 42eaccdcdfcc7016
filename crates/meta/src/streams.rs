//! Which random numbers a collection draws: disjoint ranges of the stream index for disjoint uses.

use xmrl_envs::rng::{Purpose, Stream};

/// What a collection is for; part of the random-number contract, never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Usage {
    /// A meta-iteration.
    Train = 0,
    /// Guard 4's checks beside a meta-iteration.
    Monitor = 1,
    /// Evaluation of adapted policies.
    Evaluate = 2,
    /// Adaptation directions.
    Directions = 3,
    /// Flight paths for the report.
    Paths = 4,
    /// Meta-gradients of the explanation.
    Explain = 5,
    /// Anything a caller draws for itself.
    Other = 6,
    /// Rows by which tasks are compared.
    Transitions = 7,
}

/// The seed, the use, and the number within the use (meta-iteration, evaluation stream) of a collection.
///
/// Two collections that differ in any of the four draw independent numbers; equal ones draw the same numbers, whatever the
/// policy (common random numbers).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draws {
    /// The run's seed.
    pub seed: u64,
    /// What the draws are for.
    pub usage: Usage,
    /// Number of the meta-iteration or evaluation, below 2^40 ([`stream`](Self::stream) asserts it).
    pub index: u64,
    /// Repetition within it (adaptation, inner step), below 2^16.
    pub part: u16,
}

impl Draws {
    /// Draws of one number, first repetition.
    #[must_use]
    pub fn new(seed: u64, usage: Usage, index: u64) -> Self {
        Self { seed, usage, index, part: 0 }
    }

    /// The same with another repetition.
    #[must_use]
    pub fn part(self, part: u16) -> Self {
        Self { part, ..self }
    }

    /// The stream of one purpose.
    ///
    /// # Panics
    /// Where `index` is 2^40 or more: its upper bits would be lost, and two collections would share their numbers.
    #[must_use]
    pub fn stream(&self, purpose: Purpose) -> Stream {
        assert!(self.index < 1 << 40, "draws of number {}: numbers go up to 2^40", self.index);
        let index = (u64::from(self.usage as u8) << 56) | (self.index << 16) | u64::from(self.part);
        Stream::new(self.seed, purpose, index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "draws of number 1099511627776: numbers go up to 2^40")]
    fn numbers_that_would_share_their_draws_are_refused() {
        let last = Draws::new(7, Usage::Other, (1 << 40) - 1).stream(Purpose::QueryStart);
        assert!(
            last.uniform(0, 0, 0, 0) != Draws::new(7, Usage::Other, 0).stream(Purpose::QueryStart).uniform(0, 0, 0, 0)
        );
        let _ = Draws::new(7, Usage::Other, 1 << 40).stream(Purpose::QueryStart);
    }
}
