//! A line of the registry.

use crate::environment::Environment;
use crate::error::EnvError;
use crate::spec::EnvSpec;

/// A preset that is listed.
pub(crate) enum Listed {
    /// Its world.
    World(Environment),
    /// What is known of it before its prices are given.
    NeedsPrices(Box<EnvSpec>),
}

impl Listed {
    pub(crate) fn spec(&self) -> &EnvSpec {
        match self {
            Listed::World(environment) => environment.spec(),
            Listed::NeedsPrices(spec) => spec,
        }
    }

    /// Its environment. Error: there is none before prices are given.
    pub(crate) fn environment(&self) -> Result<Environment, EnvError> {
        match self {
            Listed::World(environment) => Ok(environment.clone()),
            Listed::NeedsPrices(spec) => Err(EnvError::NoPrices { preset: spec.preset.clone() }),
        }
    }
}
