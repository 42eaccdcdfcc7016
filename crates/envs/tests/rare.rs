//! Task laws with a rare part: how many training tasks lie in it, where all of them lie, and what the other pools look like.

use core::f64::consts::TAU;
use std::sync::OnceLock;

use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Environment, Market, Pool, environment};

/// A preset with a rare part, the uniform one beside it, and the number in [0, 1) that a task of theirs came from.
struct Law {
    rare: &'static str,
    /// Its tasks are those of this preset, or begin with them.
    uniform: &'static str,
    /// Of a task of a pool of a seed: 0 at one end of the support, 1 at the other.
    number: fn(&Environment, Pool, u64, &[f64]) -> f64,
    /// The rare part, from and to.
    part: [f64; 2],
}

const HIGH: [f64; 2] = [0.6, 1.0];

const LAWS: [Law; 6] = [
    Law { rare: "cheetah-vel/rare", uniform: "cheetah-vel/maml", number: |_, _, _, task| task[0] / 2.0, part: HIGH },
    Law { rare: "ant-vel/rare", uniform: "ant-vel/maml", number: |_, _, _, task| task[0] / 3.0, part: HIGH },
    Law { rare: "ant-goal/rare", uniform: "ant-goal/promp", number: share_of_the_turn, part: HIGH },
    Law { rare: "point-nav/rare", uniform: "point-nav", number: |_, _, _, task| task[0] + 0.5, part: HIGH },
    Law { rare: "stock/rare", uniform: "stock/synthetic", number: share_of_the_cells, part: [0.0, 0.4] },
    Law {
        rare: "drone-quadrotor/loads",
        uniform: "drone-quadrotor/uniform",
        number: |_, _, _, task| (task[3] - 0.8) / 0.4,
        part: HIGH,
    },
];

/// The angle of a goal from where the seed's turn begins.
fn share_of_the_turn(_: &Environment, _: Pool, seed: u64, task: &[f64]) -> f64 {
    let begin = Stream::new(seed, Purpose::Tasks, 16).uniform(0, 0, 0, 0);
    (task[1].atan2(task[0]) / TAU - begin).rem_euclid(1.0)
}

/// Where a threshold lies among its pool's cells: its level by the turbulence of the training pool's days, sorted; of 96 cells of
/// the levels from .1 to .9 the pools have every third, in turn.
fn share_of_the_cells(env: &Environment, pool: Pool, _: u64, task: &[f64]) -> f64 {
    static DAYS: OnceLock<Vec<f64>> = OnceLock::new();
    let days = DAYS.get_or_init(|| {
        let market = env.world::<Market>().unwrap();
        let [first, end] = market.periods_of(Pool::Training);
        let mut days = market.turbulence()[market.days_of(first)[0]..=market.days_of(end - 1)[1]].to_vec();
        days.sort_by(f64::total_cmp);
        days
    });
    let below = days.partition_point(|x| *x <= task[0]) - 1;
    let place = below as f64 + (task[0] - days[below]) / (days[below + 1] - days[below]);
    let level = place / (days.len() - 1) as f64;
    let turn = [Pool::Training, Pool::Evaluation, Pool::HeldOut].iter().position(|p| *p == pool).unwrap();
    let cell = (level - 0.1) / 0.8 * 96.0 - turn as f64;
    let within = cell - 3.0 * (cell / 3.0).floor();
    assert!((-1e-9..1.0 + 1e-9).contains(&within), "a level of another pool: {level}");
    ((cell / 3.0).floor() + within) / 32.0
}

fn preset(name: &str) -> Environment {
    environment(name).unwrap()
}

/// Tasks of a pool: the numbers they came from, and which are rare.
fn drawn(law: &Law, pool: Pool, seed: u64, count: usize) -> Vec<(f64, bool)> {
    let env = preset(law.rare);
    let tasks = env.tasks(pool, seed, count);
    let numbers = tasks.values.chunks(env.spec().task_size).map(|task| (law.number)(&env, pool, seed, task));
    numbers.zip(tasks.rare.unwrap()).collect()
}

/// Largest distance between the distribution function of these numbers and that of the uniform law on [low, high), times the
/// root of their number: below 1.95 with probability .999 (Kolmogorov).
fn distance_to_uniform(numbers: impl Iterator<Item = f64>, [low, high]: [f64; 2]) -> f64 {
    let mut sorted: Vec<f64> = numbers.map(|x| (x - low) / (high - low)).collect();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let gaps = sorted.iter().enumerate().map(|(i, x)| (x - i as f64 / n).max((i + 1) as f64 / n - x));
    gaps.fold(0.0, f64::max) * n.sqrt()
}

#[test]
fn one_training_task_in_ten_is_rare_to_the_task_and_spread_evenly() {
    for law in &LAWS {
        for (count, expected) in [(40, 4), (50, 5), (24, 2), (25, 3), (10, 1), (5, 1), (4, 0), (104, 10), (105, 11)] {
            for seed in 0..5 {
                let rare: Vec<bool> = drawn(law, Pool::Training, seed, count).into_iter().map(|task| task.1).collect();
                assert_eq!(rare.iter().filter(|r| **r).count(), expected, "{}: of {count}", law.rare);
                // Any run of tasks has as many as its share of them, to within one.
                for (length, start) in (1..=count).flat_map(|length| (0..=count - length).map(move |s| (length, s))) {
                    let here = rare[start..start + length].iter().filter(|r| **r).count() as f64;
                    assert!((here - (expected * length) as f64 / count as f64).abs() < 1.0 + 1e-9);
                }
            }
        }
    }
}

#[test]
fn rare_training_tasks_fill_the_rare_part_and_the_others_the_rest() {
    for law in &LAWS {
        let tasks = drawn(law, Pool::Training, 11, 20_000);
        let [from, to] = law.part;
        let of = |rare: bool| tasks.iter().filter(move |task| task.1 == rare).map(|task| task.0);
        let inside = |x: f64| (from..=to).contains(&x);
        assert!(of(true).all(inside) && !of(false).any(inside), "{}", law.rare);
        let rest = if from > 0.0 { [0.0, from] } else { [to, 1.0] };
        assert!(distance_to_uniform(of(true), law.part) < 1.95, "{}", law.rare);
        assert!(distance_to_uniform(of(false), rest) < 1.95, "{}", law.rare);
    }
}

#[test]
fn other_pools_are_the_uniform_presets_and_tell_which_tasks_are_rare() {
    for law in &LAWS {
        for pool in [Pool::Evaluation, Pool::HeldOut] {
            let tasks = drawn(law, pool, 3, 20_000);
            let [values, uniform] = [law.rare, law.uniform].map(|name| preset(name).tasks(pool, 3, 20_000));
            let [width, shared] = [law.rare, law.uniform].map(|name| preset(name).spec().task_size);
            for (task, same) in values.values.chunks(width).zip(uniform.values.chunks(shared)) {
                assert_eq!(&task[..shared], same, "{}", law.rare);
            }
            assert!(uniform.rare.is_none());
            let [from, to] = law.part;
            assert!(tasks.iter().all(|(x, rare)| (from..to).contains(x) == *rare), "{}", law.rare);
            assert!(distance_to_uniform(tasks.iter().map(|task| task.0), [0.0, 1.0]) < 1.95, "{}", law.rare);
            let share = tasks.iter().filter(|task| task.1).count() as f64 / 20_000.0;
            assert!((share - 0.4).abs() < 5.0 * (0.24 / 20_000.0_f64).sqrt(), "{}: {share}", law.rare);
        }
    }
}

#[test]
fn pools_and_seeds_are_independent() {
    for law in &LAWS {
        let numbers =
            |pool, seed| -> Vec<f64> { drawn(law, pool, seed, 10_000).into_iter().map(|task| task.0).collect() };
        let columns = [
            numbers(Pool::Training, 1),
            numbers(Pool::Evaluation, 1),
            numbers(Pool::HeldOut, 1),
            numbers(Pool::Evaluation, 2),
        ];
        for (i, a) in columns.iter().enumerate() {
            for b in &columns[..i] {
                let correlation = correlation(a, b);
                assert!(correlation.abs() < 0.05, "{}: {correlation}", law.rare);
            }
        }
    }
}

/// Correlation of two columns of 10,000 numbers: of independent ones it has standard deviation .01.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    let product = |x: &[f64], y: &[f64]| {
        let (p, q) = (mean(x), mean(y));
        x.iter().zip(y).map(|(x, y)| (x - p) * (y - q)).sum::<f64>()
    };
    product(a, b) / (product(a, a) * product(b, b)).sqrt()
}

#[test]
fn goals_in_the_sector_and_outside_of_it_are_uniform_in_area() {
    for seed in 0..3 {
        let tasks = preset("ant-goal/rare").tasks(Pool::Training, seed, 20_000);
        for rare in [true, false] {
            let flags = tasks.rare.as_ref().unwrap();
            let of = tasks.values.chunks(2).zip(flags).filter(|(_, r)| **r == rare).map(|(goal, _)| goal);
            // The share of the disc's area that is nearer to its centre.
            assert!(distance_to_uniform(of.clone().map(|g| (g[0] * g[0] + g[1] * g[1]) / 9.0), [0.0, 1.0]) < 1.95);
            // No two rare goals are farther apart in angle than the sector is wide: there is an empty arc beside them.
            let mut angles: Vec<f64> = of.map(|g| g[1].atan2(g[0])).collect();
            angles.sort_by(f64::total_cmp);
            let around = angles[0] + TAU - angles[angles.len() - 1];
            let gap = angles.windows(2).map(|pair| pair[1] - pair[0]).fold(around, f64::max);
            let empty = if rare { 0.6 } else { 0.4 } * TAU;
            assert!((empty..empty + 0.05).contains(&gap), "{gap} {empty}");
        }
    }
}

#[test]
fn the_sector_turns_with_the_seed() {
    // Middles of rare goals point everywhere: a sum of unit vectors with even angles has variance n/2 per axis.
    let seeds = 400;
    let mut sum = [0.0; 2];
    for seed in 0..seeds {
        let tasks = preset("ant-goal/rare").tasks(Pool::Training, seed, 50);
        let rare = tasks.values.chunks(2).zip(tasks.rare.unwrap()).filter(|(_, rare)| *rare);
        let [x, y] = rare.fold([0.0; 2], |[x, y], (goal, _)| [x + goal[0], y + goal[1]]);
        sum = [sum[0] + x / x.hypot(y), sum[1] + y / x.hypot(y)];
    }
    let bound = 5.0 * (seeds as f64 / 2.0).sqrt();
    assert!(sum[0].abs() < bound && sum[1].abs() < bound, "{sum:?}");
}

#[test]
fn the_rest_of_a_task_does_not_depend_on_what_is_rare() {
    // Loads and goals; levels and periods.
    for (name, columns) in [("drone-quadrotor/loads", [[3, 0], [3, 1], [3, 2]]), ("stock/rare", [[0, 1]; 3])] {
        let env = preset(name);
        let width = env.spec().task_size;
        for pool in [Pool::Training, Pool::Evaluation] {
            let tasks = env.tasks(pool, 6, 10_000);
            let column = |k: usize| tasks.values.chunks(width).map(|task| task[k]).collect::<Vec<f64>>();
            let rare: Vec<f64> = tasks.rare.unwrap().iter().map(|r| f64::from(u8::from(*r))).collect();
            for [a, b] in columns {
                for (x, y) in [(column(a), column(b)), (rare.clone(), column(b))] {
                    let correlation = correlation(&x, &y);
                    assert!(correlation.abs() < 0.05, "{name}: {a}, {b}: {correlation}");
                }
            }
        }
    }
}
