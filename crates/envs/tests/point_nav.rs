//! The point in the plane against steps worked out by hand, closed forms, and pytorch-maml-rl.

use xmrl_envs::{Pool, Worlds, environment};

/// Worlds of a preset, one a goal.
fn worlds(preset: &str, goals: &[f64]) -> Worlds {
    Worlds::new(preset, goals, 1, 0, 1).unwrap()
}

fn near(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-15)
}

#[test]
fn steps_worked_out_by_hand() {
    // Goal (.3, -.4). A share of .5 along x; along y twice the longest step, which is cut to it.
    let mut world = worlds("point-nav", &[0.3, -0.4]);
    assert!(near(world.observations(), &[0.0, 0.0]));
    let step = world.step(&[0.5, -2.0]).unwrap();
    // (.05, -.1) is (-.25, .3) from the goal.
    assert!(near(step.observations, &[0.05, -0.1]));
    assert!(near(step.rewards, &[-(0.0625_f64 + 0.09).sqrt()]));
    assert_eq!((step.terminated, step.truncated), (&[0][..], &[0][..]));
    // A 3-4-5 triangle: from (.24, -.32) one step of (0, 0) leaves .06 and .08, hence .1.
    world.set_state(&[0.24, -0.32]).unwrap();
    assert!(near(world.step(&[0.0, 0.0]).unwrap().rewards, &[-0.1]));
    // The same displacements in metres.
    let mut metres = worlds("point-nav/gym", &[0.3, -0.4]);
    assert!(near(metres.step(&[0.05, -0.2]).unwrap().observations, &[0.05, -0.1]));
}

#[test]
fn arrival_is_within_a_centimetre_along_both_axes() {
    // .009 and .0095 are .0131 together, which is farther than .01: arrival is not a disc.
    for (left, arrives) in [([0.009, 0.0095], 1), ([0.011, 0.0], 0), ([0.0, -0.011], 0), ([-0.009, -0.009], 1)] {
        let mut world = worlds("point-nav", &[0.2, 0.1]);
        world.set_state(&[0.2 - left[0], 0.1 - left[1]]).unwrap();
        let step = world.step(&[0.0, 0.0]).unwrap();
        assert_eq!(step.terminated, &[arrives], "{left:?}");
        assert!(near(step.rewards, &[-left[0].hypot(left[1])]), "the last step is rewarded as any other");
        // It is over: nothing moves.
        assert_eq!(world.step(&[1.0, 1.0]).unwrap().rewards[0] == 0.0, arrives == 1);
    }
}

/// Minus the sum over t ≥ 1 of what is left of the goal after t steps of .1 m along each axis.
fn best(goal: &[f64]) -> f64 {
    let left = |axis: usize, t: u32| (goal[axis].abs() - 0.1 * f64::from(t)).max(0.0);
    -(1..=5).map(|t| left(0, t).hypot(left(1, t))).sum::<f64>()
}

/// The return of an action that is a function of goal and position, and whether the goal was reached, a goal each.
fn returns(goals: &[f64], act: impl Fn(&[f64], &[f64]) -> [f64; 2]) -> (Vec<f64>, Vec<bool>) {
    let mut worlds = worlds("point-nav", goals);
    let mut sums = vec![0.0; worlds.count()];
    let mut reached = vec![false; worlds.count()];
    for _ in 0..100 {
        let places = worlds.observations().to_vec();
        let actions: Vec<f64> =
            goals.chunks(2).zip(places.chunks(2)).flat_map(|(goal, place)| act(goal, place)).collect();
        let step = worlds.step(&actions).unwrap();
        sums.iter_mut().zip(step.rewards).for_each(|(sum, reward)| *sum += reward);
        reached.iter_mut().zip(step.terminated).for_each(|(flag, over)| *flag |= *over == 1);
    }
    (sums, reached)
}

#[test]
fn who_knows_the_goal_gets_the_best_return_and_who_stays_a_hundred_distances() {
    let goals = environment("point-nav").unwrap().tasks(Pool::HeldOut, 4, 200).values;
    let way = |goal: &[f64], place: &[f64]| [0, 1].map(|axis| (goal[axis] - place[axis]) / 0.1);
    let (walked, reached) = returns(&goals, way);
    assert!(reached.iter().all(|reached| *reached));
    // Who is asked to walk on is not: the episode was over.
    let (half, _) = returns(&goals, |goal, place| way(goal, place).map(|x| 0.5 * x));
    let (stood, _) = returns(&goals, |_, _| [0.0, 0.0]);
    for (i, goal) in goals.chunks(2).enumerate() {
        assert!((walked[i] - best(goal)).abs() < 1e-12, "{goal:?}: {} is not {}", walked[i], best(goal));
        assert!(half[i] < best(goal));
        let here = goal[0].abs() < 0.01 && goal[1].abs() < 0.01;
        assert!(here || (stood[i] + 100.0 * goal[0].hypot(goal[1])).abs() < 1e-10);
    }
}

#[test]
fn goals_are_uniform_over_the_square() {
    let goals = environment("point-nav").unwrap().tasks(Pool::Training, 5, 10_000).values;
    assert!(goals.iter().all(|x| (-0.5..0.5).contains(x)));
    // Each of 25 equal cells holds 400 of them within 5 standard errors (19.6 each).
    let mut counts = [0; 25];
    let cell = |x: f64| ((x + 0.5) * 5.0) as usize;
    goals.chunks(2).for_each(|goal| counts[5 * cell(goal[1]) + cell(goal[0])] += 1);
    assert!(counts.iter().all(|count| (302..=498).contains(count)), "{counts:?}");
}

#[test]
fn transitions_are_those_of_pytorch_maml_rl() {
    let text = include_str!("recorded/point-nav_gym.csv");
    let rows: Vec<Vec<f64>> =
        text.lines().skip(1).map(|line| line.split(',').map(|x| x.parse().unwrap()).collect()).collect();
    let (mut ends, mut cut) = (0, 0);
    for episode in rows.chunk_by(|a, b| a[0] == b[0]) {
        let mut world = worlds("point-nav/gym", &episode[0][1..3]);
        for row in episode {
            let step = world.step(&row[3..5]).unwrap();
            assert!(near(step.observations, &row[5..7]), "{:?} is not {row:?}", step.observations);
            assert!(near(step.rewards, &row[7..8]), "{:?} is not {row:?}", step.rewards);
            assert_eq!(f64::from(step.terminated[0]), row[8], "{row:?}");
            ends += usize::from(row[8] == 1.0);
            cut += usize::from(row[3].abs() > 0.1);
        }
    }
    assert!(ends == 4 && cut > 30 && rows.len() == 112, "{ends} ends and {cut} cut actions in {} rows", rows.len());
}

#[test]
fn states_whose_squares_are_no_numbers_are_refused() {
    let mut world = worlds("point-nav", &[0.3, -0.4]);
    let error = world.set_state(&[0.0, 1e11]).unwrap_err().to_string();
    assert!(error.contains("entry 1") && error.contains("100000000000"), "{error}");
    assert_eq!(world.state(), [0.0, 0.0]);
}
