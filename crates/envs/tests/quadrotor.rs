//! The quadrotor's task: contact, view, reward, starts and presets against closed forms and steps worked out by hand. The
//! vehicle itself is tested in `xmrl-physics`.

use xmrl_envs::mix::{Parents, mix};
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{
    DroneQuadrotor, EnvError, Geometry, MixCounts, MixRule, Outcome, Pool, QuadrotorRules, Repair, Rules, Start,
    Worlds, environment,
};
use xmrl_lanes::{Lane, PortableF64x1};

const D: usize = 20;
type State = [f64; D];
const FAR: [f64; 3] = [1.0, 9.0, 3.0];
const HOVER: f64 = 0.25 * 0.027 * 9.81;
/// Half a metre of pillar and 62.8 mm of vehicle.
const REACH: f64 = 0.5628;

/// Level in hover at a place with a velocity.
fn hovering(at: [f64; 3], velocity: [f64; 3]) -> State {
    let mut state = [0.0; D];
    state[..3].copy_from_slice(&at);
    state[3..6].copy_from_slice(&velocity);
    state[6] = 1.0;
    state[13..17].fill(HOVER);
    state[19] = 1.0;
    state
}

/// One world with a goal, at a state.
fn world(goal: [f64; 3], state: State) -> Worlds {
    let mut worlds = Worlds::new("drone-quadrotor", &goal, 1, 0, 1).unwrap();
    worlds.set_state(&state).unwrap();
    worlds
}

fn near(a: &[f64], b: &[f64], tolerance: f64) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < tolerance)
}

#[test]
fn the_policy_sees_place_velocity_attitude_and_the_free_way() {
    let mut state = hovering([5.8, 5.0, 2.5], [1.0, -0.5, 0.25]);
    let seen = world(FAR, state).observations().to_vec();
    // To the right, 2.5 m to the axis of the pillar at (5.8, 2.5); nothing else within 4 m.
    assert!(near(&seen, &[0.2, 0.0, 0.5, 0.5, -0.25, 0.25, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.5], 1e-12), "{seen:?}");
    // A quarter turn to the left: that pillar is behind. -q is the same attitude.
    let half = 0.5f64.sqrt();
    for sign in [1.0, -1.0] {
        state[6..10].copy_from_slice(&[sign * half, 0.0, 0.0, sign * half]);
        let seen = world(FAR, state).observations().to_vec();
        assert!(near(&seen[6..], &[0.0, 0.0, half, 1.0, 1.0, 0.5, 1.0], 1e-12), "{seen:?}");
    }
    // .3 m beside the axis the pillar is met .4 m before it; walls are at -2 and 12 m.
    let seen = world(FAR, hovering([5.5, 5.0, 2.5], [0.0; 3])).observations().to_vec();
    assert!(near(&seen[9..], &[1.0, 1.0, 1.0, (2.5 - 0.4) / 4.0], 1e-12), "{seen:?}");
    let seen = world(FAR, hovering([-1.0, 11.0, 2.5], [0.0; 3])).observations().to_vec();
    assert!(near(&seen[9..], &[1.0, 0.25, 0.25, 1.0], 1e-12), "{seen:?}");
}

#[test]
fn progress_is_rewarded_by_half_a_metre_and_arrival_pays_two() {
    let mut worlds = world([5.0, 9.0, 2.0], hovering([5.0, 5.0, 2.0], [0.0, 1.0, 0.0]));
    let result = worlds.step(&[0.0, 0.5, 0.0]).unwrap();
    let (reward, terminated) = (result.rewards[0], result.terminated[0]);
    assert!(terminated == 0 && (reward - 0.5 * (worlds.state()[1] - 5.0)).abs() < 1e-9, "{reward}");
    // From 1.05 m to about .95 m, the goal half a metre higher.
    let start = hovering([5.0, 9.0 - (1.05f64 * 1.05 - 0.25).sqrt(), 1.5], [0.0, 1.2, 0.0]);
    let mut worlds = world([5.0, 9.0, 2.0], start);
    let result = worlds.step(&[0.0, 0.6, 0.0]).unwrap();
    let (reward, terminated) = (result.rewards[0], result.terminated[0]);
    let left = (9.0 - worlds.state()[1]).hypot(2.0 - worlds.state()[2]);
    assert!(left < 1.0 && terminated == 1);
    assert!((reward - (2.0 + 0.5 * (1.05 - left))).abs() < 1e-12, "{reward}");
}

#[test]
fn a_wall_throws_back_three_tenths_and_lets_slide() {
    // 2 m/s at the wall, asked to go on: drag takes a little before, the controller has tilted little after.
    for (axis, side, place) in [(0, 1.0, 11.85), (0, -1.0, -1.85), (1, 1.0, 11.85), (1, -1.0, -1.85)] {
        let (mut at, mut v) = ([5.0, 8.9, 2.0], [0.5, 0.5, 0.0]);
        (at[axis], v[axis]) = (place, side * 2.0);
        let mut worlds = world(FAR, hovering(at, v));
        let mut wanted = [0.25, 0.25, 0.0];
        wanted[axis] = side;
        let reward = worlds.step(&wanted).unwrap().rewards[0];
        let state = worlds.state();
        let back = -side * state[3 + axis];
        assert!((0.4..0.6).contains(&back), "{back}");
        assert!((state[4 - axis] - 0.5).abs() < 0.02, "{state:?}");
        let distance = |p: &[f64]| (0..3).map(|k| (p[k] - FAR[k]).powi(2)).sum::<f64>().sqrt();
        assert!((reward - 0.5 * (distance(&at) - distance(state)) + 0.1).abs() < 1e-12, "contact costs a tenth");
    }
}

#[test]
fn floor_ceiling_and_pillars_are_solid() {
    // Commanded into the surface for five seconds: the centre comes to it and never beyond. On floor and ceiling it comes to
    // rest; off a round pillar it slides.
    for (from, wanted, surface) in [
        ([5.0, 5.0, 0.5], [0.0, 0.0, -1.0], None),
        ([5.0, 5.0, 3.5], [0.0, 0.0, 1.0], None),
        ([5.0, 7.2, 2.0], [1.0, 0.0, 0.0], Some([7.2, 7.2])),
        ([2.6, 3.6, 2.0], [0.0, 1.0, 0.0], Some([2.6, 5.6])),
        ([7.3, 4.0, 2.0], [-1.0, -1.0, 0.0], Some([5.8, 2.5])),
    ] {
        let mut worlds = world(FAR, hovering(from, [0.0; 3]));
        let mut nearest = f64::INFINITY;
        for _ in 0..49 {
            worlds.step(&wanted).unwrap();
            let p = worlds.state();
            assert!(worlds.environment().feasible(p));
            let gap = match surface {
                Some([x, y]) => (p[0] - x).hypot(p[1] - y) - REACH,
                None => p[2].min(4.0 - p[2]) - 0.0628,
            };
            nearest = nearest.min(gap);
        }
        assert!((-1e-9..5e-3).contains(&nearest), "{from:?}: {nearest}");
        let v = &worlds.state()[3..6];
        assert!(surface.is_some() || v.iter().all(|v| v.abs() < 0.05), "{v:?}");
    }
}

/// One scalar world of a preset that is stepped by hand, so that success is seen.
struct Single {
    rules: QuadrotorRules,
    task: [PortableF64x1; 3],
    state: [PortableF64x1; D],
    memory: [PortableF64x1; 1],
}

impl Single {
    fn new(preset: &str, task: [f64; 3], state: State) -> Self {
        let rules = environment(preset).unwrap().world::<DroneQuadrotor>().unwrap().rules();
        let mut single = Single {
            rules,
            task: task.map(Lane::splat),
            state: state.map(Lane::splat),
            memory: [Lane::splat(f64::NAN)],
        };
        single.rules.begin(&mut (), &single.state, &mut single.memory);
        single
    }

    fn step(&mut self, action: [f64; 3]) -> [f64; 3] {
        let Self { rules, task, state, memory } = self;
        let Outcome { reward, terminated, success } =
            rules.step(&mut (), task, state, memory, &action.map(PortableF64x1::splat));
        [reward.get(0), terminated.get(0), success.get(0)]
    }
}

#[test]
fn episodes_with_contact_count_in_one_preset_and_not_in_the_other() {
    // To a goal behind the pillar at (5.8, 2.5): first straight into it, then around it; and to one before it.
    let goal = [5.8, 1.0, 2.0];
    let from = hovering([5.8, 4.0, 2.0], [0.0, -1.0, 0.0]);
    let [mut all, mut clean] =
        ["drone-quadrotor", "drone-quadrotor/clean"].map(|preset| Single::new(preset, goal, from));
    let mut ends = Vec::new();
    for step in 0..80 {
        let action = match step {
            0..20 => [0.0, -1.0, 0.0],
            20..30 => [1.0, 0.0, 0.0],
            30..40 => [0.2, -1.0, 0.0],
            _ => [-1.0, 0.0, 0.0],
        };
        let ([reward, over, success], counted) = (all.step(action), clean.step(action));
        assert_eq!([reward, over], counted[..2], "the episodes are the same");
        assert_eq!(all.state.map(|x| x.get(0)), clean.state.map(|x| x.get(0)));
        if over > 0.0 {
            ends.push([success, counted[2]]);
            break;
        }
    }
    assert_eq!(ends, [[1.0, 0.0]]);
    let mut clean = Single::new("drone-quadrotor/clean", [5.8, 3.2, 2.0], hovering([5.8, 4.3, 2.0], [0.0, -1.0, 0.0]));
    let end = (0..10).map(|_| clean.step([0.0, -0.5, 0.0])).find(|[_, over, _]| *over > 0.0);
    assert_eq!(end.map(|[_, _, success]| success), Some(1.0));
}

#[test]
fn wind_and_load_move_the_drone_as_far_as_the_controllers_allow() {
    let (m, gain) = (0.027, 2.5);
    let mut state = hovering([5.0, 5.0, 2.0], [0.0; 3]);
    state[17] = 3.0;
    state[18] = -1.0;
    let mut worlds = world(FAR, state);
    (0..40).for_each(|_| _ = worlds.step(&[0.0; 3]).unwrap());
    let share = 5.56e-3 / (gain * m + 5.56e-3);
    // Not exactly: the tilt turns a little of the vertical drag forward.
    assert!(near(&worlds.state()[3..6], &[3.0 * share, -share, 0.0], 3e-3), "{:?}", worlds.state());
    for load in [0.9, 1.1] {
        let mut state = hovering([5.0, 5.0, 2.0], [0.0; 3]);
        state[19] = load;
        let mut worlds = world(FAR, state);
        (0..48).for_each(|_| _ = worlds.step(&[0.0; 3]).unwrap());
        let expected = (1.0 - load) * m * 9.81 / (gain * m + 6.25e-3);
        assert!((worlds.state()[5] - expected).abs() < 1e-4, "{load}: {:?} {expected}", worlds.state());
    }
}

#[test]
fn starts_follow_their_laws() {
    let stream = Stream::new(4, Purpose::SupportStart, 9);
    let query = hovering([5.0, 5.0, 2.0], [0.0; 3]);
    for (preset, wind, load) in
        [("drone-quadrotor", 0.0, 0.0), ("drone-quadrotor/wind", 3.0, 0.0), ("drone-quadrotor/mass", 0.0, 0.1)]
    {
        let env = environment(preset).unwrap();
        let count = 4000;
        let mut sums = [[0.0; 2]; D];
        for episode in 0..count {
            let mut state = [f64::NAN; D];
            env.start(Start::Query, &FAR, &stream, 1, episode, &mut state);
            assert!((0..3).all(|k| (state[k] - query[k]).abs() <= 0.3) && state[3..17] == query[3..17]);
            env.start(Start::Support, &FAR, &stream, 1, episode, &mut state);
            assert!(env.feasible(&state));
            assert!((state[6..10].iter().map(|x| x * x).sum::<f64>() - 1.0).abs() < 1e-14);
            assert!((state[17].hypot(state[18]) - wind).abs() < 1e-12 && (state[19] - 1.0).abs() <= load);
            for k in 0..D {
                sums[k] = [sums[k][0] + state[k], sums[k][1] + state[k] * state[k]];
            }
        }
        // Means and variances of uniform draws; pillars bend those of the place by less than 2 %.
        let n = f64::from(count);
        let mut laws = vec![(0, 5.0, 5.0), (1, 5.0, 5.0), (2, 2.0, 1.5)];
        laws.extend([3, 4, 5, 10, 11, 12].map(|k| (k, 0.0, 1.0)));
        laws.extend([13, 14, 15, 16].map(|k| (k, HOVER, 0.2 * HOVER)));
        laws.push((19, 1.0, load));
        for (k, centre, half) in laws {
            let (mean, variance) = (sums[k][0] / n, sums[k][1] / n - (sums[k][0] / n).powi(2));
            assert!((mean - centre).abs() <= 0.05 * half + 1e-12, "{preset}, entry {k}: mean {mean}");
            assert!(
                (variance - half * half / 3.0).abs() <= 0.04 * half * half + 1e-12,
                "{preset}, entry {k}: {variance}"
            );
        }
        // A rotation vector of components uniform in ±.3 rad: q_x ≈ half its first, of variance (.3)²/3/4.
        let variance = sums[7][1] / n;
        assert!((variance - 0.0075).abs() < 0.0005, "{variance}");
        // The wind's direction is uniform: its components have mean 0 and variance w²/2.
        for k in [17, 18] {
            assert!(
                (sums[k][0] / n).abs() <= 0.05 * wind
                    && (sums[k][1] / n - 0.5 * wind * wind).abs() <= 0.05 * wind * wind
            );
        }
    }
}

#[test]
fn goals_are_the_planar_drones_at_uniform_heights() {
    for (preset, planar) in [("drone-quadrotor", "drone-planar"), ("drone-quadrotor/uniform", "drone-planar/uniform")] {
        for pool in [Pool::Training, Pool::Evaluation, Pool::HeldOut] {
            let goals = environment(preset).unwrap().tasks(pool, 3, 2000);
            let ground = environment(planar).unwrap().tasks(pool, 3, 2000);
            assert_eq!(goals.rare, ground.rare);
            let (mut sum, mut square) = (0.0, 0.0);
            for (goal, plan) in goals.values.chunks(3).zip(ground.values.chunks(2)) {
                assert_eq!(&goal[..2], plan);
                assert!((1.0..3.0).contains(&goal[2]));
                sum += goal[2] - 2.0;
                square += (goal[2] - 2.0).powi(2);
            }
            assert!((sum / 2000.0).abs() < 5.0 * (1.0f64 / 3.0 / 2000.0).sqrt());
            assert!((square / 2000.0 - 1.0 / 3.0).abs() < 0.04);
        }
    }
}

#[test]
fn mixtures_turn_along_the_arc_and_keep_out_of_pillars() {
    let env = environment("drone-quadrotor").unwrap();
    let rule = env.spec().mixing;
    assert_eq!(rule, MixRule { geometry: Geometry::Geodesic, repair: Repair::Reject });
    let mut a = hovering([6.5, 7.2, 2.0], [1.0, 0.0, 0.0]);
    let mut b = hovering([7.9, 7.2, 3.0], [0.0, 1.0, 0.0]);
    let turned = |angle: f64| [(0.5 * angle).cos(), (0.5 * angle).sin(), 0.0, 0.0];
    a[6..10].copy_from_slice(&turned(0.8));
    b[6..10].copy_from_slice(&turned(-0.4).map(|x| -x));
    let (mut mixed, mut counts) = ([0.0; D], MixCounts::default());
    for (lambda, parent) in [(1.0, a), (0.0, b)] {
        assert!(mix(&env, rule, lambda, [&a, &b], &mut mixed, &mut counts));
        assert_eq!(mixed.map(f64::to_bits), parent.map(f64::to_bits));
    }
    // Half way lies the pillar.
    assert!(!mix(&env, rule, 0.5, [&a, &b], &mut mixed, &mut counts));
    assert_eq!(counts.infeasible, 1);
    b[0] = 6.3;
    assert!(mix(&env, rule, 0.25, [&a, &b], &mut mixed, &mut counts));
    let turn = turned(-0.4 + 0.25 * 1.2);
    let same = if mixed[6] < 0.0 { turn.map(|x| -x) } else { turn };
    assert!(near(&mixed[6..10], &same, 1e-12), "{mixed:?}");
    assert!(near(&mixed[..6], &[6.35, 7.2, 2.75, 0.25, 0.75, 0.0], 1e-12), "{mixed:?}");
    b[0] = 7.9;
    // Of the three pairs two lie across the obstacle.
    let mut beside = a;
    beside[1] += 0.1;
    let parents = Parents::new(&env, [a, b, beside].concat(), 3).unwrap();
    for episode in 0..50 {
        let start =
            parents.start(&env, rule, &[0.5], &Stream::new(0, Purpose::MixPair, 0), (3, episode), &mut mixed).unwrap();
        assert!(start.counts.gave_up == 0 && start.first != start.second && env.feasible(&mixed));
    }
}

#[test]
fn states_that_no_vehicle_goes_on_from_are_errors_that_name_the_row() {
    let mut worlds = Worlds::new("drone-quadrotor", &FAR, 3, 0, 1).unwrap();
    let before = worlds.state().to_vec();
    let mut states = before.clone();
    states[2 * D + 19] = 0.0;
    let error = worlds.set_state(&states).unwrap_err();
    assert_eq!(error, EnvError::NoMass { row: 2, entry: 19, value: 0.0 });
    assert!(error.to_string().starts_with("state 2, entry 19: 0 is no mass"), "{error}");
    let mut states = before.clone();
    states[D + 6..D + 10].fill(0.0);
    assert_eq!(worlds.set_state(&states), Err(EnvError::ZeroQuaternion { row: 1, first: 6 }));
    assert_eq!(worlds.state(), before);
    // So fast a spin that a step leaves the numbers: that row is named.
    let mut states = before;
    states[D + 10..D + 13].fill(9e9);
    worlds.set_state(&states).unwrap();
    let failed = (0..5).find_map(|_| worlds.step(&[0.5; 9]).err());
    assert!(matches!(failed, Some(EnvError::BadState { row: 1, .. })), "{failed:?}");
    let lift = MixRule { geometry: Geometry::Geodesic, repair: Repair::Lift };
    assert!(
        matches!(lift.check(worlds.environment()), Err(EnvError::NothingToLift { preset }) if preset == "drone-quadrotor")
    );
}
