//! What a preset is: its description, which whoever makes worlds, pictures or policies reads instead of guessing from a name.

use crate::error::EnvError;
use crate::mix::{Geometry, MixRule, Repair};
use crate::tasks::{Rareness, TaskLaw};

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
    /// The ground plan: episodes in a plane.
    Plan,
    /// The arena: episodes in space.
    Arena,
    /// A body from the side, along its plane of motion.
    Side,
    /// A body from above.
    Above,
    /// A robot's hand and the object that it handles, over time: numbers 0 to 2 and 4 to 6 of an observation.
    Hand,
    /// An account: wealth over days.
    Account,
    /// Nothing: nobody has said what a state looks like.
    None,
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
            View::Hand => "hand",
            View::Account => "account",
            View::None => "none",
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

/// The kinds of task that a preset has several of: a task's number of one stands in one of its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kinds {
    /// Which parameter of a task is the number of its kind: a whole number from 0 on.
    pub parameter: usize,
    /// What the kinds are called, by their numbers.
    pub names: Vec<String>,
    /// How many parameters a task of each kind has, of the K: those behind them say nothing, and are 0.
    pub sizes: Vec<usize>,
}

/// How many numbers a world's arrays have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// S.
    pub observation: usize,
    /// A.
    pub action: usize,
    /// D.
    pub state: usize,
    /// K.
    pub task: usize,
    /// M: numbers beside the state that the last step left and that the next observation shows (contact forces, positions that
    /// lag) or the episode is judged by (whether it has met contact). They are never set from outside.
    pub memory: usize,
}

/// What a preset is: names, sizes, bounds. Facts that do not change.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvSpec {
    /// The preset's name; stands in every result row.
    pub preset: String,
    /// The environment that the preset varies.
    pub family: String,
    /// One sentence for lists.
    pub description: String,
    /// S.
    pub observation_size: usize,
    /// A; actions are divided by the scale, then clipped to [-1, 1].
    pub action_size: usize,
    /// What an action is divided by.
    pub action_scale: f64,
    /// D.
    pub state_size: usize,
    /// M; see [`Sizes::memory`].
    pub memory_size: usize,
    /// K.
    pub task_size: usize,
    /// Env steps of a query episode.
    pub horizon: usize,
    /// Env steps of a support episode.
    pub support_horizon: usize,
    /// Names of the task parameters `[K]`.
    pub task_names: Vec<String>,
    /// Smallest accepted task parameters `[K]`.
    pub task_low: Vec<f64>,
    /// Largest accepted task parameters `[K]`.
    pub task_high: Vec<f64>,
    /// A task to try `[K]`.
    pub default_task: Vec<f64>,
    /// The kinds of task; `None`: its tasks are of one kind.
    pub kinds: Option<Kinds>,
    /// What the preset's results are measured by.
    pub scored_by: Score,
    /// How states are mixed where nothing else is asked for.
    pub mixing: MixRule,
    /// Whether the preset's own law is the one in which a part is rare, so that [`Tasks::rare`](crate::Tasks::rare) is known.
    pub knows_rare_tasks: bool,
    /// On what rareness acts where a law makes a part of the tasks rare; `None`: there is no such law, as of two tasks only.
    pub rareness: Option<Rareness>,
    /// What a picture of its episodes shows.
    pub view: View,
    /// Whether a state can be lifted off a floor ([`Repair::Lift`]).
    pub liftable: bool,
    /// Whether returns have a slope in the start, so that derivatives along the path exist.
    pub smooth: bool,
    /// Where its prices come from.
    pub prices: PriceSource,
    /// Whether files must be fetched before it can be made: Meta-World's.
    pub needs_files: bool,
}

impl EnvSpec {
    /// The description of a preset of the family that is named before the slash, in which nothing is said but the sizes: scored by
    /// return, mixed linearly and by rejection, action scale 1, 100 steps, tasks any numbers.
    #[must_use]
    pub fn of(preset: &str, sizes: Sizes) -> Self {
        let Sizes { observation, action, state, task, memory } = sizes;
        Self {
            preset: preset.to_owned(),
            family: preset.split('/').next().unwrap_or(preset).to_owned(),
            description: String::new(),
            observation_size: observation,
            action_size: action,
            action_scale: 1.0,
            state_size: state,
            memory_size: memory,
            task_size: task,
            horizon: 100,
            support_horizon: 100,
            task_names: (1..=task).map(|k| format!("task {k}")).collect(),
            task_low: vec![-f64::MAX; task],
            task_high: vec![f64::MAX; task],
            default_task: vec![0.0; task],
            kinds: None,
            scored_by: Score::Return,
            mixing: MixRule { geometry: Geometry::Linear, repair: Repair::Reject },
            knows_rare_tasks: false,
            rareness: None,
            view: View::Plan,
            liftable: false,
            smooth: false,
            prices: PriceSource::None,
            needs_files: false,
        }
    }

    /// The same facts under another preset's name.
    #[must_use]
    pub fn named(self, preset: &str) -> Self {
        let family = preset.split('/').next().unwrap_or(preset).to_owned();
        Self { preset: preset.to_owned(), family, ..self }
    }

    /// What lists say of it, in one sentence.
    #[must_use]
    pub fn described(self, description: &str) -> Self {
        Self { description: description.to_owned(), ..self }
    }

    /// Env steps of query and support episodes.
    #[must_use]
    pub fn horizons(self, query: usize, support: usize) -> Self {
        Self { horizon: query, support_horizon: support, ..self }
    }

    /// Task parameters `[K]`: name, smallest and largest accepted value, value of a task to try.
    #[must_use]
    pub fn tasks(self, parameters: &[(&str, f64, f64, f64)]) -> Self {
        Self {
            task_size: parameters.len(),
            task_names: parameters.iter().map(|p| p.0.to_owned()).collect(),
            task_low: parameters.iter().map(|p| p.1).collect(),
            task_high: parameters.iter().map(|p| p.2).collect(),
            default_task: parameters.iter().map(|p| p.3).collect(),
            ..self
        }
    }

    /// How states are mixed where nothing else is asked for.
    #[must_use]
    pub fn mixed(self, geometry: Geometry, repair: Repair) -> Self {
        Self { mixing: MixRule { geometry, repair }, liftable: self.liftable || repair == Repair::Lift, ..self }
    }

    /// The preset's own law of training tasks.
    #[must_use]
    pub fn task_law(&self) -> TaskLaw {
        match &self.rareness {
            Some(rareness) if self.knows_rare_tasks => TaskLaw::Rare(rareness.usual),
            _ => TaskLaw::Uniform,
        }
    }

    /// Names of the laws that training tasks can be drawn by, the preset's own first.
    #[must_use]
    pub fn task_laws(&self) -> &'static [&'static str] {
        match (&self.rareness, self.knows_rare_tasks) {
            (None, _) => &["uniform"],
            (Some(_), false) => &["uniform", "rare"],
            (Some(_), true) => &["rare", "uniform"],
        }
    }

    /// The sizes of its arrays.
    #[must_use]
    pub fn sizes(&self) -> Sizes {
        Sizes {
            observation: self.observation_size,
            action: self.action_size,
            state: self.state_size,
            task: self.task_size,
            memory: self.memory_size,
        }
    }

    /// That the description holds together: a name, arrays that are not empty, bounds and names of every task parameter.
    pub fn check(&self) -> Result<(), EnvError> {
        let fail = |fault: String| Err(EnvError::BadSpec { preset: self.preset.clone(), fault });
        let counts = [
            ("observation_size", self.observation_size),
            ("action_size", self.action_size),
            ("state_size", self.state_size),
            ("task_size", self.task_size),
            ("horizon", self.horizon),
            ("support_horizon", self.support_horizon),
        ];
        if self.preset.is_empty() {
            return fail("its name is empty".to_owned());
        }
        if let Some((key, _)) = counts.into_iter().find(|(_, count)| *count == 0) {
            return fail(format!("{key} is 0; it must be at least 1"));
        }
        let lengths = [
            ("task_names", self.task_names.len()),
            ("task_low", self.task_low.len()),
            ("task_high", self.task_high.len()),
            ("default_task", self.default_task.len()),
        ];
        if let Some((key, got)) = lengths.into_iter().find(|(_, got)| *got != self.task_size) {
            return fail(format!("{key} has {got} entries; task_size asks for {}", self.task_size));
        }
        let bounds = self.task_low.iter().zip(&self.task_high).zip(&self.default_task);
        if let Some(k) = bounds.into_iter().position(|((low, high), value)| !(low..=high).contains(&value)) {
            let (low, high, value) = (self.task_low[k], self.task_high[k], self.default_task[k]);
            return fail(format!("default_task[{k}] is {value}; it must lie in [{low}, {high}]"));
        }
        if self.action_scale <= 0.0 || !self.action_scale.is_finite() {
            return fail(format!("action_scale is {}; it must be finite and above 0", self.action_scale));
        }
        self.kinds.as_ref().map_or(Ok(()), |kinds| self.check_kinds(kinds).or_else(fail))
    }

    /// That each kind has a name of its own, and that the parameter's bounds are the kinds' numbers. Error: what is wrong.
    fn check_kinds(&self, Kinds { parameter, names, sizes }: &Kinds) -> Result<(), String> {
        let Some(name) = self.task_names.get(*parameter) else {
            return Err(format!("kinds.parameter is {parameter}; a task has {} parameters", self.task_size));
        };
        if names.is_empty() || names.iter().any(|name| name.trim().is_empty()) {
            return Err(format!("kinds.names is {names:?}; it must be names, one a kind"));
        }
        if let Some(twice) = names.iter().enumerate().find_map(|(at, name)| names[..at].contains(name).then_some(name))
        {
            return Err(format!("kinds.names has {twice:?} twice"));
        }
        let bad = |size: &usize| !(parameter + 1..=self.task_size).contains(size);
        if sizes.len() != names.len() || sizes.iter().any(bad) {
            let needed = format!("one number a kind, from {} to {}", parameter + 1, self.task_size);
            return Err(format!("kinds.sizes is {sizes:?}; it must be {needed}"));
        }
        let (low, high, last) = (self.task_low[*parameter], self.task_high[*parameter], names.len() - 1);
        if low != 0.0 || high != last as f64 {
            return Err(format!(
                "{name} goes from {low} to {high}; of {} kinds it must go from 0 to {last}",
                names.len()
            ));
        }
        let value = self.default_task[*parameter];
        if value.fract() == 0.0 {
            Ok(())
        } else {
            Err(format!("default_task is of kind {value}; it must be a whole number"))
        }
    }
}
