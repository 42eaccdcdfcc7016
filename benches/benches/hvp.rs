//! Exact meta-gradient and meta-Hessian products of the problem that PyTorch and JAX are timed on: 20 tasks, 400 support and
//! 400 query rows each, policy 20-64-64-6 tanh, inner rate .1.
//!
//! `cargo bench -p xmrl-benches --bench hvp`, with libtorch beside `--features torch`. "hvp" starts from the parameters, "kept" reuses what the gradient left.
//! `npx xmrl bench hvp` times the same with digests beside the figures.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use xmrl_measure::{Problem, keep_memory, with_engine};
use xmrl_meta::Calculus;
use xmrl_rollout::Precision;

const TASKS: usize = 20;
const ROWS: usize = 400;

/// Name and calculus of what is timed in this number type; the fused derivatives are `None`.
fn engines(_dtype: Precision, _threads: usize) -> Vec<(&'static str, Option<Box<dyn Calculus>>)> {
    #[cfg(not(feature = "torch"))]
    return vec![("fused", None)];
    #[cfg(feature = "torch")]
    {
        use xmrl_torch::{Kind, TorchCalculus, TorchOptions, TorchWorkers};
        let kind = if _dtype == Precision::F32 { Kind::Float } else { Kind::Double };
        let options = TorchOptions { kind, ..TorchOptions::default() };
        let workers = TorchWorkers::new(_threads).expect("threads");
        vec![("fused", None), ("libtorch", Some(Box::new(TorchCalculus { options, workers })))]
    }
}

fn hvp(criterion: &mut Criterion) {
    keep_memory();
    let mut group = criterion.benchmark_group("meta (20 x 400, 20-64-64-6)");
    group.sample_size(10).throughput(Throughput::Elements((2 * TASKS * ROWS) as u64));
    for (dtype, number) in [(Precision::F32, "f32"), (Precision::F64, "f64")] {
        let problem = Problem::new(TASKS, ROWS, dtype == Precision::F32).expect("a problem");
        for threads in [1, 2] {
            for (engine, calculus) in engines(dtype, threads) {
                let name = |what: &str| format!("{engine}/{number}/{threads} thread/{what}");
                with_engine(&problem, calculus.as_deref(), dtype, threads, |engine| {
                    group.bench_function(name("gradient"), |b| {
                        b.iter(|| black_box(problem.gradient(engine).expect("a gradient")));
                    });
                    group.bench_function(name("hvp"), |b| {
                        b.iter(|| black_box(problem.hvp(engine).expect("a product")));
                    });
                    group.bench_function(name("kept"), |b| {
                        b.iter(|| black_box(problem.kept(engine).expect("a product")));
                    });
                    Ok(())
                })
                .expect("an engine");
            }
        }
    }
    group.finish();
}

criterion_group!(benches, hvp);
criterion_main!(benches);
