//! Some rows of a batch alone, and several steps in one call.

use xmrl_envs::{AutoReset, EnvError, Environment, Flight, FlightSlices, Worlds};

use crate::support::{random_actions, tasks, there, worlds_of};

/// Four tasks, five worlds of each.
const COUNT: usize = 20;

fn batch(env: &Environment, threads: usize) -> Worlds {
    worlds_of(env, &tasks(env, 4), 5, 8, threads).unwrap()
}

/// Rows of an array of `size` numbers a world.
fn row(values: &[f64], w: usize, size: usize) -> &[f64] {
    &values[w * size..][..size]
}

/// Actions of a step as large as the preset takes them, so that worlds end at different times.
fn actions(env: &Environment, t: u32) -> Vec<f64> {
    random_actions(env.spec(), COUNT, t).iter().map(|u| u * env.spec().action_scale).collect()
}

#[test]
fn some_rows_begin_anew_and_the_others_go_on_to_the_bit() {
    for env in &there() {
        let spec = env.spec();
        let (s, d) = (spec.observation_size, spec.state_size);
        let [mut worlds, mut twin] = [1, 2].map(|threads| batch(env, threads));
        for t in 0..12 {
            if t == 5 {
                worlds.reset_rows(&[3, 1, 19]).unwrap();
            }
            if t == 8 {
                // In the order of the list, not of the batch.
                let states = [row(worlds.state(), 7, d), row(worlds.state(), 0, d)].concat();
                worlds.set_state_of(&[19, 3], &states).unwrap();
                assert_eq!(row(worlds.state(), 19, d), &states[..d], "{}", spec.preset);
                assert_eq!(row(worlds.state(), 3, d), &states[d..], "{}", spec.preset);
            }
            let mine = worlds.step(&actions(env, t)).unwrap();
            let theirs = twin.step(&actions(env, t)).unwrap();
            for w in (0..COUNT).filter(|w| t < 5 || ![1, 3, 19].contains(w)) {
                assert_eq!(row(mine.observations, w, s), row(theirs.observations, w, s), "{}, world {w}", spec.preset);
                assert_eq!(mine.rewards[w].to_bits(), theirs.rewards[w].to_bits(), "{}, world {w}", spec.preset);
                assert_eq!((mine.terminated[w], mine.truncated[w]), (theirs.terminated[w], theirs.truncated[w]));
            }
        }
    }
}

/// The n-th start of a world does not depend on how often the others were reset, or how.
#[test]
fn every_world_draws_starts_of_its_own() {
    for env in &there() {
        let d = env.spec().state_size;
        let mut all = batch(env, 1);
        let mut starts = vec![all.state().to_vec()];
        for _ in 0..3 {
            all.reset();
            starts.push(all.state().to_vec());
        }
        let mut some = batch(env, 1);
        let mut drawn = [0; COUNT];
        for rows in [&[1, 3][..], &[3], &[0, 3, 12], &[], &[12, 1]] {
            some.reset_rows(rows).unwrap();
            rows.iter().for_each(|&w| drawn[w] += 1);
            for w in 0..COUNT {
                assert_eq!(row(some.state(), w, d), row(&starts[drawn[w]], w, d), "{}, world {w}", env.spec().preset);
            }
        }
    }
}

/// A fresh batch that has begun in the present states of another goes on as the other does: in states and rewards to the bit.
#[test]
fn states_are_all_that_a_course_depends_on() {
    for env in &there() {
        let spec = env.spec();
        let mut worlds = batch(env, 1);
        for t in 0..4 {
            worlds.step(&actions(env, t)).unwrap();
        }
        let alive: Vec<usize> = {
            let last = worlds.step(&actions(env, 4)).unwrap();
            (0..COUNT).filter(|&w| last.terminated[w] == 0 && last.truncated[w] == 0).collect()
        };
        let mut other = batch(env, 2);
        other.set_state(worlds.state()).unwrap();
        for t in 5..9 {
            let mine = worlds.step(&actions(env, t)).unwrap();
            let theirs = other.step(&actions(env, t)).unwrap();
            let (s, d) = (spec.observation_size, spec.state_size);
            for &w in &alive {
                assert_eq!(row(mine.observations, w, s), row(theirs.observations, w, s), "{}, {w}, {t}", spec.preset);
                assert_eq!(mine.rewards[w].to_bits(), theirs.rewards[w].to_bits(), "{}, {w}, {t}", spec.preset);
            }
            for &w in &alive {
                assert_eq!(row(worlds.state(), w, d), row(other.state(), w, d), "{}, {w}, {t}", spec.preset);
            }
        }
    }
}

/// What a flight is to give, from single steps, resets by hand and Gymnasium's words.
fn by_hand(worlds: &mut Worlds, given: &[Vec<f64>], auto: AutoReset) -> Flight {
    let mut out = Flight::default();
    let mut over: Vec<usize> = Vec::new();
    for actions in given {
        let before = std::mem::take(&mut over);
        let step = worlds.step(actions).unwrap();
        let (mut rewards, mut terminated) = (step.rewards.to_vec(), step.terminated.to_vec());
        let mut truncated = step.truncated.to_vec();
        let last = step.observations.to_vec();
        over = (0..COUNT).filter(|&w| terminated[w] + truncated[w] > 0).collect();
        match auto {
            AutoReset::Disabled => {}
            AutoReset::NextStep => {
                worlds.reset_rows(&before).unwrap();
                before.iter().for_each(|&w| (rewards[w], terminated[w], truncated[w]) = (0.0, 0, 0));
                over.retain(|w| !before.contains(w));
            }
            AutoReset::SameStep => {
                worlds.reset_rows(&over).unwrap();
                out.final_observations.extend(&last);
            }
        }
        out.observations.extend(worlds.observations());
        out.rewards.extend(rewards);
        out.terminated.extend(terminated);
        out.truncated.extend(truncated);
    }
    out
}

#[test]
fn a_flight_is_its_steps_whatever_is_done_about_ends() {
    for env in &there() {
        let spec = env.spec();
        // Past the horizon where that is near.
        let steps = spec.horizon.min(40) + 12;
        let given: Vec<Vec<f64>> = (0..steps as u32).map(|t| actions(env, t)).collect();
        for auto in [AutoReset::Disabled, AutoReset::NextStep, AutoReset::SameStep] {
            let (mut hand, mut once, mut twice) = (batch(env, 1), batch(env, 2), batch(env, 1));
            let truth = by_hand(&mut hand, &given, auto);
            let flat = given.concat();
            assert_eq!(once.fly(&flat, steps, auto).unwrap(), truth, "{}, {auto:?}", spec.preset);
            assert_eq!(once.state(), hand.state(), "{}, {auto:?}", spec.preset);
            let (first, second) = flat.split_at(7 * COUNT * spec.action_size);
            let parts = [twice.fly(first, 7, auto).unwrap(), twice.fly(second, steps - 7, auto).unwrap()];
            assert_eq!(parts.map(|part| part.rewards).concat(), truth.rewards, "{}, {auto:?}", spec.preset);
            assert_eq!(truth.final_observations.is_empty(), auto != AutoReset::SameStep);
            let ends: usize = truth.terminated.iter().chain(&truth.truncated).map(|flag| usize::from(*flag)).sum();
            let near = spec.horizon <= 40;
            assert!(!near || ends >= COUNT, "{}: {ends} ends", spec.preset);
        }
    }
}

#[test]
fn a_flight_on_threads_is_its_steps() {
    // More worlds than one thread takes, in blocks that are not all full.
    let (env, count, steps) = (there().swap_remove(0), 700, 30);
    let size = env.spec().action_size;
    let task = env.spec().default_task.clone();
    let make = |threads| worlds_of(&env, &task, count, 3, threads).unwrap();
    let (mut hand, mut once) = (make(1), make(3));
    let flat: Vec<f64> = (0..steps * count * size).map(|k| (k as f64 * 0.7).sin()).collect();
    let flight = once.fly(&flat, steps, AutoReset::Disabled).unwrap();
    for (t, actions) in flat.chunks_exact(count * size).enumerate() {
        let step = hand.step(actions).unwrap();
        let seen = step.observations.len();
        assert_eq!(&flight.observations[t * seen..][..seen], step.observations, "step {t}");
        assert_eq!(&flight.rewards[t * count..][..count], step.rewards, "step {t}");
        assert_eq!(&flight.terminated[t * count..][..count], step.terminated, "step {t}");
        assert_eq!(&flight.truncated[t * count..][..count], step.truncated, "step {t}");
    }
    assert_eq!(once.state(), hand.state());
    assert_eq!(once.success(), hand.success());
}

#[test]
fn a_flight_into_arrays_that_were_used_before_is_a_flight() {
    let env = &there()[0];
    let (size, seen) = (env.spec().action_size, env.spec().observation_size);
    for (auto, threads) in [(AutoReset::Disabled, 1), (AutoReset::NextStep, 2), (AutoReset::SameStep, 3)] {
        let make = || worlds_of(env, &env.spec().default_task.clone(), 300, 3, threads).unwrap();
        let (mut fresh, mut into) = (make(), make());
        for steps in [1, 60, 1, 90] {
            let actions: Vec<f64> = (0..steps * 300 * size).map(|k| (k as f64 * 0.7).sin()).collect();
            let truth = fresh.fly(&actions, steps, auto).unwrap();
            let last = if auto == AutoReset::SameStep { steps * 300 * seen } else { 0 };
            let (mut numbers, mut flags) = (vec![7.0; steps * 300 * (seen + 1) + last], vec![7; 2 * steps * 300]);
            let (observations, rest) = numbers.split_at_mut(steps * 300 * seen);
            let (rewards, final_observations) = rest.split_at_mut(steps * 300);
            let (terminated, truncated) = flags.split_at_mut(steps * 300);
            let out = FlightSlices { observations, rewards, terminated, truncated, final_observations };
            into.fly_into(&actions, steps, auto, out).unwrap();
            let whole = [truth.observations, truth.rewards, truth.final_observations].concat();
            assert!(
                numbers == whole && flags == [truth.terminated, truth.truncated].concat(),
                "{auto:?}, {steps} steps"
            );
        }
        assert_eq!(into.state(), fresh.state(), "{auto:?}");
        assert!(env.spec().horizon < 150, "ends were met");
    }
}

#[test]
fn arrays_of_another_length_are_named_and_no_world_moves() {
    let env = &there()[0];
    let (mut worlds, seen) = (batch(env, 1), env.spec().observation_size);
    let before = worlds.state().to_vec();
    let right = [2 * COUNT * seen, 2 * COUNT, 2 * COUNT, 2 * COUNT, 2 * COUNT * seen];
    let names = ["observations", "rewards", "terminated", "truncated", "final observations"];
    for (wrong, name) in names.into_iter().enumerate() {
        let mut lengths = right;
        lengths[wrong] += 1;
        let [mut observations, mut rewards, mut last] = [0, 1, 4].map(|at| vec![0.0; lengths[at]]);
        let [mut terminated, mut truncated] = [2, 3].map(|at| vec![0; lengths[at]]);
        let out = FlightSlices {
            observations: &mut observations,
            rewards: &mut rewards,
            terminated: &mut terminated,
            truncated: &mut truncated,
            final_observations: &mut last,
        };
        let actions = [actions(env, 0), actions(env, 1)].concat();
        let error = worlds.fly_into(&actions, 2, AutoReset::SameStep, out).unwrap_err();
        let (expected, got) = (right[wrong], lengths[wrong]);
        assert!(error.to_string().starts_with(&format!("{name}: expected {expected} numbers ([2, 20")), "{error}");
        assert!(error.to_string().ends_with(&format!("got {got}")), "{error}");
    }
    assert_eq!(worlds.state(), before);
}

#[test]
fn wrong_rows_and_actions_change_nothing() {
    let env = &there()[0];
    let (mut worlds, d) = (batch(env, 1), env.spec().state_size);
    let before = worlds.state().to_vec();
    let outside = EnvError::RowOutside { at: 1, row: 20, worlds: 20 };
    assert_eq!(outside.to_string(), "rows[1] is 20, these are worlds 0 to 19");
    assert_eq!(worlds.reset_rows(&[3, 20]), Err(outside.clone()));
    assert_eq!(worlds.set_state_of(&[3, 20], &before[..2 * d]), Err(outside));
    assert_eq!(worlds.reset_rows(&[3, 5, 3]), Err(EnvError::RowTwice { at: 2, row: 3 }));
    assert!(matches!(worlds.set_state_of(&[3, 5], &before), Err(EnvError::Shape { expected: 8, got: 80, .. })));
    let mut broken = before[..2 * d].to_vec();
    broken[d] = f64::NAN;
    assert!(matches!(worlds.set_state_of(&[3, 5], &broken), Err(EnvError::NotFinite { row: 1, entry: 0, .. })));
    let mut flown = [actions(env, 0), actions(env, 1), actions(env, 2)].concat();
    assert!(matches!(worlds.fly(&flown, 2, AutoReset::Disabled), Err(EnvError::Shape { .. })));
    assert!(matches!(worlds.fly(&[], 0, AutoReset::Disabled), Err(EnvError::Zero { .. })));
    flown[2 * 20 * 2 + 7 * 2 + 1] = f64::INFINITY;
    let wild = EnvError::ActionNotFinite { step: 2, row: 7, entry: 1, value: f64::INFINITY };
    assert_eq!(worlds.fly(&flown, 3, AutoReset::SameStep), Err(wild));
    assert_eq!(worlds.state(), before, "no world has moved");
    // The starts that were not drawn are still to come.
    let mut fresh = batch(env, 1);
    worlds.reset();
    fresh.reset();
    assert_eq!(worlds.state(), fresh.state());
}
