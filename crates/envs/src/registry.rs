//! Every preset by name.

use crate::env::Environment;
use crate::error::EnvError;
use crate::task::EnvSpec;
use crate::{ant, cheetah, drone, market, quadrotor, walker};

/// All presets but those of the market, the default of each family first.
fn presets() -> Vec<Environment> {
    let mut all: Vec<Environment> = drone::PRESETS.map(Environment::DronePlanar).into();
    all.extend(quadrotor::PRESETS.map(Environment::DroneQuadrotor));
    all.extend(cheetah::PLACED.map(Environment::Cheetah));
    all.extend(cheetah::PLAIN.map(Environment::CheetahWithoutPlace));
    all.extend(ant::PLACED.map(Environment::Ant));
    all.extend(ant::TO_PLACE.map(Environment::AntToPlace));
    all.extend(ant::PLAIN.map(Environment::AntWithoutPlace));
    all.extend(ant::WITHOUT_FORCES.map(Environment::AntWithoutForces));
    all.extend(walker::PRESETS.map(Environment::Walker));
    all
}

/// The specifications of all presets, the default of each family first. A market is listed whether its prices are there or not.
pub fn environments() -> Vec<&'static EnvSpec> {
    presets().iter().map(Environment::spec).chain(market::specifications()).collect()
}

/// The specification of a preset name. An unknown one is an error that offers the nearest.
pub fn specification(preset: &str) -> Result<&'static EnvSpec, EnvError> {
    environments().into_iter().find(|spec| spec.preset == preset).ok_or_else(|| unknown(preset))
}

/// The environment of a preset name. An unknown one is an error that offers the nearest, a market without prices one that
/// says where they come from.
pub fn environment(preset: &str) -> Result<Environment, EnvError> {
    if let Some(market) = market::market(preset) {
        return market.map(Environment::Market);
    }
    presets().into_iter().find(|environment| environment.spec().preset == preset).ok_or_else(|| unknown(preset))
}

fn unknown(name: &str) -> EnvError {
    let known: Vec<&'static str> = environments().iter().map(|spec| spec.preset).collect();
    let nearest = known.iter().min_by_key(|preset| edits(name, preset)).copied().unwrap_or("");
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
