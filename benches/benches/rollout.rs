//! Env steps per second of whole rollouts (policy, noise, world, recording), a figure per preset, precision and thread count.
//!
//! `cargo bench -p xmrl-benches --bench rollout`; `npx xmrl bench rollout` times any other preset, size and policy.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use xmrl_envs::environment;
use xmrl_measure::{Plan, RolloutRequest, Rollouts, keep_memory};
use xmrl_policy::Activation;
use xmrl_rollout::Precision;

/// Presets, hidden layers and activation of their reference policies, tasks and episodes a task.
const CASES: [(&str, &[usize], Activation, usize, usize); 6] = [
    ("drone-planar", &[32, 32], Activation::Tanh, 24, 160),
    ("drone-quadrotor", &[64, 64], Activation::Tanh, 24, 160),
    ("cheetah-vel/maml", &[100, 100], Activation::Relu, 8, 16),
    ("cheetah-vel/gym", &[64, 64], Activation::Tanh, 8, 16),
    ("ant-vel/maml", &[100, 100], Activation::Relu, 8, 16),
    ("stock/synthetic", &[64, 64], Activation::Tanh, 8, 16),
];

fn rollouts(criterion: &mut Criterion) {
    keep_memory();
    for (preset, hidden, activation, tasks, episodes) in CASES {
        for (name, precision) in [("f64", Precision::F64), ("f32", Precision::F32)] {
            let mut group = criterion.benchmark_group(format!("{preset}/{name}"));
            group.sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
            for threads in [1, 2] {
                let request = RolloutRequest {
                    env: environment(preset).expect("a preset without prices"),
                    worlds: tasks * episodes,
                    tasks,
                    threads,
                    precision,
                    hidden: hidden.to_vec(),
                    activation,
                    plan: Plan::default(),
                };
                let rollouts = Rollouts::new(&request).expect("the request is valid");
                let fly = || rollouts.fly().expect("the request is valid");
                group.throughput(Throughput::Elements(fly() as u64));
                group.bench_function(BenchmarkId::new("threads", threads), |bencher| bencher.iter(fly));
            }
            group.finish();
        }
    }
}

criterion_group!(benches, rollouts);
criterion_main!(benches);
