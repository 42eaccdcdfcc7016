//! The problem that PyTorch and JAX are timed on, differentiated here.

use std::sync::Arc;

use xmrl_measure::{HvpRequest, Plan, hvp};
use xmrl_rollout::Precision;
use xmrl_torch::{Kind, TorchCalculus, TorchOptions, TorchWorkers};

/// dF and (d2F) v of the peers' own program: automatic differentiation in PyTorch 2.11, f64.
const RECORDED: [(usize, usize, f64, f64); 2] = [
    (2, 30, 3.146_270_120_612_689_5, -2.443_037_532_908_366_7),
    (3, 17, 0.631_831_776_917_779_9, -147.840_325_339_364_8),
];

#[test]
fn libtorch_reproduces_the_digests_of_the_peers() {
    for (dtype, kind, tolerance) in [(Precision::F64, Kind::Double, 1e-10), (Precision::F32, Kind::Float, 1e-4)] {
        for (tasks, rows, gradient, product) in RECORDED {
            let options = TorchOptions { kind, ..TorchOptions::default() };
            let calculus = Arc::new(TorchCalculus { options, workers: TorchWorkers::new(2).unwrap() });
            let plan = Plan { runs: 1, seconds: 0.0, tries: 0 };
            let ours =
                hvp(&HvpRequest { tasks, rows, dtype, threads: 2, calculus: Some(calculus), plan }).expect("figures");
            let close = |ours: f64, theirs: f64| (ours - theirs).abs() < tolerance * theirs.abs();
            assert!(
                close(ours.gradient_digest, gradient) && close(ours.hvp_digest, product),
                "{tasks} x {rows}: {ours:?}"
            );
        }
    }
}
