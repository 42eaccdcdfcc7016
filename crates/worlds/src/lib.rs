//! The torch-free seam: environments, task laws and batched worlds for TypeScript. No mathematics.
//!
//! What needs no tensor must work without libtorch, and an addon that is linked to it cannot be loaded without it; so
//! this is an addon of its own. Errors cross as `ERR_CODE: text`.

mod batch;
mod market;
mod process;

use napi::bindgen_prelude::{ClassInstance, Float64Array};
use napi::{Error, Result, Status};
use napi_derive::napi;
use xmrl_envs::{EnvError, EnvSpec, Environment, Pool, Score, World};
use xmrl_threads::{Ended, Owner};

use crate::market::NativeMarket;

/// The JavaScript error of a failed request.
fn seam(error: EnvError) -> Error {
    fail(error.code(), &error.to_string())
}

fn fail(code: &str, text: &str) -> Error {
    Error::new(Status::GenericFailure, format!("{code}: {text}"))
}

/// Runs `work` for `owner`; a panic on any of its threads becomes `ERR_NATIVE` with its words and its place.
fn guard_for<T>(owner: &Owner, work: impl FnOnce() -> Result<T>) -> Result<T> {
    owner.work(work).unwrap_or_else(|ended| {
        let text = match ended {
            Ended::Stopped => "stopped".to_owned(),
            Ended::Panicked(panic) => format!("{} ({})", panic.text, panic.place).replace('\n', " "),
        };
        Err(fail("ERR_NATIVE", &format!("internal failure, please report it: {text}")))
    })
}

/// [`guard_for`] work that starts no threads.
fn guard<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    guard_for(&Owner::new(), work)
}

/// A whole number from 0 to `most`; JavaScript's numbers are doubles, which N-API would cut down to 32 bits without a word.
fn whole(key: &str, value: f64, most: u32) -> Result<u32> {
    if value.trunc() == value && (0.0..=f64::from(most)).contains(&value) {
        return Ok(value as u32);
    }
    Err(fail("ERR_USAGE", &format!("{key}: give a whole number from 0 to {most}, not {value}")))
}

/// Most tasks of a pool, worlds of a batch, threads.
const TASKS: u32 = 1_000_000;
const WORLDS: u32 = 1 << 24;
const THREADS: u32 = 1024;

/// The environment of a preset: its market where one is given, which must then be the preset's.
fn named(preset: &str, market: Option<&NativeMarket>) -> Result<Environment> {
    match market.map(|own| &own.market) {
        None => xmrl_envs::environment(preset).map_err(seam),
        Some(market) if market.spec().preset == preset => Ok(market.clone().into()),
        Some(market) => Err(fail("ERR_USAGE", &format!("the market is of {}, not of {preset}", market.spec().preset))),
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
    /// What a picture of its episodes shows: `plan` (flights in a plane), `arena` (in space), `side` or `above` (a body), `account`.
    #[napi(ts_type = "'plan' | 'arena' | 'side' | 'above' | 'account'")]
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
}

fn describe(spec: &EnvSpec) -> NativeEnvironment {
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
        knows_rare_tasks: spec.knows_rare_tasks,
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
    }
}

/// Every registered preset.
#[napi]
pub fn environments() -> Result<Vec<NativeEnvironment>> {
    guard(|| Ok(xmrl_envs::environments().iter().map(describe).collect()))
}

/// One preset, with its market where its sizes follow its prices; `ERR_PRESET_UNKNOWN` offers the nearest name.
#[napi]
pub fn environment(preset: String, market: Option<ClassInstance<'_, NativeMarket>>) -> Result<NativeEnvironment> {
    guard(|| match market {
        None => Ok(describe(&xmrl_envs::specification(&preset).map_err(seam)?)),
        Some(market) => Ok(describe(named(&preset, Some(&market))?.spec())),
    })
}

/// Tasks of a pool.
#[napi(object)]
pub struct NativeTasks {
    /// `[n, K]` row-major.
    pub values: Float64Array,
    /// `[n]`; absent where the law does not know.
    pub rare: Option<Vec<bool>>,
}

/// Draws `count` tasks of `pool` (`training`, `evaluation`, `held-out`) from the preset's law; a stock preset's are periods of
/// its market.
#[napi]
pub fn sample_tasks(
    preset: String,
    pool: String,
    seed: f64,
    count: f64,
    market: Option<ClassInstance<'_, NativeMarket>>,
) -> Result<NativeTasks> {
    guard(|| {
        let pool = match pool.as_str() {
            "training" => Pool::Training,
            "evaluation" => Pool::Evaluation,
            "held-out" => Pool::HeldOut,
            other => {
                let text = format!("unknown pool {other:?}; known: training, evaluation, held-out");
                return Err(fail("ERR_USAGE", &text));
            }
        };
        let (seed, count) = (whole("seed", seed, u32::MAX)?, whole("count", count, TASKS)?);
        if count == 0 {
            return Err(fail("ERR_SHAPE", "count is 0; ask for at least one task"));
        }
        let tasks = named(&preset, market.as_deref())?.tasks(pool, u64::from(seed), count as usize);
        Ok(NativeTasks { values: tasks.values.into(), rare: tasks.rare })
    })
}

/// Checks one task against the preset's bounds; `ERR_TASK` names the parameter and the bound.
#[napi]
pub fn check_task(preset: String, task: Float64Array, market: Option<ClassInstance<'_, NativeMarket>>) -> Result<()> {
    guard(|| named(&preset, market.as_deref())?.check_task(&task).map_err(seam))
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
    guard(|| scene_of(&preset))
}

fn scene_of(preset: &str) -> Result<NativeScene> {
    let scene = named(preset, None)?.scene();
    let scene = scene.ok_or_else(|| fail("ERR_USAGE", &format!("{preset} does not fly among discs")))?;
    Ok(NativeScene {
        low: scene.low.to_vec(),
        high: scene.high.to_vec(),
        start: scene.start.to_vec(),
        goal_radius: scene.goal_radius,
        discs: scene.discs.iter().map(|&[x, y, radius]| Disc { x, y, radius }).collect(),
        heights: scene.heights.map(|[low, high, start]| Heights { low, high, start }),
    })
}

/// Capsules that draw a body in simulator states `[n, D]`: `[n, C, 7]`, each (x1 y1 z1 x2 y2 z2 radius), metres, in the
/// world; a sphere has both ends in one place. `ERR_USAGE` for a preset without a body.
#[napi]
pub fn body_segments(preset: String, states: Float64Array) -> Result<Float64Array> {
    guard(|| {
        let segments = named(&preset, None)?.segments(&states).map_err(seam)?;
        if segments.is_empty() && !states.is_empty() {
            return Err(fail("ERR_USAGE", &format!("{preset} has no body to draw")));
        }
        Ok(segments.into())
    })
}
