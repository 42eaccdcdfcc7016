//! Task laws: what 10,000 goals and many seeds must look like.

use xmrl_envs::{Environment, Pool, environment};

const POOLS: [Pool; 3] = [Pool::Training, Pool::Evaluation, Pool::HeldOut];

fn preset(name: &str) -> Environment {
    environment(name).unwrap()
}

/// The allowed region, stated independently of the code under test.
fn allowed(x: f64, y: f64) -> bool {
    let far = |cx: f64, cy: f64, d: f64| (x - cx).powi(2) + (y - cy).powi(2) >= d * d;
    (1.0..=9.0).contains(&x)
        && (1.0..=9.0).contains(&y)
        && far(5.0, 5.0, 2.0)
        && far(7.2, 7.2, 0.85)
        && far(2.6, 5.6, 0.85)
        && far(5.8, 2.5, 0.85)
}

#[test]
fn goals_are_uniform_over_the_allowed_region() {
    let goals = preset("drone-planar/uniform").tasks(Pool::Evaluation, 3, 10_000);
    assert!(goals.rare.is_none());
    let goals: Vec<&[f64]> = goals.values.chunks(2).collect();
    assert!(goals.iter().all(|g| allowed(g[0], g[1])));
    // The share of every cell of a 4 x 4 partition, against the cell's area by a fine grid, within 5 standard errors.
    let cell = |x: f64| (((x - 1.0) / 2.0) as usize).min(3);
    let (mut area, mut total) = ([[0.0; 4]; 4], 0.0);
    for i in 0..1600 {
        for j in 0..1600 {
            let (x, y) = (1.0 + (f64::from(i) + 0.5) / 200.0, 1.0 + (f64::from(j) + 0.5) / 200.0);
            if allowed(x, y) {
                area[cell(x)][cell(y)] += 1.0;
                total += 1.0;
            }
        }
    }
    for i in 0..4 {
        for j in 0..4 {
            let expected: f64 = area[i][j] / total;
            let share = goals.iter().filter(|g| cell(g[0]) == i && cell(g[1]) == j).count() as f64 / goals.len() as f64;
            assert!((share - expected).abs() < 5.0 * (expected / goals.len() as f64).sqrt(), "cell {i}, {j}");
        }
    }
}

#[test]
fn one_training_task_in_ten_lies_alone_in_its_half_plane() {
    for (count, rare_count) in [(50, 5), (40, 4), (24, 2), (10, 1), (4, 0), (104, 10), (105, 11)] {
        let tasks = preset("drone-planar").tasks(Pool::Training, 7, count);
        assert_eq!(tasks.rare.unwrap().iter().filter(|r| **r).count(), rare_count, "of {count}");
    }
    for seed in 0..100 {
        let tasks = preset("drone-planar").tasks(Pool::Training, seed, 50);
        let rare = tasks.rare.unwrap();
        assert!(tasks.values.chunks(2).all(|g| allowed(g[0], g[1])));
        // Some direction separates the two groups through the centre: 36,000 candidate directions are enough to see it.
        let separates = |a: f64| {
            tasks
                .values
                .chunks(2)
                .zip(&rare)
                .all(|(g, r)| ((g[0] - 5.0) * a.cos() + (g[1] - 5.0) * a.sin() < 0.0) == *r)
        };
        assert!((0..36_000).any(|k| separates(f64::from(k) * core::f64::consts::PI / 18_000.0)), "seed {seed}");
    }
}

#[test]
fn the_dense_side_turns_with_the_seed() {
    // The mean direction of rare training goals, over seeds, points everywhere: no net direction.
    let mut sum = [0.0; 2];
    let seeds = 400;
    for seed in 0..seeds {
        let tasks = preset("drone-planar").tasks(Pool::Training, seed, 50);
        let mut direction = [0.0; 2];
        for (g, _) in tasks.values.chunks(2).zip(tasks.rare.unwrap()).filter(|(_, r)| *r) {
            direction = [direction[0] + g[0] - 5.0, direction[1] + g[1] - 5.0];
        }
        let length = direction[0].hypot(direction[1]);
        sum = [sum[0] + direction[0] / length, sum[1] + direction[1] / length];
    }
    // A sum of unit vectors with even angles has variance n/2 per axis.
    let bound = 5.0 * (seeds as f64 / 2.0).sqrt();
    assert!(sum[0].abs() < bound && sum[1].abs() < bound, "{sum:?}");
}

#[test]
fn other_pools_are_uniform_and_know_the_sparse_side() {
    let (seed, count) = (5, 10_000);
    for pool in [Pool::Evaluation, Pool::HeldOut] {
        let tasks = preset("drone-planar").tasks(pool, seed, count);
        assert_eq!(tasks.values, preset("drone-planar/uniform").tasks(pool, seed, count).values);
        let share = tasks.rare.unwrap().iter().filter(|r| **r).count() as f64 / count as f64;
        // The discs take less than 4 % of either side.
        assert!((share - 0.5).abs() < 0.04, "{share}");
    }
}

#[test]
fn pools_are_frozen_and_differ() {
    for name in ["drone-planar", "drone-planar/uniform"] {
        let pools = POOLS.map(|pool| preset(name).tasks(pool, 1, 20).values);
        assert_eq!(pools, POOLS.map(|pool| preset(name).tasks(pool, 1, 20).values));
        assert!(pools[0] != pools[1] && pools[1] != pools[2] && pools[0] != pools[2]);
        assert_ne!(pools[0], preset(name).tasks(Pool::Training, 2, 20).values);
        assert_eq!(pools[1], preset(name).tasks(Pool::Evaluation, 1, 50).values[..40]);
    }
    assert!(preset("drone-planar").tasks(Pool::Training, 1, 0).values.is_empty());
}
