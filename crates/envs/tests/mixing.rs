//! Mixing: exact ends, redraws where obstacles are, and start states.

use xmrl_envs::mixup::{MAX_REDRAWS, linear, mix, mixed_start};
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{EnvError, Environment, Geometry, MixCounts, MixRule, Repair, Start, environment};

const REJECT: MixRule = MixRule { geometry: Geometry::Linear, repair: Repair::Reject };

fn drone() -> Environment {
    environment("drone-planar").unwrap()
}

fn pairs() -> Stream {
    Stream::new(0, Purpose::MixPair, 0)
}

#[test]
fn the_ends_reproduce_a_parent_bit_for_bit() {
    let (a, b) = ([0.1, -0.0, 1e300, 5e-324], [f64::MAX, 0.3, -1e300, -0.0]);
    let mut mixed = [0.0; 4];
    for (lambda, parent) in [(1.0, a), (0.0, b), (-0.0, b)] {
        linear(lambda, &a, &b, &mut mixed);
        assert_eq!(mixed.map(f64::to_bits), parent.map(f64::to_bits));
        let mut counts = MixCounts::default();
        assert!(mix(&drone(), REJECT, lambda, [&a, &b], &mut mixed, &mut counts), "a parent is never repaired");
        assert_eq!((mixed.map(f64::to_bits), counts), (parent.map(f64::to_bits), MixCounts::default()));
    }
    drone().mix(Geometry::Geodesic, 0.25, &[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0, -1.0, 0.0], &mut mixed);
    assert_eq!(mixed, [4.0, 5.0, 0.0, 1.0]);
}

#[test]
fn pairs_across_a_disc_are_drawn_again_and_counted() {
    // Half way between the two lies the centre of a disc, so exactly the pairs of unlike states are infeasible:
    // redraws are geometric with success probability 1/2, mean 1, variance 2.
    let visited = [[6.6, 7.2, 0.0, 0.0], [7.8, 7.2, 0.0, 0.0]].concat();
    let episodes = 4000;
    let mut redraws = 0;
    for episode in 0..episodes {
        let mut mixed = [0.0; 4];
        let start = mixed_start(&drone(), REJECT, &visited, 0.5, &pairs(), 3, episode, &mut mixed).unwrap();
        assert!(start.counts.gave_up == 0 && start.first == start.second);
        assert_eq!(start.counts.infeasible, start.counts.redraws);
        assert!((mixed[0] - visited[4 * start.first]).abs() < 1e-12);
        redraws += start.counts.redraws;
    }
    let mean = redraws as f64 / f64::from(episodes);
    assert!((mean - 1.0).abs() < 5.0 * (2.0 / f64::from(episodes)).sqrt(), "{mean}");
}

#[test]
fn redraws_are_bounded() {
    let inside = [7.2, 7.2, 0.0, 0.0];
    let mut mixed = [0.0; 4];
    let start = mixed_start(&drone(), REJECT, &inside, 0.5, &pairs(), 0, 0, &mut mixed).unwrap();
    assert!(start.counts.gave_up == 1 && start.counts.redraws == MAX_REDRAWS as usize && mixed == inside);
}

#[test]
fn without_repair_an_infeasible_mixture_is_counted_and_kept() {
    let visited = [[6.6, 7.2, 0.0, 0.0], [7.8, 7.2, 0.0, 0.0]].concat();
    let rule = MixRule { repair: Repair::None, ..REJECT };
    let mut infeasible = 0;
    for episode in 0..100 {
        let mut mixed = [0.0; 4];
        let start = mixed_start(&drone(), rule, &visited, 0.5, &pairs(), 3, episode, &mut mixed).unwrap();
        assert_eq!((start.counts.redraws, start.counts.gave_up), (0, 0));
        assert_eq!(start.counts.infeasible, usize::from(start.first != start.second));
        infeasible += start.counts.infeasible;
    }
    assert!((20..80).contains(&infeasible));
    let lift = MixRule { repair: Repair::Lift, ..REJECT };
    let refused = mixed_start(&drone(), lift, &visited, 0.5, &pairs(), 0, 0, &mut [0.0; 4]).unwrap_err();
    assert!(refused.to_string().contains("use `reject` or `none`"), "{refused}");
}

#[test]
fn bad_visited_states_are_refused() {
    let mut mixed = [0.0; 4];
    let nothing = mixed_start(&drone(), REJECT, &[], 0.5, &pairs(), 7, 0, &mut mixed);
    assert_eq!(nothing, Err(EnvError::NothingToMix { task: 7 }));
    let torn = mixed_start(&drone(), REJECT, &[0.0; 6], 0.5, &pairs(), 7, 0, &mut mixed);
    assert!(matches!(torn, Err(EnvError::Shape { expected: 8, got: 6, .. })));
}

#[test]
fn feasible_is_inside_the_walls_and_outside_the_discs() {
    let feasible = |x: f64, y: f64, v: f64| drone().feasible(&[x, y, v, 0.0]);
    assert!(feasible(5.0, 5.0, 0.0) && feasible(-2.0, 12.0, 0.0) && feasible(6.7 - 1e-9, 7.2, 0.0));
    assert!(!feasible(6.7 + 1e-9, 7.2, 0.0) && !feasible(-2.1, 5.0, 0.0) && !feasible(5.0, 12.1, 0.0));
    assert!(!feasible(f64::NAN, 5.0, 0.0) && !feasible(5.0, 5.0, f64::INFINITY));
}

#[test]
fn starts_follow_their_laws() {
    let (env, stream) = (drone(), Stream::new(4, Purpose::SupportStart, 9));
    let count = 10_000;
    for (which, centre, half) in [
        (Start::Query, [5.0, 5.0, 0.0, 0.0], [0.3, 0.3, 0.0, 0.0]),
        (Start::Support, [5.0, 5.0, 0.0, 0.0], [5.0, 5.0, 1.0, 1.0]),
    ] {
        let mut sums = [[0.0; 2]; 4];
        for episode in 0..count {
            let mut state = [f64::NAN; 4];
            env.start(which, &[2.0, 8.0], &stream, 1, episode, &mut state);
            assert!(env.feasible(&state));
            for k in 0..4 {
                let d = state[k] - centre[k];
                assert!(d.abs() <= half[k]);
                sums[k] = [sums[k][0] + d, sums[k][1] + d * d];
            }
        }
        // Mean 0 and variance half²/3; the discs (2.4 % of the support area) bend them by less than 2 %.
        for k in 0..4 {
            let n = f64::from(count);
            assert!((sums[k][0] / n).abs() <= 0.04 * half[k], "mean {k}");
            assert!((sums[k][1] / n - half[k] * half[k] / 3.0).abs() <= 0.03 * half[k] * half[k], "variance {k}");
        }
    }
}
