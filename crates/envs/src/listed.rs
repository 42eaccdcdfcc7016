//! A line of the registry.

use std::sync::OnceLock;

use crate::environment::Environment;
use crate::error::EnvError;
use crate::spec::EnvSpec;

/// A preset that is listed.
pub(crate) enum Listed {
    /// Its world.
    World(Environment),
    /// One that takes a while to make: its name, and how it is made when it is first asked for.
    Made(&'static str, fn() -> Environment, OnceLock<Environment>),
    /// What is known of it before its prices are given.
    NeedsPrices(Box<EnvSpec>),
    /// One whose files may be missing: what is known of it without them, how it is made, and its world once it was.
    NeedsFiles(Box<EnvSpec>, Make, OnceLock<Environment>),
}

/// How a preset is made from files. An error says what is missing.
pub(crate) type Make = Box<dyn Fn() -> Result<Environment, EnvError> + Send + Sync>;

impl Listed {
    pub(crate) fn preset(&self) -> &str {
        match self {
            Listed::Made(preset, ..) => preset,
            _ => &self.spec().preset,
        }
    }

    pub(crate) fn spec(&self) -> &EnvSpec {
        match self {
            Listed::World(environment) => environment.spec(),
            Listed::Made(_, make, made) => made.get_or_init(make).spec(),
            Listed::NeedsPrices(spec) | Listed::NeedsFiles(spec, ..) => spec,
        }
    }

    /// Its environment. Error: there is none before prices are given.
    pub(crate) fn environment(&self) -> Result<Environment, EnvError> {
        match self {
            Listed::World(environment) => Ok(environment.clone()),
            Listed::Made(_, make, made) => Ok(made.get_or_init(make).clone()),
            Listed::NeedsPrices(spec) => Err(EnvError::NoPrices { preset: spec.preset.clone() }),
            Listed::NeedsFiles(_, make, made) => match made.get() {
                Some(environment) => Ok(environment.clone()),
                None => make().map(|environment| made.get_or_init(|| environment).clone()),
            },
        }
    }
}
