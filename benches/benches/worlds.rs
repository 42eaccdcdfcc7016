//! Env steps per second of batched worlds under random play (physics, reward, observation; no policy), by preset, number of
//! worlds and threads.
//!
//! `cargo bench -p xmrl-benches --bench worlds`

use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Pool, Score, Worlds, environments};

/// Presets with which the cost of a world is held against the number of worlds.
const FLAT: [&str; 2] = ["cheetah-vel/gym", "ant-vel/maml"];

fn steps(criterion: &mut Criterion) {
    for spec in environments().into_iter().filter(|spec| spec.scored_by == Score::Return) {
        let mut group = criterion.benchmark_group(format!("worlds/{}", spec.preset));
        group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
        let counts: &[usize] = if FLAT.contains(&spec.preset) { &[64, 1024, 65536] } else { &[1024] };
        for &count in counts {
            for threads in [1, 2] {
                let env = xmrl_envs::environment(spec.preset).expect("the preset is registered");
                let tasks = env.tasks(Pool::Evaluation, 1, 16).values;
                let mut worlds = Worlds::new(spec.preset, &tasks, count / 16, 0, threads).expect("tasks are valid");
                let noise = Stream::new(1, Purpose::QueryNoise, 0);
                // Ten steps' actions, used in turn, so that the bench does not time random numbers.
                let actions: Vec<Vec<f64>> = (0..10)
                    .map(|t| {
                        let size = count * spec.action_size;
                        (0..size).map(|i| spec.action_scale * noise.normal(0, 0, t, i as u32)).collect()
                    })
                    .collect();
                let mut taken = 0;
                group.throughput(Throughput::Elements(count as u64));
                group.bench_function(BenchmarkId::new(format!("{count}-worlds/threads"), threads), |bencher| {
                    bencher.iter_custom(|rounds| {
                        let mut spent = Duration::ZERO;
                        for _ in 0..rounds {
                            let started = Instant::now();
                            worlds.step(&actions[taken % 10]).expect("finite");
                            spent += started.elapsed();
                            taken += 1;
                            // Ants fall over: they start anew, untimed, so that only live worlds count.
                            worlds.reset_ended();
                        }
                        spent
                    });
                });
            }
        }
        group.finish();
    }
}

criterion_group!(benches, steps);
criterion_main!(benches);
