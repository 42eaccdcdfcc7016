//! Blocks of worlds and their processes: whose turn it is, what is asked for when, who is kept and who ends.

use std::time::{Duration, Instant};

use xmrl_envs::{AutoReset, Block, EnvError, World};
use xmrl_python::PythonWorld;

use super::{by_hand, launch, open, worlds};

/// A block of worlds in tasks, begun from their seeds.
fn block(world: &PythonWorld, tasks: &[[f64; 2]]) -> Box<dyn Block<f64>> {
    let mut block = world.blocks(&[tasks.len()]).remove(0);
    begin(world, &mut *block, tasks).expect("starts");
    block
}

/// Begins a block's worlds in tasks; each has its row for a seed.
fn begin(world: &PythonWorld, block: &mut dyn Block<f64>, tasks: &[[f64; 2]]) -> Result<(), EnvError> {
    let width = block.width();
    let columns: Vec<f64> = (0..2).flat_map(|k| tasks.iter().map(move |task| task[k])).collect();
    // The seed is a state's last number.
    let mut states = vec![0.0; world.spec().state_size * width];
    let last = states.len() - width;
    states[last..].iter_mut().enumerate().for_each(|(row, seed)| *seed = row as f64);
    block.begin(&vec![1.0; width], &columns, &states)
}

/// The end of an episode that succeeds in its third step: success is told by steps of a block, here by the name that robots of
/// gymnasium's own use.
#[test]
fn a_success_may_come_before_the_end() {
    let world = open("cut");
    assert_eq!(world.description().scored_by, "success");
    let mut block = block(&world, &[[0.9, 0.5], [0.8, 0.5]]);
    for step in 1..=5 {
        let mut outcomes = [0.0; 6];
        block.step(&[1.0; 2], &[0.0; 4], &mut outcomes).expect("a step");
        assert_eq!(outcomes[4..], [f64::from(u8::from(step == 3)); 2], "step {step}");
    }
}

#[test]
fn states_are_those_of_now_from_the_first_time_that_they_are_asked_for() {
    let world = open("settable");
    let mut worlds = block(&world, &[[0.2, 0.5]]);
    let (mut seen, mut states, mut outcomes) = ([0.0; 4], [0.0; 5], [0.0; 3]);
    worlds.observe(&mut seen).expect("observations");
    for step in 0..3 {
        worlds.step(&[1.0], &[0.5, -1.0], &mut outcomes).expect("a step");
        by_hand(&mut seen, [0.2, 0.5], [0.5, -1.0]);
        // Nobody has wanted states before the second step's.
        if step > 0 {
            worlds.states(&mut states).expect("states");
            assert_eq!((&states[..4], states[4]), (&seen[..], -1.0), "step {step}");
        }
    }
}

#[test]
fn a_row_that_has_ended_is_left_alone_and_the_others_go_on() {
    let world = open("counting");
    let lengths = [2, 5, 3];
    let mut batch = worlds(&world, &lengths.map(f64::from), 1);
    for step in 1..=7 {
        let result = batch.fly(&[0.0; 6], 1, AutoReset::Disabled).expect("a step");
        let ended = lengths.map(|length| u8::from(step >= length));
        assert_eq!(result.terminated, ended, "step {step}");
        let seen: Vec<f64> = result.observations.chunks(4).map(|row| row[0]).collect();
        assert_eq!(seen, lengths.map(|length| f64::from(step.min(length))), "step {step}");
    }
    batch.reset();
    let flown = batch.fly(&[0.0; 6 * 11], 11, AutoReset::SameStep).expect("steps");
    for (at, row) in flown.observations.chunks(4).enumerate() {
        let (step, length) = (at as i32 / 3 + 1, lengths[at % 3]);
        assert_eq!(row[0], f64::from(step % length), "row {}, step {step}", at % 3);
    }
}

#[test]
fn a_process_that_owes_an_answer_is_not_asked_again() {
    let world = open("dawdling");
    let tasks = [[0.2, 0.5], [0.4, 0.5]];
    let mut left = block(&world, &tasks);
    left.begin_step(&[1.0; 2], &[1.0; 4]).expect("a step is sent");
    drop(left);
    let mut next = block(&world, &tasks);
    let mut seen = [0.0; 8];
    next.observe_rows(2, &mut seen).expect("observations");
    let mut outcomes = [0.0; 6];
    next.step(&[1.0; 2], &[0.5, -0.5, 0.25, 1.0], &mut outcomes).expect("a step");
    for (row, action) in [[0.5, 0.25], [-0.5, 1.0]].into_iter().enumerate() {
        let mut state = seen[4 * row..][..4].try_into().expect("four numbers");
        let (reward, _) = by_hand(&mut state, tasks[row], action);
        assert!((outcomes[row] - reward).abs() < 1e-15, "row {row}: {} {reward}", outcomes[row]);
    }
}

#[test]
fn environments_are_made_with_patience_and_reset_without() {
    let mut launch = launch("heavy");
    launch.limit = Duration::from_secs(1);
    let world = PythonWorld::open("heavy", launch).unwrap_or_else(|error| panic!("{error}"));
    // The third of its environments is made here.
    let mut three = block(&world, &[[0.2, 0.5]; 3]);
    let error = begin(&world, &mut *three, &[[0.2, 0.5], [0.2, 0.5], [1.5, 0.5]]).unwrap_err().to_string();
    assert!(error.contains("row 2") && error.contains("reset took longer than 1 s"), "{error}");
}

#[test]
fn a_process_keeps_its_environments_and_what_an_environment_starts_ends_with_it() {
    let world = open("family");
    let numbers = || worlds(&world, &[0.2, 0.4], 1).observations().to_vec();
    let first = numbers();
    assert_eq!(first[0], first[4], "one process has both rows");
    assert_ne!(first[1], first[5], "each has an environment of its own");
    assert_eq!(numbers(), first, "a block takes what another gave back");
    drop(world);
    let gone = |number: f64| {
        let status = std::fs::read_to_string(format!("/proc/{number}/status"));
        status.is_err() || status.is_ok_and(|text| text.contains("State:\tZ"))
    };
    let until = Instant::now() + Duration::from_secs(5);
    while !first.iter().filter(|number| **number > 0.0).all(|&number| gone(number)) {
        assert!(Instant::now() < until, "of {first:?} some are still there");
        std::thread::sleep(Duration::from_millis(20));
    }
}
