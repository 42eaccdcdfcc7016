//! The derivative kernel, one core, `f64` and `f32`: microseconds per row are the printed time over the rows (throughput inverted).
//!
//! `cargo bench -p xmrl-benches --bench derivatives`. `XMRL_ISA=portable|avx2` lowers the instruction set.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use xmrl_policy::{Activation, Fused, Number, PolicySpec, Rows, initial_parameters};

const ROWS: usize = 1000;

/// A fixed sequence in (-1, 1): the kernel's time does not depend on the values.
fn sequence(len: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

fn derivatives(criterion: &mut Criterion) {
    of::<f64>(criterion);
    of::<f32>(criterion);
}

fn of<T: Number>(criterion: &mut Criterion) {
    let rounded = |values: &[f64]| values.iter().map(|&x| T::round(x)).collect::<Vec<T>>();
    let drone = (4, vec![32, 32], 2, Activation::Tanh);
    let cheetah = (20, vec![64, 64], 6, Activation::Tanh);
    let wide = (20, vec![100, 100], 6, Activation::Relu);
    for (observation_size, hidden, action_size, activation) in [drone, cheetah, wide] {
        let name = format!("{observation_size}-{hidden:?}-{action_size} {activation:?}");
        let spec =
            PolicySpec { observation_size, action_size, hidden, activation, log_std_init: -0.3, log_std_min: -2.3 };
        let fused = Fused::<T>::new(&spec).expect("a valid spec");
        let mut draws = sequence(spec.parameters(), 1).into_iter();
        let theta = initial_parameters(&spec, || draws.next().unwrap_or(0.5));
        let observations = rounded(&sequence(ROWS * observation_size, 2));
        let actions = rounded(&sequence(ROWS * action_size, 3));
        let (coefficients, mut log_probs) = (rounded(&sequence(ROWS, 4)), vec![T::default(); ROWS]);
        let mut ws = fused.workspace();
        fused.log_probs(&mut ws, &theta, &observations, &actions, &mut log_probs);
        let rows =
            Rows { observations: &observations, actions: &actions, log_probs: &log_probs, coefficients: &coefficients };
        let (v, mut out) = (sequence(theta.len(), 5), vec![0.0; theta.len()]);
        let mut prepared = fused.prepared_surrogate();
        fused.prepare_surrogate(&mut ws, &theta, &rows, &mut prepared, &mut out);

        let mut group = criterion.benchmark_group(format!("derivatives {}", T::NAME));
        group.throughput(Throughput::Elements(ROWS as u64)).sample_size(30);
        let id = |what: &str| BenchmarkId::new(what, &name);
        group.bench_function(id("value"), |b| b.iter(|| fused.surrogate(&mut ws, black_box(&theta), &rows)));
        group.bench_function(id("gradient"), |b| {
            b.iter(|| fused.surrogate_gradient(&mut ws, black_box(&theta), &rows, &mut out));
        });
        group.bench_function(id("hvp"), |b| {
            b.iter(|| fused.surrogate_hvp(&mut ws, black_box(&theta), &rows, &v, &mut out));
        });
        group.bench_function(id("prepared_hvp"), |b| {
            b.iter(|| fused.prepared_hvp(&mut ws, black_box(&prepared), &v, &mut out));
        });
        group.bench_function(id("fisher"), |b| {
            b.iter(|| fused.fisher_product(&mut ws, black_box(&theta), &observations, 1.0, &v, &mut out));
        });
        group.bench_function(id("prepared_fisher"), |b| {
            b.iter(|| fused.prepared_fisher_product(&mut ws, prepared.distribution(), 1.0, black_box(&v), &mut out));
        });
        group.finish();
    }
}

criterion_group!(benches, derivatives);
criterion_main!(benches);
