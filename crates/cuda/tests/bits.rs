//! Every kernel that is part of the crate, run instruction by instruction over the double of the driver, gives the bits of
//! [`xmrl_rollout::collect`].

mod support;

use rayon::ThreadPool;
use support::device;
use xmrl_cuda::{CudaFlights, families};
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Environment, Pool, Start, environment};
use xmrl_policy::{Activation, PolicySpec, initial_parameters};
use xmrl_rollout::{Flights, Precision, Record, Request, Starts, TaskBatch, collect, collect_by};

/// What a case varies.
#[derive(Clone, Copy)]
struct Case {
    preset: &'static str,
    horizon: usize,
    precision: Precision,
    deterministic: bool,
    record: Record,
    start: Start,
    activation: Activation,
    one_policy: bool,
    most_bytes: u64,
}

const USUAL: Case = Case {
    preset: "",
    horizon: 5,
    precision: Precision::F64,
    deterministic: false,
    record: Record::LearningAndStates,
    start: Start::Query,
    activation: Activation::Tanh,
    one_policy: false,
    most_bytes: 1 << 30,
};

fn pool() -> ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap()
}

fn policy(env: &Environment, activation: Activation) -> (PolicySpec, Vec<f64>) {
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

/// Flies a case both ways, and holds every bit of the one against the other.
fn holds(case: Case) {
    let env = environment(case.preset).unwrap();
    let (spec, first) = policy(&env, case.activation);
    let tasks = env.tasks(Pool::Training, 3, 2).values;
    let second: Vec<f64> = first.iter().map(|x| x - 0.02).collect();
    let params = if case.one_policy { first } else { [first, second].concat() };
    let request = Request {
        env: &env,
        policy: &spec,
        tasks: &tasks,
        task_ids: &[5, 70_000],
        params: &params,
        episodes: 3,
        first_episode: 7,
        horizon: case.horizon,
        starts: Starts::Law(case.start),
        start_stream: Stream::new(1, Purpose::QueryStart, 4),
        noise_stream: Stream::new(1 << 40, Purpose::QueryNoise, 4),
        precision: case.precision,
        deterministic: case.deterministic,
        record: case.record,
    };
    let pool = pool();
    let flights = CudaFlights::on(device()).with_most_bytes(case.most_bytes);
    assert_eq!(flights.refuses(&request), None);
    let expected: Vec<TaskBatch> = collect(&request, &pool).unwrap();
    let found: Vec<TaskBatch> = collect_by(Some(&flights), &request, &pool).unwrap();
    same(case.preset, &found, &expected);
}

fn same(name: &str, found: &[TaskBatch], expected: &[TaskBatch]) {
    assert_eq!(found.len(), expected.len(), "{name}");
    for (found, expected) in found.iter().zip(expected) {
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
    }
}

/// The families that this file has cases of.
const KNOWN: [&str; 6] = ["ant", "cheetah", "drone_planar", "drone_quadrotor", "stock", "walker2d"];

fn both(preset: &'static str, horizon: usize) {
    for precision in [Precision::F64, Precision::F32] {
        holds(Case { preset, horizon, precision, ..USUAL });
    }
}

#[test]
fn every_family_of_kernels_has_cases_here() {
    assert_eq!(families().collect::<Vec<_>>(), KNOWN);
}

#[test]
fn the_planar_drone() {
    both("drone-planar", 25);
    let support = Case { preset: "drone-planar/uniform", start: Start::Support, horizon: 10, ..USUAL };
    holds(Case { activation: Activation::Relu, one_policy: true, deterministic: true, ..support });
    holds(Case { record: Record::Returns, ..support });
    holds(Case { record: Record::Learning, precision: Precision::F32, ..support });
    // In several launches: two tasks of three episodes in pieces of two.
    holds(Case { most_bytes: 2 * (25 * (4 + 2 + 2) * 8 + 26 * 4 * 8 + 20), horizon: 25, ..support });
}

#[test]
fn the_quadrotor() {
    both("drone-quadrotor", 12);
    holds(Case { preset: "drone-quadrotor/wind", start: Start::Support, horizon: 8, ..USUAL });
}

#[test]
fn the_cheetah() {
    both("cheetah-vel/maml", 4);
    holds(Case { preset: "cheetah-dir/gym", horizon: 4, ..USUAL });
}

#[test]
fn the_walker() {
    both("walker2d-vel/gym", 4);
}

#[test]
fn the_ant() {
    both("ant-vel/maml", 2);
    holds(Case { preset: "ant-goal/maml", horizon: 2, ..USUAL });
}

#[test]
fn the_market() {
    both("stock/synthetic", 10);
}

#[test]
fn a_world_without_kernels_flies_on_the_cpu_and_so_does_a_policy_that_is_too_wide() {
    let env = environment("point-nav").unwrap();
    let (spec, _) = policy(&env, Activation::Tanh);
    let tasks = env.tasks(Pool::Training, 3, 1).values;
    let params = initial_parameters(&spec, || 0.1);
    let mut request = Request {
        env: &env,
        policy: &spec,
        tasks: &tasks,
        task_ids: &[0],
        params: &params,
        episodes: 2,
        first_episode: 0,
        horizon: 5,
        starts: Starts::Law(Start::Query),
        start_stream: Stream::new(1, Purpose::QueryStart, 0),
        noise_stream: Stream::new(1, Purpose::QueryNoise, 0),
        precision: Precision::F64,
        deterministic: false,
        record: Record::Learning,
    };
    let flights = CudaFlights::on(device());
    assert!(flights.refuses(&request).unwrap().contains("point-nav"));
    let found: Vec<TaskBatch> = collect_by(Some(&flights), &request, &pool()).unwrap();
    same("point-nav", &found, &collect(&request, &pool()).unwrap());

    let drone = environment("drone-planar").unwrap();
    let wide = PolicySpec { hidden: vec![257], ..policy(&drone, Activation::Tanh).0 };
    (request.env, request.policy) = (&drone, &wide);
    assert!(flights.refuses(&request).unwrap().contains("257 units"));
}

#[test]
fn a_number_that_is_not_finite_is_the_error_that_the_cpu_gives() {
    let env = environment("drone-planar").unwrap();
    let (spec, mut params) = policy(&env, Activation::Relu);
    params.iter_mut().for_each(|x| *x *= 1e200);
    params[spec.log_std()].fill(0.0);
    let tasks = env.tasks(Pool::Training, 3, 2).values;
    let request = Request {
        env: &env,
        policy: &spec,
        tasks: &tasks,
        task_ids: &[0, 1],
        params: &params,
        episodes: 2,
        first_episode: 0,
        horizon: 5,
        starts: Starts::Law(Start::Query),
        start_stream: Stream::new(1, Purpose::QueryStart, 0),
        noise_stream: Stream::new(1, Purpose::QueryNoise, 0),
        precision: Precision::F64,
        deterministic: false,
        record: Record::Learning,
    };
    let flights = CudaFlights::on(device());
    let there = collect_by::<f64>(Some(&flights), &request, &pool()).unwrap_err().to_string();
    assert_eq!(there, collect::<f64>(&request, &pool()).unwrap_err().to_string());
}
