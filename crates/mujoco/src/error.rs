//! What can be wrong with the library or a model.

/// A failure of libmujoco. Messages name the file and what was found there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MujocoError {
    /// The file cannot be read or opened as a library.
    #[error("{file} does not open: {reason}")]
    Open {
        /// The library.
        file: String,
        /// What the system said.
        reason: String,
    },
    /// A library that is another one.
    #[error("{file} is not the library it must be: its {what} is {found}, not {expected}")]
    Other {
        /// The library.
        file: String,
        /// What was looked at.
        what: &'static str,
        /// What was found.
        found: String,
        /// What it must be.
        expected: String,
    },
    /// A model that does not compile, or lacks what is asked for.
    #[error("{file}: {reason}")]
    Model {
        /// The XML file.
        file: String,
        /// What libmujoco said, or what is missing.
        reason: String,
    },
    /// What libmujoco itself calls a fatal error.
    #[error("libmujoco gave up: {0}")]
    Fatal(String),
}
