//! Mixing as retraining does it and as its information is measured, in every registered world.

use rayon::ThreadPoolBuilder;
use xmrl_core::{CriticalEpisodes, CriticalRequest, MixedEpisodes};
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{EnvError, Environment, Market, Pool, Prices, environment, environments};
use xmrl_meta::{
    AdvantageOptions, Context, DataOptions, DataRequest, Draws, InnerRate, MetaSpec, UniformLaw, Usage, meta_data,
};
use xmrl_oracle::Random;
use xmrl_policy::{Activation, PolicySpec, initial_parameters};
use xmrl_rollout::Precision;

/// Runs `check` in every world, prices made up where they are the user's; what is skipped is said.
#[expect(clippy::print_stderr, reason = "a preset is never skipped in silence")]
fn every_preset(check: impl Fn(&Environment, Context<'_>, &[f64])) {
    let from = Stream::new(1 << 41, Purpose::Prices, 0);
    let mut logs = [0.0; 3];
    let closes = (0..253 + 6 * 274).flat_map(|day| {
        (0..3).for_each(|i| logs[i] += 0.015 * from.normal(0, i as u32, day, 0));
        logs.map(|log: f64| 40.0 * log.exp())
    });
    let names = ["A", "B", "C"].map(String::from).into();
    let market = Market::new("stock/csv", Prices::new(names, closes.collect(), None).unwrap()).unwrap();
    let made = Environment::from(market);
    let pool = ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    // Meta-World needs files that are fetched.
    for world in environments().into_iter().filter(|world| !world.needs_files) {
        let env = match if world.preset == "stock/csv" { Ok(made.clone()) } else { environment(&world.preset) } {
            Ok(env) => env,
            Err(EnvError::NoPrices { .. }) => {
                eprintln!("skipped: {} needs prices that are fetched, not committed", world.preset);
                continue;
            }
            Err(error) => panic!("{error}"),
        };
        let policy = PolicySpec {
            // Of the world that is flown: a market's sizes follow its prices.
            observation_size: env.spec().observation_size,
            action_size: env.spec().action_size,
            hidden: vec![4],
            activation: Activation::Tanh,
            log_std_init: -0.5,
            log_std_min: -2.3,
        };
        let spec = MetaSpec { policy, rate: InnerRate::Fixed, initial_rate: 0.1 };
        let mut random = Random::new(8);
        let meta = spec.initial(initial_parameters(&spec.policy, || random.normal()));
        check(&env, Context { env: &env, spec: &spec, pool: &pool, flights: None }, &meta);
    }
}

#[test]
fn retraining_mixes_two_states_in_every_episode() {
    every_preset(|env, context, meta| {
        let tasks = env.tasks(Pool::Training, 1, 2).values;
        let options =
            DataOptions { support_episodes: 2, query_episodes: 10, mixed_horizon: Some(2), ..DataOptions::default() };
        let data = meta_data::<f64>(&DataRequest {
            context,
            meta,
            tasks: &tasks,
            task_ids: &[0, 1],
            mixed_episodes: &[8, 8],
            law: &UniformLaw,
            options: &options,
            draws: Draws::new(3, Usage::Train, 0),
        })
        .unwrap();
        let preset = &env.spec().preset;
        assert_eq!(data.mixed.iter().map(Vec::len).sum::<usize>(), 16);
        for start in data.mixed.iter().flatten() {
            assert!(start.counts.gave_up == 0 && start.first != start.second, "{preset}: {start:?}");
        }
    });
}

#[test]
fn the_information_of_mixing_is_that_of_two_states_in_every_episode() {
    every_preset(|env, context, meta| {
        let tasks = env.tasks(Pool::Training, 1, 2).values;
        let advantage = AdvantageOptions::default();
        let mut episodes = CriticalEpisodes::prepare(&CriticalRequest {
            context,
            meta,
            tasks: &tasks,
            task_ids: &[0, 1],
            support_episodes: 2,
            visited_episodes: 2,
            episodes: 8,
            horizon: 2,
            mixing: None,
            precision: Precision::F64,
            advantage: &advantage,
            draws: Draws::new(3, Usage::Other, 0),
        })
        .unwrap();
        let (units, width) = (episodes.units(), episodes.parameters());
        // At 1 and at 0 an episode starts at its first and at its second parent.
        let lambda: Vec<f64> = [1.0, 0.0, 0.5].iter().flat_map(|l| vec![*l; units]).collect();
        let flown = episodes.fly(&lambda, 3, 0).unwrap();
        let preset = &env.spec().preset;
        assert_eq!((flown.mix_counts.gave_up, units), (0, 16), "{preset}");
        let part = |set: usize, unit: usize| &flown.parts[(set * units + unit) * width..][..width];
        let score = |set: usize, unit: usize| &flown.scores[(set * units + unit) * width..][..width];
        for unit in 0..units {
            assert_ne!((part(0, unit), score(0, unit)), (part(1, unit), score(1, unit)), "{preset}, episode {unit}");
        }
    });
}
