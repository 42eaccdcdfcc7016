//! Exact meta-gradient and meta-Hessian products through libtorch on the problem that PyTorch and JAX are timed on:
//! 20 tasks, 400 support and 400 query rows each, policy 20-64-64-6 tanh, inner rate .1.
//!
//! `cargo bench -p xmrl-benches --bench hvp`. "hvp" starts from the parameters, "kept" reuses the graph.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tch::Kind;
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_meta::{
    FusedProblem, InnerRate, MetaHessian, MetaProblem, MetaSpec, PreparedRows, TaskData, TorchOptions, TorchProblem,
    TorchWorkers, worker_pool,
};
use xmrl_policy::{Activation, PolicySpec, initial_parameters};

const TASKS: usize = 20;
const ROWS: usize = 400;

fn normals(purpose: Purpose, index: u64, count: usize) -> Vec<f64> {
    let stream = Stream::new(0, purpose, index);
    (0..count).map(|at| stream.normal(0, 0, u32::try_from(at).unwrap_or(0), 0)).collect()
}

/// Standard-normal rows; behaviour log-probabilities near those of a standard-normal policy.
fn rows(index: u64) -> PreparedRows {
    let actions = normals(Purpose::QueryNoise, index, ROWS * 6);
    let log_probs =
        actions.chunks(6).map(|a| -0.5 * a.iter().map(|x| x * x + 1.837_877_066_409_345).sum::<f64>()).collect();
    PreparedRows {
        observations: normals(Purpose::QueryStart, index, ROWS * 20),
        actions,
        log_probs,
        coefficients: normals(Purpose::Subsample, index, ROWS).iter().map(|a| a / ROWS as f64).collect(),
        episodes: vec![0, ROWS],
        curvature: (0..ROWS).collect(),
    }
}

fn hvp(criterion: &mut Criterion) {
    let policy = PolicySpec {
        observation_size: 20,
        action_size: 6,
        hidden: vec![64, 64],
        activation: Activation::Tanh,
        log_std_init: 0.0,
        log_std_min: -10.0,
    };
    let spec = MetaSpec { policy, rate: InnerRate::Fixed, initial_rate: 0.1 };
    let init = Stream::new(0, Purpose::Init, 0);
    let mut drawn = 0..;
    let meta = spec.initial(initial_parameters(&spec.policy, || init.normal(0, 0, 0, drawn.next().unwrap_or(0))));
    let data: Vec<TaskData> =
        (0..TASKS as u64).map(|task| TaskData { support: rows(2 * task), query: rows(2 * task + 1) }).collect();
    let v = normals(Purpose::Bootstrap, 0, meta.len());
    let weights = vec![1.0 / TASKS as f64; TASKS];
    let mut group = criterion.benchmark_group("meta (20 x 400, 20-64-64-6)");
    group.sample_size(10).throughput(Throughput::Elements((2 * TASKS * ROWS) as u64));
    for threads in [1, 2] {
        for (name, kind) in [("f32", Kind::Float), ("f64", Kind::Double)] {
            let workers = TorchWorkers::new(threads).expect("workers");
            let options = TorchOptions { kind, ..TorchOptions::default() };
            let mut problem = TorchProblem::new(spec.clone(), &data, &meta, &options, &workers).expect("a problem");
            group.bench_function(format!("libtorch/{name}/{threads} thread/gradient"), |b| {
                b.iter(|| black_box(problem.gradients(&meta).expect("gradients")));
            });
            group.bench_function(format!("libtorch/{name}/{threads} thread/hvp"), |b| {
                b.iter(|| {
                    problem.keep(&meta).expect("a graph");
                    black_box(problem.hvp(&weights, &v).expect("a product"))
                });
            });
            problem.keep(&meta).expect("a graph");
            group.bench_function(format!("libtorch/{name}/{threads} thread/kept"), |b| {
                b.iter(|| black_box(problem.hvp(&weights, &v).expect("a product")));
            });
        }
        let pool = worker_pool(threads).expect("threads");
        let mut problem = FusedProblem::new(&spec, &data, &meta, &pool).expect("a problem");
        group.bench_function(format!("fused/f64/{threads} thread/gradient"), |b| {
            b.iter(|| black_box(problem.gradients(&meta).expect("gradients")));
        });
    }
    group.finish();
}

criterion_group!(benches, hvp);
criterion_main!(benches);
