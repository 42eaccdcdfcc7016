//! Mixing: exact ends, redraws where obstacles are, and start states.

use xmrl_envs::mix::{MAX_REDRAWS, MixedStart, Parents, linear, mix};
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

/// One mixed start of task 3.
fn start_of(rule: MixRule, visited: &[f64], episode: u32, mixed: &mut [f64]) -> Result<MixedStart, EnvError> {
    Parents::new(&drone(), visited, 3)?.start(&drone(), rule, &[0.5], &pairs(), (3, episode), mixed)
}

/// Two states on either side of a disc, so that one partner of three is on the same side.
const AROUND: [f64; 16] = [6.6, 7.2, 0.0, 0.0, 6.6, 7.1, 0.0, 0.0, 7.8, 7.2, 0.0, 0.0, 7.8, 7.1, 0.0, 0.0];

#[test]
fn pairs_across_a_disc_are_drawn_again_and_counted() {
    // Redraws are geometric with success probability 1/3: mean 2, variance 6.
    let episodes = 4000;
    let mut redraws = 0;
    for episode in 0..episodes {
        let mut mixed = [0.0; 4];
        let start = start_of(REJECT, &AROUND, episode, &mut mixed).unwrap();
        assert!(start.counts.gave_up == 0 && start.first / 2 == start.second / 2 && start.first != start.second);
        assert_eq!(start.counts.infeasible, start.counts.redraws);
        assert!((mixed[0] - AROUND[4 * start.first]).abs() < 1e-12);
        redraws += start.counts.redraws;
    }
    let mean = redraws as f64 / f64::from(episodes);
    assert!((mean - 2.0).abs() < 5.0 * (6.0 / f64::from(episodes)).sqrt(), "{mean}");
}

#[test]
fn redraws_are_bounded() {
    let inside = [7.2, 7.2, 0.0, 0.0, 7.2, 7.25, 0.0, 0.0];
    let mut mixed = [0.0; 4];
    let start = start_of(REJECT, &inside, 0, &mut mixed).unwrap();
    assert!(start.counts.gave_up == 1 && start.counts.redraws == MAX_REDRAWS as usize && start.first == start.second);
    assert_eq!(mixed, inside[4 * start.first..][..4]);
}

#[test]
fn a_state_is_never_mixed_with_itself() {
    // One state alone, or visited three times, has nothing to be mixed with: that is counted, and no pair is tried.
    for visits in [1, 3] {
        let mut mixed = [0.0; 4];
        let start = start_of(REJECT, &[5.0, 5.0, 0.0, 0.0].repeat(visits), 0, &mut mixed).unwrap();
        assert_eq!((start.counts, mixed), (MixCounts { gave_up: 1, ..MixCounts::default() }, [5.0, 5.0, 0.0, 0.0]));
    }
    // a a b c: the first is uniform over rows, the second over the rows of another state.
    let visited = [5.0, 5.0, 0.0, 0.0, 5.0, 5.0, 0.0, 0.0, 4.0, 5.0, 0.0, 0.0, 3.0, 5.0, 0.0, 0.0];
    let parents = Parents::new(&drone(), &visited[..], 3).unwrap();
    let (count, mut seen) = (24_000, [[0.0; 4]; 4]);
    for episode in 0..count {
        let [first, second] = parents.pair(&pairs(), 3, episode, 0).unwrap();
        seen[first][second] += 1.0 / f64::from(count);
    }
    let truth = [
        [0.0, 0.0, 1.0 / 8.0, 1.0 / 8.0],
        [0.0, 0.0, 1.0 / 8.0, 1.0 / 8.0],
        [1.0 / 12.0, 1.0 / 12.0, 0.0, 1.0 / 12.0],
        [1.0 / 12.0, 1.0 / 12.0, 1.0 / 12.0, 0.0],
    ];
    for (seen, truth) in seen.as_flattened().iter().zip(truth.as_flattened()) {
        let error = (truth * (1.0 - truth) / f64::from(count)).sqrt();
        assert!((seen - truth).abs() <= 4.5 * error, "{seen} against {truth}");
    }
}

#[test]
fn a_episode_of_several_coefficients_has_one_pair() {
    let lambdas = [0.0, 0.25, 0.5, 1.0];
    let parents = Parents::new(&drone(), &AROUND[..], 3).unwrap();
    for episode in 0..50 {
        let mut mixed = [0.0; 16];
        let start = parents.start(&drone(), REJECT, &lambdas, &pairs(), (3, episode), &mut mixed).unwrap();
        let half = start_of(REJECT, &AROUND, episode, &mut [0.0; 4]).unwrap();
        assert_eq!((start.first, start.second, start.counts.redraws), (half.first, half.second, half.counts.redraws));
        // A quarter of the way lies in the disc, too: each redraw met two infeasible mixtures.
        assert_eq!(start.counts.infeasible, 2 * half.counts.infeasible);
        let [a, b] = [start.first, start.second].map(|row| parents.state(row));
        for (lambda, mixed) in lambdas.iter().zip(mixed.chunks_exact(4)) {
            assert!((0..4).all(|d| (mixed[d] - lambda * a[d] - (1.0 - lambda) * b[d]).abs() < 1e-12));
        }
    }
    let short = parents.start(&drone(), REJECT, &lambdas, &pairs(), (3, 0), &mut [0.0; 4]);
    assert!(matches!(short, Err(EnvError::Shape { expected: 16, got: 4, .. })));
}

#[test]
fn without_repair_an_infeasible_mixture_is_counted_and_kept() {
    let rule = MixRule { repair: Repair::None, ..REJECT };
    let mut infeasible = 0;
    for episode in 0..100 {
        let mut mixed = [0.0; 4];
        let start = start_of(rule, &AROUND, episode, &mut mixed).unwrap();
        assert_eq!((start.counts.redraws, start.counts.gave_up), (0, 0));
        assert_eq!(start.counts.infeasible, usize::from(start.first / 2 != start.second / 2));
        infeasible += start.counts.infeasible;
    }
    assert!((45..90).contains(&infeasible));
    let lift = MixRule { repair: Repair::Lift, ..REJECT };
    let refused = start_of(lift, &AROUND, 0, &mut [0.0; 4]).unwrap_err();
    assert!(refused.to_string().contains("use `reject` or `none`"), "{refused}");
}

#[test]
fn bad_visited_states_are_refused() {
    let mut mixed = [0.0; 4];
    assert_eq!(start_of(REJECT, &[], 0, &mut mixed), Err(EnvError::NothingToMix { task: 3 }));
    assert!(matches!(start_of(REJECT, &[0.0; 6], 0, &mut mixed), Err(EnvError::Shape { expected: 8, got: 6, .. })));
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
