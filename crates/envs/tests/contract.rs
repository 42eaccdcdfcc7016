//! What every registered preset must keep, in one loop over the registry.

use xmrl_envs::mixup::Parents;
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{EnvError, EnvSpec, Environment, Geometry, MixCounts, MixRule, Pool, Repair, Score, Start, Worlds};

mod made;

/// An environment by name; `stock/csv` is that of a made-up table of three names.
fn environment(preset: &str) -> Result<Environment, EnvError> {
    if preset == "stock/csv" { Ok(made::environment()) } else { xmrl_envs::environment(preset) }
}

/// Worlds of [`environment`].
fn worlds_of(
    preset: &str,
    tasks: &[f64],
    worlds_per_task: usize,
    seed: u64,
    threads: usize,
) -> Result<Worlds, EnvError> {
    Worlds::of(environment(preset)?, tasks, worlds_per_task, seed, threads)
}

/// Every preset whose data are there. What is skipped is said.
#[expect(clippy::print_stderr, reason = "a preset is never skipped in silence")]
fn environments() -> Vec<&'static EnvSpec> {
    let there = |spec: &EnvSpec| match environment(spec.preset) {
        Ok(environment) => Some(environment.spec()),
        Err(EnvError::NoPrices { .. }) => {
            eprintln!("skipped: {} needs prices that are fetched, not committed", spec.preset);
            None
        }
        Err(error) => panic!("{error}"),
    };
    xmrl_envs::environments().into_iter().filter_map(there).collect()
}

/// Uniform actions in [-1.5, 1.5] (so that clipping is met) for `worlds` worlds in step `t`.
fn random_actions(spec: &EnvSpec, worlds: usize, t: u32) -> Vec<f64> {
    let stream = Stream::new(77, Purpose::QueryNoise, 0);
    (0..worlds * spec.action_size).map(|i| 3.0 * stream.uniform(0, 0, t, i as u32) - 1.5).collect()
}

fn tasks(spec: &EnvSpec, count: usize) -> Vec<f64> {
    environment(spec.preset).unwrap().tasks(Pool::Evaluation, 1, count).values
}

/// Random play: every observation, reward and flag of `steps` steps, as bits.
fn play(worlds: &mut Worlds, steps: u32) -> Vec<u64> {
    let spec = worlds.environment().spec();
    let mut record: Vec<u64> = worlds.observations().iter().map(|x| x.to_bits()).collect();
    for t in 0..steps {
        let actions = random_actions(spec, worlds.count(), t);
        let result = worlds.step(&actions).unwrap();
        record.extend(result.observations.iter().chain(result.rewards).map(|x| x.to_bits()));
        record.extend(result.terminated.iter().chain(result.truncated).map(|x| u64::from(*x)));
    }
    record.extend(worlds.state().iter().map(|x| x.to_bits()));
    record
}

#[test]
fn sizes_names_and_bounds_agree() {
    let mut names: Vec<&str> = environments().iter().map(|spec| spec.preset).collect();
    names.dedup();
    assert_eq!(names.len(), environments().len());
    for spec in environments() {
        let env = environment(spec.preset).unwrap();
        assert_eq!(env.spec(), spec);
        assert_eq!(spec.observation_low.len(), spec.observation_size);
        assert_eq!(spec.observation_high.len(), spec.observation_size);
        for k in [spec.task_names.len(), spec.task_low.len(), spec.task_high.len(), spec.default_task.len()] {
            assert_eq!(k, spec.task_size);
        }
        env.check_task(spec.default_task).unwrap();
        assert_eq!(env.raise(&mut vec![0.0; spec.state_size], 0.0), spec.liftable, "{}", spec.preset);
        for pool in [Pool::Training, Pool::Evaluation, Pool::HeldOut] {
            let tasks = env.tasks(pool, 9, 30);
            env.check_tasks(&tasks.values).unwrap();
            assert_eq!(tasks.values.len(), 30 * spec.task_size);
            assert_eq!(tasks.rare.map(|r| r.len()), spec.knows_rare_tasks.then_some(30));
        }
        for which in [Start::Query, Start::Support] {
            let mut state = vec![f64::NAN; spec.state_size];
            env.start(which, spec.default_task, &Stream::new(0, Purpose::QueryStart, 0), 0, 0, &mut state);
            assert!(env.feasible(&state));
        }
    }
}

#[test]
fn random_steps_stay_finite_bounded_and_feasible() {
    for spec in environments() {
        let env = environment(spec.preset).unwrap();
        let mut worlds = worlds_of(spec.preset, &tasks(spec, 20), 20, 3, 2).unwrap();
        for t in 0..250 {
            let actions = random_actions(spec, worlds.count(), t);
            let result = worlds.step(&actions).unwrap();
            assert!(result.rewards.iter().all(|r| r.is_finite()));
            for observation in result.observations.chunks(spec.observation_size) {
                for k in 0..spec.observation_size {
                    let bounds = spec.observation_low[k] - 1e-12..=spec.observation_high[k] + 1e-12;
                    assert!(bounds.contains(&observation[k]), "{}: {observation:?}", spec.preset);
                }
            }
            assert!(worlds.state().chunks(spec.state_size).all(|s| env.feasible(s)));
            if t as usize % spec.horizon == spec.horizon - 1 {
                worlds.reset();
            }
        }
        assert_eq!(worlds.capped_solves(), 0, "{}", spec.preset);
    }
}

/// Mixtures of two portfolios of one day are portfolios.
fn always_feasible(spec: &EnvSpec) -> bool {
    spec.family == "stock"
}

/// Steps the live worlds of a preset under extreme actions until they have taken `steps` between them: worlds that are over
/// start anew at once, and every 50 steps all are put in mixtures of the states they are in (every rule in turn).
fn extreme_steps(spec: &EnvSpec, worlds_per_task: usize, steps: usize) -> (u64, MixCounts) {
    let env = environment(spec.preset).unwrap();
    let mut worlds = worlds_of(spec.preset, &tasks(spec, 20), worlds_per_task, 3, 2).unwrap();
    let (count, d) = (worlds.count(), spec.state_size);
    let (stream, pairs) = (Stream::new(78, Purpose::QueryNoise, 0), Stream::new(1, Purpose::MixPair, 0));
    let rules = [Geometry::Linear, Geometry::Geodesic]
        .map(|geometry| [Repair::None, Repair::Lift, Repair::Reject].map(|repair| MixRule { geometry, repair }));
    let rules: Vec<MixRule> = rules.as_flattened().iter().copied().filter(|rule| rule.check(&env).is_ok()).collect();
    let mut counts = MixCounts::default();
    let mut taken = 0;
    for t in 0_u32.. {
        if taken >= steps {
            break;
        }
        // Bang-bang, far beyond the bounds, and small, world by world.
        let actions: Vec<f64> = (0..count * spec.action_size)
            .map(|i| {
                let u = 2.0 * stream.uniform(0, 0, t, i as u32) - 1.0;
                [u.signum(), 1e6 * u, 0.1 * u][i / spec.action_size % 3]
            })
            .collect();
        let result = worlds.step(&actions).unwrap();
        assert!(result.rewards.iter().chain(result.observations).all(|x| x.is_finite()), "{}", spec.preset);
        let ended = result.terminated.iter().chain(result.truncated).map(|flag| usize::from(*flag)).sum::<usize>();
        // None was over before the step, so every world took it.
        taken += count;
        if t % 50 == 49 {
            let rule = rules[(t / 50) as usize % rules.len()];
            let parents = Parents::new(&env, worlds.state().to_vec(), t).unwrap();
            let mut states = vec![0.0; count * d];
            for (w, state) in states.chunks_exact_mut(d).enumerate() {
                let lambda = stream.uniform(1, 0, t, w as u32);
                let start = parents.start(&env, rule, &[lambda], &pairs, (t, w as u32), state).unwrap();
                counts += start.counts;
            }
            worlds.set_state(&states).unwrap();
        } else {
            assert_eq!(worlds.reset_ended(), ended);
        }
        if t % 200 == 199 {
            worlds.reset();
        }
    }
    (worlds.capped_solves(), counts)
}

#[test]
fn extreme_steps_stay_finite() {
    for spec in environments() {
        let (capped, counts) = extreme_steps(spec, 10, 30_000);
        assert_eq!(capped, 0, "{}", spec.preset);
        assert!(counts.infeasible > 0 || always_feasible(spec), "{}: {counts:?}", spec.preset);
    }
}

/// Ten million steps of live worlds of each preset. `npm run gate:physics` runs it.
#[test]
#[ignore = "minutes"]
#[expect(clippy::print_stdout, reason = "a gate of minutes reports on the terminal")]
fn ten_million_extreme_steps_stay_finite() {
    for spec in environments() {
        let (capped, counts) = extreme_steps(spec, 100, 10_000_000);
        println!("{}: ten million steps, {capped} solves met the bound, {counts:?}", spec.preset);
        assert!(capped < 10, "{}: {capped} solves met the bound", spec.preset);
        assert!(counts.infeasible > 0 || always_feasible(spec), "{}: {counts:?}", spec.preset);
    }
}

#[test]
fn one_two_and_three_threads_give_the_same_bits() {
    for spec in environments() {
        let tasks = tasks(spec, 30);
        // More than two chunks, the last of them neither full nor a whole number of lanes.
        let bits = [1, 2, 3, 0].map(|threads| play(&mut worlds_of(spec.preset, &tasks, 43, 5, threads).unwrap(), 6));
        assert!(bits.iter().all(|b| *b == bits[0]), "{}", spec.preset);
    }
}

/// States of worlds after playing from `states` with one action row each, `steps` times the same.
fn replay(preset: &str, tasks: &[f64], states: &[f64], actions: &[f64], steps: usize) -> (Vec<f64>, Vec<f64>) {
    let mut worlds = worlds_of(preset, tasks, 1, 0, 1).unwrap();
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
    for spec in environments() {
        let (env, stream) = (environment(spec.preset).unwrap(), Stream::new(2, Purpose::SupportStart, 0));
        let (count, d, a, k) = (21, spec.state_size, spec.action_size, spec.task_size);
        let tasks = tasks(spec, count);
        let mut states = vec![0.0; count * d];
        for (w, state) in states.chunks_mut(d).enumerate() {
            env.start(Start::Support, &tasks[w * k..][..k], &stream, w as u32, 0, state);
        }
        let actions = random_actions(spec, count, 0);
        let (end, returns) = replay(spec.preset, &tasks, &states, &actions, 8);
        for w in 0..count {
            let alone = replay(spec.preset, &tasks[w * k..][..k], &states[w * d..][..d], &actions[w * a..][..a], 8);
            assert_eq!((&end[w * d..][..d], returns[w]), (&alone.0[..], alone.1[0]), "{}, row {w}", spec.preset);
        }
        // Changing every other row leaves row 10 as it was.
        let (mut others, mut moved) = (actions.clone(), states.clone());
        for w in (0..count).filter(|w| *w != 10) {
            others[w * a..][..a].fill(0.3);
            let replacement = states[10 * d..][..d].to_vec();
            moved[w * d..][..d].copy_from_slice(&replacement);
        }
        assert_eq!(replay(spec.preset, &tasks, &moved, &others, 8).0[10 * d..][..d], end[10 * d..][..d]);
    }
}

#[test]
fn setting_a_recorded_state_and_replaying_equals_the_original() {
    for spec in environments() {
        let mut worlds = worlds_of(spec.preset, &tasks(spec, 10), 3, 8, 1).unwrap();
        play(&mut worlds, 4);
        // A fresh batch, elsewhere and with another seed.
        let mut other = worlds_of(spec.preset, &tasks(spec, 10), 3, 999, 3).unwrap();
        let states = worlds.state().to_vec();
        worlds.set_state(&states).unwrap();
        other.set_state(&states).unwrap();
        assert_eq!(play(&mut worlds, 12), play(&mut other, 12), "{}", spec.preset);
    }
}

#[test]
fn episodes_end_once_and_stay_ended_until_reset() {
    for spec in environments() {
        let mut worlds = worlds_of(spec.preset, &tasks(spec, 20), 5, 8, 1).unwrap();
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
        assert_ne!(worlds.state(), first, "every reset draws other starts");
        let result = worlds.step(&vec![0.0; 100 * spec.action_size]).unwrap();
        assert!(result.terminated.iter().chain(result.truncated).all(|f| *f == 0));
    }
}

#[test]
fn resetting_the_ended_leaves_the_others_as_they_were() {
    let mut mixed = 0;
    for spec in environments() {
        let (s, d) = (spec.observation_size, spec.state_size);
        // One batch resets what is over after every step, its twin never does.
        let [mut worlds, mut twin] =
            [2, 1].map(|threads| worlds_of(spec.preset, &tasks(spec, 20), 10, 8, threads).unwrap());
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
            let mut fresh = worlds_of(spec.preset, &tasks(spec, 20), 10, 0, 1).unwrap();
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

#[test]
fn doing_nothing_and_random_play_return_what_was_recorded() {
    // Recorded 2026-11; a change means that the environment has changed, and with it every result row.
    let mut changed = Vec::new();
    for (preset, idle, random) in [
        ("drone-planar", 0.0, RANDOM),
        ("drone-planar/uniform", 0.0, RANDOM),
        ("drone-quadrotor", 0.0, RANDOM_QUADROTOR),
        ("drone-quadrotor/clean", 0.0, RANDOM_QUADROTOR),
        ("drone-quadrotor/wind", IDLE_IN_WIND, RANDOM_IN_WIND),
        ("drone-quadrotor/mass", IDLE_LOADED, RANDOM_LOADED),
    ] {
        let spec = environment(preset).unwrap().spec();
        let mean_return = |act: &dyn Fn(u32) -> Vec<f64>| {
            let mut worlds = worlds_of(preset, &tasks(spec, 50), 40, 0, 1).unwrap();
            let mut sum = 0.0;
            for t in 0..spec.horizon as u32 {
                sum += worlds.step(&act(t)).unwrap().rewards.iter().sum::<f64>();
            }
            sum / 2000.0
        };
        let stood = mean_return(&|_| vec![0.0; 2000 * spec.action_size]);
        let played = mean_return(&|t| random_actions(spec, 2000, t));
        if (stood - idle).abs() > 1e-9 || (played - random).abs() > 1e-9 {
            changed.push((preset, stood, played));
        }
    }
    assert_eq!(changed, []);
}

/// Mean return of random play on 50 evaluation tasks of seed 1.
const RANDOM: f64 = -0.083_637_668_428_489_17;
/// The quadrotor's.
const RANDOM_QUADROTOR: f64 = -0.163_097_271_339_606_86;
/// In wind, which also carries off who does nothing.
const IDLE_IN_WIND: f64 = -0.048_469_960_601_271_865;
/// See [`IDLE_IN_WIND`].
const RANDOM_IN_WIND: f64 = -0.240_396_970_875_623_28;
/// With another mass, which sinks or climbs.
const IDLE_LOADED: f64 = -0.066_721_717_920_068_87;
/// See [`IDLE_LOADED`].
const RANDOM_LOADED: f64 = -0.279_478_422_839_637_25;

#[test]
fn bad_requests_are_errors_that_name_the_row() {
    for spec in environments() {
        let mut worlds = worlds_of(spec.preset, &tasks(spec, 3), 2, 0, 1).unwrap();
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

        let mut task = spec.default_task.to_vec();
        task[0] = spec.task_high[0] + 1.0;
        let outside = worlds_of(spec.preset, &task, 1, 0, 1).err().unwrap();
        assert!(
            matches!(outside, EnvError::TaskOutside { row: 0, .. }) && outside.to_string().contains(spec.task_names[0])
        );
        task[0] = f64::NAN;
        assert!(matches!(worlds_of(spec.preset, &task, 1, 0, 1), Err(EnvError::NotFinite { .. })));
        if spec.task_size > 1 {
            task.push(1.0);
            assert!(matches!(worlds_of(spec.preset, &task, 1, 0, 1), Err(EnvError::Shape { .. })));
        }
        assert!(matches!(worlds_of(spec.preset, &[], 1, 0, 1), Err(EnvError::Zero { .. })));
        assert!(matches!(worlds_of(spec.preset, spec.default_task, 0, 0, 1), Err(EnvError::Zero { .. })));
    }
    // More than any memory: said before anything is asked of the system.
    let huge = worlds_of("drone-planar", &[8.0, 3.0], usize::MAX / 3, 0, 1).err().unwrap();
    assert!(matches!(huge, EnvError::TooLarge { preset: "drone-planar", .. }), "{huge}");
    assert!(huge.to_string().contains("GiB of memory, this machine has"), "{huge}");
    assert!(matches!(worlds_of("dron", &[1.0, 2.0], 1, 0, 1), Err(EnvError::UnknownPreset { .. })));
}

#[test]
fn states_that_no_body_goes_on_from_are_errors_that_name_the_row() {
    let bodies = |spec: &&EnvSpec| spec.scored_by == Score::Return && spec.family != "stock";
    for spec in environments().into_iter().filter(bodies) {
        let mut worlds = worlds_of(spec.preset, &tasks(spec, 3), 2, 0, 1).unwrap();
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
