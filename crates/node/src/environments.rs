//! Environments across the seam: their descriptions, task laws and pictures.

use napi::bindgen_prelude::{ClassInstance, Either, Float64Array};
use napi_derive::napi;
use xmrl_envs::{End, Environment, Market, MetaworldFiles, Pool, Rare, TaskLaw, environment as registered};

use crate::counts::{TASKS, count as counted, word};
use crate::description::{NativeEnvironment, describe};
use crate::error::{Result, SeamError};
use crate::executor::guard;
use crate::market::NativeMarket;
use crate::own::{NativeWorld, held};

/// The environment of a name: its market or world where one is given, which must then be of that name.
pub(crate) fn named(preset: &str, given: Option<Environment>) -> Result<Environment> {
    match given {
        None => Ok(registered(preset)?),
        Some(environment) if environment.spec().preset == preset => Ok(environment),
        Some(environment) => {
            let what = if environment.world::<Market>().is_some() { "market" } else { "world" };
            let text = format!("the {what} is of {}, not of {preset}", environment.spec().preset);
            Err(SeamError::new("ERR_USAGE", text))
        }
    }
}

/// Every registered preset.
#[napi]
pub fn environments() -> napi::Result<Vec<NativeEnvironment>> {
    Ok(guard(|| Ok(xmrl_envs::environments().iter().map(describe).collect()))?)
}

/// One preset, with its market where its sizes follow its prices; `ERR_PRESET_UNKNOWN` offers the nearest name.
#[napi]
pub fn environment(
    preset: String,
    given: Option<Either<ClassInstance<'_, NativeMarket>, ClassInstance<'_, NativeWorld>>>,
) -> napi::Result<NativeEnvironment> {
    Ok(guard(|| match held(&given) {
        None => Ok(describe(&xmrl_envs::specification(&preset)?)),
        own => Ok(describe(named(&preset, own)?.spec())),
    })?)
}

/// Where this process looks for Meta-World's models and libmujoco, which `metaworld/…` presets need: the folder that they are fetched
/// into, and a libmujoco 3.3.0 of the user's own where there is one. Nothing is opened before a preset is asked for.
#[napi]
pub fn use_metaworld(folder: String, library: Option<String>) -> napi::Result<()> {
    Ok(guard(|| {
        MetaworldFiles { folder: folder.into(), library: library.map(Into::into) }.look_here();
        Ok(())
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

/// A law of tasks: `uniform`, or `rare` with every setting.
#[napi(object)]
pub struct NativeLaw {
    /// Its name.
    pub law: String,
    /// Share of the training tasks that are rare, in [0, 1].
    pub share: Option<f64>,
    /// Share of what tasks can be that is rare, in [.01, .99].
    pub part: Option<f64>,
    /// Which end of it: `low` or `high`.
    pub end: Option<String>,
}

/// The law that is meant; settings that are left out are the usual ones of what it acts on.
fn law_of(NativeLaw { law, share, part, end }: NativeLaw, usual: Option<Rare>) -> Result<TaskLaw> {
    if law == "uniform" {
        return Ok(TaskLaw::Uniform);
    }
    if law != "rare" {
        return Err(SeamError::new("ERR_USAGE", format!("unknown law of tasks {law:?}; known: uniform, rare")));
    }
    let usual = usual.unwrap_or(Rare { share: 0.1, part: 0.4, end: End::High });
    let end = match end.as_deref() {
        None => usual.end,
        Some("low") => End::Low,
        Some("high") => End::High,
        Some(other) => {
            let text = format!("unknown end {other:?} of the law rare; known: low, high");
            return Err(SeamError::new("ERR_USAGE", text));
        }
    };
    Ok(TaskLaw::Rare(Rare { share: share.unwrap_or(usual.share), part: part.unwrap_or(usual.part), end }))
}

/// Draws `count` tasks of `pool` (`training`, `evaluation`, `heldOut`) by a law, the preset's own where none is given; a stock preset's
/// are periods of its market.
#[napi]
pub fn sample_tasks(
    preset: String,
    pool: String,
    seed: f64,
    count: f64,
    given: Option<Either<ClassInstance<'_, NativeMarket>, ClassInstance<'_, NativeWorld>>>,
    law: Option<NativeLaw>,
) -> napi::Result<NativeTasks> {
    Ok(guard(|| {
        let pool = match pool.as_str() {
            "training" => Pool::Training,
            "evaluation" => Pool::Evaluation,
            "heldOut" => Pool::HeldOut,
            other => {
                let text = format!("unknown pool {other:?}; known: training, evaluation, heldOut");
                return Err(SeamError::new("ERR_USAGE", text));
            }
        };
        let (seed, count) = (word("seed", seed, u32::MAX)?, counted("count", count, TASKS)?);
        if count == 0 {
            return Err(SeamError::new("ERR_SHAPE", "count is 0; ask for at least one task"));
        }
        let environment = named(&preset, held(&given))?;
        let tasks = match law {
            None => environment.tasks(pool, u64::from(seed), count),
            Some(law) => {
                let usual = environment.spec().rareness.as_ref().map(|rareness| rareness.usual);
                environment.tasks_by(law_of(law, usual)?, pool, u64::from(seed), count)?
            }
        };
        Ok(NativeTasks { values: tasks.values.into(), rare: tasks.rare })
    })?)
}

/// Checks one task against the preset's bounds; `ERR_TASK` names the parameter and the bound.
#[napi]
pub fn check_task(
    preset: String,
    task: Float64Array,
    given: Option<Either<ClassInstance<'_, NativeMarket>, ClassInstance<'_, NativeWorld>>>,
) -> napi::Result<()> {
    Ok(guard(|| Ok(named(&preset, held(&given))?.check_task(&task)?))?)
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
    /// Where query episodes start.
    pub start: f64,
}

/// What a picture of episodes among discs needs, in metres.
#[napi(object)]
pub struct NativeScene {
    /// Lower left of the arena in which goals lie.
    pub low: Vec<f64>,
    /// Upper right of it.
    pub high: Vec<f64>,
    /// Where query episodes start.
    pub start: Vec<f64>,
    /// Distance from the goal that counts as arrival.
    pub goal_radius: f64,
    /// Solid discs; pillars where there are heights.
    pub discs: Vec<Disc>,
    /// Absent where episodes stay in a plane.
    pub heights: Option<Heights>,
}

/// The scene of a drone preset; `ERR_USAGE` for a preset that is none.
#[napi]
pub fn scene(preset: String) -> napi::Result<NativeScene> {
    Ok(guard(|| scene_of(&preset))?)
}

fn scene_of(preset: &str) -> Result<NativeScene> {
    let scene = named(preset, None)?.scene();
    let scene = scene.ok_or_else(|| SeamError::new("ERR_USAGE", format!("{preset} does not fly among discs")))?;
    Ok(NativeScene {
        low: scene.low.to_vec(),
        high: scene.high.to_vec(),
        start: scene.start.to_vec(),
        goal_radius: scene.goal_radius,
        discs: scene.discs.iter().map(|&[x, y, radius]| Disc { x, y, radius }).collect(),
        heights: scene.heights.map(|[low, high, start]| Heights { low, high, start }),
    })
}

/// Where a task wants the object that a hand handles, or the hand itself: x, y, z, m; null where the preset's tasks have no such
/// place. Errors as a task's.
#[napi]
pub fn task_goal(preset: String, task: Float64Array) -> napi::Result<Option<Vec<f64>>> {
    Ok(guard(|| Ok(named(&preset, None)?.goal(&task)?.map(Vec::from)))?)
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
