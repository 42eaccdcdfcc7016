//! Task pools and the description of a preset.

use crate::mixup::MixRule;

/// One of the three frozen sets of tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    /// What meta-training sees.
    Training,
    /// Where poor tasks are mined.
    Evaluation,
    /// Never seen by any stage; every claim is also made here.
    HeldOut,
}

impl Pool {
    /// The index of the pool's stream under `Purpose::Tasks` (part of the random-number contract).
    pub(crate) fn index(self) -> u64 {
        match self {
            Pool::Training => 0,
            Pool::Evaluation => 1,
            Pool::HeldOut => 2,
        }
    }
}

/// How training tasks are spread. Evaluation and held-out pools are always uniform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskLaw {
    /// As the other pools.
    Uniform,
    /// Nine tasks in ten on one side, one in ten on the other; the side turns with the seed.
    Imbalanced,
}

/// Tasks of a pool.
#[derive(Clone, Debug, PartialEq)]
pub struct Tasks {
    /// Task parameters `[n, K]`, row-major.
    pub values: Vec<f64>,
    /// Which tasks lie where the training law is sparse `[n]`; `None` when the law has no such side.
    pub rare: Option<Vec<bool>>,
}

/// By which figure a preset's policies are told good from poor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Score {
    /// The share of episodes that end in success.
    Success,
    /// The mean return; nothing counts as success.
    Return,
}

/// What a picture of the preset's episodes shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// The ground plan: flights in a plane.
    Plan,
    /// The arena: flights in space.
    Arena,
    /// A body from the side, along its plane of motion.
    Side,
    /// A body from above.
    Above,
    /// An account: wealth over days.
    Account,
}

impl View {
    /// Its name across the seam.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            View::Plan => "plan",
            View::Arena => "arena",
            View::Side => "side",
            View::Above => "above",
            View::Account => "account",
        }
    }
}

/// Where the prices of a preset come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceSource {
    /// It has none.
    None,
    /// The preset makes them of random numbers.
    Made,
    /// A table that is fetched once.
    Fetched,
    /// The user's own files.
    Files,
}

impl PriceSource {
    /// Its name across the seam.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            PriceSource::None => "none",
            PriceSource::Made => "made",
            PriceSource::Fetched => "fetched",
            PriceSource::Files => "files",
        }
    }

    /// Whether whoever makes the worlds must bring the prices.
    #[must_use]
    pub const fn needed(self) -> bool {
        matches!(self, PriceSource::Fetched | PriceSource::Files)
    }
}

/// What a preset is: names, sizes, bounds. Static facts.
#[derive(Debug, PartialEq)]
pub struct EnvSpec {
    /// The preset's name; stands in every result row.
    pub preset: &'static str,
    /// The environment that the preset varies.
    pub family: &'static str,
    /// One sentence for lists.
    pub description: &'static str,
    /// S.
    pub observation_size: usize,
    /// A; actions are divided by the scale, then clipped to [-1, 1].
    pub action_size: usize,
    /// What an action is divided by.
    pub action_scale: f64,
    /// D.
    pub state_size: usize,
    /// K.
    pub task_size: usize,
    /// Env steps of a query flight.
    pub horizon: usize,
    /// Env steps of a support flight.
    pub support_horizon: usize,
    /// Smallest possible observation `[S]`.
    pub observation_low: &'static [f64],
    /// Largest possible observation `[S]`.
    pub observation_high: &'static [f64],
    /// Names of the task parameters `[K]`.
    pub task_names: &'static [&'static str],
    /// Smallest accepted task parameters `[K]`.
    pub task_low: &'static [f64],
    /// Largest accepted task parameters `[K]`.
    pub task_high: &'static [f64],
    /// A task to try `[K]`.
    pub default_task: &'static [f64],
    /// What the preset's results are measured by.
    pub scored_by: Score,
    /// How states are mixed where nothing else is asked for.
    pub mixing: MixRule,
    /// Whether [`Tasks::rare`] is known.
    pub knows_rare_tasks: bool,
    /// What a picture of its episodes shows.
    pub view: View,
    /// Whether a state can be lifted off a floor ([`crate::Repair::Lift`]).
    pub liftable: bool,
    /// Whether returns have a slope in the start, so that derivatives along the path exist.
    pub smooth: bool,
    /// Where its prices come from.
    pub prices: PriceSource,
}
