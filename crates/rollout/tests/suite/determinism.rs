//! The same bits however the work is cut: threads, batch, episodes, rows.

use crate::support::{Setup, TASKS, run};
use xmrl_envs::Start;
use xmrl_rollout::{Precision, Record, Request, Starts, TaskBatch};

const PRECISIONS: [Precision; 2] = [Precision::F64, Precision::F32];

#[test]
fn threads_do_not_change_a_bit() {
    let setup = Setup::new();
    for precision in PRECISIONS {
        let request = Request { precision, ..setup.request() };
        let one = run(&request, 1);
        assert!(one.iter().all(|batch| batch.rows() > 100));
        assert_eq!(one, run(&request, 2));
        assert_eq!(one, run(&request, 3));
    }
}

#[test]
fn a_task_is_the_same_alone_and_in_company() {
    let setup = Setup::new();
    let (k, p) = (setup.env.spec().task_size, setup.policy.parameters());
    for precision in PRECISIONS {
        let request = Request { precision, ..setup.request() };
        let together = run(&request, 2);
        for task in 0..TASKS {
            let alone = Request {
                tasks: &setup.tasks[task * k..(task + 1) * k],
                task_ids: &setup.task_ids[task..=task],
                params: &setup.params[task * p..(task + 1) * p],
                ..request
            };
            assert_eq!(run(&alone, 2), together[task..=task]);
        }
    }
}

/// Episodes 0..40 are episodes 0..20 and then 20..40: other lanes, other partial blocks, the same bits.
#[test]
fn episodes_can_be_split_over_calls() {
    let setup = Setup::new();
    for precision in PRECISIONS {
        let whole = run(&Request { episodes: 40, precision, ..setup.request() }, 2);
        let half = |first_episode| run(&Request { episodes: 20, first_episode, precision, ..setup.request() }, 2);
        for ((whole, first), second) in whole.iter().zip(half(0)).zip(half(20)) {
            let [first, second] = [&first, &second];
            let joined = |of: fn(&TaskBatch) -> &Vec<f64>| [&of(first)[..], of(second)].concat();
            assert_eq!(whole.observations, joined(|b| &b.observations));
            assert_eq!(whole.actions, joined(|b| &b.actions));
            assert_eq!(whole.log_probs, joined(|b| &b.log_probs));
            assert_eq!(whole.rewards, joined(|b| &b.rewards));
            assert_eq!(whole.states, joined(|b| &b.states));
            let ends = |b: &TaskBatch| -> Vec<_> { b.episodes.iter().map(|e| (e.len, e.ret, e.success)).collect() };
            assert_eq!(ends(whole), [ends(first), ends(second)].concat());
        }
    }
}

/// Another start in one episode changes that episode's rows only.
#[test]
fn rows_are_independent() {
    let setup = Setup::new();
    let d = setup.env.spec().state_size;
    let mut states: Vec<f64> = run(&setup.request(), 2)
        .iter()
        .flat_map(|batch| batch.episodes.iter().flat_map(|e| &batch.states[e.start * d..(e.start + 1) * d]))
        .copied()
        .collect();
    let before = run(&Request { starts: Starts::States(&states), ..setup.request() }, 2);
    let (task, episode) = (2, 9);
    states[(task * 21 + episode) * d] += 0.25;
    let after = run(&Request { starts: Starts::States(&states), ..setup.request() }, 2);
    for (t, (before, after)) in before.iter().zip(&after).enumerate() {
        for (e, (old, new)) in before.episodes.iter().zip(&after.episodes).enumerate() {
            let same = before.actions[2 * old.start..2 * (old.start + old.len)]
                == after.actions[2 * new.start..2 * (new.start + new.len)];
            assert_eq!(same, (t, e) != (task, episode), "task {t}, episode {e}");
        }
    }
}

/// What is recorded does not change what happens, and a law's starts given as states are the law's episodes.
#[test]
fn recording_and_starts_do_not_interfere() {
    let setup = Setup::new();
    let d = setup.env.spec().state_size;
    for precision in PRECISIONS {
        for (start, horizon) in [(Start::Query, 25), (Start::Support, 10)] {
            let request = Request { precision, horizon, starts: Starts::Law(start), ..setup.request() };
            let full = run(&request, 2);
            let rows = run(&Request { record: Record::Learning, ..request }, 2);
            let returns = run(&Request { record: Record::Returns, ..request }, 2);
            let states: Vec<f64> = full
                .iter()
                .flat_map(|b| b.episodes.iter().flat_map(|e| &b.states[e.start * d..(e.start + 1) * d]))
                .copied()
                .collect();
            let again = run(&Request { starts: Starts::States(&states), ..request }, 2);
            assert_eq!(full, again);
            for ((full, rows), returns) in full.iter().zip(&rows).zip(&returns) {
                assert_eq!((&full.actions, &full.episodes), (&rows.actions, &rows.episodes));
                assert!(rows.states.is_empty() && returns.rows() == 0 && returns.observations.is_empty());
                assert_eq!(full.episodes, returns.episodes);
                assert_eq!(returns.env_steps(), full.rows());
            }
        }
    }
}
