//! A meta-iteration of the planar drone differentiated by libtorch.

use std::sync::Arc;

use xmrl_envs::Pool;
use xmrl_meta::{Engine, StepOptions, StepOutcome, StepRequest, UniformLaw, meta_step};
use xmrl_torch::{TorchCalculus, TorchOptions, TorchWorkers};

use crate::lab::Lab;

fn step(lab: &Lab, meta: &[f64], tasks: &[f64], engine: Engine) -> StepOutcome {
    let mut options = StepOptions { engine, ..StepOptions::default() };
    options.data.support_episodes = 12;
    options.data.query_episodes = 8;
    let request = StepRequest {
        context: lab.context(),
        meta,
        tasks,
        weights: None,
        mixed_episodes: &[0, 2, 0],
        law: &UniformLaw,
        options: &options,
        seed: 3,
        iteration: 1,
    };
    meta_step(&request).unwrap()
}

/// The same data differentiated by libtorch: the same step, up to the rounding that conjugate gradients carry along.
#[test]
fn both_engines_take_the_same_step() {
    let lab = Lab::new(2);
    let (meta, tasks) = (lab.meta(0), lab.tasks(Pool::Training, 3));
    let calculus = TorchCalculus { options: TorchOptions::default(), workers: TorchWorkers::new(1).unwrap() };
    let fused = step(&lab, &meta, &tasks, Engine::default());
    let torch = step(&lab, &meta, &tasks, Engine::Other(Arc::new(calculus)));
    assert!(fused.stats.accepted && torch.stats.accepted);
    assert_eq!(fused.stats.backtracks, torch.stats.backtracks);
    let moved = fused.meta.iter().zip(&meta).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    let gap = fused.meta.iter().zip(&torch.meta).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(gap < 1e-7 * moved, "{gap:e} of {moved:e}");
    assert!((fused.stats.kl - torch.stats.kl).abs() < 1e-9);
}
