//! Bodies: what presets show and pay, how their states mix, what the next step remembers.

use xmrl_envs::mix::{Parents, mix};
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{EnvSpec, Geometry, MixCounts, MixRule, Pool, Repair, Start, View, Worlds, environment, environments};

/// The presets that are bodies.
fn bodies() -> Vec<EnvSpec> {
    environments()
        .into_iter()
        .filter(|spec| matches!(spec.view, View::Side | View::Above) && !spec.needs_files)
        .collect()
}

/// States `[n, D]` that random play of 100 worlds visits in 60 steps, with the worlds at their end.
fn visited(spec: &EnvSpec) -> (Worlds, Vec<f64>) {
    let env = environment(&spec.preset).unwrap();
    let mut worlds = Worlds::new(&spec.preset, &env.tasks(Pool::Evaluation, 1, 10).values, 10, 3, 2).unwrap();
    let noise = Stream::new(5, Purpose::QueryNoise, 0);
    let mut states = Vec::new();
    for t in 0..60 {
        let actions: Vec<f64> =
            (0..100 * spec.action_size).map(|i| spec.action_scale * noise.normal(0, 0, t, i as u32)).collect();
        worlds.step(&actions).unwrap();
        states.extend_from_slice(worlds.state());
    }
    (worlds, states)
}

/// Entries of the state that are a quaternion.
fn quaternion(spec: &EnvSpec) -> Option<usize> {
    spec.family.starts_with("ant").then_some(3)
}

#[test]
fn every_preset_of_the_issue_exists_with_its_sizes() {
    let bodies = bodies();
    let rows: Vec<(&str, usize, usize, usize, usize)> = bodies
        .iter()
        .map(|spec| (&spec.preset[..], spec.observation_size, spec.action_size, spec.state_size, spec.horizon))
        .collect();
    for row in [
        ("cheetah-vel/maml", 20, 6, 18, 200),
        ("cheetah-vel/gym", 20, 6, 18, 200),
        ("cheetah-vel/promp", 17, 6, 18, 100),
        ("cheetah-dir/gym", 20, 6, 18, 200),
        ("ant-vel/maml", 125, 8, 29, 200),
        ("ant-goal/promp", 113, 8, 29, 200),
        ("ant-goal/maml", 125, 8, 29, 200),
        ("ant-dir/maml", 125, 8, 29, 200),
        ("ant-vel/maml-without-forces", 41, 8, 29, 200),
        ("walker2d-vel/gym", 17, 6, 18, 200),
    ] {
        assert!(rows.contains(&row), "{row:?} is not among {rows:?}");
    }
}

#[test]
fn observations_show_the_state_and_never_the_task() {
    for spec in &bodies() {
        let (_, states) = visited(spec);
        let state = &states[states.len() - spec.state_size..];
        let seen = |task: &[f64]| {
            let mut worlds = Worlds::new(&spec.preset, task, 1, 0, 1).unwrap();
            worlds.set_state(state).unwrap();
            let start = worlds.observations().to_vec();
            worlds.step(&vec![0.3; spec.action_size]).unwrap();
            (start, worlds.observations().to_vec())
        };
        assert_ne!(spec.task_low, spec.task_high);
        assert_eq!(seen(&spec.task_low), seen(&spec.task_high), "{}", spec.preset);
        let shown = if quaternion(spec).is_some() { state } else { &state[1..] };
        if spec.family != "walker2d-vel" {
            assert_eq!(seen(&spec.task_low).0[..shown.len()], *shown, "{}", spec.preset);
        }
    }
}

#[test]
fn contact_forces_are_remembered_and_forgotten_by_setting_the_state() {
    for preset in ["ant-vel/maml", "ant-goal/promp"] {
        let environment = environment(preset).unwrap();
        let spec = environment.spec();
        let (mut worlds, _) = visited(spec);
        let forces = |worlds: &Worlds| -> Vec<f64> {
            worlds.observations().chunks(spec.observation_size).flat_map(|row| row[29..113].to_vec()).collect()
        };
        let played = forces(&worlds);
        assert!(played.iter().any(|f| *f != 0.0) && played.iter().all(|f| f.abs() <= 1.0));
        assert!(played.chunks(84).all(|row| row[..6].iter().all(|f| *f == 0.0)), "the world's row");
        let states = worlds.state().to_vec();
        worlds.set_state(&states).unwrap();
        let rested = forces(&worlds);
        assert_ne!(played, rested, "under no control the feet press differently");
        worlds.set_state(&states).unwrap();
        assert_eq!(rested, forces(&worlds));
    }
}

#[test]
fn the_ant_without_forces_is_the_ant_less_their_columns() {
    let [with, without] = ["ant-vel/maml", "ant-vel/maml-without-forces"].map(|preset| {
        let mut worlds = Worlds::new(preset, &[0.5, 2.5], 4, 3, 1).unwrap();
        let mut rewards = Vec::new();
        for t in 0..20 {
            let actions: Vec<f64> = (0..64).map(|i| (f64::from(i * 7 + t * 3)).sin()).collect();
            rewards.extend_from_slice(worlds.step(&actions).unwrap().rewards);
        }
        (worlds.observations().to_vec(), rewards)
    });
    assert_eq!(with.1, without.1);
    for (all, fewer) in with.0.chunks(125).zip(without.0.chunks(41)) {
        assert_eq!([&all[..29], &all[113..]].concat(), fewer);
    }
}

#[test]
fn actions_are_scaled_and_clipped() {
    for spec in &bodies() {
        let run = |action: f64| {
            let mut worlds = Worlds::new(&spec.preset, &spec.default_task, 1, 7, 1).unwrap();
            for _ in 0..5 {
                worlds.step(&vec![action; spec.action_size]).unwrap();
            }
            worlds.state().to_vec()
        };
        let full = run(spec.action_scale);
        assert_eq!(run(50.0 * spec.action_scale), full, "{}", spec.preset);
        assert_ne!(run(0.5 * spec.action_scale), full);
    }
}

#[test]
fn lifted_mixtures_are_out_of_the_floor_and_the_ends_are_parents() {
    for spec in &bodies() {
        let env = environment(&spec.preset).unwrap();
        let (_, states) = visited(spec);
        let d = spec.state_size;
        assert_eq!(spec.mixing, MixRule { geometry: Geometry::Geodesic, repair: Repair::Lift });
        let pairs = Stream::new(9, Purpose::MixPair, 0);
        let parents = Parents::new(&env, &states, 0).unwrap();
        let mut totals = MixCounts::default();
        for episode in 0..2000 {
            let lambda = pairs.uniform(9, episode, 0, 0);
            let mut plain = vec![0.0; d];
            let mut lifted = plain.clone();
            let none = MixRule { repair: Repair::None, ..spec.mixing };
            let kept = parents.start(&env, none, &[lambda], &pairs, (0, episode), &mut plain).unwrap();
            let start = parents.start(&env, spec.mixing, &[lambda], &pairs, (0, episode), &mut lifted).unwrap();
            assert_eq!(
                (kept.first, kept.second, kept.counts.infeasible),
                (start.first, start.second, start.counts.lifted)
            );
            assert_eq!(start.counts.redraws, 0);
            let depths = [start.first, start.second].map(|row| env.depth(parents.state(row)));
            let deepest = depths[0].max(depths[1]);
            if start.counts.lifted > 0 {
                assert!(env.depth(&plain) > deepest + 1e-3 && env.depth(&lifted) < 1e-12, "{}", spec.preset);
                let height = if quaternion(spec).is_some() { 2 } else { 1 };
                plain[height] = lifted[height];
            } else {
                assert!(env.depth(&plain) <= deepest + 1e-3);
            }
            assert_eq!(plain, lifted, "lifting changes the height alone");
            totals += start.counts;
            for (lambda, row) in [(1.0, start.first), (0.0, start.second)] {
                let [a, b] = [start.first, start.second].map(|row| &states[row * d..(row + 1) * d]);
                let mut counts = MixCounts::default();
                assert!(mix(&env, spec.mixing, lambda, [a, b], &mut plain, &mut counts));
                assert_eq!((&plain[..], counts), (&states[row * d..(row + 1) * d], MixCounts::default()));
            }
        }
        assert!(totals.lifted > 0, "{}: no mixture of 2000 was in the floor", spec.preset);
    }
}

#[test]
fn rejecting_draws_until_a_mixture_is_feasible() {
    for spec in &bodies() {
        let env = environment(&spec.preset).unwrap();
        let (_, states) = visited(spec);
        let (d, pairs) = (spec.state_size, Stream::new(9, Purpose::MixPair, 0));
        let reject = MixRule { geometry: Geometry::Linear, repair: Repair::Reject };
        let parents = Parents::new(&env, &states, 1).unwrap();
        let mut redraws = 0;
        for episode in 0..500 {
            let mut mixed = vec![0.0; d];
            let start = parents.start(&env, reject, &[0.5], &pairs, (1, episode), &mut mixed).unwrap();
            let depths = [start.first, start.second].map(|row| env.depth(parents.state(row)));
            assert!(env.depth(&mixed) <= depths[0].max(depths[1]) + 1e-3);
            assert_eq!((start.counts.lifted, start.counts.gave_up), (0, 0));
            assert_eq!(start.counts.redraws, start.counts.infeasible);
            redraws += start.counts.redraws;
        }
        assert!(redraws > 0, "{}", spec.preset);
    }
}

#[test]
fn starts_have_the_noise_of_the_preset() {
    for (preset, rest, position, velocity) in [
        ("cheetah-vel/maml", vec![0.0; 9], 0.01, 0.1),
        ("cheetah-vel/gym", vec![0.0; 9], 0.1 / 3f64.sqrt(), 0.1),
        (
            "ant-vel/maml",
            [&[0.0, 0.0, 0.55, 1.0][..], &[0.0; 4], &[1.0, 0.0, -1.0, 0.0, -1.0, 0.0, 1.0]].concat(),
            0.01,
            0.1,
        ),
        ("ant-goal/promp", [&[0.0, 0.0, 0.75, 1.0][..], &[0.0; 11]].concat(), 0.1 / 3f64.sqrt(), 0.1),
        ("walker2d-vel/gym", [&[0.0, 1.25][..], &[0.0; 7]].concat(), 5e-3 / 3f64.sqrt(), 5e-3 / 3f64.sqrt()),
    ] {
        let env = environment(preset).unwrap();
        let (d, count, stream) = (env.spec().state_size, 4000, Stream::new(2, Purpose::QueryStart, 0));
        let mut sums = vec![[0.0; 2]; d];
        for episode in 0..count {
            let mut state = vec![f64::NAN; d];
            env.start(Start::Query, &env.spec().default_task, &stream, 1, episode, &mut state);
            for (k, sum) in sums.iter_mut().enumerate() {
                let x = state[k] - rest.get(k).copied().unwrap_or(0.0);
                *sum = [sum[0] + x, sum[1] + x * x];
            }
        }
        // Five standard errors of mean and variance (a normal's: sqrt(2/n)).
        let n = f64::from(count);
        for (k, sum) in sums.iter().enumerate() {
            let deviation = if k < rest.len() { position } else { velocity };
            assert!((sum[0] / n).abs() < 5.0 * deviation / n.sqrt(), "{preset}: mean of entry {k}");
            assert!((sum[1] / n / deviation.powi(2) - 1.0).abs() < 5.0 * (2.0 / n).sqrt(), "{preset}: spread of {k}");
        }
    }
}

#[test]
fn unhealthy_bodies_end_their_episode_and_are_paid_for_the_step() {
    // Root height, angle or quaternion entry, and whether that is over.
    for (preset, entry, value, over) in [
        ("ant-vel/maml", 2, 1.2, true),
        ("ant-vel/maml", 2, 0.9, false),
        ("ant-goal/promp", 2, 5.0, false),
        ("walker2d-vel/gym", 1, 0.7, true),
        ("walker2d-vel/gym", 2, 1.2, true),
        ("walker2d-vel/gym", 1, 1.3, false),
        ("cheetah-vel/maml", 1, 30.0, false),
    ] {
        let environment = environment(preset).unwrap();
        let spec = environment.spec();
        let mut worlds = Worlds::new(preset, &spec.default_task, 1, 7, 1).unwrap();
        let mut state = worlds.state().to_vec();
        state[entry] = value;
        worlds.set_state(&state).unwrap();
        let result = worlds.step(&vec![0.0; spec.action_size]).unwrap();
        assert_eq!(result.terminated, [u8::from(over)], "{preset}: {entry} = {value}");
        assert!(result.rewards[0] != 0.0);
    }
}

#[test]
fn pictures_have_their_capsules_where_the_body_is() {
    for (preset, count) in [("cheetah-vel/maml", 8), ("ant-vel/maml", 13), ("walker2d-vel/gym", 7)] {
        let env = environment(preset).unwrap();
        let (_, states) = visited(env.spec());
        let two = &states[..2 * env.spec().state_size];
        let segments = env.segments(two).unwrap();
        assert_eq!(segments.len(), 2 * count * 7);
        assert!(segments.chunks(7).all(|s| s[6] > 0.0 && s.iter().all(|x| x.abs() < 3.0)));
        // The lowest point of the picture is the depth.
        for (state, capsules) in two.chunks(env.spec().state_size).zip(segments.chunks(count * 7)) {
            let lowest = capsules.chunks(7).map(|s| s[2].min(s[5]) - s[6]).fold(f64::INFINITY, f64::min);
            assert!((env.depth(state) - (-lowest).max(0.0)).abs() < 1e-9, "{preset}: {lowest}");
        }
    }
    assert!(environment("drone-planar").unwrap().segments(&[5.0, 5.0, 0.0, 0.0]).unwrap().is_empty());
}
