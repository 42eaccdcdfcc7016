//! Worlds of the caller's own: their handle, and those whose rules are JavaScript.

mod host;
mod python;
mod seat;

use napi::Env;
use napi::bindgen_prelude::{ClassInstance, Either, Function};
use napi_derive::napi;
use xmrl_envs::{
    EnvSpec, Environment, Geometry, HostedMixing, HostedWorld, Hosting, MixRule, Repair, Score, Sizes, View,
};

use crate::counts::{ROWS, STEPS, count};
use crate::description::NativeKinds;
use crate::error::{Result, SeamError};
use crate::executor::guard;
use crate::market::NativeMarket;

pub use host::NativeFault;
use host::{Arguments, JsHost};

/// What the caller hands over beside a preset's name: the market of a stock preset, or a world of its own.
pub(crate) type Given<'env> = Either<ClassInstance<'env, NativeMarket>, ClassInstance<'env, NativeWorld>>;

/// The environment in what was given.
pub(crate) fn held(given: &Option<Given<'_>>) -> Option<Environment> {
    given.as_ref().map(|given| match given {
        Either::A(market) => market.market.clone().into(),
        Either::B(world) => world.environment.clone(),
    })
}

/// What JavaScript says of a world of its own.
#[napi(object)]
pub struct NativeDescription {
    /// Its name, which stands where presets have theirs.
    pub name: String,
    /// S.
    pub observation_size: f64,
    /// A.
    pub action_size: f64,
    /// D.
    pub state_size: f64,
    /// Steps of a query episode.
    pub horizon: f64,
    /// Steps of a support episode.
    pub support_horizon: f64,
    /// `[K]`.
    pub task_names: Vec<String>,
    /// Smallest task parameters `[K]`.
    pub task_low: Vec<f64>,
    /// Largest task parameters `[K]`.
    pub task_high: Vec<f64>,
    /// `[K]`.
    pub default_task: Vec<f64>,
    /// The kinds of task; absent where its tasks are of one kind.
    pub kinds: Option<NativeKinds>,
    /// What a policy's actions are divided by.
    pub action_scale: f64,
    /// The range that [-1, 1] is mapped to after that.
    pub action_low: f64,
    /// Its upper end.
    pub action_high: f64,
    /// Whether episodes are scored by success.
    pub success: bool,
    /// `linear`, `own` (the world has a function) or `none`.
    pub mixing: String,
    /// Whether the world has a function that says which states are feasible.
    pub feasible: bool,
}

impl NativeDescription {
    fn spec(&self) -> Result<EnvSpec> {
        let sizes = Sizes {
            observation: count("observation.size", self.observation_size, ROWS)?,
            action: count("action.size", self.action_size, ROWS)?,
            state: count("state.size", self.state_size, ROWS)?,
            task: self.task_names.len(),
            memory: 0,
        };
        let spec = EnvSpec::of(&self.name, sizes)
            .horizons(count("horizon", self.horizon, STEPS)?, count("supportHorizon", self.support_horizon, STEPS)?);
        Ok(EnvSpec {
            // A name is a name: what is before a slash in it is no family.
            family: self.name.clone(),
            action_scale: self.action_scale,
            task_names: self.task_names.clone(),
            task_low: self.task_low.clone(),
            task_high: self.task_high.clone(),
            default_task: self.default_task.clone(),
            kinds: self.kinds.as_ref().map(|kinds| kinds.of(&self.task_names)),
            scored_by: if self.success { Score::Success } else { Score::Return },
            mixing: MixRule { geometry: Geometry::Linear, repair: Repair::Reject },
            view: View::None,
            ..spec
        })
    }
}

/// A world of the caller's own, for what is given it and for nobody else.
#[napi]
pub struct NativeWorld {
    pub(crate) environment: Environment,
}

#[napi]
impl NativeWorld {
    /// A world whose rules are JavaScript: `serve(errand, seat, count, lambda, views)` does an errand on the first `count` rows of a seat,
    /// whose arrays it is given when it first sees the seat, and returns null, or what went wrong. It is called in this thread; whoever
    /// asks from another waits. Errands: 0 and 1 reset for a query and a support episode, 2 observe, 3 step, 4 mix, 5 feasible.
    #[napi(constructor)]
    pub fn new(
        env: Env,
        description: NativeDescription,
        #[napi(
            ts_arg_type = "(errand: number, seat: number, count: number, lambda: number, views?: SeatViews | undefined | null) => NativeFault | null"
        )]
        serve: Function<'_, Arguments, Option<NativeFault>>,
    ) -> napi::Result<Self> {
        let host = JsHost::new(&env, &serve)?;
        Ok(guard(|| {
            let mixing = match description.mixing.as_str() {
                "linear" => HostedMixing::Linear,
                "own" => HostedMixing::Own,
                "none" => HostedMixing::None,
                other => {
                    let text = format!("mix: unknown value {other:?}; known: linear, own, none");
                    return Err(SeamError::new("ERR_SPEC_INVALID", text));
                }
            };
            let hosting = Hosting {
                mixing,
                feasible: description.feasible,
                action_range: [description.action_low, description.action_high],
            };
            let environment = HostedWorld::new(description.spec()?, hosting, host)?.into();
            Ok(Self { environment })
        })?)
    }
}
