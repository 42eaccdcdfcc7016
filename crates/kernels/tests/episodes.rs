//! The kernels' Rust, run by the host, gives the bits of [`xmrl_rollout::collect`], entry by entry, for every family.

mod case;
mod launch;

use case::{Case, arriving, same, spoilt};
use launch::Launch;
use xmrl_envs::{Start, environment};
use xmrl_policy::Activation;
use xmrl_rollout::{Precision, Record, Request, RolloutError, TaskBatch, collect};

/// More than a block of single-precision lanes, and no multiple of one.
const USUAL: Case = Case::of(&[5, 0, 70_000], 19, 40);

fn by_kernels(request: &Request<'_>) -> Result<Vec<TaskBatch>, RolloutError> {
    match request.precision {
        Precision::F64 => Launch::<f64>::new(request).fly(request),
        Precision::F32 => Launch::<f32>::new(request).fly(request),
    }
}

fn by_cpu(request: &Request<'_>) -> Result<Vec<TaskBatch>, RolloutError> {
    collect(request, &rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap())
}

/// Flies a case both ways and holds every bit of the one against the other.
fn holds(case: Case) {
    let (found, expected) = case.ask(|request| (by_kernels(request).unwrap(), by_cpu(request).unwrap()));
    same(case.preset, &found, &expected);
    if case.record != Record::Returns {
        assert!(expected.iter().all(|batch| batch.rows() >= 19), "{}: nothing was flown", case.preset);
    }
}

fn both(preset: &'static str, horizon: usize) {
    for precision in [Precision::F64, Precision::F32] {
        holds(Case { preset, horizon, precision, ..USUAL });
    }
}

#[test]
fn the_planar_drone() {
    both("drone-planar", 25);
    let support = Case { preset: "drone-planar/uniform", start: Start::Support, horizon: 10, ..USUAL };
    let rectified = Case { activation: Activation::Relu, one_policy: true, ..support };
    holds(rectified);
    holds(Case { precision: Precision::F32, deterministic: true, ..rectified });
    holds(Case { record: Record::Returns, ..support });
    holds(Case { record: Record::Learning, ..support });
}

#[test]
fn the_quadrotor() {
    for preset in ["drone-quadrotor", "drone-quadrotor/clean", "drone-quadrotor/loads"] {
        both(preset, 20);
    }
    holds(Case { preset: "drone-quadrotor/wind", start: Start::Support, horizon: 20, one_policy: true, ..USUAL });
}

#[test]
fn the_cheetah() {
    for preset in ["cheetah-vel/maml", "cheetah-vel/gym", "cheetah-vel/promp", "cheetah-dir/gym"] {
        both(preset, 12);
    }
    holds(Case { preset: "cheetah-vel/rare", deterministic: true, one_policy: true, ..USUAL });
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
    holds(Case { preset: "stock/synthetic", start: Start::Support, horizon: 20, one_policy: true, ..USUAL });
}

#[test]
fn worlds_without_rules_aboard_say_so() {
    assert!(environment("point-nav").is_ok_and(|env| env.aboard().is_none()));
}

#[test]
fn an_arrival_ends_an_episode_with_success() {
    arriving(Case { horizon: 5, ..USUAL }, |request| {
        let [found, expected] = [by_kernels(request), by_cpu(request)].map(Result::unwrap);
        same("drone-planar", &found, &expected);
        let last = expected[2].episodes[18];
        assert_eq!((last.len, last.success, last.terminated), (1, true, true));
    });
}

#[test]
fn what_is_not_finite_is_marked_as_the_cpu_names_it() {
    spoilt(Case { horizon: 5, ..USUAL }, |request, what| {
        let [found, expected] = [by_kernels(request), by_cpu(request)].map(|done| done.unwrap_err().to_string());
        assert_eq!(found, expected);
        assert!(found.starts_with(what), "{found} for {what}");
    });
}
