//! Meta-World against itself: what its Python package did, recorded, and what happens here. Needs the files that
//! `xmrl data metaworld` fetches; where they are not there, the tests say so and pass.

mod recording;

use std::path::PathBuf;

use recording::{Recorded, Step, drawn, episodes};
use xmrl_envs::{AutoReset, EnvError, Environment, MetaworldFiles, Pool, Worlds, environment, environments};

/// Numbers of a frame.
const FRAME: usize = 18;

/// Has the process look where the checkout keeps them; whether they are there.
#[expect(clippy::print_stderr, reason = "a test is never skipped in silence")]
fn there() -> bool {
    let kept = std::env::var_os("XMRL_DATA_DIR")
        .map_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../../.data").into(), PathBuf::from);
    let Ok(folder) = kept.join("metaworld-3.1.1").canonicalize() else {
        eprintln!("skipped: Meta-World's files are fetched (npx xmrl data metaworld), not committed");
        return false;
    };
    MetaworldFiles { folder, library: std::env::var_os("XMRL_MUJOCO").map(PathBuf::from) }.look_here();
    true
}

fn preset(name: &str) -> Environment {
    environment(&format!("metaworld/{name}")).unwrap()
}

/// One world in the recorded task.
fn begun(recorded: &Recorded) -> Worlds {
    Worlds::of(preset(&recorded.name), &recorded.random, 1, 0, 1).unwrap()
}

/// That numbers are equal to the bit.
fn same(what: &str, recorded: &Recorded, step: usize, found: &[f64], wanted: &[f64]) {
    let differs = found.iter().zip(wanted).position(|(a, b)| a.to_bits() != b.to_bits());
    let place = format!("{}, step {step}: {what}", recorded.place);
    assert_eq!(found.len(), wanted.len(), "{place}");
    assert!(differs.is_none(), "{place} {differs:?}: {found:?} {wanted:?}");
}

/// Largest difference.
fn apart(found: &[f64], wanted: &[f64]) -> f64 {
    found.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Starts and states to the bit; what is seen to 1e-12; rewards to 1e-12 of Meta-World's formulas in double precision, and to 2e-6 of
/// what it gives; success but within 1e-9 of its threshold, where rewards of both agree.
#[test]
fn episodes_are_those_of_the_package_to_the_bit() {
    if !there() {
        return;
    }
    let (mut steps, mut successes) = (0, 0);
    let (mut seen_apart, mut reward_apart, mut own_apart): (f64, f64, f64) = (0.0, 0.0, 0.0);
    for recorded in &episodes() {
        let mut worlds = begun(recorded);
        same("start", recorded, 0, worlds.state(), &recorded.start);
        assert!(apart(&worlds.observations()[..FRAME], &recorded.first) <= 1e-12, "{}: first", recorded.place);
        assert_eq!(worlds.observations()[..FRAME], worlds.observations()[FRAME..2 * FRAME], "{}", recorded.place);
        for (at, step) in recorded.steps.iter().enumerate() {
            let result = worlds.step(&step.action).unwrap();
            let (reward, observation) = (result.rewards[0], result.observations.to_vec());
            assert!((reward - step.reward).abs() <= 1e-12, "{}, {at}: {reward} {}", recorded.place, step.reward);
            assert!((reward - step.own).abs() <= 2e-6, "{}, {at}: {reward} {}", recorded.place, step.own);
            reward_apart = reward_apart.max((reward - step.reward).abs());
            own_apart = own_apart.max((reward - step.own).abs());
            assert_eq!(observation[2 * FRAME..], [0.0; 3]);
            if !step.seen.is_empty() {
                let found = apart(&observation[..2 * FRAME], &step.seen);
                assert!(found <= 1e-12, "{}, {at}: seen {found}", recorded.place);
                seen_apart = seen_apart.max(found);
                same("state", recorded, at, worlds.state(), &step.state);
            }
            steps += 1;
            successes += usize::from(step.success);
        }
    }
    // What was compared, for the gate.
    if std::env::var_os("XMRL_METAWORLD_RECORDED").is_some() {
        let text = format!(
            "{steps} steps of {} episodes ({successes} with success): starts and states to the bit; what is seen to {seen_apart:.1e}, rewards to \
             {reward_apart:.1e} of the formulas in double precision and to {own_apart:.1e} of the package's own numbers\n",
            episodes().len()
        );
        std::fs::write(recording::folder().join("report"), text).unwrap();
    }
    assert!(steps >= 3000 && successes > 100, "{steps} {successes} {seen_apart} {reward_apart}");
}

/// A room that another task was played in: ML10 remembers starts of its own, so that these are worked out here.
#[test]
fn a_start_does_not_depend_on_what_its_room_has_met() {
    if !there() {
        return;
    }
    let ml10 = preset("ml10");
    for (kind, name) in ["reach", "push", "pick-place"].into_iter().enumerate() {
        let recorded = episodes().into_iter().find(|recorded| recorded.name == name).unwrap();
        let task = |random: &[f64]| [&[kind as f64], random].concat();
        let mut other = Worlds::of(ml10.clone(), &task(&preset(name).spec().default_task), 1, 0, 1).unwrap();
        for _ in 0..10 {
            other.step(&[1.0, -1.0, -1.0, 1.0]).unwrap();
        }
        let worlds = Worlds::of(ml10.clone(), &task(&recorded.random), 1, 0, 1).unwrap();
        same("start", &recorded, 0, &worlds.state()[1..=recorded.start.len()], &recorded.start);
    }
}

/// Where pictures say that things are to go is where the package's rewards want them, in every environment, alone and in a benchmark.
#[test]
fn goals_are_those_of_the_package_to_the_bit() {
    if !there() {
        return;
    }
    let ml45 = preset("ml45");
    let kinds = &ml45.spec().kinds.as_ref().unwrap().names;
    for recorded in &episodes() {
        let goal = preset(&recorded.name).goal(&recorded.random).unwrap().unwrap();
        let mut wanted = recorded.goal.clone();
        if recorded.name == "basketball" {
            // The package's rewards put the height of the basket's middle there, whatever its own place says.
            wanted[2] = 0.3;
        }
        same("goal", recorded, 0, &goal, &wanted);
        let kind = kinds.iter().position(|name| *name == recorded.name).unwrap();
        let mut task = vec![kind as f64];
        task.extend(&recorded.random);
        task.resize(ml45.spec().task_size, 0.0);
        assert_eq!(ml45.goal(&task).unwrap(), Some(goal), "{}", recorded.place);
    }
    assert!(matches!(ml45.goal(&[0.5; 7]), Err(EnvError::TaskNotWhole { .. })));
    assert_eq!(environment("drone-planar").unwrap().goal(&[8.0, 3.0]), Ok(None));
}

/// Success is no number of a batch; episodes that are flown by a policy tell it. Here the flag of each step is looked at in a block.
#[test]
fn successes_are_those_of_the_package() {
    if !there() {
        return;
    }
    let mut met = 0;
    for recorded in &episodes() {
        let env = preset(&recorded.name);
        let mut blocks = env.blocks::<f64>(&[8]);
        let block = &mut blocks[0];
        let columns = |row: &[f64]| -> Vec<f64> { row.iter().flat_map(|&x| [x; 8]).collect() };
        let mut fresh = [0.0; 8];
        fresh[5] = 1.0;
        block.begin(&fresh, &columns(&recorded.random), &columns(&recorded.start)).unwrap();
        let mut outcomes = [0.0; 24];
        for (at, Step { action, success, .. }) in recorded.steps.iter().enumerate() {
            block.step(&fresh, &columns(action), &mut outcomes).unwrap();
            assert_eq!(outcomes[16 + 5] != 0.0, *success, "{}, step {at}", recorded.place);
            assert_eq!(outcomes[8 + 5], 0.0);
            met += usize::from(*success);
        }
    }
    assert!(met > 0);
}

/// A world does not depend on its place, on who shares its batch, on threads, or on whether its state was set half way.
#[test]
fn bits_do_not_depend_on_company_threads_or_a_state_set_half_way() {
    if !there() {
        return;
    }
    let env = preset("ml10");
    let (k, d) = (env.spec().task_size, env.spec().state_size);
    // Fifteen tasks of ten environments, twice: more worlds than a block holds.
    let tasks = env.tasks(Pool::Training, 5, 15).values;
    let count = 30;
    let action = |t: usize, w: usize, a: usize| ((t * 7 + (w / 2) * 5 + a * 3) % 11) as f64 / 4.0 - 1.25;
    let actions = |t: usize| -> Vec<f64> { (0..4 * count).map(|i| action(t, i / 4, i % 4)).collect() };
    let flown = |threads: usize| {
        let mut worlds = Worlds::of(env.clone(), &tasks, 2, 0, threads).unwrap();
        let flat: Vec<f64> = (0..12).flat_map(actions).collect();
        let flight = worlds.fly(&flat, 12, AutoReset::Disabled).unwrap();
        (flight, worlds.state().to_vec())
    };
    let (flight, states) = flown(1);
    assert_eq!((&flight, &states), (&flown(2).0, &flown(16).1));
    for (row, tasks) in tasks.chunks_exact(k).enumerate() {
        let mut alone = Worlds::of(env.clone(), tasks, 1, 9, 1).unwrap();
        for t in 0..12 {
            if t == 6 {
                let half = alone.state().to_vec();
                let mut other = Worlds::of(env.clone(), tasks, 1, 3, 1).unwrap();
                other.set_state(&half).unwrap();
                alone = other;
            }
            let own: Vec<f64> = (0..4).map(|a| action(t, 2 * row, a)).collect();
            assert_eq!(
                alone.step(&own).unwrap().rewards[0],
                flight.rewards[t * count + 2 * row],
                "row {row}, step {t}"
            );
        }
        assert_eq!(alone.state(), &states[2 * row * d..][..d], "row {row}");
    }
}

#[test]
fn tasks_are_those_of_the_package_to_the_bit() {
    if !there() {
        return;
    }
    let drawn = drawn();
    let lists: Vec<_> = drawn.chunk_by(|a, b| (a.seed, &a.list) == (b.seed, &b.list)).collect();
    let mut compared = 0;
    for list in lists {
        let first = &list[0];
        let (benchmark, of) = first.list.split_once('-').unwrap();
        let (preset_name, pool, kinds) = match (benchmark, of) {
            ("ml1", "train") => (first.name.as_str(), Pool::Training, 1),
            ("ml1", _) => (first.name.as_str(), Pool::Evaluation, 1),
            (_, "train") => (benchmark, Pool::Training, if benchmark == "ml10" { 10 } else { 45 }),
            _ => (benchmark, Pool::HeldOut, 5),
        };
        let (env, several) = (preset(preset_name), usize::from(benchmark != "ml1"));
        let rows = env.tasks(pool, first.seed, 50 * kinds).values;
        let rows: Vec<&[f64]> = rows.chunks_exact(env.spec().task_size).collect();
        // Environments take turns, in the order of Meta-World's list.
        let mut names: Vec<&str> = list.iter().map(|task| task.name.as_str()).collect();
        names.dedup();
        assert_eq!(names.len(), kinds, "{}", first.list);
        for task in list {
            let kind = names.iter().position(|name| *name == task.name).unwrap();
            let row = rows[kinds * task.number + kind];
            assert!(same_vector(row, &task.random, several), "{} {} {}", task.list, task.name, task.number);
            assert!(several == 0 || row[0] as usize == kind + if of == "test" { env_first(benchmark) } else { 0 });
            compared += 1;
        }
    }
    // Every environment's first and last goal of each list at least.
    assert!(compared >= 2 * (10 + 5 + 45 + 5 + 2), "{compared}");
}

/// The number of a benchmark's first held-out environment.
fn env_first(benchmark: &str) -> usize {
    if benchmark == "ml10" { 10 } else { 45 }
}

/// That a task holds this random vector, and zeros behind it.
fn same_vector(row: &[f64], random: &[f64], several: usize) -> bool {
    let own = &row[several..];
    own.iter().zip(random).all(|(a, b)| a.to_bits() == b.to_bits()) && own[random.len()..].iter().all(|x| *x == 0.0)
}

#[test]
fn tasks_and_states_that_are_none_are_named() {
    if !there() {
        return;
    }
    let (reach, ml10) = (preset("reach"), preset("ml10"));
    let near = [0.0, 0.65, 0.02, 0.0, 0.8, 0.1];
    assert!(reach.check_task(&near).is_ok());
    let error = preset("pick-place").check_task(&[0.1, 0.7, 0.02, 0.1, 0.8, 0.1]).unwrap_err();
    assert!(matches!(error, EnvError::TaskTooNear { row: 0, environment: "pick-place", bound: 0.15, .. }), "{error}");
    // Environment 5 presses a button: its fourth number is no goal.
    let mut task = vec![5.0, 0.0, 0.85, 0.115, 0.0, 0.0, 0.0];
    ml10.check_task(&task).unwrap();
    task[4] = 0.1;
    assert!(matches!(ml10.check_task(&task), Err(EnvError::TaskOutside { low: 0.0, high: 0.0, .. })));
    task[0] = 5.5;
    assert!(matches!(ml10.check_task(&task), Err(EnvError::TaskNotWhole { .. })));

    let task = reach.spec().default_task.clone();
    let mut worlds = Worlds::of(reach.clone(), &task, 2, 0, 1).unwrap();
    let (before, d) = (worlds.state().to_vec(), reach.spec().state_size);
    let mut lost = before.clone();
    lost[d + 12..d + 16].fill(0.0);
    assert_eq!(worlds.set_state(&lost), Err(EnvError::ZeroQuaternion { row: 1, first: 12 }));
    // So fast that libmujoco would start the world anew: that row is named, and the other goes on.
    let mut fast = before.clone();
    fast[d + 16..d + 31].fill(9e9);
    worlds.set_state(&fast).unwrap();
    let failed = (0..4).find_map(|_| worlds.step(&[0.1; 8]).err());
    assert!(matches!(failed, Some(EnvError::BadState { row: 1, .. })), "{failed:?}");
    worlds.reset();
    assert_eq!(worlds.state(), before, "every reset is the task's start");
    worlds.step(&[0.1; 8]).unwrap();
}

#[test]
fn mixtures_are_of_one_environment_and_step() {
    if !there() {
        return;
    }
    let (reach, ml10) = (preset("reach"), preset("ml10"));
    let task = reach.spec().default_task.clone();
    let mut worlds = Worlds::of(reach.clone(), &task, 2, 0, 1).unwrap();
    for _ in 0..20 {
        worlds.step(&[1.0, -0.5, -1.0, 1.0, -1.0, 0.5, 0.2, -1.0]).unwrap();
    }
    let (d, rule) = (reach.spec().state_size, reach.spec().mixing);
    let (a, b) = worlds.state().split_at(d);
    let mut mixed = vec![0.0; d];
    reach.mix(rule.geometry, 0.25, a, b, &mut mixed);
    assert!(reach.feasible(&mixed));
    for k in [0, 20, 31, 40] {
        assert!((mixed[k] - (0.25 * a[k] + 0.75 * b[k])).abs() < 1e-15);
    }
    let length: f64 = mixed[12..16].iter().map(|x| x * x).sum();
    assert!((length - 1.0).abs() < 1e-14);
    let mut out = mixed.clone();
    out[31] = 0.6;
    assert!(!reach.feasible(&out), "the hand is never led out of its box");
    worlds.set_state(&[&mixed[..], &mixed[..]].concat()).unwrap();
    worlds.step(&[0.0; 8]).unwrap();

    // Behind the number of their environment: two goals of the first, and one of the third.
    let rows = ml10.tasks(Pool::Training, 0, 11).values;
    let worlds = Worlds::of(ml10.clone(), &rows, 1, 0, 1).unwrap();
    let d = ml10.spec().state_size;
    let row = |at: usize| worlds.state()[at * d..][..d].to_vec();
    let (mut a, mut b, other) = (row(0), row(10), row(2));
    assert_eq!([&a, &b, &other].map(|state| ml10.mixes_within(state)), [Some(0.0), Some(0.0), Some(2.0)]);
    // A half turn about z, half way.
    a[13..17].copy_from_slice(&[1.0, 0.0, 0.0, 0.0]);
    b[13..17].copy_from_slice(&[0.0, 0.0, 0.0, 1.0]);
    let mut mixed = vec![0.0; d];
    ml10.mix(rule.geometry, 0.5, &a, &b, &mut mixed);
    let half = std::f64::consts::FRAC_1_SQRT_2;
    assert!(apart(&mixed[13..17], &[half, 0.0, 0.0, half]) < 1e-15, "{mixed:?}");
    for k in [0, 10, 12] {
        assert!((mixed[k] - 0.5 * (a[k] + b[k])).abs() < 1e-15, "{k}");
    }
    // 16 positions and 15 velocities, then the place that the hand is led to.
    assert!(ml10.feasible(&mixed));
    mixed[31] = 0.6;
    assert!(ml10.feasible(&mixed), "a velocity is no place");
    mixed[32] = 0.6;
    assert!(!ml10.feasible(&mixed), "the hand is never led out of its box");
    ml10.mix(rule.geometry, 0.5, &a, &other, &mut mixed);
    assert!(!ml10.feasible(&mixed), "half of the first and of the third is not the second");
}

/// Meta-World has two lists of a seed, and what is made of them here is three pools: goals of the seed, of the next, and of the one
/// after; the held-out tasks of ML10 are of other environments.
#[test]
fn no_pool_holds_a_goal_of_another() {
    if !there() {
        return;
    }
    let of = |name: &str, pool: Pool, seed: u64, count: usize| {
        let env = preset(name);
        let values = env.tasks(pool, seed, count).values;
        values.chunks_exact(env.spec().task_size).map(<[f64]>::to_vec).collect::<Vec<_>>()
    };
    let [goals, mined, held] = [Pool::Training, Pool::Evaluation, Pool::HeldOut].map(|pool| of("reach", pool, 4, 50));
    assert_eq!((&mined, &held), (&of("reach", Pool::Training, 5, 50), &of("reach", Pool::Training, 6, 50)));
    let shared = |a: &[Vec<f64>], b: &[Vec<f64>]| a.iter().any(|task| b.contains(task));
    assert!(!shared(&goals, &mined) && !shared(&goals, &held) && !shared(&mined, &held));

    let [goals, mined, held] = [Pool::Training, Pool::Evaluation, Pool::HeldOut].map(|pool| of("ml10", pool, 4, 30));
    assert_eq!(mined, of("ml10", Pool::Training, 5, 30));
    assert!(!shared(&goals, &mined));
    let kinds = |tasks: &[Vec<f64>]| tasks.iter().map(|task| task[0] as usize).collect::<Vec<_>>();
    assert_eq!(kinds(&mined), (0..30).map(|at| at % 10).collect::<Vec<_>>());
    assert_eq!(kinds(&held), (0..30).map(|at| 10 + at % 5).collect::<Vec<_>>());
}

#[test]
fn presets_are_listed_with_or_without_their_files() {
    let listed: Vec<_> = environments().into_iter().filter(|spec| spec.family == "metaworld").collect();
    let sizes = |at: usize| {
        let spec = &listed[at];
        (spec.preset.as_str(), spec.observation_size, spec.state_size, spec.task_size)
    };
    assert_eq!((sizes(0), sizes(1)), (("metaworld/ml10", 39, 50, 7), ("metaworld/ml45", 39, 56, 7)));
    assert_eq!(listed.len(), 2 + 50);
    for spec in &listed {
        spec.check().unwrap();
    }
    // ML10's lists of training and test environments, in the package's order.
    let ml10 = "reach push pick-place door-open drawer-close button-press-topdown peg-insert-side window-open sweep basketball \
                drawer-open door-close shelf-place sweep-into lever-pull";
    let kinds = listed[0].kinds.as_ref().unwrap();
    assert_eq!((kinds.parameter, kinds.names.join(" ")), (0, ml10.to_owned()));
    // Object and goal, or the object alone.
    assert_eq!(kinds.sizes, [7, 7, 7, 4, 4, 4, 7, 4, 4, 7, 4, 4, 7, 7, 4]);
    assert_eq!(listed[1].kinds.as_ref().map(|kinds| kinds.names.len()), Some(50));
    assert!(listed[2..].iter().all(|spec| spec.kinds.is_none()), "an environment alone is of one kind");
}
