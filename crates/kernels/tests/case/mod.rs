//! Requests that are flown both ways, by the CPU and by kernels, and how what they leave is held against each other. `crates/cuda` takes
//! them for the kernels' PTX, too.

use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Environment, Pool, Start, environment};
use xmrl_policy::{Activation, PolicySpec, initial_parameters};
use xmrl_rollout::{Precision, Record, Request, Starts, TaskBatch};

/// What a case varies.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) preset: &'static str,
    /// Numbers of its tasks in the noise stream.
    pub(crate) task_ids: &'static [u32],
    pub(crate) episodes: usize,
    pub(crate) horizon: usize,
    pub(crate) precision: Precision,
    pub(crate) deterministic: bool,
    pub(crate) record: Record,
    pub(crate) start: Start,
    pub(crate) activation: Activation,
    /// Of all tasks; else each has its own.
    pub(crate) one_policy: bool,
}

impl Case {
    /// Tasks with these numbers, with all that can be recorded of them.
    pub(crate) const fn of(task_ids: &'static [u32], episodes: usize, horizon: usize) -> Self {
        Case {
            preset: "",
            task_ids,
            episodes,
            horizon,
            precision: Precision::F64,
            deterministic: false,
            record: Record::LearningAndStates,
            start: Start::Query,
            activation: Activation::Tanh,
            one_policy: false,
        }
    }

    /// Has `work` do something with the request.
    pub(crate) fn ask<T>(&self, work: impl FnOnce(&Request<'_>) -> T) -> T {
        let env = environment(self.preset).unwrap();
        let (policy, first) = policy(&env, self.activation);
        let policies = if self.one_policy { 1 } else { self.task_ids.len() };
        let params: Vec<f64> = (0..policies).flat_map(|k| first.iter().map(move |x| x - 0.02 * k as f64)).collect();
        let tasks = env.tasks(Pool::Training, 3, self.task_ids.len()).values;
        work(&Request {
            env: &env,
            policy: &policy,
            tasks: &tasks,
            task_ids: self.task_ids,
            params: &params,
            episodes: self.episodes,
            first_episode: 7,
            horizon: self.horizon,
            starts: Starts::Law(self.start),
            start_stream: Stream::new(1, Purpose::QueryStart, 4),
            noise_stream: Stream::new(1 << 40, Purpose::QueryNoise, 4),
            precision: self.precision,
            deterministic: self.deterministic,
            record: self.record,
        })
    }
}

/// A policy of an environment, and its parameters.
pub(crate) fn policy(env: &Environment, activation: Activation) -> (PolicySpec, Vec<f64>) {
    let spec = PolicySpec {
        observation_size: env.spec().observation_size,
        action_size: env.spec().action_size,
        // Blocks of four, a pair and a single; layers of different width.
        hidden: vec![11, 6],
        activation,
        log_std_init: -0.3,
        log_std_min: -2.3,
    };
    let stream = Stream::new(11, Purpose::Init, 0);
    let mut k = 0;
    let params = initial_parameters(&spec, || {
        k += 1;
        stream.normal(0, 0, 0, k)
    });
    (spec, params)
}

/// Holds every bit of some batches against others.
pub(crate) fn same(name: &str, found: &[TaskBatch], expected: &[TaskBatch]) {
    assert_eq!(found.len(), expected.len(), "{name}");
    for (task, (found, expected)) in found.iter().zip(expected).enumerate() {
        let name = format!("{name}, task {task}");
        assert_eq!(found.episodes, expected.episodes, "{name}");
        assert_eq!(found.steps, expected.steps, "{name}");
        for (what, found, expected) in [
            ("observations", &found.observations, &expected.observations),
            ("actions", &found.actions, &expected.actions),
            ("log-probabilities", &found.log_probs, &expected.log_probs),
            ("rewards", &found.rewards, &expected.rewards),
            ("states", &found.states, &expected.states),
        ] {
            assert_eq!(found.len(), expected.len(), "{name}: {what}");
            let differs = found.iter().zip(expected).position(|(a, b)| a.to_bits() != b.to_bits());
            assert_eq!(differs.map(|at| (at, found[at], expected[at])), None, "{name}: {what}");
        }
        // Lanes of a block count a solve once for all; a world that counts for itself has at least as many.
        assert!(found.capped_solves >= expected.capped_solves, "{name}");
        assert_eq!(found.capped_solves == 0, expected.capped_solves == 0, "{name}");
    }
}

/// The starts of a request, `[N, E, D]`.
fn drawn(request: &Request<'_>) -> Vec<f64> {
    (0..request.task_ids.len()).flat_map(|task| request.start_states(task, 0, request.episodes).unwrap()).collect()
}

/// A request of the planar drone whose last episode begins at its goal: it ends in the first step, with success.
pub(crate) fn arriving(case: Case, work: impl Fn(&Request<'_>)) {
    Case { preset: "drone-planar", ..case }.ask(|request| {
        let mut starts = drawn(request);
        let (last, goal) = (starts.len() - 4, request.tasks.len() - 2);
        starts[last..].copy_from_slice(&[request.tasks[goal], request.tasks[goal + 1], 0.0, 0.0]);
        work(&Request { starts: Starts::States(&starts), ..*request });
    });
}

/// Requests whose numbers leave the finite ones, made of a sound one, in turn given to `work` with what is not finite first: `states`,
/// `observations`, `actions`, `rewards`.
pub(crate) fn spoilt(case: Case, work: impl Fn(&Request<'_>, &str)) {
    // Places and speeds of the last episode's start, so large that no world can go on from the next state, that single precision has no
    // such number, and that their squares are none.
    let starts: [(_, &[usize], _, _, _); 3] = [
        ("cheetah-vel/maml", &[0, 9], 9.9e9, Precision::F64, "states"),
        ("drone-planar", &[0], 1e39, Precision::F32, "observations"),
        ("drone-planar", &[0], 1e200, Precision::F64, "rewards"),
    ];
    for (preset, entries, value, precision, what) in starts {
        Case { preset, precision, ..case }.ask(|request| {
            let mut starts = drawn(request);
            let last = starts.len() - request.env.spec().state_size;
            entries.iter().for_each(|entry| starts[last + entry] = value);
            work(&Request { starts: Starts::States(&starts), ..*request }, what);
        });
    }
    Case { preset: "drone-planar", activation: Activation::Relu, ..case }.ask(|request| {
        let mut params: Vec<f64> = request.params.iter().map(|x| x * 1e200).collect();
        for params in params.chunks_exact_mut(request.policy.parameters()) {
            params[request.policy.log_std()].fill(0.0);
        }
        work(&Request { params: &params, ..*request }, "actions");
    });
}
