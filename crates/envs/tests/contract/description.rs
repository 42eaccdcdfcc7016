//! Descriptions, tasks, starts, and what is refused.

use std::collections::BTreeSet;

use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{EnvError, EnvSpec, Environment, Kinds, Pool, Sizes, Start, View, Worlds, environment, environments};

use crate::support::{tasks, there, worlds_of};

#[test]
fn sizes_names_and_bounds_agree() {
    let names: BTreeSet<String> = environments().into_iter().map(|spec| spec.preset).collect();
    assert_eq!(names.len(), environments().len());
    for env in &there() {
        let spec = env.spec();
        spec.check().unwrap();
        env.check_task(&spec.default_task).unwrap();
        assert_eq!(env.raise(&mut vec![0.0; spec.state_size], 0.0), spec.liftable, "{}", spec.preset);
        for pool in [Pool::Training, Pool::Evaluation, Pool::HeldOut] {
            let tasks = env.tasks(pool, 9, 30);
            env.check_tasks(&tasks.values).unwrap();
            assert_eq!(tasks.values.len(), 30 * spec.task_size);
            assert_eq!(tasks.rare.map(|r| r.len()), spec.knows_rare_tasks.then_some(30));
        }
        for which in [Start::Query, Start::Support] {
            let mut state = vec![f64::NAN; spec.state_size];
            env.start(which, &spec.default_task, &Stream::new(0, Purpose::QueryStart, 0), 0, 0, &mut state);
            assert!(env.feasible(&state));
        }
    }
}

#[test]
fn kinds_that_do_not_fit_their_tasks_are_named() {
    let sizes = Sizes { observation: 1, action: 1, state: 1, task: 2, memory: 0 };
    let spec = EnvSpec::of("kinds", sizes).tasks(&[("kind", 0.0, 1.0, 1.0), ("goal", -1.0, 1.0, 0.0)]);
    let of = |parameter: usize, names: &[&str], sizes: &[usize]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let kinds = Some(Kinds { parameter, names, sizes: sizes.to_vec() });
        EnvSpec { kinds, ..spec.clone() }.check().map_err(|error| error.to_string())
    };
    assert_eq!(of(0, &["lift", "press"], &[2, 1]), Ok(()));
    let refused = [
        (of(2, &["lift", "press"], &[2, 2]), "kinds.parameter is 2; a task has 2 parameters"),
        (of(0, &["lift", " "], &[2, 2]), "it must be names, one a kind"),
        (of(0, &["lift", "lift"], &[2, 2]), "kinds.names has \"lift\" twice"),
        (of(0, &["lift", "press"], &[2, 3]), "kinds.sizes is [2, 3]; it must be one number a kind, from 1 to 2"),
        (of(0, &["lift", "press"], &[2]), "kinds.sizes is [2]"),
        (of(0, &["lift", "press", "pull"], &[2; 3]), "kind goes from 0 to 1; of 3 kinds it must go from 0 to 2"),
        (of(1, &["lift", "press"], &[2, 2]), "goal goes from -1 to 1"),
    ];
    for (found, said) in refused {
        let found = found.unwrap_err();
        assert!(found.contains(said), "{found}");
    }
}

#[test]
fn bad_requests_are_errors_that_name_the_row() {
    for env in &there() {
        let spec = env.spec();
        let mut worlds = worlds_of(env, &tasks(env, 3), 2, 0, 1).unwrap();
        let before = worlds.state().to_vec();
        let mut actions = vec![0.1; 6 * spec.action_size];
        actions[4 * spec.action_size + 1] = f64::NAN;
        let error = worlds.step(&actions).unwrap_err();
        assert!(error.to_string().contains("actions, row 4, entry 1: NaN"), "{error}");
        actions[4 * spec.action_size + 1] = f64::NEG_INFINITY;
        assert!(matches!(worlds.step(&actions), Err(EnvError::NotFinite { row: 4, entry: 1, .. })));
        let short = worlds.step(&actions[1..]).unwrap_err().to_string();
        assert!(short.contains(&format!("[6, {}]", spec.action_size)), "{short}");
        assert_eq!(worlds.state(), before, "a refused step moves nothing");

        let mut states = before.clone();
        states[2 * spec.state_size] = f64::INFINITY;
        assert!(matches!(worlds.set_state(&states), Err(EnvError::NotFinite { row: 2, entry: 0, .. })));
        assert!(matches!(worlds.set_state(&[]), Err(EnvError::Shape { .. })));
        assert_eq!(worlds.state(), before);

        let mut task = spec.default_task.clone();
        task[0] = spec.task_high[0] + 1.0;
        let outside = worlds_of(env, &task, 1, 0, 1).err().unwrap();
        assert!(
            matches!(outside, EnvError::TaskOutside { row: 0, .. })
                && outside.to_string().contains(&spec.task_names[0])
        );
        task[0] = f64::NAN;
        assert!(matches!(worlds_of(env, &task, 1, 0, 1), Err(EnvError::NotFinite { .. })));
        if spec.task_size > 1 {
            task.push(1.0);
            assert!(matches!(worlds_of(env, &task, 1, 0, 1), Err(EnvError::Shape { .. })));
        }
        assert!(matches!(worlds_of(env, &[], 1, 0, 1), Err(EnvError::Zero { .. })));
        assert!(matches!(worlds_of(env, &spec.default_task, 0, 0, 1), Err(EnvError::Zero { .. })));
    }
    // More than any memory: said before anything is asked of the system.
    let planar = &environment("drone-planar").unwrap();
    let huge = worlds_of(planar, &[8.0, 3.0], usize::MAX / 3, 0, 1).err().unwrap();
    assert!(matches!(&huge, EnvError::TooLarge { preset, .. } if preset == "drone-planar"), "{huge}");
    assert!(huge.to_string().contains("GiB of memory, this process may have"), "{huge}");
    assert!(matches!(Worlds::new("dron", &[1.0, 2.0], 1, 0, 1), Err(EnvError::UnknownPreset { .. })));
}

#[test]
fn states_that_no_body_goes_on_from_are_errors_that_name_the_row() {
    let bodies = |env: &&Environment| matches!(env.spec().view, View::Side | View::Above);
    for env in there().iter().filter(bodies) {
        let spec = env.spec();
        let mut worlds = worlds_of(env, &tasks(env, 3), 2, 0, 1).unwrap();
        let (before, d) = (worlds.state().to_vec(), spec.state_size);
        let mut huge = before.clone();
        huge[4 * d + 1] = -1.1e10;
        assert!(matches!(worlds.set_state(&huge), Err(EnvError::BadState { row: 4, entry: 1, .. })));
        if spec.family.starts_with("ant") {
            let mut turned = before.clone();
            turned[2 * d + 3..2 * d + 7].fill(0.0);
            let error = worlds.set_state(&turned).unwrap_err();
            assert_eq!(error, EnvError::ZeroQuaternion { row: 2, first: 3 });
            assert!(error.to_string().starts_with("state 2: the quaternion (entries 3 to 6)"), "{error}");
        }
        assert_eq!(worlds.state(), before, "a refused state moves nothing");
        // So fast that one step leaves the numbers: that row is named, and the others have moved.
        let mut fast = before.clone();
        fast[3 * d..4 * d].iter_mut().skip(d / 2 + 1).for_each(|v| *v = 9e9);
        worlds.set_state(&fast).unwrap();
        let actions = vec![0.5; 6 * spec.action_size];
        let failed = (0..5).find_map(|_| worlds.step(&actions).err());
        assert!(matches!(failed, Some(EnvError::BadState { row: 3, .. })), "{}: {failed:?}", spec.preset);
        worlds.reset();
        worlds.step(&actions).unwrap();
    }
}

#[test]
fn a_bad_number_is_found_in_whatever_entry_of_whatever_row_it_stands() {
    for env in &there() {
        let spec = env.spec();
        let worlds = worlds_of(env, &tasks(env, 3), 2, 0, 1).unwrap();
        let (mut states, d) = (worlds.state().to_vec(), spec.state_size);
        assert_eq!(env.check_states(&states), Ok(()), "{}", spec.preset);
        for at in 0..states.len() {
            for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                let good = std::mem::replace(&mut states[at], bad);
                let error = env.check_states(&states).unwrap_err();
                let (EnvError::BadState { row, entry, .. } | EnvError::StateOutside { row, entry, .. }) = error else {
                    panic!("{}: {error:?}", spec.preset);
                };
                assert_eq!((row, entry), (at / d, at % d), "{}", spec.preset);
                states[at] = good;
            }
        }
    }
}
