//! Env steps per second of batched worlds under random actions, observations and rewards included:
//! `cargo run --release -p xmrl-envs --example throughput -- <preset> <worlds> <threads> [seconds]`.
//!
//! Worlds that are over start anew before the next step, untimed, so that every step that counts is one of a live world and
//! the contacts are those of random play. Prints one JSON line.
#![expect(clippy::print_stdout, reason = "an example reports on the terminal")]

use std::time::Instant;

use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Worlds, environment};

/// Rows of random actions that are dealt out again and again.
const DEALT: usize = 4096;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, otherwise: f64| arguments.get(at).and_then(|x| x.parse().ok()).unwrap_or(otherwise);
    let preset = arguments.first().map_or("cheetah-vel/maml", String::as_str);
    let (count, threads, seconds) = (number(1, 1024.0) as usize, number(2, 1.0) as usize, number(3, 2.0));
    let environment = environment(preset).expect("a preset of `npx xmrl envs`");
    let spec = environment.spec();
    let mut worlds =
        Worlds::of(environment.clone(), &spec.default_task, count, 0, threads).expect("worlds of one task");
    let stream = Stream::new(7, Purpose::QueryNoise, 0);
    let a = spec.action_size;
    let dealt: Vec<f64> =
        (0..DEALT * a).map(|i| 2.0 * stream.uniform(0, (i / a) as u32, (i % a) as u32, 0) - 1.0).collect();
    let mut actions = vec![0.0; count * a];
    let mut steps = 0usize;
    let mut spent = 0.0;
    // Stretches of a horizon, the first to warm up; resets and the dealing of actions are not timed.
    for episode in 0.. {
        for step in 0..spec.horizon {
            for (world, row) in actions.chunks_exact_mut(a).enumerate() {
                let from = (world * 31 + (episode * spec.horizon + step) * 977) % DEALT * a;
                row.copy_from_slice(&dealt[from..from + a]);
            }
            let started = Instant::now();
            worlds.step(&actions).expect("finite actions");
            if episode > 0 {
                spent += started.elapsed().as_secs_f64();
                steps += count;
            }
            worlds.reset_ended();
        }
        if spent > seconds {
            break;
        }
    }
    let rate = steps as f64 / spent;
    println!(r#"{{"preset":"{preset}","worlds":{count},"threads":{threads},"envStepsPerSecond":{rate:.0}}}"#);
}
