//! Whole numbers from JavaScript, whose numbers are doubles: N-API would cut one down to its lowest 32 bits without a word,
//! so every count crosses as a double and is read here, by name and with a bound.
//!
//! The bounds are those of the specification (`ts/spec/numbers.ts`); they keep a slip of the hand from asking for more memory
//! than any machine has, which would end the process.

use crate::error::{Result, SeamError};

/// Episodes of a task.
pub(crate) const EPISODES: u32 = 1_000_000;
/// Steps of an episode.
pub(crate) const STEPS: u32 = 1_000_000;
/// Rows of a task.
pub(crate) const ROWS: u32 = 1_000_000_000;
/// Columns of a sketch, each of which is as long as the parameters.
pub(crate) const RANK: u32 = 10_000;
/// Products of a linear solve, candidates of a line search, rounds.
pub(crate) const ITERATIONS: u32 = 1_000_000;
/// Streams of random numbers: they have 20 of the 40 bits of an index where rounds or iterations have the others.
pub(crate) const STREAMS: u32 = (1 << 20) - 1;
/// Worlds of a batch.
pub(crate) const WORLDS: u32 = 1 << 24;
/// Tasks of a pool.
pub(crate) const TASKS: u32 = 1_000_000;
/// Units of a layer.
pub(crate) const UNITS: u32 = 8192;
/// Threads of a pool.
pub(crate) const THREADS: u32 = 1024;

/// A whole number from 0 to `most`. What is too small is for those to say who know what it counts.
pub(crate) fn count(key: &str, value: f64, most: u32) -> Result<usize> {
    Ok(word(key, value, most)? as usize)
}

/// The same as a word: seeds, streams, numbers of tasks.
pub(crate) fn word(key: &str, value: f64, most: u32) -> Result<u32> {
    if value.trunc() == value && (0.0..=f64::from(most)).contains(&value) {
        return Ok(value as u32);
    }
    Err(SeamError::new("ERR_USAGE", format!("{key}: give a whole number from 0 to {most}, not {value}")))
}

/// Every entry of a list as [`count`] reads it; the error names the entry.
pub(crate) fn counts(key: &str, values: &[f64], most: u32) -> Result<Vec<usize>> {
    values.iter().enumerate().map(|(at, &value)| count(&format!("{key}[{at}]"), value, most)).collect()
}

/// Every entry of a list as [`word`] reads it.
pub(crate) fn words(key: &str, values: &[f64], most: u32) -> Result<Vec<u32>> {
    values.iter().enumerate().map(|(at, &value)| word(&format!("{key}[{at}]"), value, most)).collect()
}

/// A count as JavaScript holds it: exact up to 2^53, of which nobody flies a thousandth.
pub(crate) fn number(count: usize) -> f64 {
    count as f64
}
