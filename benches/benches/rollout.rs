//! Env steps per second of whole rollouts (policy, noise, world, recording), a figure per preset, precision and thread count.
//!
//! `cargo bench -p xmrl-benches --bench rollout`

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Pool, Start, environment};
use xmrl_policy::{Activation, PolicySpec, initial_parameters};
use xmrl_rollout::{Precision, Record, Request, Starts, collect};

/// Presets, hidden layers and activation of their reference policies, tasks and episodes a task.
const CASES: [(&str, &[usize], Activation, usize, usize); 4] = [
    ("drone-planar", &[32, 32], Activation::Tanh, 24, 160),
    ("cheetah-vel/maml", &[100, 100], Activation::Relu, 8, 16),
    ("cheetah-vel/gym", &[64, 64], Activation::Tanh, 8, 16),
    ("ant-vel/maml", &[100, 100], Activation::Relu, 8, 16),
];

fn rollouts(criterion: &mut Criterion) {
    keep_memory();
    for (preset, hidden, activation, count, episodes) in CASES {
        let env = environment(preset).expect("the preset is registered");
        let spec = env.spec();
        let policy = PolicySpec {
            observation_size: spec.observation_size,
            action_size: spec.action_size,
            hidden: hidden.to_vec(),
            activation,
            log_std_init: -0.3,
            log_std_min: -2.3,
        };
        let init = Stream::new(1, Purpose::Init, 0);
        let mut draw = 0;
        let params = initial_parameters(&policy, || {
            draw += 1;
            init.normal(0, 0, 0, draw)
        });
        let tasks = env.tasks(Pool::Evaluation, 1, count).values;
        let task_ids: Vec<u32> = (0..count as u32).collect();
        for (name, precision) in [("f64", Precision::F64), ("f32", Precision::F32)] {
            let mut group = criterion.benchmark_group(format!("{preset}/{name}"));
            group.sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
            let request = Request {
                env: &env,
                policy: &policy,
                tasks: &tasks,
                task_ids: &task_ids,
                params: &params,
                episodes,
                first_episode: 0,
                horizon: spec.horizon,
                starts: Starts::Law(Start::Query),
                start_stream: Stream::new(1, Purpose::QueryStart, 0),
                noise_stream: Stream::new(1, Purpose::QueryNoise, 0),
                precision,
                deterministic: false,
                record: Record::Learning,
            };
            for threads in [1, 2] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
                let run = || collect::<f64>(&request, &pool).expect("the request is valid");
                let steps: usize = run().iter().map(|batch| batch.env_steps()).sum();
                group.throughput(Throughput::Elements(steps as u64));
                group.bench_function(BenchmarkId::new("threads", threads), |bencher| bencher.iter(run));
            }
            group.finish();
        }
    }
}

/// Allocator thresholds as the addon sets them at load (crates/node/src/setup.rs): records are not mapped anew per call.
fn keep_memory() {
    const GIB: libc::c_int = 1 << 30;
    // SAFETY: mallopt only sets parameters of the allocator; a refused value changes nothing.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, GIB);
        libc::mallopt(libc::M_TRIM_THRESHOLD, GIB);
    }
}

criterion_group!(benches, rollouts);
criterion_main!(benches);
