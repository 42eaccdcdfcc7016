//! `drone-quadrotor/loads`: what the heaviest task needs, against closed forms and flights; the mass is the task's.

use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Pool, Start, Worlds, environment};

const D: usize = 20;
const FAR: [f64; 3] = [1.0, 9.0, 3.0];
/// Thrust of a rotor of the unloaded airframe in hover, N.
const HOVER: f64 = 0.25 * 0.027 * 9.81;

/// A world without a load of its own, in hover in the arena's middle with a mass.
fn unloaded(load: f64) -> Worlds {
    let mut worlds = Worlds::new("drone-quadrotor", &FAR, 1, 0, 1).unwrap();
    worlds.set_state(&hovering(load)).unwrap();
    worlds
}

/// Level in hover in the arena's middle, with a mass.
fn hovering(load: f64) -> [f64; D] {
    let mut state = [0.0; D];
    state[..3].copy_from_slice(&[5.0, 5.0, 2.0]);
    state[6] = 1.0;
    state[13..17].fill(HOVER);
    state[19] = load;
    state
}

#[test]
fn every_load_of_a_task_can_be_carried_and_lifted() {
    let (m, g, gain): (f64, f64, f64) = (0.027, 9.81, 2.5);
    let loaded = |load: f64, wanted: f64| {
        let mut worlds = Worlds::new("drone-quadrotor/loads", &[1.0, 9.0, 3.0, load], 1, 0, 1).unwrap();
        worlds.set_state(&hovering(1.0)).unwrap();
        (0..40).for_each(|_| _ = worlds.step(&[0.0, 0.0, wanted]).unwrap());
        worlds.state().to_vec()
    };
    for load in [0.8, 0.9, 1.0, 1.1, 1.2] {
        // In hover the controller's wanted acceleration makes up for the mass it does not know: gain × u = (load - 1) g.
        let wanted = (load - 1.0) * g / gain;
        assert!(wanted.abs() < 0.8, "a command in [-1, 1] m/s, with some to spare");
        let state = loaded(load, wanted);
        assert!(state[5].abs() < 1e-4 && (state[2] - 2.0).abs() < 0.3, "{load}: {state:?}");
        let thrust: f64 = state[13..17].iter().sum();
        assert!((thrust - load * m * g).abs() < 1e-5, "{load}: {thrust}");
        assert!(state[13..17].iter().all(|f| (0.0..2.25 * HOVER).contains(f)), "within what a rotor gives");
    }
    // At full command the heaviest still climbs; a third above the airframe sinks, whatever is asked for.
    let climb = |load: f64| (gain * m - (load - 1.0) * m * g) / (gain * m + 6.25e-3);
    assert!(climb(1.2) > 0.19 && (loaded(1.2, 1.0)[5] - climb(1.2)).abs() < 1e-3, "{:?}", loaded(1.2, 1.0));
    let mut worlds = unloaded(1.33);
    (0..40).for_each(|_| _ = worlds.step(&[0.0, 0.0, 1.0]).unwrap());
    assert!(climb(1.33) < 0.0 && (worlds.state()[5] - climb(1.33)).abs() < 1e-3, "{:?}", worlds.state());
}

/// Shares of light and of heavy evaluation tasks that are reached by a flight straight to the goal, whatever is in the way, at a
/// height that is right for `believed` of the task's mass.
fn reached(believed: impl Fn(f64) -> f64) -> [f64; 2] {
    let env = environment("drone-quadrotor/loads").unwrap();
    let tasks = env.tasks(Pool::Evaluation, 2, 1000);
    let mut worlds = Worlds::of(env, &tasks.values, 1, 0, 2).unwrap();
    let mut arrived = vec![false; 1000];
    for step in 0..50 {
        let rows = worlds.state().chunks(D).zip(tasks.values.chunks(4));
        let action = |(state, task): (&[f64], &[f64])| {
            // The height is flown by the clock: two seconds from the start's to the goal's, then level.
            let climb = if step < 20 { 0.5 * (task[2] - 2.0) } else { 0.0 };
            [task[0] - state[0], task[1] - state[1], climb + (believed(task[3]) - 1.0) * 9.81 / 2.5]
        };
        let actions: Vec<f64> = rows.flat_map(action).collect();
        let result = worlds.step(&actions).unwrap();
        arrived.iter_mut().zip(result.terminated).for_each(|(arrived, over)| *arrived |= *over == 1);
    }
    [false, true].map(|heavy| {
        let of = tasks.rare.as_ref().unwrap().iter().zip(&arrived).filter(|(rare, _)| **rare == heavy);
        of.clone().filter(|(_, arrived)| **arrived).count() as f64 / of.count() as f64
    })
}

#[test]
fn heavy_loads_arrive_with_who_knows_them_and_not_with_who_takes_them_for_usual_ones() {
    let [light, heavy] = reached(|load| load);
    assert!(light > 0.98 && heavy > 0.98, "{light} {heavy}");
    let [light, heavy] = reached(|_| 0.92);
    assert!(light > 0.9 && heavy < 0.4, "{light} {heavy}");
}

#[test]
fn the_load_is_the_tasks_and_flies_as_the_same_mass_of_a_state() {
    let load = 1.15;
    let task = [FAR[0], FAR[1], FAR[2], load];
    let env = environment("drone-quadrotor/loads").unwrap();
    let mut start = [f64::NAN; D];
    for which in [Start::Query, Start::Support] {
        env.start(which, &task, &Stream::new(4, Purpose::SupportStart, 9), 1, 2, &mut start);
        assert!(start[19] == load && env.feasible(&start));
    }
    let mut heavy = unloaded(load);
    heavy.set_state(&start).unwrap();
    // A state of another mass, as from a task of another load.
    start[19] = 0.9;
    let mut worlds = Worlds::new("drone-quadrotor/loads", &task, 1, 0, 1).unwrap();
    worlds.set_state(&start).unwrap();
    assert_eq!(worlds.observations(), heavy.observations(), "the load is not seen");
    for step in 0..40 {
        let action = [0.3, (f64::from(step) * 0.7).sin(), 0.8];
        let [a, b] = [&mut worlds, &mut heavy].map(|w| w.step(&action).unwrap().rewards[0]);
        assert_eq!((a, worlds.state()), (b, heavy.state()));
    }
}
