//! Pre-trains on `drone-planar` by the recipe of the environment's documentation and evaluates the result.
//!
//! `cargo run --release -p xmrl-meta --example pretrain -- [seed] [iterations] [threads]`

#![expect(clippy::print_stdout, reason = "an example talks to its user")]

use std::time::Instant;

use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Pool, environment};
use xmrl_meta::{
    Context, Draws, EvaluateOptions, EvaluateRequest, InnerRate, MetaSpec, StepOptions, StepRequest, UniformLaw, Usage,
    evaluate, meta_step, worker_pool,
};
use xmrl_policy::{Activation, PolicySpec, initial_parameters};

const TASKS: usize = 50;
const META_BATCH: usize = 24;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>());
    let mut next = |default| arguments.next().unwrap_or(Ok(default));
    let (seed, iterations, threads) = (next(0)?, next(200)?, next(0)? as usize);
    let env = environment("drone-planar")?;
    let world = env.spec();
    let policy = PolicySpec {
        observation_size: world.observation_size,
        action_size: world.action_size,
        hidden: vec![32, 32],
        activation: Activation::Tanh,
        log_std_init: -0.3,
        log_std_min: -2.3,
    };
    let spec = MetaSpec { policy, rate: InnerRate::Learned, initial_rate: 2.0 };
    let init = Stream::new(seed, Purpose::Init, 0);
    let mut drawn = 0..;
    let theta = initial_parameters(&spec.policy, || init.normal(0, 0, 0, drawn.next().unwrap_or(0)));
    let mut meta = spec.initial(theta);
    let pool = worker_pool(threads)?;
    let context = Context { env: &env, spec: &spec, pool: &pool, flights: None };
    let training = env.tasks(Pool::Training, seed, TASKS);

    let (start, mut env_steps) = (Instant::now(), 0);
    for iteration in 0..iterations {
        let mut options = StepOptions::default();
        options.data.support_episodes = if iteration < iterations / 2 { 40 } else { 160 };
        options.trpo.delta = if 3 * iteration < 2 * iterations { 0.015 } else { 0.01 };
        options.monitor_every = 50;
        let places = Stream::new(seed, Purpose::MetaBatch, iteration);
        let chosen = (0..META_BATCH as u32).map(|place| places.below(TASKS, place, 0, 0, 0));
        let size = world.task_size;
        let tasks: Vec<f64> =
            chosen.flat_map(|task| &training.values[task * size..(task + 1) * size]).copied().collect();
        let request = StepRequest {
            context,
            meta: &meta,
            tasks: &tasks,
            weights: None,
            mixed_episodes: &[],
            law: &UniformLaw,
            options: &options,
            seed,
            iteration,
        };
        let outcome = meta_step(&request)?;
        meta = outcome.meta;
        let s = outcome.stats;
        env_steps += s.env_steps;
        if iteration % 10 == 9 || s.monitor.is_some() {
            let gain = s.surrogate_after - s.surrogate_before;
            println!(
                "{iteration:4} return {:6.3} success {:.3} gain {gain:.4} kl {:.4} + .5 x {:.4} log-std {:.2} rates {:.2?}",
                s.return_post, s.success_post, s.kl, s.kl_unadapted, s.mean_log_std, s.rates,
            );
            if let Some(m) = s.monitor {
                let (predicted, frozen, readapted) = (m.predicted, m.frozen, m.readapted);
                println!("     gain predicted {predicted:.3}, frozen data {frozen:.3}, re-adapted {readapted:.3}");
            }
        }
    }
    println!("{env_steps} env steps in {:.1} s", start.elapsed().as_secs_f64());

    let start = Instant::now();
    let pool_tasks = env.tasks(Pool::Evaluation, seed, TASKS);
    let ids: Vec<u32> = (0..TASKS as u32).collect();
    let evaluation = evaluate(&EvaluateRequest {
        context,
        meta: &meta,
        tasks: &pool_tasks.values,
        task_ids: &ids,
        options: &EvaluateOptions::default(),
        draws: Draws::new(seed, Usage::Evaluate, 0),
    })?;
    let rare = pool_tasks.rare.unwrap_or_else(|| vec![false; TASKS]);
    let mean = |wanted: Option<bool>| {
        let values: Vec<f64> = (0..TASKS)
            .filter(|&task| wanted.is_none_or(|wanted| rare[task] == wanted))
            .map(|task| evaluation.success[task])
            .collect();
        values.iter().sum::<f64>() / values.len().max(1) as f64
    };
    let mut sorted = evaluation.success.clone();
    sorted.sort_by(f64::total_cmp);
    println!("{} env steps of evaluation in {:.1} s", evaluation.env_steps, start.elapsed().as_secs_f64());
    let worst = sorted[..TASKS / 5].iter().sum::<f64>() / (TASKS / 5) as f64;
    println!("success {:.3}, worst fifth {worst:.3}", mean(None));
    println!("well covered side {:.3}, sparse side {:.3}", mean(Some(false)), mean(Some(true)));
    Ok(())
}
