//! Environments across the seam: their descriptions, task laws and pictures.

use napi::bindgen_prelude::{ClassInstance, Float64Array};
use napi_derive::napi;
use xmrl_envs::{
    EnvSpec, Environment, LaneWorld, Market, Pool, Score, drone_constants, environment as registered,
    quadrotor_constants,
};

use crate::counts::{TASKS, count as counted, word};
use crate::error::{Result, SeamError};
use crate::executor::guard;
use crate::market::NativeMarket;

/// The environment of a preset: its market where one is given, which must then be the preset's.
pub(crate) fn named(preset: &str, market: Option<&Market>) -> Result<Environment> {
    match market {
        None => Ok(registered(preset)?),
        Some(market) if market.spec().preset == preset => Ok(Environment::Market(market.clone())),
        Some(market) => {
            let text = format!("the market is of {}, not of {preset}", market.spec().preset);
            Err(SeamError::new("ERR_USAGE", text))
        }
    }
}

/// What a market holds, where one is given.
pub(crate) fn held<'a>(market: Option<&'a ClassInstance<'_, NativeMarket>>) -> Option<&'a Market> {
    market.map(|own| &own.market)
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

pub(crate) fn describe(spec: &EnvSpec) -> NativeEnvironment {
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
        view: spec.view.name().to_owned(),
        liftable: spec.liftable,
        smooth: spec.smooth,
        needs_prices: spec.prices.needed(),
        prices: spec.prices.name().to_owned(),
    }
}

/// Every registered preset.
#[napi]
pub fn environments() -> napi::Result<Vec<NativeEnvironment>> {
    Ok(guard(|| Ok(xmrl_envs::environments().into_iter().map(describe).collect()))?)
}

/// One preset, with its market where its sizes follow its prices; `ERR_PRESET_UNKNOWN` offers the nearest name.
#[napi]
pub fn environment(preset: String, market: Option<ClassInstance<'_, NativeMarket>>) -> napi::Result<NativeEnvironment> {
    Ok(guard(|| match held(market.as_ref()) {
        None => Ok(describe(xmrl_envs::specification(&preset)?)),
        Some(market) => Ok(describe(named(&preset, Some(market))?.spec())),
    })?)
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
) -> napi::Result<NativeTasks> {
    Ok(guard(|| {
        let pool = match pool.as_str() {
            "training" => Pool::Training,
            "evaluation" => Pool::Evaluation,
            "held-out" => Pool::HeldOut,
            other => {
                let text = format!("unknown pool {other:?}; known: training, evaluation, held-out");
                return Err(SeamError::new("ERR_USAGE", text));
            }
        };
        let (seed, count) = (word("seed", seed, u32::MAX)?, counted("count", count, TASKS)?);
        if count == 0 {
            return Err(SeamError::new("ERR_SHAPE", "count is 0; ask for at least one task"));
        }
        let tasks = named(&preset, held(market.as_ref()))?.tasks(pool, u64::from(seed), count);
        Ok(NativeTasks { values: tasks.values.into(), rare: tasks.rare })
    })?)
}

/// Checks one task against the preset's bounds; `ERR_TASK` names the parameter and the bound.
#[napi]
pub fn check_task(
    preset: String,
    task: Float64Array,
    market: Option<ClassInstance<'_, NativeMarket>>,
) -> napi::Result<()> {
    Ok(guard(|| Ok(named(&preset, held(market.as_ref()))?.check_task(&task)?))?)
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
pub fn scene(preset: String) -> napi::Result<NativeScene> {
    Ok(guard(|| scene_of(&preset))?)
}

fn scene_of(preset: &str) -> Result<NativeScene> {
    let heights = match named(preset, None)? {
        Environment::DronePlanar(_) => None,
        Environment::DroneQuadrotor(_) => {
            Some(Heights { low: 0.0, high: quadrotor_constants::CEILING, start: quadrotor_constants::MIDDLE })
        }
        _ => return Err(SeamError::new("ERR_USAGE", format!("{preset} does not fly among discs"))),
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
pub fn body_segments(preset: String, states: Float64Array) -> napi::Result<Float64Array> {
    Ok(guard(|| {
        let segments = named(&preset, None)?.segments(&states)?;
        if segments.is_empty() && !states.is_empty() {
            return Err(SeamError::new("ERR_USAGE", format!("{preset} has no body to draw")));
        }
        Ok(segments.into())
    })?)
}
