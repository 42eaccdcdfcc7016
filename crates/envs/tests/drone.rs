//! The planar drone against closed forms and steps worked out by hand.

use xmrl_envs::{StepResult, Worlds};

/// One world with a goal, at a state.
fn world(goal: [f64; 2], state: [f64; 4]) -> Worlds {
    let mut worlds = Worlds::new("drone-planar/uniform", &goal, 1, 0, 1).unwrap();
    worlds.set_state(&state).unwrap();
    worlds
}

fn near(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12)
}

#[test]
fn constant_command_follows_the_geometric_closed_form() {
    // v_n = 2 a (1 - .6^n); x_n = x_0 + .2 sum v_k. Command .75 along x, -.25 along y, in free space.
    let mut worlds = world([9.0, 9.0], [1.0, 1.0, 0.0, 0.0]);
    for n in 1..=12 {
        worlds.step(&[0.75, -0.25]).unwrap();
        let decay = 0.6f64.powi(n);
        let travelled = |a: f64| 0.4 * a * (f64::from(n) - 1.5 * (1.0 - decay));
        let expected = [1.0 + travelled(0.75), 1.0 + travelled(-0.25), 1.5 * (1.0 - decay), -0.5 * (1.0 - decay)];
        assert!(near(worlds.state(), &expected), "step {n}: {:?} is not {expected:?}", worlds.state());
    }
}

#[test]
fn speed_is_limited_to_two_metres_a_second_without_turning() {
    let mut worlds = world([1.0, 9.0], [-1.0, -1.0, 0.0, 0.0]);
    // 3-4-5 command, clipped to (1, 1): .8, 1.28, then 1.568 per axis is 2.217 m/s and is shortened to 2.
    for expected in [0.8, 1.28, 2f64.sqrt(), 2f64.sqrt()] {
        worlds.step(&[3.0, 4.0]).unwrap();
        assert!(near(&worlds.state()[2..], &[expected; 2]), "{:?}", worlds.state());
    }
}

#[test]
fn observation_is_scaled_position_and_velocity() {
    let worlds = world([2.0, 8.0], [7.0, 4.0, -1.0, 0.5]);
    assert!(near(worlds.observations(), &[0.5, -0.25, -0.5, 0.25]));
}

#[test]
fn progress_is_rewarded_by_half_a_metre() {
    // Straight away from the goal: v = .6, from 3 m to 3.12 m.
    let mut worlds = world([2.0, 8.0], [5.0, 8.0, 1.0, 0.0]);
    let StepResult { rewards, terminated, .. } = worlds.step(&[0.0, 0.0]).unwrap();
    assert!(near(rewards, &[-0.06]));
    assert_eq!(terminated, [0]);
}

#[test]
fn a_touch_cancels_the_step_throws_back_and_costs_a_fifth() {
    // v = .6 * 2 + .8 = 2 along x would put the drone .2 m from the centre of the disc at (7.2, 7.2).
    let mut worlds = world([1.0, 9.0], [6.6, 7.2, 2.0, 0.0]);
    let result = worlds.step(&[1.0, 0.0]).unwrap();
    assert!(near(result.rewards, &[-0.2]));
    assert_eq!((result.terminated, result.truncated), (&[0u8][..], &[0u8][..]));
    assert!(near(worlds.state(), &[6.6, 7.2, -0.6, 0.0]), "{:?}", worlds.state());
    // Beside the disc the same step is free.
    worlds.set_state(&[6.6, 6.6, 2.0, 0.0]).unwrap();
    worlds.step(&[1.0, 0.0]).unwrap();
    assert!(near(worlds.state(), &[7.0, 6.6, 2.0, 0.0]));
}

#[test]
fn every_disc_is_solid() {
    for [x, y] in [[7.2, 7.2], [2.6, 5.6], [5.8, 2.5]] {
        let mut worlds = world([1.0, 9.0], [x, y - 0.6, 0.0, 1.0]);
        worlds.step(&[0.0, 1.0]).unwrap();
        assert!(near(worlds.state(), &[x, y - 0.6, 0.0, -0.3 * 1.4]));
    }
}

#[test]
fn walls_stop_the_component_that_meets_them() {
    let mut worlds = world([1.0, 9.0], [11.9, 11.0, 1.0, 0.5]);
    worlds.step(&[1.0, 0.0]).unwrap();
    assert!(near(worlds.state(), &[12.0, 11.06, 0.0, 0.3]), "{:?}", worlds.state());
    worlds.set_state(&[0.0, -1.9, 0.5, -1.0]).unwrap();
    worlds.step(&[0.0, -1.0]).unwrap();
    assert!(near(worlds.state(), &[0.06, -2.0, 0.3, 0.0]), "{:?}", worlds.state());
}

#[test]
fn arrival_pays_two_and_ends_the_episode() {
    // From 1.1 m to .98 m.
    let mut worlds = world([2.0, 8.0], [2.0, 6.9, 0.0, 1.0]);
    let result = worlds.step(&[0.0, 0.0]).unwrap();
    assert!(near(result.rewards, &[2.06]));
    assert_eq!((result.terminated, result.truncated), (&[1u8][..], &[0u8][..]));
    let at_rest = worlds.state().to_vec();
    let result = worlds.step(&[1.0, 1.0]).unwrap();
    assert_eq!((result.rewards, result.terminated), (&[0.0][..], &[1u8][..]));
    assert_eq!(worlds.state(), at_rest);
    // Setting a state begins a new episode.
    worlds.set_state(&at_rest).unwrap();
    assert!(worlds.step(&[1.0, 1.0]).unwrap().rewards[0] > 1.9);
}
