//! Which random numbers a collection draws: disjoint ranges of the stream index for disjoint uses.

use xmrl_envs::rng::{Purpose, Stream};
use xmrl_policy::{PolicySpec, initial_parameters};

/// The policy parameters `[P]` with which a learner of this seed starts.
#[must_use]
pub fn first_parameters(policy: &PolicySpec, seed: u64) -> Vec<f64> {
    let stream = Stream::new(seed, Purpose::Init, 0);
    let mut drawn = 0..;
    initial_parameters(policy, || stream.normal(0, 0, drawn.next().unwrap_or(0), 0))
}

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
    /// Episode paths for the report.
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

    /// Number of iteration `iteration` of stream `stream`, below 2^40; `None` where there is none.
    ///
    /// Bits 32 to 39 are the low byte of the stream, bits 20 to 31 the rest of it, so no two streams below 2^20 share a number
    /// in iterations below 2^20. Greater streams have no more than those. Streams below 256 have 2^32, the numbers of which
    /// beyond 2^20 are their own where no greater stream has their low byte (stages and built-in arms: those below 128).
    #[must_use]
    pub fn number(stream: u32, iteration: u32) -> Option<u64> {
        let (low, high) = (u64::from(stream & 0xFF), u64::from(stream >> 8));
        let fits = high == 0 || (high < 1 << 12 && iteration < 1 << 20);
        fits.then_some((low << 32) | (high << 20) | u64::from(iteration))
    }

    /// The same for inner step `step` of adaptation `adaptation`, both below 256.
    #[must_use]
    pub fn adaptation(self, adaptation: usize, step: usize) -> Self {
        let [adaptation, step] = [adaptation, step].map(|n| u16::from(u8::try_from(n).unwrap_or(u8::MAX)));
        self.part((adaptation << 8) | step)
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
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_uses_share_their_numbers() {
        let mut seen = BTreeSet::new();
        for usage in [Usage::Train, Usage::Evaluate, Usage::Transitions] {
            for index in [0, 1, 255, 256, 1 << 16, (1 << 40) - 1] {
                for part in [0, 1, u16::MAX] {
                    let draws = Draws::new(7, usage, index).part(part);
                    assert!(seen.insert(draws.stream(Purpose::QueryNoise).block(0, 0, 0, 0)), "{draws:?}");
                }
            }
        }
    }

    #[test]
    fn no_two_iterations_and_no_two_steps_share_a_number() {
        let mut seen = BTreeSet::new();
        for stream in [0, 1, 127, 128, 255, 256 + 128, 256 + 255, (1 << 20) - 1] {
            for iteration in [0, 1, 255, (1 << 20) - 1, 1 << 20, u32::MAX] {
                let number = Draws::number(stream, iteration);
                assert_eq!(number.is_some(), stream < 256 || iteration < 1 << 20, "{stream} {iteration}");
                let own = stream < 128 || iteration < 1 << 20;
                assert!(number.is_none_or(|number| number < 1 << 40 && (!own || seen.insert(number))));
            }
        }
        assert_eq!(Draws::number(1 << 20, 0), None);
        let draws = Draws::new(7, Usage::Evaluate, 0);
        let parts: BTreeSet<u16> =
            [(0, 0), (0, 1), (1, 0), (1, 1), (254, 254)].map(|(a, step)| draws.adaptation(a, step).part).into();
        assert_eq!(parts.len(), 5);
    }

    #[test]
    #[should_panic(expected = "numbers go up to 2^40")]
    fn an_index_of_41_bits_is_refused() {
        let _ = Draws::new(7, Usage::Other, 1 << 40).stream(Purpose::MixPair);
    }
}
