//! A world's course depends on its state, its task and its actions alone; episodes end once.

use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Environment, Start};

use crate::support::{play, random_actions, starts_at_a_point, tasks, there, worlds_of};

#[test]
fn one_two_and_three_threads_give_the_same_bits() {
    for env in &there() {
        let spec = env.spec();
        let tasks = tasks(env, 30);
        // More than two chunks, the last of them neither full nor a whole number of lanes.
        let bits = [1, 2, 3, 0].map(|threads| play(&mut worlds_of(env, &tasks, 43, 5, threads).unwrap(), 6));
        assert!(bits.iter().all(|b| *b == bits[0]), "{}", spec.preset);
    }
}

/// States of worlds after playing from `states` with one action row each, `steps` times the same.
fn replay(env: &Environment, tasks: &[f64], states: &[f64], actions: &[f64], steps: usize) -> (Vec<f64>, Vec<f64>) {
    let mut worlds = worlds_of(env, tasks, 1, 0, 1).unwrap();
    worlds.set_state(states).unwrap();
    let mut returns = vec![0.0; worlds.count()];
    for _ in 0..steps {
        let result = worlds.step(actions).unwrap();
        returns.iter_mut().zip(result.rewards).for_each(|(sum, r)| *sum += r);
    }
    (worlds.state().to_vec(), returns)
}

#[test]
fn a_world_does_not_depend_on_its_place_or_its_neighbours() {
    for env in &there() {
        let spec = env.spec();
        let (env, stream) = (env, Stream::new(2, Purpose::SupportStart, 0));
        let (count, d, a, k) = (21, spec.state_size, spec.action_size, spec.task_size);
        let tasks = tasks(env, count);
        let mut states = vec![0.0; count * d];
        for (w, state) in states.chunks_mut(d).enumerate() {
            env.start(Start::Support, &tasks[w * k..][..k], &stream, w as u32, 0, state);
        }
        let actions = random_actions(spec, count, 0);
        let (end, returns) = replay(env, &tasks, &states, &actions, 8);
        for w in 0..count {
            let alone = replay(env, &tasks[w * k..][..k], &states[w * d..][..d], &actions[w * a..][..a], 8);
            assert_eq!((&end[w * d..][..d], returns[w]), (&alone.0[..], alone.1[0]), "{}, row {w}", spec.preset);
        }
        // Changing every other row leaves row 10 as it was.
        let (mut others, mut moved) = (actions.clone(), states.clone());
        for w in (0..count).filter(|w| *w != 10) {
            others[w * a..][..a].fill(0.3);
            let replacement = states[10 * d..][..d].to_vec();
            moved[w * d..][..d].copy_from_slice(&replacement);
        }
        assert_eq!(replay(env, &tasks, &moved, &others, 8).0[10 * d..][..d], end[10 * d..][..d]);
    }
}

#[test]
fn setting_a_recorded_state_and_replaying_equals_the_original() {
    for env in &there() {
        let spec = env.spec();
        let mut worlds = worlds_of(env, &tasks(env, 10), 3, 8, 1).unwrap();
        play(&mut worlds, 4);
        // A fresh batch, elsewhere and with another seed.
        let mut other = worlds_of(env, &tasks(env, 10), 3, 999, 3).unwrap();
        let states = worlds.state().to_vec();
        worlds.set_state(&states).unwrap();
        other.set_state(&states).unwrap();
        assert_eq!(play(&mut worlds, 12), play(&mut other, 12), "{}", spec.preset);
    }
}

#[test]
fn episodes_end_once_and_stay_ended_until_reset() {
    for env in &there() {
        let spec = env.spec();
        let mut worlds = worlds_of(env, &tasks(env, 20), 5, 8, 1).unwrap();
        let first = worlds.state().to_vec();
        for t in 0..spec.horizon as u32 {
            assert!(
                worlds
                    .step(&random_actions(spec, 100, t))
                    .unwrap()
                    .truncated
                    .iter()
                    .all(|f| *f == u8::from(t + 1 == spec.horizon as u32) || *f == 0)
            );
        }
        let end = worlds.state().to_vec();
        let result = worlds.step(&random_actions(spec, 100, 0)).unwrap();
        assert!(result.rewards.iter().all(|r| *r == 0.0));
        assert!(result.terminated.iter().zip(result.truncated).all(|(a, b)| a + b == 1));
        assert_eq!(worlds.state(), end);
        worlds.reset();
        // Every reset draws another start, of a law that has more than one.
        assert_eq!(worlds.state() == first, starts_at_a_point(env), "{}", spec.preset);
        let result = worlds.step(&vec![0.0; 100 * spec.action_size]).unwrap();
        assert!(result.terminated.iter().chain(result.truncated).all(|f| *f == 0));
    }
}

#[test]
fn resetting_the_ended_leaves_the_others_as_they_were() {
    let mut mixed = 0;
    for env in &there() {
        let spec = env.spec();
        let (s, d) = (spec.observation_size, spec.state_size);
        // One batch resets what is over after every step, its twin never does.
        let [mut worlds, mut twin] = [2, 1].map(|threads| worlds_of(env, &tasks(env, 20), 10, 8, threads).unwrap());
        assert_eq!(worlds.reset_ended(), 0);
        assert_eq!(worlds.state(), twin.state());
        let count = worlds.count();
        // Steps since the last start; those of worlds that were never reset must be the twin's.
        let (mut age, mut whole) = (vec![0; count], vec![true; count]);
        for t in 0..spec.horizon as u32 {
            let actions: Vec<f64> = random_actions(spec, count, t).iter().map(|u| u * spec.action_scale).collect();
            let result = worlds.step(&actions).unwrap();
            let theirs = twin.step(&actions).unwrap();
            let mut ended = vec![false; count];
            for w in 0..count {
                age[w] += 1;
                let over = age[w] == spec.horizon && result.terminated[w] == 0;
                assert_eq!(result.truncated[w], u8::from(over), "{}: world {w}, step {t}", spec.preset);
                ended[w] = over || result.terminated[w] == 1;
                if whole[w] {
                    assert_eq!(result.rewards[w], theirs.rewards[w], "{}: world {w}, step {t}", spec.preset);
                }
            }
            let (state, seen) = (worlds.state().to_vec(), worlds.observations().to_vec());
            let over = ended.iter().filter(|ended| **ended).count();
            mixed += usize::from(over > 0 && over < count);
            assert_eq!(worlds.reset_ended(), over);
            let mut fresh = worlds_of(env, &tasks(env, 20), 10, 0, 1).unwrap();
            fresh.set_state(worlds.state()).unwrap();
            for w in 0..count {
                if ended[w] {
                    (age[w], whole[w]) = (0, false);
                    assert_ne!(worlds.state()[w * d..][..d], state[w * d..][..d]);
                    assert_eq!(worlds.observations()[w * s..][..s], fresh.observations()[w * s..][..s]);
                } else {
                    assert_eq!(worlds.state()[w * d..][..d], state[w * d..][..d]);
                    assert_eq!(worlds.observations()[w * s..][..s], seen[w * s..][..s]);
                }
            }
        }
        // All that are left end at the horizon.
        assert!(age.iter().all(|age| *age < spec.horizon), "{}", spec.preset);
    }
    assert!(mixed > 10, "only {mixed} steps ended some worlds and not others");
}
