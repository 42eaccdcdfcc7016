//! What can be wrong with a request to a world.

/// A request that an environment refuses. Messages name the row or entry and what would be accepted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EnvError {
    /// No preset has this name.
    #[error("unknown environment preset `{name}`; did you mean `{nearest}`? (known: {known})")]
    UnknownPreset {
        /// The name that was asked for.
        name: String,
        /// The known name with the fewest edits.
        nearest: &'static str,
        /// All known names, separated by commas.
        known: String,
    },
    /// An array has another length than its shape says.
    #[error("{what}: expected {expected} numbers ({shape}), got {got}")]
    Shape {
        /// Which array.
        what: &'static str,
        /// The shape in letters and figures.
        shape: String,
        /// Its number of entries.
        expected: usize,
        /// The number of entries received.
        got: usize,
    },
    /// A NaN or an infinity.
    #[error("{what}, row {row}, entry {entry}: {value} is not finite")]
    NotFinite {
        /// Which array.
        what: &'static str,
        /// Row of the first such value.
        row: usize,
        /// Its column.
        entry: usize,
        /// The value.
        value: f64,
    },
    /// A state that no world can go on from: a NaN, an infinity, or larger than any coordinate of a body that is whole.
    #[error("state {row}, entry {entry}: {value} is not a number up to {largest:e}; no world can go on from it")]
    BadState {
        /// Row of the first such state.
        row: usize,
        /// Its column.
        entry: usize,
        /// The value.
        value: f64,
        /// The largest magnitude that is accepted.
        largest: f64,
    },
    /// A quaternion of length zero: no orientation.
    #[error("state {row}: the quaternion (entries {first} to {}) has length zero and gives no orientation", first + 3)]
    ZeroQuaternion {
        /// Row of the first such state.
        row: usize,
        /// Column of its first entry.
        first: usize,
    },
    /// A vehicle without mass.
    #[error("state {row}, entry {entry}: {value} is no mass; give a share of the airframe's above 0")]
    NoMass {
        /// Row of the first such state.
        row: usize,
        /// Its column.
        entry: usize,
        /// The value.
        value: f64,
    },
    /// A repair that this world cannot be given.
    #[error("{preset}: repair `lift` needs a floor to be lifted off; use `reject` or `none`")]
    NothingToLift {
        /// The preset.
        preset: &'static str,
    },
    /// A task parameter outside the preset's bounds.
    #[error("task {row}: {name} = {value} is outside [{low}, {high}]")]
    TaskOutside {
        /// Row of the task.
        row: usize,
        /// Name of the parameter.
        name: &'static str,
        /// Its value.
        value: f64,
        /// Smallest accepted value.
        low: f64,
        /// Largest accepted value.
        high: f64,
    },
    /// A count that must be positive is zero.
    #[error("{what} must be at least 1")]
    Zero {
        /// Which count.
        what: &'static str,
    },
    /// States cannot be mixed because none were given.
    #[error("no visited states to mix for task {task}: record states before asking for mixed starts")]
    NothingToMix {
        /// Stream id of the task.
        task: u32,
    },
    /// The thread pool could not be started.
    #[error("could not start {threads} worker threads: {reason}")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// What the system said.
        reason: String,
    },
}

impl EnvError {
    /// Checks a row-major array `[rows, columns]`: its length, then that every entry is finite.
    pub(crate) fn check(what: &'static str, x: &[f64], rows: usize, columns: usize) -> Result<(), EnvError> {
        EnvError::check_shape(what, x, rows, columns)?;
        match x.iter().position(|v| !v.is_finite()) {
            Some(at) => Err(EnvError::NotFinite { what, row: at / columns, entry: at % columns, value: x[at] }),
            None => Ok(()),
        }
    }

    /// Checks the length of a row-major array `[rows, columns]`.
    pub(crate) fn check_shape(what: &'static str, x: &[f64], rows: usize, columns: usize) -> Result<(), EnvError> {
        if x.len() == rows * columns {
            return Ok(());
        }
        let shape = format!("[{rows}, {columns}]");
        Err(EnvError::Shape { what, shape, expected: rows * columns, got: x.len() })
    }
}
