//! What can be wrong with a request to a world.

use xmrl_lanes::all_finite;

use crate::memory::gib;

/// A request that an environment refuses. Messages name the row or entry and what would be accepted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EnvError {
    /// No preset has this name.
    #[error("unknown environment preset `{name}`; did you mean `{nearest}`? (known: {known})")]
    UnknownPreset {
        /// The name that was asked for.
        name: String,
        /// The known name with the fewest edits.
        nearest: String,
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
    /// A NaN or an infinity among the actions of several steps.
    #[error("actions of step {step}, row {row}, entry {entry}: {value} is not finite")]
    ActionNotFinite {
        /// The first such step.
        step: usize,
        /// Its row.
        row: usize,
        /// Its column.
        entry: usize,
        /// The value.
        value: f64,
    },
    /// A world that a batch does not have.
    #[error("rows[{at}] is {row}, these are worlds 0 to {}", worlds - 1)]
    RowOutside {
        /// Its place in the list.
        at: usize,
        /// The world that was named.
        row: usize,
        /// W.
        worlds: usize,
    },
    /// A world that is named twice in one list.
    #[error("rows[{at}]: world {row} is named twice; give numbers of worlds, not flags, each once")]
    RowTwice {
        /// Its second place in the list.
        at: usize,
        /// The world.
        row: usize,
    },
    /// Steps whose results no memory holds.
    #[error("{steps} steps of {worlds} worlds give {:.1} GiB, this process may have {:.1} of memory; take fewer at a time", gib(*needed), gib(*there))]
    LongFlight {
        /// T.
        steps: usize,
        /// W.
        worlds: usize,
        /// Bytes.
        needed: u64,
        /// Bytes.
        there: u64,
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
        preset: String,
    },
    /// A world whose states cannot be mixed.
    #[error("{preset}: its states cannot be mixed; choose another environment, or an arm that mixes none")]
    NothingMixes {
        /// The preset.
        preset: String,
    },
    /// A world whose episodes begin where it says.
    #[error("{preset}: its episodes cannot begin in a given state; use its own starts")]
    NotSettable {
        /// The preset.
        preset: String,
    },
    /// A world that failed where it runs: in another process, behind another library.
    #[error("{preset}: {reason}")]
    Failed {
        /// The preset.
        preset: String,
        /// What it said.
        reason: String,
    },
    /// A description that does not hold together.
    #[error("{preset}: {fault}")]
    BadSpec {
        /// The preset.
        preset: String,
        /// The key, its value and what it must be.
        fault: String,
    },
    /// A name that is taken.
    #[error("the environment preset {preset} exists already; register the world under another name")]
    PresetExists {
        /// The preset.
        preset: String,
    },
    /// A task parameter outside the preset's bounds.
    #[error("task {row}: {name} = {value} is outside [{low}, {high}]")]
    TaskOutside {
        /// Row of the task.
        row: usize,
        /// Name of the parameter.
        name: String,
        /// Its value.
        value: f64,
        /// Smallest accepted value.
        low: f64,
        /// Largest accepted value.
        high: f64,
    },
    /// A task parameter that must be a whole number.
    #[error("task {row}: {name} = {value} is not a whole number")]
    TaskNotWhole {
        /// Row of the task.
        row: usize,
        /// Name of the parameter.
        name: String,
        /// Its value.
        value: f64,
    },
    /// A law with a rare part, of tasks that have none.
    #[error("{preset} has no law with rare tasks: its tasks are no range of which a part could be rare; use uniform")]
    NothingRare {
        /// The preset.
        preset: String,
    },
    /// A setting of a law of tasks.
    #[error("{key} of the law rare is {value}; it must be {needed}")]
    BadLaw {
        /// Which setting.
        key: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        needed: &'static str,
    },
    /// An entry of a state that no market can have.
    #[error("state {row}, entry {entry}: {value} is not {needed}")]
    StateOutside {
        /// Row of the first such state.
        row: usize,
        /// Its column.
        entry: usize,
        /// The value.
        value: f64,
        /// What it must be.
        needed: String,
    },
    /// A price that is no price.
    #[error("{what}, day {day} (from 0), {name}: a price must be finite and above 0, not {value}")]
    BadPrice {
        /// Which array.
        what: &'static str,
        /// Row of the first such price.
        day: usize,
        /// Name of its column.
        name: String,
        /// The value.
        value: f64,
    },
    /// A table of prices too short for three pools of disjoint years.
    #[error(
        "{days} days of prices are too few: a year before the first trade and six periods of 274 days need {needed}"
    )]
    TooFewDays {
        /// How many there are.
        days: usize,
        /// How many are needed.
        needed: usize,
    },
    /// More names than a market of prices takes.
    #[error("{names} names are too many; at most {most} can be traded, leave some out")]
    TooManyNames {
        /// How many there are.
        names: usize,
        /// How many there may be.
        most: usize,
    },
    /// Prices other than those that a preset's name stands for.
    #[error("{preset} is {} names over {} days, not {} over {}", expected[0], expected[1], got[0], got[1])]
    OtherPrices {
        /// The preset.
        preset: String,
        /// Names and days that were given.
        got: [usize; 2],
        /// Names and days of the preset.
        expected: [usize; 2],
    },
    /// A preset whose name does not stand for prices: they must be given.
    #[error("{preset} needs prices{}", source_of(preset))]
    NoPrices {
        /// The preset.
        preset: String,
    },
    /// A preset whose files are not there, or are others.
    #[error(
        "{preset} needs Meta-World's models and libmujoco 3.3.0: {reason}; `npx xmrl data metaworld` fetches them once with pip"
    )]
    NoMetaworld {
        /// The preset.
        preset: String,
        /// What is missing, or was found in its place.
        reason: String,
    },
    /// A task whose two places are nearer than the environment takes.
    #[error("task {row}: {environment} wants its places at least {bound} m apart in the plane, these are {found:.4}")]
    TaskTooNear {
        /// Row of the task.
        row: usize,
        /// The environment.
        environment: &'static str,
        /// Their distance, m.
        found: f64,
        /// The least that is accepted, m.
        bound: f64,
    },
    /// Prices for a preset that takes none.
    #[error("{preset} takes no prices; stock/sp20 and stock/csv do")]
    TakesNoPrices {
        /// The name that was given.
        preset: String,
    },
    /// A count that must be positive is zero.
    #[error("{what} must be at least 1")]
    Zero {
        /// Which count.
        what: &'static str,
    },
    /// Worlds that no memory holds.
    #[error("{worlds} worlds of {preset} need {:.1} GiB of memory, this process may have {:.1}; make fewer", gib(*needed), gib(*there))]
    TooLarge {
        /// W.
        worlds: u64,
        /// The preset.
        preset: String,
        /// Bytes.
        needed: u64,
        /// Bytes.
        there: u64,
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

/// Where the prices of a preset come from.
fn source_of(preset: &str) -> &'static str {
    match preset {
        "stock/sp20" => {
            ": `npx xmrl data stock/sp20` fetches them once with pip, and loadPrices('stock/sp20') reads them"
        }
        _ => ": name your file in `market.file`, or give the table of loadPrices('stock/csv', { file })",
    }
}

impl EnvError {
    /// The row of the states or tasks that is at fault, where it is one row's.
    #[must_use]
    pub fn row(&self) -> Option<usize> {
        match *self {
            Self::NotFinite { row, .. }
            | Self::BadState { row, .. }
            | Self::ZeroQuaternion { row, .. }
            | Self::NoMass { row, .. }
            | Self::StateOutside { row, .. }
            | Self::TaskOutside { row, .. }
            | Self::TaskNotWhole { row, .. }
            | Self::TaskTooNear { row, .. } => Some(row),
            _ => None,
        }
    }

    /// The code that both addons show it under; `ts/errors.ts` lists them.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownPreset { .. } => "ERR_PRESET_UNKNOWN",
            Self::Shape { .. } | Self::Zero { .. } => "ERR_SHAPE",
            Self::NotFinite { .. }
            | Self::ActionNotFinite { .. }
            | Self::BadState { .. }
            | Self::StateOutside { .. }
            | Self::ZeroQuaternion { .. }
            | Self::NoMass { .. } => "ERR_NOT_FINITE",
            Self::TaskOutside { .. } | Self::TaskNotWhole { .. } | Self::TaskTooNear { .. } => "ERR_TASK",
            Self::NoMetaworld { .. } => "ERR_METAWORLD",
            Self::NoPrices { .. }
            | Self::BadPrice { .. }
            | Self::TooFewDays { .. }
            | Self::TooManyNames { .. }
            | Self::OtherPrices { .. } => "ERR_PRICES",
            Self::TakesNoPrices { .. }
            | Self::TooLarge { .. }
            | Self::LongFlight { .. }
            | Self::RowOutside { .. }
            | Self::RowTwice { .. }
            | Self::NotSettable { .. }
            | Self::BadSpec { .. }
            | Self::NothingRare { .. }
            | Self::BadLaw { .. }
            | Self::PresetExists { .. } => "ERR_USAGE",
            Self::NothingToLift { .. } | Self::NothingMixes { .. } => "ERR_SPEC_INVALID",
            Self::Failed { .. } => "ERR_WORLD",
            Self::NothingToMix { .. } | Self::Threads { .. } => "ERR_NATIVE",
        }
    }

    /// Checks a row-major array `[rows, columns]`: its length, then that every entry is finite.
    pub(crate) fn check(what: &'static str, x: &[f64], rows: usize, columns: usize) -> Result<(), EnvError> {
        EnvError::check_shape(what, x, rows, columns)?;
        if all_finite(x) {
            return Ok(());
        }
        let at = x.iter().position(|v| !v.is_finite()).unwrap_or(0);
        Err(EnvError::NotFinite { what, row: at / columns, entry: at % columns, value: x[at] })
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
