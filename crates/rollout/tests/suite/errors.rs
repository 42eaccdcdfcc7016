//! Every bad request is an error that names what is wrong.

use crate::support::Setup;
use xmrl_rollout::{Precision, Request, Starts, collect};

fn message(request: &Request<'_>) -> String {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    collect::<f64>(request, &pool).unwrap_err().to_string()
}

#[test]
fn shapes_and_counts() {
    let setup = Setup::new();
    let request = setup.request();
    let found = message(&Request { tasks: &setup.tasks[1..], ..request });
    assert!(found.contains("tasks has 9 entries; [N,K] needs 10"), "{found}");
    let found = message(&Request { params: &setup.params[..1285], ..request });
    assert!(found.contains("params has 1285 entries; [N,P] or [P] needs 6420"), "{found}");
    let found = message(&Request { episodes: 0, ..request });
    assert!(found.contains("episodes is 0"), "{found}");
    let found = message(&Request { first_episode: u32::MAX - 3, ..request });
    assert!(found.contains("episodes is 21; it must lie in 1..=3"), "{found}");
    let found = message(&Request { episodes: 1 << 31, horizon: 1 << 24, ..request });
    assert!(found.starts_with("5 tasks × 2147483648 episodes × 16777216 steps may need "), "{found}");
    let found = message(&Request { horizon: 0, ..request });
    assert!(found.contains("horizon is 0"), "{found}");
    let found = message(&Request { starts: Starts::States(&[0.0; 12]), ..request });
    assert!(found.contains("start states has 12 entries; [N,E,D] needs 420"), "{found}");
}

#[test]
fn a_policy_for_another_world() {
    let setup = Setup::new();
    let policy = xmrl_policy::PolicySpec { action_size: 3, ..setup.policy.clone() };
    let found = message(&Request { policy: &policy, ..setup.request() });
    assert!(found.contains("policy.action_size is 3, but drone-planar has 2"), "{found}");
}

#[test]
fn numbers_that_are_not_finite_name_their_place() {
    let mut setup = Setup::new();
    let mut tasks = setup.tasks.clone();
    tasks[6] = f64::NAN;
    let found = message(&Request { tasks: &tasks, ..setup.request() });
    assert!(found.contains("tasks, row 3, entry 0: NaN"), "{found}");

    let mut states = vec![5.0; 5 * 21 * 4];
    states[(21 + 2) * 4] = f64::INFINITY;
    let found = message(&Request { starts: Starts::States(&states), ..setup.request() });
    assert!(found.contains("start states of task 1, episode 2"), "{found}");

    // Finite in double precision, infinite in single: the observation is.
    states[(21 + 2) * 4] = 1e300;
    let request = Request { starts: Starts::States(&states), precision: Precision::F32, ..setup.request() };
    let found = message(&request);
    assert!(found.contains("observations of task 1, episode 2"), "{found}");

    // Two tasks are bad: the first one is reported, whatever thread finds the other.
    let size = setup.policy.parameters();
    setup.params[4 * size] = f64::NAN;
    setup.params[2 * size + 160 + 33] = f64::NEG_INFINITY;
    let found = message(&setup.request());
    assert!(found.contains("params of task 2: parameter W2[1,1] is -inf"), "{found}");

    // Parameters that overflow in single precision make the actions, not the parameters, infinite.
    let mut setup = Setup::new();
    let bias = setup.policy.layers()[2].bias.start;
    setup.params[3 * size + bias] = 1e200;
    let found = message(&Request { precision: Precision::F32, ..setup.request() });
    assert!(found.contains("actions of task 3, episode 0"), "{found}");
}
