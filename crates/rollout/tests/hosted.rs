//! Episodes in worlds behind a host: how they end, and what their rows are keyed by.

use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{EnvSpec, Environment, Errand, Fault, Host, HostedMixing, HostedWorld, Hosting, Rows, Sizes, Start};
use xmrl_policy::{Activation, PolicySpec};
use xmrl_rollout::{Precision, Record, Request, Starts, TaskBatch, collect};

/// Counts its steps from the first random word of its start (odd or even); the second step of an odd one is a success, which ends nothing; the third
/// ends the even ones.
struct Steps;

impl Host for Steps {
    fn run(&self, errand: Errand, rows: &mut Rows) -> Result<(), Fault> {
        for row in 0..rows.count {
            let state = &mut rows.states[2 * row..2 * row + 2];
            match errand {
                Errand::Reset(_) => state.copy_from_slice(&[f64::from(rows.draws[4 * row + 3] % 2), 0.0]),
                Errand::Step => {
                    state[1] += 1.0;
                    rows.rewards[row] = state[1];
                    rows.success[row] = u8::from(state[0] == 1.0 && state[1] == 2.0);
                    rows.terminated[row] = u8::from(state[0] == 0.0 && state[1] == 3.0);
                }
                _ => {}
            }
        }
        rows.observations.copy_from_slice(&rows.states);
        Ok(())
    }
}

fn flown(first_episode: u32, episodes: usize, threads: usize) -> Vec<TaskBatch> {
    let spec = EnvSpec::of("steps", Sizes { observation: 2, action: 1, state: 2, task: 1, memory: 0 }).horizons(4, 4);
    let hosting = Hosting { mixing: HostedMixing::None, feasible: false, action_range: [-1.0, 1.0] };
    let env: Environment = HostedWorld::new(spec, hosting, Steps).unwrap().into();
    let policy = PolicySpec {
        observation_size: 2,
        action_size: 1,
        hidden: vec![2],
        activation: Activation::Tanh,
        log_std_init: -0.3,
        log_std_min: -2.3,
    };
    let request = Request {
        env: &env,
        policy: &policy,
        tasks: &[0.0, 1.0],
        task_ids: &[0, 1],
        params: &vec![0.1; policy.parameters()],
        episodes,
        first_episode,
        horizon: 4,
        starts: Starts::Law(Start::Query),
        start_stream: Stream::new(11, Purpose::QueryStart, 4),
        noise_stream: Stream::new(11, Purpose::QueryNoise, 4),
        precision: Precision::F64,
        deterministic: false,
        record: Record::LearningAndStates,
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    collect(&request, &pool).unwrap()
}

#[test]
fn an_episode_has_succeeded_if_any_of_its_steps_did() {
    for batch in flown(0, 11, 1) {
        for (number, episode) in batch.episodes.iter().enumerate() {
            let odd = number % 2 == 1;
            assert_eq!((episode.success, episode.terminated), (odd, !odd), "episode {number}");
            assert_eq!(episode.len, if odd { 4 } else { 3 });
            assert_eq!(episode.ret, if odd { 10.0 } else { 6.0 });
        }
    }
}

#[test]
fn episodes_are_those_of_their_numbers_however_many_are_flown_together() {
    let whole = flown(0, 11, 2);
    let part = flown(3, 5, 1);
    for (whole, part) in whole.iter().zip(&part) {
        for (at, episode) in part.episodes.iter().enumerate() {
            let of = |batch: &TaskBatch, number: usize| {
                let rows = batch.episodes[number].rows();
                (batch.actions[rows.clone()].to_vec(), batch.states[2 * rows.start..2 * rows.end].to_vec())
            };
            assert_eq!(of(part, at), of(whole, at + 3));
            assert_eq!(episode.success, whole.episodes[at + 3].success);
        }
    }
}
