//! Env steps per second of batched worlds under random play (physics, reward, observation; no policy), by preset, number of
//! worlds and threads.
//!
//! `cargo bench -p xmrl-benches --bench worlds`; `npx xmrl bench rollout` times any one of them.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use xmrl_envs::{EnvSpec, Score, environment, environments};
use xmrl_measure::{Bare, Plan, RolloutRequest};
use xmrl_policy::Activation;
use xmrl_rollout::Precision;

/// Presets with which the cost of a world is held against the number of worlds.
const FLAT: [&str; 3] = ["cheetah-vel/gym", "ant-vel/maml", "stock/synthetic"];

fn steps(criterion: &mut Criterion) {
    let integrated = |spec: &EnvSpec| spec.scored_by == Score::Return || spec.preset == "drone-quadrotor";
    // Markets whose prices nobody has given are left out.
    let there = environments().into_iter().filter(|spec| environment(&spec.preset).is_ok());
    for spec in there.filter(integrated) {
        let mut group = criterion.benchmark_group(format!("worlds/{}", spec.preset));
        group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
        let counts: &[usize] = if FLAT.contains(&&spec.preset[..]) { &[64, 1024, 65536] } else { &[1024] };
        for &worlds in counts {
            for threads in [1, 2] {
                let request = RolloutRequest {
                    env: environment(&spec.preset).expect("it is there"),
                    worlds,
                    tasks: 16,
                    threads,
                    precision: Precision::F64,
                    hidden: Vec::new(),
                    activation: Activation::Tanh,
                    plan: Plan::default(),
                };
                let mut bare = Bare::new(&request).expect("the request is valid");
                group.throughput(Throughput::Elements(worlds as u64));
                group.bench_function(BenchmarkId::new(format!("{worlds}-worlds/threads"), threads), |bencher| {
                    bencher.iter_custom(|rounds| bare.step(rounds).expect("finite"));
                });
            }
        }
        group.finish();
    }
}

criterion_group!(benches, steps);
criterion_main!(benches);
