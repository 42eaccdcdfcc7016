//! Random and extreme play.

use xmrl_envs::mix::Parents;
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{EnvSpec, Environment, Geometry, MixCounts, MixRule, PriceSource, Repair, View, environment};

use crate::support::{random_actions, tasks, there, worlds_of};

/// Smallest and largest value that entry `k` of an observation can have.
fn bounds(spec: &EnvSpec, k: usize) -> [f64; 2] {
    const CLIP: f64 = 5.0;
    match (spec.view, k) {
        // As far as an episode goes.
        _ if spec.family == "point-nav" => [-10.0, 10.0],
        (View::Plan, 0..2) | (View::Arena, 0..2) => [-1.75, 1.75],
        (View::Plan, _) | (View::Arena, 6..9) => [-1.0, 1.0],
        (View::Arena, 2) => [-2.0, 2.0],
        (View::Arena, 9..) => [0.0, 1.0],
        // Cash and holdings; the turbulence; indicators.
        (View::Account, _) if k <= spec.action_size => [0.0, f64::INFINITY],
        (View::Account, _) if k == spec.action_size + 1 => [0.0, CLIP],
        (View::Account, _) => [-CLIP, CLIP],
        _ => [f64::NEG_INFINITY, f64::INFINITY],
    }
}

#[test]
fn random_steps_stay_finite_bounded_and_feasible() {
    for env in &there() {
        let spec = env.spec();
        let mut worlds = worlds_of(env, &tasks(env, 20), 20, 3, 2).unwrap();
        for t in 0..250 {
            let actions = random_actions(spec, worlds.count(), t);
            let result = worlds.step(&actions).unwrap();
            assert!(result.rewards.iter().all(|r| r.is_finite()));
            for observation in result.observations.chunks(spec.observation_size) {
                for (k, seen) in observation.iter().enumerate() {
                    let [low, high] = bounds(spec, k);
                    assert!((low - 1e-12..=high + 1e-12).contains(seen), "{}: {observation:?}", spec.preset);
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

/// Mixtures of two portfolios of one day are portfolios; in an empty plane nothing is in the way.
fn always_feasible(spec: &EnvSpec) -> bool {
    spec.prices != PriceSource::None || spec.family == "point-nav"
}

/// Steps the live worlds of a preset under extreme actions until they have taken `steps` between them: worlds that are over
/// start anew at once, and every 50 steps all are put in mixtures of the states they are in (every rule in turn).
fn extreme_steps(env: &Environment, worlds_per_task: usize, steps: usize) -> (u64, MixCounts) {
    let spec = env.spec();
    let mut worlds = worlds_of(env, &tasks(env, 20), worlds_per_task, 3, 2).unwrap();
    let (count, d) = (worlds.count(), spec.state_size);
    let (stream, pairs) = (Stream::new(78, Purpose::QueryNoise, 0), Stream::new(1, Purpose::MixPair, 0));
    let rules = [Geometry::Linear, Geometry::Geodesic]
        .map(|geometry| [Repair::None, Repair::Lift, Repair::Reject].map(|repair| MixRule { geometry, repair }));
    let rules: Vec<MixRule> = rules.as_flattened().iter().copied().filter(|rule| rule.check(env).is_ok()).collect();
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
            let parents = Parents::new(env, worlds.state().to_vec(), t).unwrap();
            let mut states = vec![0.0; count * d];
            for (w, state) in states.chunks_exact_mut(d).enumerate() {
                let lambda = stream.uniform(1, 0, t, w as u32);
                let start = parents.start(env, rule, &[lambda], &pairs, (t, w as u32), state).unwrap();
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
    for env in &there() {
        let spec = env.spec();
        let (capped, counts) = extreme_steps(env, 10, 30_000);
        assert_eq!(capped, 0, "{}", spec.preset);
        assert!(counts.infeasible > 0 || always_feasible(spec), "{}: {counts:?}", spec.preset);
    }
}

/// Ten million steps of live worlds of each preset. `npm run gate:physics` runs it.
#[test]
#[ignore = "minutes"]
#[expect(clippy::print_stdout, reason = "a gate of minutes reports on the terminal")]
fn ten_million_extreme_steps_stay_finite() {
    for env in &there() {
        let spec = env.spec();
        let (capped, counts) = extreme_steps(env, 100, 10_000_000);
        println!("{}: ten million steps, {capped} solves met the bound, {counts:?}", spec.preset);
        assert!(capped < 10, "{}: {capped} solves met the bound", spec.preset);
        assert!(counts.infeasible > 0 || always_feasible(spec), "{}: {counts:?}", spec.preset);
    }
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
        let env = &environment(preset).unwrap();
        let spec = env.spec();
        let mean_return = |act: &dyn Fn(u32) -> Vec<f64>| {
            let mut worlds = worlds_of(env, &tasks(env, 50), 40, 0, 1).unwrap();
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
