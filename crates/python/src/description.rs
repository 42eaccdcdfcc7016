//! What a Python process finds out of its environment, and the specification of a world that follows.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use xmrl_envs::{EnvSpec, Kinds, Score, Sizes, View};

/// Where the factory's module lies, and what its source was when the world was opened.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct Source {
    /// Absolute path.
    pub file: String,
    /// SHA-256, in hexadecimal, of its source and of what it has imported from its package or folder.
    pub sha256: String,
}

/// Versions of what an environment runs on.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct Versions {
    /// Python.
    pub python: String,
    /// numpy.
    pub numpy: Option<String>,
    /// gymnasium, where the environment has imported it.
    pub gymnasium: Option<String>,
}

/// The kinds of task that an environment has several of.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct TaskKinds {
    /// Name of the task parameter that is the number of a kind.
    pub parameter: String,
    /// What the kinds are called, by their numbers.
    pub names: Vec<String>,
    /// How many parameters a task of each kind has; absent: all.
    pub sizes: Option<Vec<usize>>,
}

/// What is known of an environment once its factory was called and an episode of it was tried: keys as worker.py writes them.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Description {
    /// S.
    pub observation_size: usize,
    /// A.
    pub action_size: usize,
    /// Numbers of `get_state()`; absent where states cannot be set.
    pub state_size: Option<usize>,
    /// Whether states can be mixed.
    pub mixes: bool,
    /// Steps after which its time limit ends an episode.
    pub horizon: usize,
    /// Where its tasks come from: `sample_tasks`, or its list `tasks`.
    pub law: String,
    /// `[K]`.
    pub task_names: Vec<String>,
    /// `[K]` of `task_space`; absent where it has none.
    pub task_low: Option<Vec<f64>>,
    /// `[K]` of `task_space`.
    pub task_high: Option<Vec<f64>>,
    /// The first task that it gave `[K]`.
    pub default_task: Vec<f64>,
    /// Its `task_kinds`; absent where it has none.
    #[serde(default)]
    pub kinds: Option<TaskKinds>,
    /// `success` or `return`.
    pub scored_by: String,
    /// Whether the same seed and actions gave the same episode, in one environment and in a second.
    pub deterministic: bool,
    /// What a step took, s.
    pub step_seconds: f64,
    /// Its id or class.
    pub environment: String,
    /// The factory's module; absent where it has no file.
    pub source: Option<Source>,
    /// What it runs on.
    pub versions: Versions,
    /// What was noticed, in sentences.
    pub notes: Vec<String>,
}

impl Description {
    /// From what a process wrote.
    pub(crate) fn read(value: Value) -> Result<Self, String> {
        serde_json::from_value(value).map_err(|error| format!("its description cannot be read: {error}"))
    }

    /// The specification of the world under this name. A state is what `get_state()` gives and one number more: the seed from
    /// which an episode begins, or −1 where the state says all.
    pub(crate) fn spec(&self, preset: &str) -> EnvSpec {
        let sizes = Sizes {
            observation: self.observation_size,
            action: self.action_size,
            state: self.state_size.unwrap_or(0) + 1,
            task: self.task_names.len(),
            memory: 0,
        };
        let bounds = |given: &Option<Vec<f64>>, all: f64| -> Vec<f64> {
            let given = given.iter().flatten().map(|bound| bound.clamp(-f64::MAX, f64::MAX));
            let given: Vec<f64> = given.collect();
            if given.len() == sizes.task { given } else { vec![all; sizes.task] }
        };
        let kinds = self.kinds.as_ref().map(|TaskKinds { parameter, names, sizes: of }| Kinds {
            parameter: self.task_names.iter().position(|name| name == parameter).unwrap_or(sizes.task),
            names: names.clone(),
            sizes: of.clone().unwrap_or_else(|| vec![sizes.task; names.len()]),
        });
        let (mut task_low, mut task_high) = (bounds(&self.task_low, -f64::MAX), bounds(&self.task_high, f64::MAX));
        // Without a `task_space` the kinds bound their own parameter.
        if let (None, Some(Kinds { parameter, names, .. })) = (&self.task_low, &kinds)
            && *parameter < sizes.task
        {
            (task_low[*parameter], task_high[*parameter]) = (0.0, names.len().saturating_sub(1) as f64);
        }
        EnvSpec {
            // The whole of it is the family: a module's name may hold no slash, and variants are factories.
            family: preset.to_owned(),
            description: format!("{} in Python", self.environment),
            horizon: self.horizon,
            support_horizon: self.horizon,
            task_names: self.task_names.clone(),
            task_low,
            task_high,
            default_task: self.default_task.clone(),
            kinds,
            view: View::None,
            scored_by: if self.scored_by == "success" { Score::Success } else { Score::Return },
            ..EnvSpec::of(preset, sizes)
        }
    }
}
