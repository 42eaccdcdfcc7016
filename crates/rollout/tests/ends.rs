//! Episodes that a time limit of the world's own ends: over, but not by the rules.

#[path = "../../envs/tests/made/clock.rs"]
mod clock;

use clock::{Clock, HORIZON, LIMIT, RULES, SUCCESS_THEN_HORIZON, SUCCESS_THEN_LIMIT};
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Environment, Start};
use xmrl_policy::{Activation, PolicySpec};
use xmrl_rollout::{Precision, Record, Request, Starts, TaskBatch, collect};

#[test]
fn a_time_limit_ends_an_episode_without_terminating_it_in_either_precision() {
    let env: Environment = Clock::new().into();
    let policy = PolicySpec {
        observation_size: 2,
        action_size: 1,
        hidden: vec![2],
        activation: Activation::Tanh,
        log_std_init: -0.3,
        log_std_min: -2.3,
    };
    for precision in [Precision::F64, Precision::F32] {
        let request = Request {
            env: &env,
            policy: &policy,
            tasks: &[LIMIT, RULES, SUCCESS_THEN_LIMIT, SUCCESS_THEN_HORIZON],
            task_ids: &[0, 1, 2, 3],
            params: &vec![0.1; policy.parameters()],
            episodes: 7,
            first_episode: 0,
            horizon: HORIZON,
            starts: Starts::Law(Start::Query),
            start_stream: Stream::new(11, Purpose::QueryStart, 4),
            noise_stream: Stream::new(11, Purpose::QueryNoise, 4),
            precision,
            deterministic: false,
            record: Record::LearningAndStates,
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let batches: Vec<TaskBatch> = collect(&request, &pool).unwrap();
        // Steps, whether its rules ended it, and whether it has succeeded; its rewards are 1, 2, 3 …
        let expected = [(3, false, false), (3, true, false), (3, false, true), (HORIZON, false, true)];
        for (batch, (len, terminated, success)) in batches.iter().zip(expected) {
            assert_eq!(batch.episodes.len(), 7);
            for episode in &batch.episodes {
                assert_eq!((episode.len, episode.terminated, episode.success), (len, terminated, success));
                assert_eq!(episode.ret, (len * (len + 1) / 2) as f64);
                assert_eq!(batch.rewards[episode.rows()], (1..=len).map(|step| step as f64).collect::<Vec<_>>());
            }
        }
    }
}
