//! Every kernel that is part of the crate, run instruction by instruction over the double of the driver, gives the bits of
//! [`xmrl_rollout::collect`].

#[path = "../../kernels/tests/case/mod.rs"]
mod case;
mod support;

use case::{Case, arriving, policy, same, spoilt};
use rayon::ThreadPool;
use support::device;
use xmrl_cuda::{CudaFlights, families};
use xmrl_envs::{Start, environment};
use xmrl_policy::{Activation, PolicySpec};
use xmrl_rollout::{Flights, Precision, Record, Request, RolloutError, TaskBatch, collect, collect_by};

const USUAL: Case = Case::of(&[5, 70_000], 3, 5);

fn pool() -> ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap()
}

/// A request flown on a card and on the CPU.
fn flown(flights: &CudaFlights, request: &Request<'_>) -> [Result<Vec<TaskBatch>, RolloutError>; 2] {
    [collect_by(Some(flights), request, &pool()), collect(request, &pool())]
}

/// Flies a case both ways, and holds every bit of the one against the other; what was flown.
fn holds_on(flights: &CudaFlights, case: Case) -> Vec<TaskBatch> {
    let [found, expected] = case.ask(|request| {
        assert_eq!(flights.refuses(request), None);
        flown(flights, request).map(Result::unwrap)
    });
    same(case.preset, &found, &expected);
    expected
}

fn holds(case: Case) {
    holds_on(&CudaFlights::on(device()), case);
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
    let two = 2 * (25 * (4 + 2 + 2) * 8 + 26 * 4 * 8 + 20);
    let flights = CudaFlights::on(device()).with_most_bytes(two);
    holds_on(&flights, Case { preset: "drone-planar/uniform", start: Start::Support, horizon: 25, ..USUAL });
}

#[test]
fn one_card_flies_several_families_in_turn() {
    let flights = CudaFlights::on(device());
    for preset in ["drone-planar", "cheetah-vel/maml", "drone-planar/uniform"] {
        holds_on(&flights, Case { preset, horizon: 2, ..USUAL });
    }
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
    // Until it falls, which is an end and no success.
    let fallen = holds_on(&CudaFlights::on(device()), Case { preset: "walker2d-vel/gym", horizon: 60, ..USUAL });
    assert!(fallen.iter().flat_map(|batch| &batch.episodes).any(|episode| episode.terminated && !episode.success));
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
    let flights = CudaFlights::on(device());
    Case { preset: "point-nav", ..USUAL }.ask(|request| {
        assert!(flights.refuses(request).unwrap().contains("point-nav"));
        let [found, expected] = flown(&flights, request).map(Result::unwrap);
        same("point-nav", &found, &expected);
    });
    let drone = environment("drone-planar").unwrap();
    let wide = PolicySpec { hidden: vec![257], ..policy(&drone, Activation::Tanh).0 };
    Case { preset: "drone-planar", ..USUAL }.ask(|request| {
        assert!(flights.refuses(&Request { policy: &wide, ..*request }).unwrap().contains("257 units"));
    });
}

#[test]
fn an_arrival_ends_an_episode_with_success() {
    arriving(USUAL, |request| {
        let [found, expected] = flown(&CudaFlights::on(device()), request).map(Result::unwrap);
        same("drone-planar", &found, &expected);
        let last = expected[1].episodes[2];
        assert_eq!((last.len, last.success, last.terminated), (1, true, true));
    });
}

/// Every episode in a piece of its own: the error names those of the request.
#[test]
fn a_number_that_is_not_finite_is_the_error_that_the_cpu_gives() {
    let flights = CudaFlights::on(device()).with_most_bytes(1);
    spoilt(USUAL, |request, what| {
        let [found, expected] = flown(&flights, request).map(|done| done.unwrap_err().to_string());
        assert_eq!(found, expected);
        assert!(found.starts_with(what), "{found} for {what}");
    });
}
