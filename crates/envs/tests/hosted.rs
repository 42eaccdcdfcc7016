//! Worlds behind a host: what the host is asked, and what its faults become.

use std::sync::Mutex;

use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{
    Draw, EnvSpec, Environment, Errand, Fault, Geometry, Host, HostedMixing, HostedWorld, Hosting, MixRule, Repair,
    Rows, Sizes, Start, Worlds,
};

/// A number that grows by the action and by 1, and is paid; it starts at the task and fails above `limit`.
struct Counter {
    limit: f64,
    wrong: f64,
    /// Errands, with how many rows each was about.
    asked: Mutex<Vec<(Errand, usize)>>,
}

impl Host for Counter {
    fn run(&self, errand: Errand, rows: &mut Rows) -> Result<(), Fault> {
        self.asked.lock().unwrap().push((errand, rows.count));
        match errand {
            Errand::Reset(_) => rows.states.copy_from_slice(&rows.tasks),
            Errand::Step => {
                for row in 0..rows.count {
                    rows.states[row] += 1.0 + rows.actions[row];
                    if rows.states[row] > self.limit {
                        return Err(Fault { text: "step threw".into(), row: Some(row), stack: "  at home".into() });
                    }
                    rows.rewards[row] = if rows.states[row] == self.wrong { f64::NAN } else { rows.states[row] };
                    rows.terminated[row] = u8::from(rows.states[row] > 5.0);
                }
            }
            Errand::Mix(lambda) => rows.states[2] = lambda * rows.states[0] + (1.0 - lambda) * rows.states[1] + 0.25,
            Errand::Feasible => (0..rows.count).for_each(|row| rows.terminated[row] = u8::from(rows.states[row] < 3.0)),
            Errand::Observe => {}
        }
        rows.observations.copy_from_slice(&rows.states);
        Ok(())
    }
}

fn counter(limit: f64, wrong: f64, mixing: HostedMixing) -> HostedWorld<Counter> {
    let spec = EnvSpec::of("counter", Sizes { observation: 1, action: 1, state: 1, task: 1, memory: 0 }).horizons(4, 4);
    let hosting = Hosting { mixing, feasible: true, action_range: [-2.0, 2.0] };
    HostedWorld::new(spec, hosting, Counter { limit, wrong, asked: Mutex::default() }).unwrap()
}

fn worlds(limit: f64, wrong: f64, tasks: &[f64]) -> Worlds {
    Worlds::of(counter(limit, wrong, HostedMixing::Linear).into(), tasks, 1, 0, 1).unwrap()
}

#[test]
fn rows_step_by_the_rules_of_the_host_and_those_that_are_over_are_left_out() {
    let environment: Environment = counter(100.0, f64::NAN, HostedMixing::Linear).into();
    let mut worlds = Worlds::of(environment.clone(), &[0.0, 3.0, 1.0], 1, 0, 1).unwrap();
    let step = worlds.step(&[0.5, 9.0, -0.25]).unwrap();
    // Actions are clipped to [-1, 1] and mapped to [-2, 2].
    assert_eq!(step.rewards, [2.0, 6.0, 1.5]);
    assert_eq!(step.terminated, [0, 1, 0]);
    worlds.step(&[0.0; 3]).unwrap();
    assert_eq!(worlds.state(), [3.0, 6.0, 2.5]);
    let host = environment.world::<HostedWorld<Counter>>().unwrap().host();
    let asked = host.asked.lock().unwrap().clone();
    let expected = [(Errand::Reset(Start::Query), 3), (Errand::Observe, 3), (Errand::Step, 3), (Errand::Step, 2)];
    assert_eq!(asked, expected);
}

#[test]
fn faults_name_row_and_step_and_keep_the_stack() {
    let mut worlds = worlds(4.5, f64::NAN, &[0.0, 3.0]);
    worlds.step(&[0.0; 2]).unwrap();
    let error = worlds.step(&[0.0; 2]).unwrap_err();
    assert_eq!(error.code(), "ERR_WORLD");
    assert_eq!(error.to_string(), "counter: step threw (row 1, step 2 of its episode)\n  at home");
    assert_eq!(worlds.step(&[0.0; 2]).unwrap_err(), error, "there is no going on");
}

#[test]
fn what_is_not_finite_is_refused_where_it_was_written() {
    let error = worlds(100.0, 4.0, &[0.0, 3.0]).step(&[0.0; 2]).unwrap_err().to_string();
    assert_eq!(error, "counter: step wrote NaN to rewards (row 1, step 1 of its episode)");
}

#[test]
fn many_starts_are_one_errand() {
    let world = counter(100.0, f64::NAN, HostedMixing::Linear);
    let environment: Environment = world.into();
    let stream = Stream::new(1, Purpose::QueryStart, 0);
    let draws: Vec<Draw> = (0..5).map(|episode| Draw { stream, task_id: 2, episode }).collect();
    let mut states = [0.0; 5];
    environment.starts(Start::Support, &[7.0; 5], &draws, &mut states).unwrap();
    assert_eq!(states, [7.0; 5]);
    let host = environment.world::<HostedWorld<Counter>>().unwrap().host();
    assert_eq!(*host.asked.lock().unwrap(), [(Errand::Reset(Start::Support), 5)]);
}

#[test]
fn mixtures_are_the_hosts_where_it_mixes_and_parents_stay_bit_for_bit() {
    let mixed = |mixing, lambda| {
        let environment: Environment = counter(100.0, f64::NAN, mixing).into();
        let mut mixed = [0.0];
        environment.mix(Geometry::Geodesic, lambda, &[2.0], &[1.0], &mut mixed);
        mixed[0]
    };
    assert_eq!(mixed(HostedMixing::Own, 0.5), 1.75);
    assert_eq!(mixed(HostedMixing::Linear, 0.5), 1.5);
    assert_eq!([0.0, 1.0].map(|lambda| mixed(HostedMixing::Own, lambda)), [1.0, 2.0]);
    let none: Environment = counter(100.0, f64::NAN, HostedMixing::None).into();
    let rule = MixRule { geometry: Geometry::Linear, repair: Repair::Reject };
    assert!(rule.check(&none).unwrap_err().to_string().starts_with("counter: its states cannot be mixed"));
    assert!(none.feasible(&[2.9]) && !none.feasible(&[3.0]) && !none.feasible(&[f64::NAN]));
}
