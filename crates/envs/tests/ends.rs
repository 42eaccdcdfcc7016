//! How episodes of batches end, whether they have succeeded, and where support episodes would begin.

#[path = "made/clock.rs"]
mod clock;

use clock::{Clock, HORIZON, LIMIT, RULES, SUCCESS_THEN_HORIZON, SUCCESS_THEN_LIMIT};
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Worlds, environment};

const TASKS: [f64; 4] = [LIMIT, RULES, SUCCESS_THEN_LIMIT, SUCCESS_THEN_HORIZON];

fn worlds(tasks: &[f64], each: usize, seed: u64) -> Worlds {
    Worlds::of(Clock::new().into(), tasks, each, seed, 2).unwrap()
}

/// Flags of the worlds after so many steps: terminated, truncated, success.
fn flags(worlds: &mut Worlds, steps: usize) -> [Vec<u8>; 3] {
    let actions = vec![0.0; worlds.count()];
    let mut ends = [vec![], vec![]];
    for _ in 0..steps {
        let step = worlds.step(&actions).unwrap();
        ends = [step.terminated.to_vec(), step.truncated.to_vec()];
    }
    let [terminated, truncated] = ends;
    [terminated, truncated, worlds.success().to_vec()]
}

#[test]
fn a_time_limit_of_the_worlds_own_truncates_and_its_rules_terminate() {
    let mut four = worlds(&TASKS, 1, 0);
    assert_eq!(flags(&mut four, 2), [vec![0, 0, 0, 0], vec![0, 0, 0, 0], vec![0, 0, 1, 1]]);
    assert_eq!(flags(&mut four, 1), [vec![0, 1, 0, 0], vec![1, 0, 1, 0], vec![0, 0, 1, 1]]);
    // What is over stays as it is and earns nothing; the horizon truncates the last.
    let step = four.step(&[0.0; 4]).unwrap();
    assert_eq!((step.rewards, step.truncated), (&[0.0, 0.0, 0.0, 4.0][..], &[1, 0, 1, 0][..]));
    assert_eq!(flags(&mut four, 1), [vec![0, 1, 0, 0], vec![1, 0, 1, 1], vec![0, 0, 1, 1]]);
    assert_eq!(four.state().chunks(2).map(|state| state[1]).collect::<Vec<_>>(), [3.0, 3.0, 3.0, HORIZON as f64]);
}

#[test]
fn success_is_kept_until_its_episode_is_begun_anew() {
    let mut four = worlds(&TASKS, 1, 0);
    assert_eq!(flags(&mut four, 4)[2], [0, 0, 1, 1]);
    // Those that are over: all but the last, which keeps what it has met.
    assert_eq!(four.reset_ended(), 3);
    assert_eq!(four.success(), [0, 0, 0, 1]);
    four.reset_rows(&[3]).unwrap();
    assert_eq!(four.success(), [0; 4]);
    assert_eq!(flags(&mut four, 2)[2], [0, 0, 1, 1]);
    let states = four.state().to_vec();
    four.set_state(&states).unwrap();
    assert_eq!(four.success(), [0; 4]);
}

#[test]
fn support_starts_are_those_of_their_law_and_move_no_world() {
    let mut batch = worlds(&TASKS, 3, 9);
    flags(&mut batch, 2);
    let (before, observed) = (batch.state().to_vec(), batch.observations().to_vec());
    let starts = batch.support_starts().unwrap();
    // By the law: keyed by the row of the task and the world within the task, and by nothing that has happened.
    let stream = Stream::new(9, Purpose::SupportStart, 0);
    let expected: Vec<f64> = (0..12).flat_map(|w| [10.0 + stream.uniform(w / 3, w % 3, 0, 0), 0.0]).collect();
    assert_eq!(starts, expected);
    assert_eq!((batch.state(), batch.observations()), (&before[..], &observed[..]));
    assert_eq!(batch.support_starts().unwrap(), starts, "asked again, the same");
    assert_ne!(worlds(&TASKS, 3, 10).support_starts().unwrap(), starts, "another seed, others");
    assert!(before.iter().step_by(2).all(|&drawn| drawn < 1.0), "query episodes began elsewhere");
}

/// The planar drone's page: support episodes begin anywhere in the arena at up to 1 m/s along each axis, query episodes at rest
/// near its centre.
#[test]
fn the_drones_support_starts_are_wide_and_its_query_starts_narrow() {
    let drone = environment("drone-planar").unwrap();
    let batch = Worlds::of(drone.clone(), &drone.spec().default_task, 400, 3, 1).unwrap();
    let starts = batch.support_starts().unwrap();
    let size = drone.spec().state_size;
    for axis in 0..2 {
        let place: Vec<f64> = starts.iter().skip(axis).step_by(size).copied().collect();
        let speed: Vec<f64> = starts.iter().skip(2 + axis).step_by(size).copied().collect();
        let (least, most) = place.iter().fold((f64::MAX, f64::MIN), |(least, most), &x| (least.min(x), most.max(x)));
        assert!((0.0..0.3).contains(&least) && most > 9.7 && most <= 10.0, "{least} {most}");
        assert!(speed.iter().all(|x| x.abs() <= 1.0) && speed.iter().any(|x| x.abs() > 0.9));
        let query: Vec<f64> = batch.state().iter().skip(axis).step_by(size).copied().collect();
        assert!(query.iter().all(|x| (x - 5.0).abs() <= 0.3));
    }
    assert!(starts.chunks(size).all(|state| drone.feasible(state)));
}
