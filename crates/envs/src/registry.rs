//! Every preset by name: those that are built in, and those that were registered.

use std::sync::{OnceLock, PoisonError, RwLock};

use crate::environment::Environment;
use crate::error::EnvError;
use crate::listed::Listed;
use crate::spec::EnvSpec;
use crate::worlds;

/// The list, made when it is first asked for.
fn list() -> &'static RwLock<Vec<Listed>> {
    static LIST: OnceLock<RwLock<Vec<Listed>>> = OnceLock::new();
    LIST.get_or_init(|| RwLock::new(worlds::list()))
}

/// `of` the entry with this name, where there is one.
fn find<T>(preset: &str, of: impl Fn(&Listed) -> T) -> Option<T> {
    let list = list().read().unwrap_or_else(PoisonError::into_inner);
    list.iter().find(|entry| entry.preset() == preset).map(of)
}

/// The specifications of all presets, the default of each family first, registered ones last. A market is listed whether its
/// prices are there or not.
#[must_use]
pub fn environments() -> Vec<EnvSpec> {
    let list = list().read().unwrap_or_else(PoisonError::into_inner);
    list.iter().map(|entry| entry.spec().clone()).collect()
}

/// The specification of a preset name. An unknown one is an error that offers the nearest.
pub fn specification(preset: &str) -> Result<EnvSpec, EnvError> {
    find(preset, |entry| entry.spec().clone()).ok_or_else(|| unknown(preset))
}

/// The environment of a preset name. An unknown one is an error that offers the nearest, a market without prices one that
/// says where they come from.
pub fn environment(preset: &str) -> Result<Environment, EnvError> {
    find(preset, Listed::environment).unwrap_or_else(|| Err(unknown(preset)))
}

/// Adds a world of the caller's to the list, for as long as the process runs: from then on it is an environment like any other.
///
/// Errors: a description that does not hold together, or a name that exists.
pub fn register(environment: impl Into<Environment>) -> Result<(), EnvError> {
    let environment = environment.into();
    environment.spec().check()?;
    let preset = &environment.spec().preset;
    let mut list = list().write().unwrap_or_else(PoisonError::into_inner);
    if list.iter().any(|entry| entry.preset() == preset) {
        return Err(EnvError::PresetExists { preset: preset.clone() });
    }
    list.push(Listed::World(environment));
    Ok(())
}

fn unknown(name: &str) -> EnvError {
    let list = list().read().unwrap_or_else(PoisonError::into_inner);
    let known: Vec<String> = list.iter().map(|entry| entry.preset().to_owned()).collect();
    let nearest = known.iter().min_by_key(|preset| edits(name, preset)).cloned().unwrap_or_default();
    EnvError::UnknownPreset { name: name.to_owned(), nearest, known: known.join(", ") }
}

/// Insertions, deletions and exchanges of letters that turn `a` into `b` (Levenshtein).
fn edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.chars().enumerate() {
            let exchange = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = exchange.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edit_distances_of_known_pairs() {
        for (a, b, d) in [("kitten", "sitting", 3), ("", "abc", 3), ("drone", "drone", 0), ("dorne", "drone", 2)] {
            assert_eq!(edits(a, b), d);
        }
    }

    #[test]
    fn an_unknown_preset_offers_the_nearest() {
        for (name, near) in [("drone-planer", "drone-planar"), ("drone-planar/unifrm", "drone-planar/uniform")] {
            let message = environment(name).unwrap_err().to_string();
            assert!(message.contains(&format!("`{name}`")) && message.contains(&format!("did you mean `{near}`")));
        }
    }
}
