//! What the tests of the contract share.

use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{EnvError, EnvSpec, Environment, Pool, Worlds, environment};

use crate::made;

/// Every preset whose data are there; `stock/csv` is that of a made-up table of three names. What is skipped is said. Meta-World, whose
/// starts are functions of the task and whose steps are libmujoco's, has tests of its own (`tests/metaworld`).
#[expect(clippy::print_stderr, reason = "a preset is never skipped in silence")]
pub(crate) fn there() -> Vec<Environment> {
    let there = |spec: &EnvSpec| match environment(&spec.preset) {
        Ok(environment) => Some(environment),
        Err(EnvError::NoPrices { .. }) if spec.preset == "stock/csv" => Some(made::environment()),
        Err(EnvError::NoPrices { .. }) => {
            eprintln!("skipped: {} needs prices that are fetched, not committed", spec.preset);
            None
        }
        Err(EnvError::NoMetaworld { .. }) => None,
        Err(error) => panic!("{error}"),
    };
    xmrl_envs::environments().iter().filter_map(there).collect()
}

/// Whether every episode of a task begins in one state.
pub(crate) fn starts_at_a_point(env: &Environment) -> bool {
    env.spec().family == "point-nav"
}

/// Worlds of an environment.
pub(crate) fn worlds_of(
    env: &Environment,
    tasks: &[f64],
    worlds_per_task: usize,
    seed: u64,
    threads: usize,
) -> Result<Worlds, EnvError> {
    Worlds::of(env.clone(), tasks, worlds_per_task, seed, threads)
}

/// Uniform actions in [-1.5, 1.5] (so that clipping is met) for `worlds` worlds in step `t`.
pub(crate) fn random_actions(spec: &EnvSpec, worlds: usize, t: u32) -> Vec<f64> {
    let stream = Stream::new(77, Purpose::QueryNoise, 0);
    (0..worlds * spec.action_size).map(|i| 3.0 * stream.uniform(0, 0, t, i as u32) - 1.5).collect()
}

/// Evaluation tasks of seed 1.
pub(crate) fn tasks(env: &Environment, count: usize) -> Vec<f64> {
    env.tasks(Pool::Evaluation, 1, count).values
}

/// Random play: every observation, reward and flag of `steps` steps, as bits.
pub(crate) fn play(worlds: &mut Worlds, steps: u32) -> Vec<u64> {
    let env = worlds.environment().clone();
    let spec = env.spec();
    let mut record: Vec<u64> = worlds.observations().iter().map(|x| x.to_bits()).collect();
    for t in 0..steps {
        let actions = random_actions(spec, worlds.count(), t);
        let result = worlds.step(&actions).unwrap();
        record.extend(result.observations.iter().chain(result.rewards).map(|x| x.to_bits()));
        record.extend(result.terminated.iter().chain(result.truncated).map(|x| u64::from(*x)));
    }
    record.extend(worlds.state().iter().map(|x| x.to_bits()));
    record
}
