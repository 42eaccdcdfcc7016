//! The learner's handle: a meta vector, and the jobs that fly, measure and move it.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use napi::Env;
use napi::bindgen_prelude::{ClassInstance, Either, Float64Array, Object, ObjectFinalize, Uint8Array};
use napi_derive::napi;
use xmrl_meta::{
    Context, Draws, EvaluateRequest, Posterior, PosteriorStats, StepOptions as MetaStepOptions, StepOutcome,
    StepRequest, Usage, first_parameters,
};
use xmrl_threads::Owner;

use crate::checkpoint::{self, Gaussian};
use crate::counts::{EPISODES, TASKS, counts, number, word, words};
use crate::error::{Result, SeamError};
use crate::executor::{guard_for, owner, submit};
use crate::market::NativeMarket;
use crate::options::{EvaluateOptions, LearnerOptions, Parts, RegulariseSettings, StepOptions, choice, law};
use crate::own::{NativeWorld, held};
use crate::records::{Directions, Episodes, Evaluation, StepStats};

/// A learner that has not been disposed: its parts, and the meta vector `[Q]` that jobs replace.
pub(crate) struct State {
    pub(crate) parts: Parts,
    pub(crate) meta: Vec<f64>,
    /// Where the last step trained a Gaussian, `meta` is its mean and this the rest.
    gaussian: Option<Gaussian>,
}

type Shared = Arc<Mutex<Option<State>>>;

/// One meta-policy with its environment and threads. Jobs run one after another; `dispose()` frees everything.
#[napi(custom_finalize)]
pub struct Learner {
    state: Shared,
    queued: Arc<AtomicUsize>,
    /// Whom its threads work for.
    owner: Owner,
    /// What V8 was told that this handle keeps alive, bytes.
    told: AtomicI64,
}

impl ObjectFinalize for Learner {
    fn finalize(self, env: Env) -> napi::Result<()> {
        self.forget(&env)
    }
}

/// A job from the moment it is queued until it is done or has failed: while one exists, the handle is busy.
struct Queued(Arc<AtomicUsize>);

impl Queued {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(count))
    }
}

impl Drop for Queued {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The state inside a job.
fn open(guard: &mut Option<State>) -> Result<&mut State> {
    guard.as_mut().ok_or_else(|| SeamError::new("ERR_DISPOSED", "this learner is disposed: make a new one"))
}

/// Locks the state inside a job; a job that panicked has left the meta vector as it was, so poison is no reason to stop.
fn lock(state: &Shared) -> MutexGuard<'_, Option<State>> {
    state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl State {
    /// Who flies.
    pub(crate) fn context(&self) -> Context<'_> {
        Context {
            env: &self.parts.env,
            spec: &self.parts.spec,
            pool: &self.parts.pool,
            flights: self.parts.rollouts.flights(),
        }
    }

    /// One step of a Gaussian, which starts around the present weights where none is being trained.
    fn regularised(
        &self,
        request: &StepRequest<'_>,
        settings: &RegulariseSettings,
    ) -> Result<(StepOutcome, Gaussian, PosteriorStats)> {
        let zero = choice("retrain.mr.prior", &settings.prior, &[("theta_0", false), ("zero", true)])?;
        if !(settings.initial_std.is_finite() && settings.initial_std > 0.0) {
            let text = format!("retrain.mr.initialStd is {}; give a positive finite number", settings.initial_std);
            return Err(SeamError::new("ERR_SPEC_INVALID", text));
        }
        let start = || Gaussian {
            log_std: vec![settings.initial_std.ln(); self.meta.len()],
            prior_mean: if zero { vec![0.0; self.meta.len()] } else { self.meta.clone() },
        };
        let Gaussian { log_std, prior_mean } = self.gaussian.clone().unwrap_or_else(start);
        let posterior = Posterior { log_std, prior_mean, prior_std: settings.prior_std, weight: settings.weight };
        let done = xmrl_meta::gaussian_step(request, &posterior)?;
        let gaussian = Gaussian { log_std: done.log_std, prior_mean: posterior.prior_mean };
        Ok((done.step, gaussian, done.posterior))
    }

    /// Who flies, and of a preset without kernels why they do not.
    fn rollouts_word(&self) -> String {
        let (parts, family) = (&self.parts, self.parts.env.aboard().map(|aboard| aboard.family));
        match parts.rollouts.flights() {
            Some(_) if family.is_none_or(|family| xmrl_cuda::ptx(family).is_none()) => {
                format!("cpu: {} has no kernels", parts.env.spec().preset)
            }
            _ => parts.rollouts.word().to_owned(),
        }
    }

    /// N of `tasks [N,K]`, and the stream ids 0..N.
    pub(crate) fn task_ids(&self, tasks: &[f64]) -> Result<Vec<u32>> {
        let size = self.parts.env.spec().task_size;
        if tasks.is_empty() || !tasks.len().is_multiple_of(size) {
            return Err(SeamError::shape("tasks", tasks.len(), &format!("a positive multiple of K = {size}")));
        }
        let count = u32::try_from(tasks.len() / size).ok().filter(|count| *count <= TASKS);
        let count = count.ok_or_else(|| SeamError::shape("tasks", tasks.len(), &format!("at most {TASKS} rows")))?;
        Ok((0..count).collect())
    }
}

/// The ids given, or 0..N.
pub(crate) fn ids_or_default(state: &State, tasks: &[f64], ids: Option<Vec<f64>>) -> Result<Vec<u32>> {
    let all = state.task_ids(tasks)?;
    match ids {
        None => Ok(all),
        Some(ids) if ids.len() == all.len() => words("taskIds", &ids, u32::MAX),
        Some(ids) => Err(SeamError::shape("taskIds", ids.len(), &format!("one per task, {}", all.len()))),
    }
}

impl Learner {
    /// Queues `work` on the state.
    pub(crate) fn job<'env, T, F>(&self, env: &'env Env, work: F) -> napi::Result<Object<'env>>
    where
        T: napi::bindgen_prelude::ToNapiValue + Send + 'static,
        F: FnOnce(&mut State) -> Result<T> + Send + 'static,
    {
        let (state, queued) = (Arc::clone(&self.state), Queued::new(&self.queued));
        submit(env, move || {
            let _queued = queued;
            work(open(&mut lock(&state))?)
        })
    }

    /// Queues what is measured on `tasks [N, K]` at the present weights; their numbers are 0..N where left out.
    pub(crate) fn measured<'env, T, F>(
        &self,
        env: &'env Env,
        tasks: &[f64],
        options: EvaluateOptions,
        task_ids: Option<Vec<f64>>,
        usage: Usage,
        measure: F,
    ) -> napi::Result<Object<'env>>
    where
        T: napi::bindgen_prelude::ToNapiValue + Send + 'static,
        F: FnOnce(&EvaluateRequest<'_>) -> Result<T> + Send + 'static,
    {
        let tasks = tasks.to_vec();
        self.job(env, move |state| {
            measure(&EvaluateRequest {
                context: state.context(),
                meta: &state.meta,
                tasks: &tasks,
                task_ids: &ids_or_default(state, &tasks, task_ids)?,
                options: &options.meta(state.parts.precision)?,
                draws: Draws::new(state.parts.seed, usage, u64::from(options.stream()?)),
            })
        })
    }

    /// The state on JavaScript's thread, without waiting for a job.
    pub(crate) fn now<T>(&self, work: impl FnOnce(&mut State) -> Result<T>) -> napi::Result<T> {
        if self.queued.load(Ordering::Acquire) > 0 {
            return Err(SeamError::new("ERR_BUSY", "a job of this learner is running: await it first").into());
        }
        Ok(guard_for(&self.owner, || work(open(&mut lock(&self.state))?))?)
    }

    /// Takes back what V8 was told.
    fn forget(&self, env: &Env) -> napi::Result<()> {
        match self.told.swap(0, Ordering::AcqRel) {
            0 => Ok(()),
            told => env.adjust_external_memory(-told).map(|_| ()),
        }
    }
}

#[napi]
impl Learner {
    /// Makes a learner with parameters drawn from the seed; of a stock preset on prices from outside, with its market; of a
    /// world of one's own, with it.
    #[napi(constructor)]
    pub fn new(
        env: Env,
        options: LearnerOptions,
        given: Option<Either<ClassInstance<'_, NativeMarket>, ClassInstance<'_, NativeWorld>>>,
    ) -> napi::Result<Self> {
        let owner = owner(&env)?;
        let state = guard_for(&owner, || {
            let parts = options.parts(held(&given))?;
            let meta = parts.spec.initial(first_parameters(&parts.spec.policy, parts.seed));
            Ok(State { parts, meta, gaussian: None })
        })?;
        // Weights, and a learner's working copies of them.
        let told = 4 * i64::try_from(state.meta.len() * size_of::<f64>()).unwrap_or(0);
        env.adjust_external_memory(told)?;
        let state = Arc::new(Mutex::new(Some(state)));
        Ok(Self { state, queued: Arc::default(), owner, told: AtomicI64::new(told) })
    }

    /// Q, meta parameters: policy parameters and learned log-rates.
    #[napi(getter)]
    pub fn parameters(&self) -> napi::Result<f64> {
        self.now(|state| Ok(number(state.meta.len())))
    }

    /// P, policy parameters.
    #[napi(getter)]
    pub fn policy_parameters(&self) -> napi::Result<f64> {
        self.now(|state| Ok(number(state.parts.spec.policy_parameters())))
    }

    /// Runs one meta-iteration on `tasks [N, K]`, in which one may stand twice; the weights move when it resolves, and stay when it rejects.
    #[napi(ts_return_type = "Promise<StepStats>")]
    pub fn meta_step<'env>(
        &self,
        env: &'env Env,
        tasks: Float64Array,
        options: StepOptions,
    ) -> napi::Result<Object<'env>> {
        let tasks = tasks.to_vec();
        self.job(env, move |state| {
            state.task_ids(&tasks)?;
            let mixed = counts("mixedEpisodes", &options.mixed_episodes, EPISODES)?;
            let law = law(&options.family, &options.phi)?;
            let settings = MetaStepOptions {
                data: options.data(&state.parts)?,
                trpo: options.trpo()?,
                engine: state.parts.engine.clone(),
                monitor_every: u64::from(options.monitor),
                tail: options.tail,
            };
            let request = StepRequest {
                context: state.context(),
                meta: &state.meta,
                tasks: &tasks,
                weights: options.weights.as_deref(),
                mixed_episodes: &mixed,
                law: &law,
                options: &settings,
                seed: state.parts.seed,
                iteration: options.index()?,
            };
            let (outcome, gaussian, posterior) = match &options.regularise {
                None => (xmrl_meta::meta_step(&request)?, None, None),
                Some(settings) => {
                    let (outcome, gaussian, posterior) = state.regularised(&request, settings)?;
                    (outcome, Some(gaussian), Some(posterior))
                }
            };
            (state.meta, state.gaussian) = (outcome.meta, gaussian);
            Ok(StepStats::new(outcome.stats, posterior))
        })
    }

    /// Adapts to every task of `tasks [N, K]` and flies the adapted policies. `task_ids [N]` are the tasks' numbers in
    /// their pool (0..N where left out), so that a part of a pool draws what the whole pool draws.
    #[napi(ts_return_type = "Promise<Evaluation>")]
    pub fn evaluate<'env>(
        &self,
        env: &'env Env,
        tasks: Float64Array,
        options: EvaluateOptions,
        task_ids: Option<Vec<f64>>,
    ) -> napi::Result<Object<'env>> {
        self.measured(env, &tasks, options, task_ids, Usage::Evaluate, |request| {
            let done = xmrl_meta::evaluate(request)?;
            Ok(Evaluation {
                returns: done.returns.into(),
                success: done.success.into(),
                per_adaptation: done.adaptation_returns.into(),
                displacements: done.displacements.into(),
                env_steps: number(done.env_steps),
                further_steps: number(done.further_steps),
            })
        })
    }

    /// The direction in which each task of `tasks [N, K]` moves the policy, from `options.supportEpisodes` fresh episodes.
    #[napi(ts_return_type = "Promise<Directions>")]
    pub fn directions<'env>(
        &self,
        env: &'env Env,
        tasks: Float64Array,
        options: EvaluateOptions,
        task_ids: Option<Vec<f64>>,
    ) -> napi::Result<Object<'env>> {
        self.measured(env, &tasks, options, task_ids, Usage::Directions, |request| {
            let done = xmrl_meta::directions(request)?;
            Ok(Directions { directions: done.directions.into(), env_steps: number(done.env_steps) })
        })
    }

    /// The policies that [`evaluate`](Self::evaluate) flies on `tasks [N, K]` in adaptation number `adaptation`, each as the bytes of
    /// [`checkpoint`](Self::checkpoint) with the rates of this one.
    #[napi(ts_return_type = "Promise<Array<Uint8Array>>")]
    pub fn adapt<'env>(
        &self,
        env: &'env Env,
        tasks: Float64Array,
        options: EvaluateOptions,
        adaptation: f64,
        task_ids: Option<Vec<f64>>,
    ) -> napi::Result<Object<'env>> {
        self.measured(env, &tasks, options, task_ids, Usage::Evaluate, move |request| {
            let adaptation = word("adaptation", adaptation, u32::from(u8::MAX) - 1)? as u8;
            let spec = request.context.spec;
            let (size, rates) = (spec.policy_parameters(), &request.meta[spec.policy_parameters()..]);
            let policies = xmrl_meta::adapted_policies(request, adaptation)?.policies;
            let bytes = |theta: &[f64]| Ok(checkpoint::to_bytes(spec, &[theta, rates].concat(), None)?.into());
            policies.chunks_exact(size).map(bytes).collect::<Result<Vec<Uint8Array>>>()
        })
    }

    /// Query episodes of one task after adaptation, for pictures.
    #[napi(ts_return_type = "Promise<Episodes>")]
    pub fn episodes<'env>(
        &self,
        env: &'env Env,
        task: Float64Array,
        options: EvaluateOptions,
    ) -> napi::Result<Object<'env>> {
        self.measured(env, &task, options, None, Usage::Paths, |request| {
            let paths = xmrl_meta::episode_paths(request)?;
            let size = request.context.env.spec().state_size;
            let episodes = paths.into_iter().next().unwrap_or_default();
            Ok(Episodes {
                lengths: episodes.iter().map(|episode| number(episode.states.len() / size)).collect(),
                success: episodes.iter().map(|episode| episode.success).collect(),
                states: episodes.into_iter().flat_map(|episode| episode.states).collect::<Vec<f64>>().into(),
            })
        })
    }

    /// Where episodes fly: `cpu`, the card's name, or `cpu: ` and why no card does.
    #[napi]
    pub fn rollouts(&self) -> napi::Result<String> {
        self.now(|state| Ok(state.rollouts_word()))
    }

    /// The weights as safetensors bytes: `theta [P]` and, where learned, `log_rates [G]`; of a Gaussian also its spread and
    /// the mean of its prior.
    #[napi]
    pub fn checkpoint(&self) -> napi::Result<Uint8Array> {
        self.now(|state| Ok(checkpoint::to_bytes(&state.parts.spec, &state.meta, state.gaussian.as_ref())?.into()))
    }

    /// Replaces the weights by those of [`checkpoint`](Self::checkpoint); on an error they stay.
    #[napi]
    pub fn restore(&self, bytes: Uint8Array) -> napi::Result<()> {
        self.now(|state| {
            (state.meta, state.gaussian) = checkpoint::from_bytes(&state.parts.spec, &bytes)?;
            Ok(())
        })
    }

    /// Frees weights and threads after the jobs already queued; later calls are `ERR_DISPOSED`. Twice is once.
    #[napi]
    pub fn dispose<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let (state, queued) = (Arc::clone(&self.state), Queued::new(&self.queued));
        self.forget(env)?;
        submit(env, move || {
            let _queued = queued;
            *lock(&state) = None;
            Ok(())
        })
    }
}
