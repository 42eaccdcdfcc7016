//! Environments of `__test__/own/python/point.py` behind the traits of worlds. They need numpy, which the set-up for tests puts into
//! `.setup/python`.

mod block;

use std::path::{Path, PathBuf};
use std::time::Duration;

use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{AutoReset, EnvError, Environment, Pool, Start, World, Worlds};
use xmrl_python::{Launch, PythonWorld};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the checkout")
}

fn launch(factory: &str) -> Launch {
    Launch {
        python: std::env::var("XMRL_PYTHON").unwrap_or_else(|_| "python3".to_owned()),
        worker: root().join("crates/python/worker/worker.py"),
        reference: format!("point:{factory}"),
        folders: vec![root().join("__test__/own/python"), root().join(".setup/python")],
        limit: Duration::from_secs(2),
        patience: Duration::from_secs(60),
    }
}

fn open(factory: &str) -> PythonWorld {
    PythonWorld::open(&format!("gymnasium:point:{factory}"), launch(factory)).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(factory: &str) -> String {
    match PythonWorld::open("w", launch(factory)) {
        Ok(_) => panic!("{factory} was opened"),
        Err(error) => error.to_string(),
    }
}

/// W worlds of goals on a line, stepped under actions that depend on step and row.
fn worlds(world: &PythonWorld, goals: &[f64], threads: usize) -> Worlds {
    begun(world, goals, threads).expect("worlds")
}

/// [`worlds`], or why their first episodes cannot begin.
fn begun(world: &PythonWorld, goals: &[f64], threads: usize) -> Result<Worlds, EnvError> {
    let tasks: Vec<f64> = goals.iter().flat_map(|&x| [x, 0.5]).collect();
    Worlds::of(Environment::from(world.clone()), &tasks, 1, 3, threads)
}

fn actions(count: usize, step: usize) -> Vec<f64> {
    (0..count * 2).map(|k| ((k * 7 + step * 3) % 11) as f64 / 5.0 - 1.0).collect()
}

/// One step of the point in f64, as Python does it: accelerations are f32 of twice the clipped action.
fn by_hand(state: &mut [f64; 4], goal: [f64; 2], action: [f64; 2]) -> (f64, bool) {
    for axis in 0..2 {
        let push = f64::from((2.0 * action[axis].clamp(-1.0, 1.0)) as f32);
        state[2 + axis] += 0.1 * push;
        state[axis] += 0.1 * state[2 + axis];
    }
    let distance = (state[0] - goal[0]).hypot(state[1] - goal[1]);
    (-distance, distance < 0.05)
}

#[test]
fn a_description_follows_from_the_environment() {
    let world = open("settable");
    let spec = world.spec();
    assert_eq!((spec.observation_size, spec.action_size, spec.state_size, spec.task_size), (4, 2, 5, 2));
    assert_eq!((spec.horizon, spec.support_horizon), (40, 40));
    assert_eq!(spec.task_names, ["task 0", "task 1"]);
    let abilities = world.abilities();
    assert!(abilities.set_state && abilities.mixes && abilities.deterministic);
    assert_eq!(world.description().scored_by, "success");
    let source = world.description().source.as_ref().expect("a module with a file");
    assert!(source.file.ends_with("point.py") && source.sha256.len() == 64);

    let limited = open("limited");
    assert_eq!(limited.spec().horizon, 7, "the wrapper's limit");
    let plain = open("make_env");
    assert!(!plain.abilities().set_state && !plain.abilities().mixes);
    assert_eq!(plain.spec().state_size, 1);
    assert!(!open("random_steps").abilities().deterministic);
    let contexts = open("contexts");
    let spec = contexts.spec();
    assert_eq!(spec.task_names, ["gain", "kind", "goal 0", "goal 1"]);
    let kinds = spec.kinds.as_ref().unwrap();
    assert_eq!(
        (kinds.parameter, kinds.names.join(" "), &kinds.sizes[..]),
        (1, "near middle far".to_owned(), &[4; 3][..])
    );
    assert_eq!((spec.task_low[1], spec.task_high[1]), (0.0, 2.0), "kinds bound their own parameter");
    assert_eq!((spec.task_low[0], spec.task_high[0]), (-f64::MAX, f64::MAX));
}

#[test]
fn steps_are_those_worked_out_by_hand_for_any_number_of_threads() {
    let world = open("settable");
    let goals: Vec<f64> = (0..9).map(|k| f64::from(k) / 10.0).collect();
    for threads in [1, 3] {
        let mut batch = worlds(&world, &goals, threads);
        let mut states: Vec<[f64; 4]> =
            batch.observations().chunks_exact(4).map(|row| row.try_into().expect("four numbers")).collect();
        assert_ne!(states[0][..2], states[1][..2], "rows have starts of their own");
        for step in 0..12 {
            let moves = actions(9, step);
            let result = batch.fly(&moves, 1, AutoReset::Disabled).expect("a step");
            for (w, state) in states.iter_mut().enumerate() {
                let (reward, _) = by_hand(state, [goals[w], 0.5], [moves[2 * w], moves[2 * w + 1]]);
                assert!((result.rewards[w] - reward).abs() < 1e-15, "row {w}, step {step}");
                assert_eq!(result.observations[w * 4..][..4], state[..], "row {w}, step {step}");
            }
        }
        let whole: Vec<f64> = states.iter().flat_map(|state| state.iter().copied().chain([-1.0])).collect();
        assert_eq!(batch.state(), whole);
    }
}

#[test]
fn a_state_that_is_set_goes_on_with_the_same_bits() {
    for factory in ["settable", "noisy_reset"] {
        let world = open(factory);
        let mut first = worlds(&world, &[0.2, 0.4, 0.6], 1);
        first.fly(&actions(3, 1), 1, AutoReset::Disabled).expect("a step");
        let states = first.state().to_vec();
        let play = |rows: &mut Worlds, states: &[f64]| {
            rows.set_state(states).expect("states");
            let begun = rows.observations().chunks(4).zip(states.chunks(5));
            assert!(begun.into_iter().all(|(seen, state)| seen == &state[..4]), "{factory}: begun where it was set");
            let moves: Vec<f64> = (0..6).flat_map(|step| actions(3, step)).collect();
            rows.fly(&moves, 6, AutoReset::Disabled).expect("steps")
        };
        let once = play(&mut first, &states);
        let mut second = worlds(&world, &[0.2, 0.4, 0.6], 2);
        assert_eq!(once, play(&mut second, &states), "{factory}");
        if factory == "noisy_reset" {
            let moved: Vec<f64> = states.iter().map(|x| if *x == -1.0 { -1.0 } else { x + 1e-9 }).collect();
            let other = play(&mut second, &moved);
            let far = (other.rewards[3] - once.rewards[3]).abs();
            assert!(far > 1e-6, "another state has noise of its own: {far}");
        }
    }
}

#[test]
fn starts_are_seeds_and_mixtures_are_states() {
    let world = open("settable");
    let stream = Stream::new(5, Purpose::QueryStart, 2);
    let mut start = [9.0; 5];
    world.start(Start::Query, &[0.0, 0.0], &stream, 4, 6, &mut start);
    assert_eq!(start[..4], [0.0; 4]);
    assert_eq!(start[4], f64::from(stream.block(4, 6, 0, 0)[0] % (1 << 31)));
    assert!(world.check_state(0, &start).is_ok());
    let (a, b) = ([1.0, 2.0, 3.0, 4.0, -1.0], [0.0, 0.0, 1.0, 0.0, -1.0]);
    let mut mixed = [0.0; 5];
    world.mix(xmrl_envs::Geometry::Linear, 0.3, &a, &b, &mut mixed);
    assert_eq!(mixed, [0.3, 0.6, 0.3 * 3.0 + 0.7, 1.2, -1.0]);
    assert!(matches!(
        world.check_state(3, &[0.0, 0.0, 0.0, 0.0, -0.5]),
        Err(EnvError::StateOutside { row: 3, entry: 4, .. })
    ));
}

#[test]
fn a_time_limit_is_no_end_by_the_rules() {
    let world = open("cut");
    assert_eq!(world.spec().horizon, 40);
    let mut batch = worlds(&world, &[0.9, 0.8], 1);
    for step in 0..5 {
        let result = batch.fly(&[0.0; 4], 1, AutoReset::Disabled).expect("a step");
        assert_eq!(result.truncated, if step < 4 { [0, 0] } else { [1, 1] });
        assert_eq!(result.terminated, [0, 0]);
    }
}

#[test]
fn what_a_batch_shows_is_what_the_environment_shows() {
    let world = open("veiled");
    let mut batch = worlds(&world, &[0.2, 0.4], 1);
    batch.fly(&[0.5; 4], 1, AutoReset::Disabled).expect("a step");
    let (seen, states) = (batch.observations().to_vec(), batch.state().to_vec());
    for (seen, state) in seen.chunks(4).zip(states.chunks(5)) {
        assert_eq!((&seen[..2], &seen[2..]), (&state[..2], &[0.0; 2][..]));
        assert!((state[2] - 0.1).abs() < 1e-15 && (state[3] - 0.1).abs() < 1e-15, "{state:?}");
    }
}

#[test]
fn tasks_are_a_function_of_pool_and_seed() {
    for factory in ["settable", "contexts"] {
        let world = open(factory);
        let size = world.spec().task_size;
        let drawn = world.sample(Pool::Training, 1, 5).expect("tasks");
        assert_eq!(drawn.len(), 5 * size);
        assert_eq!(drawn, open(factory).sample(Pool::Training, 1, 5).expect("tasks"), "{factory}: of another process");
        assert_ne!(drawn, world.sample(Pool::Evaluation, 1, 5).expect("tasks"));
        assert_ne!(drawn, world.sample(Pool::Training, 2, 5).expect("tasks"));
    }
}

#[test]
fn pools_of_a_list_share_no_task_and_together_are_the_list() {
    let listed = open("listed");
    let parts = [(Pool::Training, 6), (Pool::Evaluation, 3), (Pool::HeldOut, 3)];
    let orders = [4, 5].map(|seed| {
        let drawn = parts.iter().flat_map(|&(pool, count)| listed.sample(pool, seed, count).expect("tasks"));
        drawn.step_by(2).map(|x| (x * 10.0).round() as i64).collect::<Vec<_>>()
    });
    assert_ne!(orders[0], orders[1], "the seed shuffles it");
    for mut firsts in orders {
        firsts.sort_unstable();
        assert_eq!(firsts, (0..12).collect::<Vec<i64>>());
    }
    let error = listed.sample(Pool::HeldOut, 4, 4).unwrap_err().to_string();
    assert!(error.contains("has 3 tasks for the pool heldOut") && error.contains("4 are asked for"), "{error}");
}

#[test]
fn what_an_environment_prints_meets_nothing() {
    let world = open("printing");
    let mut batch = worlds(&world, &[0.2, 0.4], 2);
    for step in 0..40 {
        batch.fly(&actions(2, step), 1, AutoReset::Disabled).expect("a step");
    }
}

#[test]
fn failures_name_row_task_step_and_the_line() {
    let cases: [(&str, &[&str]); 11] = [
        (
            "fails_raise",
            &[
                "row 2",
                "task [1.5, 0.5], step 5",
                "step: ValueError: the point fell off",
                "point.py\", line",
                "in step\n",
            ],
        ),
        ("fails_exit", &["task [1.5, 0.5], step 5", "its process ended in step (exit status: 3)"]),
        ("fails_sys_exit", &["step 5", "step: SystemExit: enough"]),
        ("fails_abort", &["step 5", "its process ended in step (signal: 6", "it stood at", "point.py\", line"]),
        ("fails_hang", &["step 5", "step took longer than 2 s", "XMRL_PYTHON_LIMIT", "it stood at", "in step"]),
        ("fails_nan", &["row 2", "step 5", "an observation is nan (entry 2)"]),
        ("fails_nan_reward", &["row 2", "step 5", "a reward is nan; it must be finite"]),
        ("fails_shape", &["step 5", "an observation has the shape (3,), but observation_space says (4,)"]),
        ("fails_four", &["step 5", "step returned 4 values"]),
        ("fails_reset", &["row 2", "step 0", "reset: RuntimeError: no start to be had"]),
        ("fails_set_task", &["row 2", "set_task: ValueError: no such goal"]),
    ];
    std::thread::scope(|scope| {
        for (factory, words) in cases {
            scope.spawn(move || {
                let world = open(factory);
                let moves: Vec<f64> = (0..9).flat_map(|step| actions(3, step)).collect();
                let fly = |batch: &mut Worlds| batch.fly(&moves, 9, AutoReset::Disabled).unwrap_err().to_string();
                // What fails at the first reset fails where the worlds are made.
                let error = match begun(&world, &[0.2, 0.4, 1.5], 1) {
                    Err(error) => error.to_string(),
                    Ok(mut batch) => {
                        let error = fly(&mut batch);
                        assert_eq!(fly(&mut batch), error, "nothing is asked after it");
                        error
                    }
                };
                for word in words {
                    assert!(error.contains(word), "{factory}: no {word:?} in {error}");
                }
                // The world itself is as it was: sound tasks go on in another process.
                worlds(&world, &[0.2], 1).fly(&actions(1, 0), 1, AutoReset::Disabled).expect("a step");
            });
        }
    });
}

#[test]
fn what_is_no_environment_is_refused_in_words() {
    let cases: [(&str, &[&str]); 10] = [
        ("nothing", &["point", "has no nothing"]),
        ("raises", &["KeyError: 'no model file'", "in raises"]),
        ("no_environment", &["the factory returned int, which is no environment"]),
        ("discrete", &["its action_space is", "must be a Box of numbers"]),
        ("endless", &["nothing says how long its episodes may be", "TimeLimit"]),
        ("no_tasks", &["neither sample_tasks(n) nor a list tasks"]),
        ("odd_tasks", &["a task must be a number", "'left'"]),
        ("no_set_task", &["no set_task(task)"]),
        ("Box", &["TypeError"]),
        ("np", &["point:np is no function but module"]),
    ];
    std::thread::scope(|scope| {
        for (factory, words) in cases {
            scope.spawn(move || {
                let error = refused(factory);
                for word in words {
                    assert!(error.contains(word), "{factory}: no {word:?} in {error}");
                }
            });
        }
    });
    let with = |change: &dyn Fn(&mut Launch)| {
        let mut launch = launch("slow");
        change(&mut launch);
        PythonWorld::open("w", launch).err().expect("refused").to_string()
    };
    let slow = with(&|launch| launch.patience = Duration::from_secs(10));
    assert!(slow.contains("open took longer than 10 s") && slow.contains("in slow"), "{slow}");
    let nobody = with(&|launch| launch.python = "no-such-python".to_owned());
    assert!(
        nobody.contains("there is no Python called `no-such-python`") && nobody.contains("XMRL_PYTHON"),
        "{nobody}"
    );
    let module = with(&|launch| launch.reference = "no_such_module:f".to_owned());
    assert!(module.contains("ModuleNotFoundError: No module named 'no_such_module'"), "{module}");
}
