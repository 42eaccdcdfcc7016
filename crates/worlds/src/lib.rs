//! The torch-free seam: environments, task laws and batched worlds for TypeScript. No mathematics.
//!
//! What needs no tensor must work without libtorch, and an addon that is linked to it cannot be loaded without it; so
//! this is an addon of its own. Errors cross as `ERR_CODE: text`.
#![expect(unreachable_pub, reason = "napi exports what is pub; no crate links to this one")]

mod market;
mod process;

use napi::bindgen_prelude::{Float64Array, Uint8Array};
use napi::{Error, Result, Status};
use napi_derive::napi;
use xmrl_envs::{EnvError, EnvSpec, Environment, Pool, Score, Worlds, drone_constants, quadrotor_constants};

fn seam(error: EnvError) -> Error {
    let code = match error {
        EnvError::UnknownPreset { .. } => "ERR_PRESET_UNKNOWN",
        EnvError::Shape { .. } | EnvError::Zero { .. } => "ERR_SHAPE",
        EnvError::NotFinite { .. }
        | EnvError::BadState { .. }
        | EnvError::StateOutside { .. }
        | EnvError::ZeroQuaternion { .. }
        | EnvError::NoMass { .. } => "ERR_NOT_FINITE",
        EnvError::TaskOutside { .. } | EnvError::TaskNotWhole { .. } => "ERR_TASK",
        EnvError::NoPrices { .. }
        | EnvError::BadPrice { .. }
        | EnvError::TooFewDays { .. }
        | EnvError::TooManyNames { .. }
        | EnvError::OtherPrices { .. } => "ERR_PRICES",
        EnvError::TakesNoPrices { .. } => "ERR_USAGE",
        EnvError::NothingToLift { .. } => "ERR_SPEC_INVALID",
        EnvError::NothingToMix { .. } | EnvError::Threads { .. } => "ERR_NATIVE",
    };
    fail(code, &error.to_string())
}

fn fail(code: &str, text: &str) -> Error {
    Error::new(Status::GenericFailure, format!("{code}: {text}"))
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
    /// T of a query flight.
    pub horizon: u32,
    /// Steps of a support flight.
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
    /// Whether the law knows which tasks are rare.
    pub knows_rare_tasks: bool,
    /// `success` or `return`: what tells how well a task is served.
    pub scored_by: String,
    /// The policy's action is divided by it before it is clipped.
    pub action_scale: f64,
    /// One sentence.
    pub description: String,
}

fn describe(spec: &EnvSpec) -> NativeEnvironment {
    let size = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    NativeEnvironment {
        preset: spec.preset.to_owned(),
        family: spec.family.to_owned(),
        observation_size: size(spec.observation_size),
        action_size: size(spec.action_size),
        state_size: size(spec.state_size),
        horizon: size(spec.horizon),
        support_horizon: size(spec.support_horizon),
        task_size: size(spec.task_size),
        task_names: spec.task_names.iter().map(|name| (*name).to_owned()).collect(),
        task_low: spec.task_low.to_vec(),
        task_high: spec.task_high.to_vec(),
        default_task: spec.default_task.to_vec(),
        knows_rare_tasks: spec.knows_rare_tasks,
        scored_by: match spec.scored_by {
            Score::Success => "success".to_owned(),
            Score::Return => "return".to_owned(),
        },
        action_scale: spec.action_scale,
        description: spec.description.to_owned(),
    }
}

/// Every registered preset.
#[napi]
#[must_use]
pub fn environments() -> Vec<NativeEnvironment> {
    xmrl_envs::environments().into_iter().map(describe).collect()
}

/// One preset, whether its data are there or not; `ERR_PRESET_UNKNOWN` offers the nearest name.
#[napi]
pub fn environment(preset: String) -> Result<NativeEnvironment> {
    Ok(describe(xmrl_envs::specification(&preset).map_err(seam)?))
}

/// Tasks of a pool.
#[napi(object)]
pub struct NativeTasks {
    /// `[n, K]` row-major.
    pub values: Float64Array,
    /// `[n]`; absent where the law does not know.
    pub rare: Option<Vec<bool>>,
}

/// Draws `count` tasks of `pool` (`training`, `evaluation`, `held-out`) from the preset's law.
#[napi]
pub fn sample_tasks(preset: String, pool: String, seed: u32, count: u32) -> Result<NativeTasks> {
    let pool = match pool.as_str() {
        "training" => Pool::Training,
        "evaluation" => Pool::Evaluation,
        "held-out" => Pool::HeldOut,
        other => {
            return Err(fail("ERR_USAGE", &format!("unknown pool {other:?}; known: training, evaluation, held-out")));
        }
    };
    if count == 0 {
        return Err(fail("ERR_SHAPE", "count is 0; ask for at least one task"));
    }
    let tasks = xmrl_envs::environment(&preset).map_err(seam)?.tasks(pool, u64::from(seed), count as usize);
    Ok(NativeTasks { values: tasks.values.into(), rare: tasks.rare })
}

/// Checks one task against the preset's bounds; `ERR_TASK` names the parameter and the bound.
#[napi]
pub fn check_task(preset: String, task: Float64Array) -> Result<()> {
    xmrl_envs::environment(&preset).map_err(seam)?.check_task(&task).map_err(seam)
}

/// A solid disc.
#[napi(object)]
pub struct Disc {
    /// Centre, m.
    pub x: f64,
    /// Centre, m.
    pub y: f64,
    /// Radius, m.
    pub radius: f64,
}

/// Heights of an arena, in metres.
#[napi(object)]
pub struct Heights {
    /// The floor.
    pub low: f64,
    /// The ceiling.
    pub high: f64,
    /// Where query flights start.
    pub start: f64,
}

/// What a picture of flights among discs needs, in metres.
#[napi(object)]
pub struct NativeScene {
    /// Lower left of the arena in which goals lie.
    pub low: Vec<f64>,
    /// Upper right of it.
    pub high: Vec<f64>,
    /// Where query flights start.
    pub start: Vec<f64>,
    /// Distance from the goal that counts as arrival.
    pub goal_radius: f64,
    /// Solid discs; pillars where there are heights.
    pub discs: Vec<Disc>,
    /// Absent where flights stay in a plane.
    pub heights: Option<Heights>,
}

/// The scene of a drone preset; `ERR_USAGE` for a preset that is none.
#[napi]
pub fn scene(preset: String) -> Result<NativeScene> {
    let heights = match xmrl_envs::environment(&preset).map_err(seam)? {
        Environment::DronePlanar(_) => None,
        Environment::DroneQuadrotor(_) => {
            Some(Heights { low: 0.0, high: quadrotor_constants::CEILING, start: quadrotor_constants::MIDDLE })
        }
        _ => return Err(fail("ERR_USAGE", &format!("{preset} does not fly among discs"))),
    };
    let disc = |&[x, y]: &[f64; 2]| Disc { x, y, radius: drone_constants::DISC_RADIUS };
    Ok(NativeScene {
        low: vec![drone_constants::SUPPORT_LOW; 2],
        high: vec![drone_constants::SUPPORT_HIGH; 2],
        start: vec![drone_constants::CENTRE; 2],
        goal_radius: drone_constants::GOAL_RADIUS,
        discs: drone_constants::DISCS.iter().map(disc).collect(),
        heights,
    })
}

/// Capsules that draw a body in simulator states `[n, D]`: `[n, C, 7]`, each (x1 y1 z1 x2 y2 z2 radius), metres, in the
/// world; a sphere has both ends in one place. `ERR_USAGE` for a preset without a body.
#[napi]
pub fn body_segments(preset: String, states: Float64Array) -> Result<Float64Array> {
    let segments = xmrl_envs::environment(&preset).map_err(seam)?.segments(&states).map_err(seam)?;
    if segments.is_empty() && !states.is_empty() {
        return Err(fail("ERR_USAGE", &format!("{preset} has no body to draw")));
    }
    Ok(segments.into())
}

/// What one step of a batch gave.
#[napi(object)]
pub struct NativeStep {
    /// `[W, S]` after the step.
    pub observations: Float64Array,
    /// `[W]`.
    pub rewards: Float64Array,
    /// `[W]` 1 where the rules ended the episode.
    pub terminated: Uint8Array,
    /// `[W]` 1 where the horizon ended it.
    pub truncated: Uint8Array,
}

/// A batch of worlds of one preset; see `Worlds` in TypeScript.
#[napi]
pub struct NativeWorlds {
    worlds: Worlds,
}

#[napi]
impl NativeWorlds {
    /// `tasks [n, K]`, W = n × `worlds_per_task` worlds.
    #[napi(constructor)]
    pub fn new(preset: String, tasks: Float64Array, worlds_per_task: u32, seed: u32, threads: u32) -> Result<Self> {
        let worlds = Worlds::new(&preset, &tasks, worlds_per_task as usize, u64::from(seed), threads as usize);
        Ok(Self { worlds: worlds.map_err(seam)? })
    }

    /// `[W, S]`.
    #[napi]
    pub fn observations(&self) -> Float64Array {
        self.worlds.observations().to_vec().into()
    }

    /// Steps every world under `actions [W, A]`.
    #[napi]
    pub fn step(&mut self, actions: Float64Array) -> Result<NativeStep> {
        let result = self.worlds.step(&actions).map_err(seam)?;
        Ok(NativeStep {
            observations: result.observations.to_vec().into(),
            rewards: result.rewards.to_vec().into(),
            terminated: result.terminated.to_vec().into(),
            truncated: result.truncated.to_vec().into(),
        })
    }

    /// `[W, D]`.
    #[napi]
    pub fn state(&self) -> Float64Array {
        self.worlds.state().to_vec().into()
    }

    /// Constraint solves so far, counted per block of lanes, that met the iteration bound.
    #[napi(getter)]
    pub fn capped_solves(&self) -> u32 {
        u32::try_from(self.worlds.capped_solves()).unwrap_or(u32::MAX)
    }

    /// Puts every world in a state `[W, D]` and starts its episode anew.
    #[napi]
    pub fn set_state(&mut self, states: Float64Array) -> Result<()> {
        self.worlds.set_state(&states).map_err(seam)
    }

    /// Puts every world at a new start.
    #[napi]
    pub fn reset(&mut self) {
        self.worlds.reset();
    }
}
