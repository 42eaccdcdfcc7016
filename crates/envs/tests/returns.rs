//! Mean returns of doing nothing and of random play, against recorded and published values.

use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Pool, Worlds, environment};

/// Mean return of 400 episodes under actions `scale` × N(0, 1), on `tasks`, and the share that ended early.
fn mean_return(preset: &str, tasks: &[f64], scale: f64) -> (f64, f64) {
    let environment = environment(preset).unwrap();
    let spec = environment.spec();
    let count = tasks.len() / spec.task_size;
    let mut worlds = Worlds::new(preset, tasks, 400 / count, 5, 2).unwrap();
    let noise = Stream::new(6, Purpose::QueryNoise, 0);
    let (mut sum, mut early) = (0.0, 0.0);
    for t in 0..spec.horizon as u32 {
        let action = |i: usize| {
            let (world, k) = (i / spec.action_size, i % spec.action_size);
            if scale == 0.0 { 0.0 } else { scale * noise.normal(0, world as u32, t, k as u32) }
        };
        let actions: Vec<f64> = (0..worlds.count() * spec.action_size).map(action).collect();
        let result = worlds.step(&actions).unwrap();
        sum += result.rewards.iter().sum::<f64>();
        early = result.terminated.iter().map(|&over| f64::from(over)).sum::<f64>();
    }
    let worlds = worlds.count() as f64;
    (sum / worlds, early / worlds)
}

/// Twenty goals evenly spaced over [0, high], at the middles of twenty equal parts.
fn even_goals(high: f64) -> Vec<f64> {
    (0..20).map(|i| high * (f64::from(i) + 0.5) / 20.0).collect()
}

/// Evaluation tasks for laws of places.
fn places(preset: &str) -> Vec<f64> {
    environment(preset).unwrap().tasks(Pool::Evaluation, 1, 20).values
}

#[test]
fn doing_nothing_earns_what_standing_still_must() {
    // -T E[g] for goal velocities, less the settling of the body; the ant also has its bonus, and its feet press the floor.
    for (preset, high, expected, tolerance) in [
        ("cheetah-vel/maml", 2.0, -200.0, 2.0),
        ("cheetah-vel/gym", 2.0, -200.0, 2.0),
        ("cheetah-vel/promp", 3.0, -150.0, 1.5),
        ("ant-vel/maml", 3.0, -92.0, 5.0),
    ] {
        let (idle, early) = mean_return(preset, &even_goals(high), 0.0);
        assert!((idle - expected).abs() <= tolerance, "{preset}: {idle}");
        assert_eq!(early, 0.0);
    }
    // Cash earns nothing.
    assert_eq!(mean_return("stock/synthetic", &places("stock/synthetic"), 0.0), (0.0, 0.0));
    let (idle, _) = mean_return("cheetah-dir/gym", &[1.0, -1.0], 0.0);
    assert!(idle.abs() < 0.2, "{idle}");
    let (idle, _) = mean_return("ant-dir/maml", &[1.0, -1.0], 0.0);
    assert!((0.0..=10.0).contains(&idle), "bonus 10 less the feet's pressure: {idle}");
}

#[test]
fn recorded_returns_are_found_again() {
    // Recorded 2026-11 at 400 episodes. Bodies are chaotic: beyond some 50 steps another instruction set flies other
    // episodes, so means are held to the spread of such means. MuJoCo itself gives -258.6 ± 9 in the first row.
    let (vel, dir) = (even_goals(2.0), vec![1.0, -1.0]);
    for (preset, tasks, expected, tolerance) in [
        ("cheetah-vel/maml", &vel, -257.5, 15.0),
        ("cheetah-vel/gym", &vel, -264.7, 10.0),
        ("cheetah-vel/promp", &even_goals(3.0), -151.2, 2.0),
        ("cheetah-dir/gym", &dir, -36.2, 8.0),
        ("ant-vel/maml", &even_goals(3.0), -88.0, 8.0),
        ("ant-dir/maml", &dir, 5.8, 2.0),
        ("ant-goal/maml", &places("ant-goal/maml"), 194.4, 25.0),
        ("ant-goal/promp", &places("ant-goal/promp"), -864.6, 30.0),
        ("walker2d-vel/gym", &vel, -19.6, 4.0),
    ] {
        let (played, _) = mean_return(preset, tasks, 1.0);
        assert!((played - expected).abs() <= tolerance, "{preset}: {played}");
    }
}
