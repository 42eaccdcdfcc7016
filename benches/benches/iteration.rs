//! One meta-iteration of the planar drone on two threads: the whole, its collection, its trust-region step.
//!
//! `cargo bench -p xmrl-benches --bench iteration`; `npx xmrl bench iteration` times any other preset and batch.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use xmrl_envs::{Pool, environment};
use xmrl_measure::{keep_memory, policy_for};
use xmrl_meta::{
    Context, DataRequest, Draws, FusedProblem, InnerRate, MetaSpec, StepOptions, StepRequest, UniformLaw, Usage,
    first_parameters, meta_data, meta_step, trpo_step, worker_pool,
};
use xmrl_policy::Activation;

fn iteration(criterion: &mut Criterion) {
    keep_memory();
    let env = environment("drone-planar").expect("a preset");
    let policy = policy_for(env.spec(), &[32, 32], Activation::Tanh);
    let spec = MetaSpec { policy, rate: InnerRate::Learned, initial_rate: 2.0 };
    let meta = spec.initial(first_parameters(&spec.policy, 0));
    let pool = worker_pool(2).expect("threads");
    let context = Context { env: &env, spec: &spec, pool: &pool, flights: None };
    let mut group = criterion.benchmark_group("iteration");
    group.sample_size(20);
    for (places, support_episodes) in [(30, 40), (24, 160)] {
        let name = format!("{places} x ({support_episodes}+20)");
        let tasks = env.tasks(Pool::Training, 0, places).values;
        let task_ids: Vec<u32> = (0..).take(places).collect();
        let mut options = StepOptions::default();
        options.data.support_episodes = support_episodes;
        let request = StepRequest {
            context,
            meta: &meta,
            tasks: &tasks,
            weights: None,
            mixed_episodes: &[],
            law: &UniformLaw,
            options: &options,
            seed: 0,
            iteration: 0,
        };
        let data = DataRequest {
            context,
            meta: &meta,
            tasks: &tasks,
            task_ids: &task_ids,
            mixed_episodes: &[],
            law: &UniformLaw,
            options: &options.data,
            draws: Draws::new(0, Usage::Train, 0),
        };
        group.bench_function(BenchmarkId::new("whole", &name), |b| b.iter(|| meta_step(&request).expect("a step")));
        group.bench_function(BenchmarkId::new("collection", &name), |b| {
            b.iter(|| meta_data::<f64>(&data).expect("data"))
        });
        let collected = meta_data::<f64>(&data).expect("data");
        group.bench_function(BenchmarkId::new("trust region", &name), |b| {
            b.iter(|| {
                let inner = collected.inner.clone();
                let mut problem =
                    FusedProblem::with_inner(&spec, &collected.data, &meta, inner, &pool).expect("a problem");
                trpo_step(&mut problem, &meta, None, &options.trpo).expect("a step")
            });
        });
    }
    group.finish();
}

criterion_group!(benches, iteration);
criterion_main!(benches);
