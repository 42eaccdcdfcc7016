//! The kernels' Rust, run by the host, gives the bits of [`xmrl_rollout::collect`], entry by entry, for every family.

mod launch;

use launch::Launch;
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Environment, Pool, Start, environment};
use xmrl_policy::{Activation, PolicySpec, initial_parameters};
use xmrl_rollout::{Precision, Record, Request, Starts, TaskBatch, collect};

/// What a case of the tests varies.
#[derive(Clone, Copy)]
struct Case {
    preset: &'static str,
    horizon: usize,
    precision: Precision,
    deterministic: bool,
    record: Record,
    start: Start,
}

const USUAL: Case = Case {
    preset: "",
    horizon: 40,
    precision: Precision::F64,
    deterministic: false,
    record: Record::LearningAndStates,
    start: Start::Query,
};

fn policy(env: &Environment) -> (PolicySpec, Vec<f64>) {
    let spec = PolicySpec {
        observation_size: env.spec().observation_size,
        action_size: env.spec().action_size,
        // A block of four, a pair and a single; two layers of different width.
        hidden: vec![11, 6],
        activation: Activation::Tanh,
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

/// Flies a case both ways and holds every bit of the one against the other.
fn holds(case: Case, activation: Activation, one_policy: bool) {
    let env = environment(case.preset).unwrap();
    let (mut spec, first) = policy(&env);
    spec.activation = activation;
    let tasks = env.tasks(Pool::Training, 3, 3).values;
    let mut params = first.clone();
    for shift in [0.01, -0.02] {
        params.extend(first.iter().map(|x| x + shift));
    }
    let params = if one_policy { first } else { params };
    let request = Request {
        env: &env,
        policy: &spec,
        tasks: &tasks,
        task_ids: &[5, 0, 70_000],
        params: &params,
        // More than a block of single-precision lanes, and no multiple of one.
        episodes: 19,
        first_episode: 7,
        horizon: case.horizon,
        starts: Starts::Law(case.start),
        start_stream: Stream::new(1, Purpose::QueryStart, 4),
        noise_stream: Stream::new(1 << 40, Purpose::QueryNoise, 4),
        precision: case.precision,
        deterministic: case.deterministic,
        record: case.record,
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let expected: Vec<TaskBatch> = collect(&request, &pool).unwrap();
    let found = match case.precision {
        Precision::F64 => Launch::<f64>::new(&request).fly(&request),
        Precision::F32 => Launch::<f32>::new(&request).fly(&request),
    };
    assert_eq!(found.len(), expected.len());
    for (task, (found, expected)) in found.iter().zip(&expected).enumerate() {
        let name = format!("{} task {task}", case.preset);
        assert_eq!(found.episodes, expected.episodes, "{name}");
        same(&found.observations, &expected.observations, &format!("{name} observations"));
        same(&found.actions, &expected.actions, &format!("{name} actions"));
        same(&found.log_probs, &expected.log_probs, &format!("{name} log-probabilities"));
        same(&found.rewards, &expected.rewards, &format!("{name} rewards"));
        same(&found.states, &expected.states, &format!("{name} states"));
        assert_eq!(found.steps, expected.steps, "{name}");
        // Lanes of a block count a solve once for all; a world that counts for itself has at least as many.
        assert!(found.capped_solves >= expected.capped_solves, "{name}");
        assert_eq!(found.capped_solves == 0, expected.capped_solves == 0, "{name}");
    }
    if case.record != Record::Returns {
        assert!(expected.iter().all(|batch| batch.rows() >= 19), "{}: nothing was flown", case.preset);
    }
}

fn same(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (at, (a, b)) in found.iter().zip(expected).enumerate() {
        assert_eq!(a.to_bits(), b.to_bits(), "{what}, entry {at}: {a:e} for {b:e}");
    }
}

fn both(preset: &'static str, horizon: usize) {
    for precision in [Precision::F64, Precision::F32] {
        holds(Case { preset, horizon, precision, ..USUAL }, Activation::Tanh, false);
    }
}

#[test]
fn the_planar_drone() {
    both("drone-planar", 25);
    let support = Case { preset: "drone-planar/uniform", start: Start::Support, horizon: 10, ..USUAL };
    holds(support, Activation::Relu, true);
    holds(Case { precision: Precision::F32, deterministic: true, ..support }, Activation::Relu, true);
    holds(Case { record: Record::Returns, ..support }, Activation::Tanh, false);
    holds(Case { record: Record::Learning, ..support }, Activation::Tanh, false);
}

#[test]
fn the_quadrotor() {
    for preset in ["drone-quadrotor", "drone-quadrotor/clean", "drone-quadrotor/loads"] {
        both(preset, 20);
    }
    holds(Case { preset: "drone-quadrotor/wind", start: Start::Support, horizon: 20, ..USUAL }, Activation::Tanh, true);
}

#[test]
fn the_cheetah() {
    for preset in ["cheetah-vel/maml", "cheetah-vel/gym", "cheetah-vel/promp", "cheetah-dir/gym"] {
        both(preset, 12);
    }
    holds(Case { preset: "cheetah-vel/rare", deterministic: true, ..USUAL }, Activation::Tanh, true);
}

#[test]
fn the_walker() {
    both("walker2d-vel/gym", 60);
}

#[test]
fn the_ant() {
    for preset in ["ant-vel/maml", "ant-dir/maml", "ant-goal/maml", "ant-goal/promp", "ant-vel/maml-without-forces"] {
        both(preset, 8);
    }
}

#[test]
fn the_market() {
    both("stock/synthetic", 30);
    holds(Case { preset: "stock/synthetic", start: Start::Support, horizon: 20, ..USUAL }, Activation::Tanh, true);
}

#[test]
fn worlds_without_rules_aboard_say_so() {
    assert!(environment("point-nav").is_ok_and(|env| env.aboard().is_none()));
}
