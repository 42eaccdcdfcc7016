//! Laws of tasks that the caller chooses: the preset's own is what the preset gives, a rare part of any size lies where it is said to,
//! and what has no law is refused.

use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{End, EnvError, Environment, Pool, Rare, TaskLaw, Tasks, environment, environments};

const POOLS: [Pool; 3] = [Pool::Training, Pool::Evaluation, Pool::HeldOut];

fn preset(name: &str) -> Environment {
    environment(name).unwrap()
}

fn rare(share: f64, part: f64, end: End) -> TaskLaw {
    TaskLaw::Rare(Rare { share, part, end })
}

fn training(name: &str, law: TaskLaw, seed: u64, count: usize) -> Tasks {
    preset(name).tasks_by(law, Pool::Training, seed, count).unwrap()
}

#[test]
fn the_usual_rare_law_of_a_uniform_preset_is_that_of_the_preset_with_a_rare_part() {
    for (uniform, own) in [
        ("drone-planar/uniform", "drone-planar"),
        ("drone-quadrotor/uniform", "drone-quadrotor"),
        ("cheetah-vel/maml", "cheetah-vel/rare"),
        ("ant-vel/maml", "ant-vel/rare"),
        ("ant-goal/promp", "ant-goal/rare"),
        ("stock/synthetic", "stock/rare"),
    ] {
        let [uniform, own] = [uniform, own].map(preset);
        assert_eq!([uniform.spec().task_laws(), own.spec().task_laws()], [["uniform", "rare"], ["rare", "uniform"]]);
        let law = TaskLaw::Rare(uniform.spec().rareness.as_ref().unwrap().usual);
        for pool in POOLS {
            for count in [7, 40] {
                assert_eq!(uniform.tasks_by(law, pool, 5, count).unwrap(), own.tasks(pool, 5, count));
                assert_eq!(own.tasks_by(TaskLaw::Uniform, pool, 5, count).unwrap(), uniform.tasks(pool, 5, count));
            }
        }
    }
}

#[test]
fn every_preset_gives_its_own_tasks_by_its_own_law() {
    for spec in environments().into_iter().filter(|spec| !spec.prices.needed() && !spec.needs_files) {
        let env = preset(&spec.preset);
        assert_eq!(spec.task_laws()[0] == "rare", spec.knows_rare_tasks, "{}", spec.preset);
        for pool in POOLS {
            assert_eq!(env.tasks_by(spec.task_law(), pool, 3, 33).unwrap(), env.tasks(pool, 3, 33), "{}", spec.preset);
        }
    }
}

#[test]
fn other_pools_have_the_same_tasks_under_every_law_which_tells_the_rare_ones() {
    for spec in
        environments().into_iter().filter(|spec| spec.rareness.is_some() && !spec.prices.needed() && !spec.needs_files)
    {
        let env = preset(&spec.preset);
        let law = rare(0.3, 0.25, End::Low);
        let marked = env.tasks_by(law, Pool::Evaluation, 9, 400).unwrap();
        let plain = env.tasks_by(TaskLaw::Uniform, Pool::Evaluation, 9, 400).unwrap();
        assert_eq!((marked.values, plain.rare), (plain.values, None), "{}", spec.preset);
        let share = marked.rare.unwrap().iter().filter(|rare| **rare).count() as f64 / 400.0;
        // Within five standard errors; a sector of the arena holds about its share of the goals, not exactly.
        assert!(
            (share - 0.25).abs() < if spec.family.starts_with("drone") { 0.16 } else { 0.11 },
            "{}: {share}",
            spec.preset
        );
        let training = env.tasks_by(law, Pool::Training, 9, 40).unwrap().rare.unwrap();
        assert_eq!(training.iter().filter(|rare| **rare).count(), 12, "{}", spec.preset);
    }
}

/// Tasks of a velocity law by hand: number i of the pool's stream, moved into its part.
#[test]
fn velocities_are_the_streams_numbers_moved_into_the_rare_part_and_the_rest() {
    let stream = Stream::new(4, Purpose::Tasks, 0);
    for (end, rare_part, rest) in [(End::High, [0.75, 1.0], [0.0, 0.75]), (End::Low, [0.0, 0.25], [0.25, 1.0])] {
        let tasks = training("cheetah-vel/promp", rare(0.5, 0.25, end), 4, 8);
        assert_eq!(tasks.rare.unwrap(), [false, true, false, true, false, true, false, true]);
        for (i, value) in tasks.values.iter().enumerate() {
            let [from, to] = if i % 2 == 1 { rare_part } else { rest };
            let expected = 3.0 * (from + (to - from) * stream.uniform(i as u32, 0, 0, 0));
            assert!((value - expected).abs() < 1e-12, "{i}: {value} is not {expected}");
        }
    }
}

#[test]
fn places_in_a_square_are_rare_by_x_and_free_in_y() {
    let plain = preset("ant-goal/maml").tasks(Pool::Training, 2, 60).values;
    let tasks = training("ant-goal/maml", rare(0.1, 0.4, End::High), 2, 60);
    for ((goal, other), is_rare) in tasks.values.chunks(2).zip(plain.chunks(2)).zip(tasks.rare.unwrap()) {
        // The highest .4 of [-3, 3].
        assert_eq!(goal[0] >= 0.6, is_rare, "{goal:?}");
        assert_eq!(goal[1], other[1]);
    }
}

#[test]
fn a_sector_of_the_arena_is_as_wide_as_its_part_and_the_low_end_is_opposite() {
    let angle = |seed| core::f64::consts::TAU * Stream::new(seed, Purpose::Tasks, 16).uniform(0, 0, 0, 0);
    for (name, width) in [("drone-planar/uniform", 2), ("drone-quadrotor", 3)] {
        for (part, end, sign) in
            [(0.25, End::High, -1.0), (0.25, End::Low, 1.0), (0.5, End::Low, 1.0), (0.8, End::High, -1.0)]
        {
            for seed in 0..4 {
                let tasks = training(name, rare(0.5, part, end), seed, 300);
                let middle = [sign * angle(seed).cos(), sign * angle(seed).sin()];
                let mut widest: f64 = 0.0;
                for (goal, is_rare) in tasks.values.chunks(width).zip(tasks.rare.unwrap()) {
                    let (x, y) = (goal[0] - 5.0, goal[1] - 5.0);
                    let off = ((x * middle[0] + y * middle[1]) / x.hypot(y)).clamp(-1.0, 1.0).acos();
                    assert_eq!(off < core::f64::consts::PI * part, is_rare, "{name}, {part}, {end:?}: {goal:?}");
                    widest = if is_rare { widest.max(off) } else { widest };
                }
                assert!(widest > 0.85 * core::f64::consts::PI * part, "{name}: {widest}");
            }
        }
    }
}

#[test]
fn nothing_all_and_a_share_of_the_pool_can_be_rare() {
    for (share, count, expected) in [(0.0, 20, 0), (1.0, 20, 20), (0.25, 10, 3), (0.05, 10, 1), (0.04, 10, 0)] {
        let tasks = training("cheetah-vel/maml", rare(share, 0.4, End::High), 1, count);
        let flags = tasks.rare.unwrap();
        assert_eq!(flags.iter().filter(|rare| **rare).count(), expected, "{share} of {count}");
        assert!(tasks.values.iter().zip(&flags).all(|(value, rare)| (*value >= 1.2) == *rare));
    }
}

#[test]
fn what_has_no_such_law_is_refused_with_the_reason() {
    let usual = rare(0.1, 0.4, End::High);
    for name in ["cheetah-dir/gym", "ant-dir/maml"] {
        assert_eq!(preset(name).spec().task_laws(), ["uniform"]);
        let refused = preset(name).tasks_by(usual, Pool::Training, 0, 4).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!(
                "{name} has no law with rare tasks: its tasks are no range of which a part could be rare; use uniform"
            )
        );
        assert_eq!(refused.code(), "ERR_USAGE");
    }
    for (law, key) in [
        (rare(-0.1, 0.4, End::Low), "share"),
        (rare(f64::NAN, 0.4, End::Low), "share"),
        (rare(0.1, 0.0, End::Low), "part"),
        (rare(0.1, 1.0, End::Low), "part"),
        (rare(0.1, f64::NAN, End::Low), "part"),
    ] {
        let refused = preset("cheetah-vel/maml").tasks_by(law, Pool::Training, 0, 4).unwrap_err();
        assert!(matches!(refused, EnvError::BadLaw { key: found, .. } if found == key), "{refused}");
    }
}
