//! tmp
#![expect(clippy::print_stdout, reason = "tmp")]
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Pool, environment};
use xmrl_meta::*;
use xmrl_policy::{Activation, PolicySpec, initial_parameters};
fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect();
    (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0
}
fn time(name: &str, n: usize, mut f: impl FnMut()) {
    f();
    let t = cpu();
    for _ in 0..n {
        f();
    }
    println!("{name}: {:.2} ms CPU", (cpu() - t) / n as f64 * 1e3);
}
fn main() {
    let env = environment("drone-planar").unwrap();
    let policy = PolicySpec {
        observation_size: 4,
        action_size: 2,
        hidden: vec![32, 32],
        activation: Activation::Tanh,
        log_std_init: -0.3,
        log_std_min: -2.3,
    };
    let spec = MetaSpec { policy, rate: InnerRate::Learned, initial_rate: 2.0 };
    let init = Stream::new(0, Purpose::Init, 0);
    let mut k = 0;
    let meta = spec.initial(initial_parameters(&spec.policy, || {
        k += 1;
        init.normal(0, 0, 0, k)
    }));
    let pool = worker_pool(1).unwrap();
    let crew = Crew { env: &env, spec: &spec, pool: &pool };
    for (slots, support) in [(30, 40), (24, 160)] {
        println!("{slots} x ({support}+20)");
        let tasks = env.tasks(Pool::Training, 0, slots).values;
        let ids: Vec<u32> = (0..slots as u32).collect();
        let mut options = StepOptions::default();
        options.data.support_flights = support;
        if std::env::args().nth(1).is_some() {
            options.data.precision = xmrl_rollout::Precision::F32;
        }
        let request = StepRequest {
            crew,
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
            crew,
            meta: &meta,
            tasks: &tasks,
            task_ids: &ids,
            mixed_episodes: &[],
            law: &UniformLaw,
            options: &options.data,
            draws: Draws::new(0, Usage::Train, 0),
        };
        time("whole", 10, || {
            meta_step(&request).unwrap();
        });
        time("collection", 20, || {
            meta_data(&data).unwrap();
        });
        let c = meta_data(&data).unwrap();
        let mut p = FusedProblem::with_inner(&spec, &c.data, &meta, c.inner.clone(), &pool).unwrap();
        time("with_inner", 50, || {
            FusedProblem::with_inner(&spec, &c.data, &meta, c.inner.clone(), &pool).unwrap();
        });
        time("gradients", 20, || {
            p.gradients(&meta).unwrap();
        });
        let mut other = meta.clone();
        other[3] += 1e-3;
        time("value", 20, || {
            p.value(&other).unwrap();
        });
        let mut out = vec![0.0; meta.len()];
        time("curvature", 40, || {
            p.curvature(&meta, 0.5, &mut out).unwrap();
        });
        let o = trpo_step(&mut p, &meta, None, &options.trpo).unwrap();
        println!("backtracks {}", o.backtracks);
    }
}
