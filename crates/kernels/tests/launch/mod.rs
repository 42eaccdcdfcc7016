//! A launch on the host: the arrays of [`Arguments`] for a request, every world flown by the kernels' Rust, and the batches that
//! were written.

use xmrl_kernels::{Arguments, families};
use xmrl_lanes::{Float, Kernel, Lane, dispatch_scalar, dispatch_scalar_f32};
use xmrl_policy::{Activation, LanePolicy};
use xmrl_rollout::{Episode, Record, Request, RolloutError, TaskBatch};

/// The policy's number type.
pub(crate) trait Number: Float {
    /// Flies all worlds one after the other; the policy in one lane of this type.
    fn fly(family: &str, arguments: &Arguments);
}

/// Every world of a launch, in lanes of one number.
struct Worlds<'a> {
    family: &'a str,
    arguments: &'a Arguments,
}

/// A policy and worlds in single precision, which the planar drone alone has.
struct Planar<'a>(&'a Arguments);

/// Worlds in double precision flown by a policy in single.
struct Rounded<'a>(Worlds<'a>);

/// Flies all worlds of a launch of one of the families named.
macro_rules! each {
    ($launch:expr, $p:ty, $n:ty, $w:ty: $($name:ident)*) => {{
        let Worlds { family, arguments } = $launch;
        for world in 0..arguments.worlds as usize {
            // SAFETY: the launch has arrays of the sizes that it says, and flies one world after the other.
            unsafe {
                match family {
                    $(stringify!($name) => families::$name::<$p, $n, $w>(arguments, world),)*
                    _ => panic!("{family} has no kernels"),
                }
            }
        }
    }};
}

impl Kernel for Worlds<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lane>(self) {
        each!(self, L, f64, L: drone_planar drone_quadrotor cheetah walker2d ant stock);
    }
}

impl Kernel for Planar<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lane>(self) {
        each!(Worlds { family: "drone_planar", arguments: self.0 }, L, f32, L: drone_planar);
    }
}

impl Kernel for Rounded<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lane>(self) {
        each!(self.0, L, f32, L::Double: drone_quadrotor cheetah walker2d ant stock);
    }
}

impl Number for f64 {
    fn fly(family: &str, arguments: &Arguments) {
        dispatch_scalar(Worlds { family, arguments });
    }
}

impl Number for f32 {
    fn fly(family: &str, arguments: &Arguments) {
        if family == "drone_planar" {
            dispatch_scalar_f32(Planar(arguments));
        } else {
            dispatch_scalar_f32(Rounded(Worlds { family, arguments }));
        }
    }
}

/// The arrays of a launch.
pub(crate) struct Launch<N> {
    arguments: Arguments,
    starts: Vec<f64>,
    sizes: Vec<u32>,
    weights: Vec<N>,
    deviations: Vec<N>,
    peaks: Vec<f64>,
    observations: Vec<N>,
    actions: Vec<N>,
    log_probs: Vec<N>,
    rewards: Vec<N>,
    states: Vec<f64>,
    returns: Vec<N>,
    lengths: Vec<u32>,
    ends: Vec<u32>,
    capped: Vec<u32>,
}

impl<N: Number> Launch<N> {
    pub(crate) fn new(request: &Request<'_>) -> Self {
        let (tasks, e, spec) = (request.task_ids.len(), request.episodes, request.env.spec());
        let (sizes, w) = (spec.sizes(), tasks * e);
        let aboard = request.env.aboard().expect("a family");
        let policies = if request.params.len() == request.policy.parameters() { 1 } else { tasks };
        let (mut weights, mut deviations, mut peaks, mut layer_sizes) = (vec![], vec![], vec![], vec![]);
        for params in request.params.chunks_exact(request.policy.parameters()) {
            let policy = LanePolicy::<N>::new(request.policy, params).unwrap();
            let packed = policy.packed();
            weights.extend_from_slice(packed.weights);
            deviations.extend_from_slice(packed.deviations);
            peaks.push(packed.peak);
            layer_sizes = packed.sizes.to_vec();
        }
        let rows = if request.record == Record::Returns { 0 } else { request.horizon };
        let recorded = if request.record == Record::LearningAndStates { request.horizon } else { 0 };
        let flags = [
            (request.deterministic, Arguments::DETERMINISTIC),
            (rows > 0, Arguments::ROWS),
            (recorded > 0, Arguments::STATES),
            (policies == 1, Arguments::ONE_POLICY),
            (request.policy.activation == Activation::Relu, Arguments::RELU),
        ];
        let tables = aboard.tables;
        let table = |of: Option<&[f64]>| of.map_or(std::ptr::null(), <[f64]>::as_ptr);
        let null = std::ptr::null_mut();
        let arguments = Arguments {
            worlds: w as u32,
            episodes: e as u32,
            first_episode: request.first_episode,
            horizon: request.horizon as u32,
            preset: aboard.preset,
            flags: flags.iter().filter(|(on, _)| *on).map(|(_, flag)| flag).sum(),
            observation: sizes.observation as u32,
            action: sizes.action as u32,
            state: sizes.state as u32,
            task: sizes.task as u32,
            memory: sizes.memory as u32,
            layers: layer_sizes.len() as u32 - 1,
            weights_each: (weights.len() / policies) as u32,
            days: tables.map_or(0, |tables| tables.days as u32),
            noise_key: request.noise_stream.key(),
            tasks: request.tasks.as_ptr(),
            task_ids: request.task_ids.as_ptr(),
            starts: std::ptr::null(),
            layer_sizes: std::ptr::null(),
            weights: std::ptr::null(),
            deviations: std::ptr::null(),
            peaks: std::ptr::null(),
            closes: table(tables.map(|tables| tables.closes)),
            features: table(tables.map(|tables| tables.features)),
            turbulence: table(tables.map(|tables| tables.turbulence)),
            observations: null,
            actions: null,
            log_probs: null,
            rewards: null,
            states: null.cast(),
            returns: null,
            lengths: null.cast(),
            ends: null.cast(),
            capped_solves: null.cast(),
        };
        let unset = |count: usize| vec![N::from(f32::NAN); count];
        Self {
            arguments,
            starts: starts(request, w),
            sizes: layer_sizes,
            weights,
            deviations,
            peaks,
            observations: unset(rows * sizes.observation * w),
            actions: unset(rows * sizes.action * w),
            log_probs: unset(rows * w),
            rewards: unset(rows * w),
            states: vec![f64::NAN; recorded * sizes.state * w],
            returns: unset(w),
            lengths: vec![u32::MAX; w],
            ends: vec![u32::MAX; w],
            capped: vec![u32::MAX; w],
        }
    }

    pub(crate) fn fly(mut self, request: &Request<'_>) -> Result<Vec<TaskBatch>, RolloutError> {
        let family = request.env.aboard().expect("a family").family;
        let arguments = Arguments {
            starts: self.starts.as_ptr(),
            layer_sizes: self.sizes.as_ptr(),
            weights: self.weights.as_ptr().cast(),
            deviations: self.deviations.as_ptr().cast(),
            peaks: self.peaks.as_ptr(),
            observations: self.observations.as_mut_ptr().cast(),
            actions: self.actions.as_mut_ptr().cast(),
            log_probs: self.log_probs.as_mut_ptr().cast(),
            rewards: self.rewards.as_mut_ptr().cast(),
            states: self.states.as_mut_ptr(),
            returns: self.returns.as_mut_ptr().cast(),
            lengths: self.lengths.as_mut_ptr(),
            ends: self.ends.as_mut_ptr(),
            capped_solves: self.capped.as_mut_ptr(),
            ..self.arguments
        };
        N::fly(family, &arguments);
        (0..request.task_ids.len()).map(|task| self.batch(request, task)).collect()
    }

    fn batch(&self, request: &Request<'_>, task: usize) -> Result<TaskBatch, RolloutError> {
        let (w, sizes) = (self.lengths.len(), request.env.spec().sizes());
        let mut batch = TaskBatch::default();
        for world in task * request.episodes..(task + 1) * request.episodes {
            let len = self.lengths[world] as usize;
            let ends = self.ends[world];
            let marks = [
                (Arguments::BROKEN_STATE, "states"),
                (Arguments::BROKEN_OBSERVATION, "observations"),
                (Arguments::BROKEN_ACTION, "actions"),
                (Arguments::BROKEN_REWARD, "rewards"),
            ];
            if let Some(&(_, tensor)) = marks.iter().find(|(mark, _)| ends & mark != 0) {
                return Err(RolloutError::NonFinite { tensor, task, episode: world % request.episodes });
            }
            let start = batch.episodes.last().map_or(0, |last: &Episode| last.start + last.len);
            batch.episodes.push(Episode {
                start,
                len,
                ret: self.returns[world].into(),
                success: ends & Arguments::SUCCESS != 0,
                terminated: ends & Arguments::TERMINATED != 0,
            });
            batch.capped_solves += u64::from(self.capped[world]);
            let column = |of: &[N], each: usize, step: usize| -> Vec<f64> {
                (0..each).map(|at| of[(step * each + at) * w + world].into()).collect()
            };
            let rows = if request.record == Record::Returns { 0 } else { len };
            for step in 0..rows {
                batch.observations.extend(column(&self.observations, sizes.observation, step));
                batch.actions.extend(column(&self.actions, sizes.action, step));
                batch.log_probs.extend(column(&self.log_probs, 1, step));
                batch.rewards.extend(column(&self.rewards, 1, step));
                batch.steps.push(step as u32);
                if !self.states.is_empty() {
                    batch.states.extend((0..sizes.state).map(|at| self.states[(step * sizes.state + at) * w + world]));
                }
            }
        }
        Ok(batch)
    }
}

/// Start states `[D, W]`.
fn starts(request: &Request<'_>, w: usize) -> Vec<f64> {
    let size = request.env.spec().state_size;
    let of = |task: usize| request.start_states(task, 0, request.episodes).unwrap();
    let rows: Vec<f64> = (0..request.task_ids.len()).flat_map(of).collect();
    (0..size * w).map(|at| rows[at % w * size + at / w]).collect()
}
