//! Task laws with a rare part: how many training tasks lie in it, where all of them lie, and what the other pools look like.

use xmrl_envs::{Environment, Pool, environment};

/// A preset with a rare part, the uniform one beside it, and the number in [0, 1) that a task of theirs came from.
struct Law {
    rare: &'static str,
    uniform: &'static str,
    /// Of a task's parameters: 0 at one end of the support, 1 at the other.
    number: fn(&[f64]) -> f64,
    /// The rare part, from and to.
    part: [f64; 2],
}

const LAWS: [Law; 1] = [Law {
    rare: "cheetah-vel/rare",
    uniform: "cheetah-vel/maml",
    number: |task| task[0] / 2.0,
    part: [0.6, 1.0],
}];

fn preset(name: &str) -> Environment {
    environment(name).unwrap()
}

/// Tasks of a pool: the numbers they came from, and which are rare.
fn drawn(law: &Law, pool: Pool, seed: u64, count: usize) -> Vec<(f64, bool)> {
    let env = preset(law.rare);
    let tasks = env.tasks(pool, seed, count);
    let numbers = tasks.values.chunks(env.spec().task_size).map(law.number);
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
            assert_eq!(values.values, uniform.values, "{}", law.rare);
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
        let centred = |pool, seed| {
            let numbers: Vec<f64> = drawn(law, pool, seed, 10_000).into_iter().map(|task| task.0).collect();
            let mean = numbers.iter().sum::<f64>() / 10_000.0;
            let numbers: Vec<f64> = numbers.into_iter().map(|x| x - mean).collect();
            let spread = numbers.iter().map(|x| x * x).sum::<f64>().sqrt();
            numbers.into_iter().map(|x| x / spread).collect::<Vec<f64>>()
        };
        let columns = [
            centred(Pool::Training, 1),
            centred(Pool::Evaluation, 1),
            centred(Pool::HeldOut, 1),
            centred(Pool::Evaluation, 2),
        ];
        for (i, a) in columns.iter().enumerate() {
            for b in &columns[..i] {
                // The correlation of n independent pairs has standard deviation 1 / sqrt(n).
                let correlation: f64 = a.iter().zip(b).map(|(x, y)| x * y).sum();
                assert!(correlation.abs() < 5.0 / 100.0, "{}: {correlation}", law.rare);
            }
        }
    }
}
