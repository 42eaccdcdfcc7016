//! Exact meta-gradient and meta-Hessian products of the problem that PyTorch and JAX are timed on: 20 tasks, 400 support and
//! 400 query rows each, policy 20-64-64-6 tanh, inner rate .1.
//!
//! `cargo bench -p xmrl-benches --bench hvp`. "hvp" starts from the parameters, "kept" reuses what the gradient left.
//! `npx xmrl bench hvp` times the same with digests beside the figures.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use xmrl_measure::{Calculus, Dtype, Problem, keep_memory, with_engine};

const TASKS: usize = 20;
const ROWS: usize = 400;

fn hvp(criterion: &mut Criterion) {
    keep_memory();
    let mut group = criterion.benchmark_group("meta (20 x 400, 20-64-64-6)");
    group.sample_size(10).throughput(Throughput::Elements((2 * TASKS * ROWS) as u64));
    for (dtype, number) in [(Dtype::F32, "f32"), (Dtype::F64, "f64")] {
        let problem = Problem::new(TASKS, ROWS, dtype == Dtype::F32).expect("a problem");
        for threads in [1, 2] {
            for (calculus, engine) in [(Calculus::Fused, "fused"), (Calculus::Libtorch, "libtorch")] {
                let name = |what: &str| format!("{engine}/{number}/{threads} thread/{what}");
                with_engine(&problem, calculus, dtype, threads, |engine| {
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
