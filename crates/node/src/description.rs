//! What an environment is, as TypeScript reads it.

use napi_derive::napi;
use xmrl_envs::{EnvSpec, Kinds, Rareness, Score};

/// On what of a task the law `rare` acts, and its settings where none are given.
#[napi(object)]
pub struct NativeRareness {
    /// What of a task, in words.
    pub on: String,
    /// Whether that is a direction, whose turn begins where the seed says; else a number of a range.
    pub turns: bool,
    /// Share of the training tasks that are rare.
    pub share: f64,
    /// Share of what tasks can be that is rare.
    pub part: f64,
    /// `low` or `high`: which end that is.
    #[napi(ts_type = "'low' | 'high'")]
    pub end: String,
}

/// The kinds of task that a world has several of.
#[napi(object)]
pub struct NativeKinds {
    /// Name of the task parameter that is the number of a kind: a whole number from 0 on.
    pub parameter: String,
    /// What the kinds are called, by their numbers.
    pub names: Vec<String>,
    /// How many parameters a task of each kind has, of the K: those behind them say nothing, and are 0. Absent: all.
    pub sizes: Option<Vec<u32>>,
}

impl NativeKinds {
    /// As the worlds have them; of a name that no parameter has, one behind the last, which the check of a description refuses.
    pub(crate) fn of(&self, task_names: &[String]) -> Kinds {
        let at = task_names.iter().position(|name| *name == self.parameter);
        let all = || vec![task_names.len(); self.names.len()];
        let sizes = self.sizes.as_ref().map(|sizes| sizes.iter().map(|size| *size as usize).collect());
        Kinds { parameter: at.unwrap_or(task_names.len()), names: self.names.clone(), sizes: sizes.unwrap_or_else(all) }
    }
}

/// The specification of a preset.
#[napi(object)]
pub struct NativeEnvironment {
    /// Preset name.
    pub preset: String,
    /// The environment it varies.
    pub family: String,
    /// S.
    pub observation_size: u32,
    /// A; actions are divided by the scale, then clipped to [-1, 1].
    pub action_size: u32,
    /// D.
    pub state_size: u32,
    /// T of a query episode.
    pub horizon: u32,
    /// Steps of a support episode.
    pub support_horizon: u32,
    /// K.
    pub task_size: u32,
    /// Names of the task parameters.
    pub task_names: Vec<String>,
    /// Smallest accepted task parameters.
    pub task_low: Vec<f64>,
    /// Largest accepted task parameters.
    pub task_high: Vec<f64>,
    /// A task to try.
    pub default_task: Vec<f64>,
    /// The kinds of task; absent where its tasks are of one kind.
    pub kinds: Option<NativeKinds>,
    /// Whether the law knows which tasks are rare.
    pub knows_rare_tasks: bool,
    /// Names of the laws that training tasks can be drawn by, the preset's own first.
    pub task_laws: Vec<String>,
    /// On what the law `rare` acts; absent where there is none.
    pub rareness: Option<NativeRareness>,
    /// `success` or `return`: what tells how well a task is served.
    pub scored_by: String,
    /// The policy's action is divided by it before it is clipped.
    pub action_scale: f64,
    /// One sentence.
    pub description: String,
    /// What a picture of its episodes shows: `plan` (episodes in a plane), `arena` (in space), `side` or `above` (a body), `hand` (a robot's), `account`,
    /// `none` where there is no picture.
    #[napi(ts_type = "'plan' | 'arena' | 'side' | 'above' | 'hand' | 'account' | 'none'")]
    pub view: String,
    /// Whether mixed states can be lifted off a floor: repair `lift`.
    pub liftable: bool,
    /// Whether returns have a slope in the start, so that pathwise derivatives exist.
    pub smooth: bool,
    /// Whether its prices must be given: `prices` is `fetched` or `files`.
    pub needs_prices: bool,
    /// Where its prices come from.
    #[napi(ts_type = "'none' | 'made' | 'fetched' | 'files'")]
    pub prices: String,
    /// Whether files must be fetched before its worlds can be made: Meta-World's models and libmujoco.
    pub needs_files: bool,
}

pub(crate) fn describe(spec: &EnvSpec) -> NativeEnvironment {
    let size = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    NativeEnvironment {
        preset: spec.preset.clone(),
        family: spec.family.clone(),
        observation_size: size(spec.observation_size),
        action_size: size(spec.action_size),
        state_size: size(spec.state_size),
        horizon: size(spec.horizon),
        support_horizon: size(spec.support_horizon),
        task_size: size(spec.task_size),
        task_names: spec.task_names.clone(),
        task_low: spec.task_low.clone(),
        task_high: spec.task_high.clone(),
        default_task: spec.default_task.clone(),
        kinds: spec.kinds.as_ref().map(|Kinds { parameter, names, sizes }| NativeKinds {
            parameter: spec.task_names[*parameter].clone(),
            names: names.clone(),
            sizes: Some(sizes.iter().map(|of| size(*of)).collect()),
        }),
        knows_rare_tasks: spec.knows_rare_tasks,
        task_laws: spec.task_laws().iter().map(|law| (*law).to_owned()).collect(),
        rareness: spec.rareness.as_ref().map(|Rareness { on, turns, usual }| NativeRareness {
            on: on.clone(),
            turns: *turns,
            share: usual.share,
            part: usual.part,
            end: usual.end.name().to_owned(),
        }),
        scored_by: match spec.scored_by {
            Score::Success => "success".to_owned(),
            Score::Return => "return".to_owned(),
        },
        action_scale: spec.action_scale,
        description: spec.description.clone(),
        view: spec.view.name().to_owned(),
        liftable: spec.liftable,
        smooth: spec.smooth,
        needs_prices: spec.prices.needed(),
        prices: spec.prices.name().to_owned(),
        needs_files: spec.needs_files,
    }
}
