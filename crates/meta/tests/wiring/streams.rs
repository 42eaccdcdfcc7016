//! Stages draw from disjoint streams: the keys that the loops of these tests hold them to.

use std::collections::HashMap;

use xmrl_envs::rng::{Purpose, Stream};
use xmrl_meta::{Draws, Usage};

use crate::hand::Numbers;

const USES: [Usage; 8] = [
    Usage::Train,
    Usage::Monitor,
    Usage::Evaluate,
    Usage::Directions,
    Usage::Paths,
    Usage::Explain,
    Usage::Other,
    Usage::Transitions,
];
const PURPOSES: [Purpose; 9] = [
    Purpose::SupportStart,
    Purpose::SupportNoise,
    Purpose::QueryStart,
    Purpose::QueryNoise,
    Purpose::MixPair,
    Purpose::MixLambda,
    Purpose::Bootstrap,
    Purpose::Subsample,
    Purpose::MetaNoise,
];

/// Any two collections that differ in use, number or repetition, and any two purposes, have different keys: numbers up to the
/// bound, repetitions of both bytes (adaptation, inner step) up to the last.
#[test]
fn no_two_collections_share_a_stream() {
    let indices = [0, 1, 2, 255, 256, (1 << 20) | 1, 2 << 20, 1 << 32, (1 << 32) | 1, (1 << 40) - 1];
    let mut seen: HashMap<String, Stream> = HashMap::new();
    let mut opened = 0;
    for (number, usage) in (0..).zip(USES) {
        for index in indices {
            for part in [0, 1, 2, 1 << 8, 1 << 8 | 1, 255 << 8, u16::MAX - 1, u16::MAX] {
                for purpose in PURPOSES {
                    let stream = Draws::new(7, usage, index).part(part).stream(purpose);
                    assert_eq!(stream, Numbers(7, number, index, u64::from(part)).stream(purpose));
                    let key = format!("{stream:?}");
                    assert!(seen.insert(key, stream).is_none(), "{usage:?} {index} {part} {purpose:?}");
                    opened += 1;
                }
            }
        }
    }
    assert_eq!(seen.len(), opened);
}
