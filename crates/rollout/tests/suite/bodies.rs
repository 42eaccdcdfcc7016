//! Rollouts of bodies, whose worlds compute in double precision whatever the policy does, and remember what a state lacks.

use crate::support::{Setup, run};
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Start, Worlds};
use xmrl_rollout::{Precision, Record, Request, Starts, TaskBatch};

const PRESETS: [&str; 4] = ["cheetah-vel/gym", "cheetah-vel/promp", "ant-vel/maml", "walker2d-vel/gym"];

/// A world without a body that computes so too, and whose sizes follow its data.
const MARKET: &str = "stock/synthetic";

fn request(setup: &Setup) -> Request<'_> {
    Request { horizon: 12, start_stream: Stream::new(3, Purpose::QueryStart, 0), ..setup.request() }
}

/// Replays the recorded actions of one task through [`Worlds`]: observations, rewards and states must come out again.
fn replay(setup: &Setup, batch: &TaskBatch, task: usize, tolerance: f64) {
    let spec = setup.env.spec();
    let (s, a, d, k) = (spec.observation_size, spec.action_size, spec.state_size, spec.task_size);
    for episode in &batch.episodes {
        let mut worlds = Worlds::new(&spec.preset, &setup.tasks[task * k..(task + 1) * k], 1, 0, 1).unwrap();
        worlds.set_state(&batch.states[episode.start * d..(episode.start + 1) * d]).unwrap();
        for row in episode.rows() {
            assert_eq!(worlds.state(), &batch.states[row * d..(row + 1) * d], "{} row {row}", spec.preset);
            for (x, y) in worlds.observations().iter().zip(&batch.observations[row * s..(row + 1) * s]) {
                assert!((x - y).abs() <= tolerance * (1.0 + y.abs()), "{} row {row}: {x} {y}", spec.preset);
            }
            let result = worlds.step(&batch.actions[row * a..(row + 1) * a]).unwrap();
            let (reward, recorded) = (result.rewards[0], batch.rewards[row]);
            assert!((reward - recorded).abs() <= tolerance * (1.0 + recorded.abs()), "{reward} {recorded}");
        }
    }
}

#[test]
fn recorded_episodes_replay_bit_for_bit_in_both_precisions() {
    for preset in PRESETS.into_iter().chain([MARKET]) {
        let setup = Setup::of(preset);
        for (precision, tolerance) in [(Precision::F64, 0.0), (Precision::F32, 1e-6)] {
            let batches = run(&Request { precision, ..request(&setup) }, 2);
            for (task, batch) in batches.iter().enumerate() {
                assert!(batch.rows() > 0);
                replay(&setup, batch, task, tolerance);
            }
        }
    }
}

#[test]
fn single_precision_policies_start_in_the_same_states() {
    let setup = Setup::of("ant-vel/maml");
    let double = run(&request(&setup), 1);
    let single = run(&Request { precision: Precision::F32, ..request(&setup) }, 1);
    for (a, b) in double.iter().zip(&single) {
        for (x, y) in a.episodes.iter().zip(&b.episodes) {
            assert_eq!(a.states[x.start * 29..(x.start + 1) * 29], b.states[y.start * 29..(y.start + 1) * 29]);
        }
    }
}

#[test]
fn bits_do_not_depend_on_threads_or_on_how_episodes_are_split() {
    for preset in PRESETS.into_iter().chain([MARKET]) {
        let setup = Setup::of(preset);
        for precision in [Precision::F64, Precision::F32] {
            let request = Request { precision, ..request(&setup) };
            let whole = run(&request, 2);
            assert_eq!(whole, run(&request, 1));
            // 21 = 5 + 16: other lanes, other blocks.
            let first = run(&Request { episodes: 5, ..request }, 2);
            let rest = run(&Request { episodes: 16, first_episode: 5, ..request }, 2);
            for ((whole, first), rest) in whole.iter().zip(&first).zip(&rest) {
                assert_eq!(whole.rewards, [&first.rewards[..], &rest.rewards].concat(), "{preset}");
                assert_eq!(whole.states, [&first.states[..], &rest.states].concat(), "{preset}");
            }
        }
    }
}

/// Ants that start too high end at once, others go on: the ended ones are frozen and add no rows.
#[test]
fn ended_lanes_are_frozen_and_do_not_touch_their_neighbours() {
    let setup = Setup::of("ant-vel/maml");
    let d = setup.env.spec().state_size;
    let base = Request { horizon: 8, ..request(&setup) };
    let mut states = vec![0.0; 5 * 21 * d];
    for (row, state) in states.chunks_exact_mut(d).enumerate() {
        setup.env.start(Start::Query, &[1.0], &base.start_stream, 0, row as u32, state);
    }
    let free = run(&Request { starts: Starts::States(&states), ..base }, 2);
    for state in states.chunks_exact_mut(d).step_by(3) {
        state[2] = 3.0;
    }
    for precision in [Precision::F64, Precision::F32] {
        let mixed = run(&Request { starts: Starts::States(&states), precision, ..base }, 2);
        for (task, (mixed, free)) in mixed.iter().zip(&free).enumerate() {
            for (e, (ended, went_on)) in mixed.episodes.iter().zip(&free.episodes).enumerate() {
                if (task * 21 + e) % 3 == 0 {
                    assert_eq!((ended.len, ended.terminated, ended.success), (1, true, false));
                } else if precision == Precision::F64 {
                    let same = mixed.rewards[ended.rows()] == free.rewards[went_on.rows()];
                    assert!(same && ended.len == went_on.len, "task {task}, episode {e}");
                }
            }
        }
    }
}

#[test]
fn returns_alone_are_the_recorded_ones() {
    let setup = Setup::of("cheetah-vel/gym");
    let recorded = run(&request(&setup), 2);
    let alone = run(&Request { record: Record::Returns, ..request(&setup) }, 2);
    for (a, b) in recorded.iter().zip(&alone) {
        assert_eq!(a.episodes, b.episodes);
        assert_eq!(b.rows(), 0);
    }
}

/// A start that is still accepted, but so fast that its episode leaves the range of states: that episode is named, in both
/// precisions and whatever is recorded, though it may end at once.
#[test]
fn states_that_no_body_goes_on_from_are_named() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    for preset in PRESETS {
        let setup = Setup::of(preset);
        let d = setup.env.spec().state_size;
        let base = request(&setup);
        let mut states = vec![0.0; 5 * 21 * d];
        for (row, state) in states.chunks_exact_mut(d).enumerate() {
            setup.env.start(
                Start::Query,
                &setup.tasks[..setup.env.spec().task_size],
                &base.start_stream,
                0,
                row as u32,
                state,
            );
        }
        // A step short of 1e10 m: every number stays finite. The episode is not lane 0 of its block.
        let row = 21 + 10;
        states[row * d] = 9.999e9;
        states[row * d + d / 2 + usize::from(d == 29)] = 9e9;
        for precision in [Precision::F64, Precision::F32] {
            for record in [Record::Returns, Record::LearningAndStates] {
                let request = Request { starts: Starts::States(&states), precision, record, ..base };
                let found = xmrl_rollout::collect::<f64>(&request, &pool).unwrap_err().to_string();
                assert!(found.starts_with("states of task 1, episode 10 are"), "{preset}: {found}");
            }
        }
    }
}

#[test]
fn solves_that_met_their_bound_are_none_in_plain_episodes() {
    let setup = Setup::of("ant-vel/maml");
    assert!(run(&request(&setup), 2).iter().all(|batch| batch.capped_solves == 0));
}

#[test]
fn a_start_without_an_orientation_is_named() {
    let setup = Setup::of("ant-goal/maml");
    let d = setup.env.spec().state_size;
    let mut states = vec![0.5; 5 * 21 * d];
    states[(21 + 2) * d + 3..(21 + 2) * d + 7].fill(0.0);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let request = Request { starts: Starts::States(&states), ..request(&setup) };
    let found = xmrl_rollout::collect::<f64>(&request, &pool).unwrap_err().to_string();
    assert!(found.contains("start of task 1, episode 2") && found.contains("has length zero"), "{found}");
}

#[test]
fn a_start_that_no_market_has_is_named() {
    let setup = Setup::of(MARKET);
    let d = setup.env.spec().state_size;
    let mut good = vec![0.0; d];
    let from = xmrl_envs::rng::Stream::new(0, xmrl_envs::rng::Purpose::QueryStart, 0);
    setup.env.start(
        xmrl_envs::Start::Query,
        &setup.env.tasks(xmrl_envs::Pool::Training, 0, 1).values,
        &from,
        0,
        0,
        &mut good,
    );
    let base = request(&setup);
    let mut states = good.repeat(base.task_count() * base.episodes);
    states[(base.episodes + 2) * d] = -1.0;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let request = Request { starts: Starts::States(&states), ..base };
    let found = xmrl_rollout::collect::<f64>(&request, &pool).unwrap_err().to_string();
    assert!(found.contains("start of task 1, episode 2: ") && found.contains("-1 is not an amount"), "{found}");
}
