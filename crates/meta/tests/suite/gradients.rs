//! Meta-gradients task by task.

use crate::common::pool;
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Environment, Pool, environment};
use xmrl_meta::{
    Crew, DataOptions, DataRequest, Draws, FusedProblem, InnerRate, MetaProblem, MetaSpec, TaskGradients, UniformLaw,
    Usage, meta_data, task_gradients,
};
use xmrl_policy::{Activation, PolicySpec, initial_parameters};

struct Lab {
    env: Environment,
    spec: MetaSpec,
    pool: rayon::ThreadPool,
    meta: Vec<f64>,
    options: DataOptions,
}

impl Lab {
    fn new(threads: usize) -> Self {
        let env = environment("drone-planar").unwrap();
        let policy = PolicySpec {
            observation_size: env.spec().observation_size,
            action_size: env.spec().action_size,
            hidden: vec![8],
            activation: Activation::Tanh,
            log_std_init: -0.3,
            log_std_min: -2.3,
        };
        let spec = MetaSpec { policy, rate: InnerRate::Learned, initial_rate: 2.0 };
        let stream = Stream::new(4, Purpose::Init, 0);
        let mut drawn = 0..;
        let meta = spec.initial(initial_parameters(&spec.policy, || stream.normal(0, 0, 0, drawn.next().unwrap())));
        let options = DataOptions { support_flights: 10, query_flights: 6, ..DataOptions::default() };
        Self { env, spec, pool: pool(threads), meta, options }
    }

    fn request<'a>(&'a self, tasks: &'a [f64], task_ids: &'a [u32], mixed_episodes: &'a [usize]) -> DataRequest<'a> {
        DataRequest {
            crew: Crew { env: &self.env, spec: &self.spec, pool: &self.pool },
            meta: &self.meta,
            tasks,
            task_ids,
            mixed_episodes,
            law: &UniformLaw,
            options: &self.options,
            draws: Draws::new(2, Usage::Explain, 11),
        }
    }

    fn gradients(&self, tasks: &[f64], task_ids: &[u32], mixed_episodes: &[usize]) -> TaskGradients {
        task_gradients(&self.request(tasks, task_ids, mixed_episodes)).unwrap()
    }
}

/// Central differences of the surrogate with the flights held fixed, along one direction for every task.
#[test]
fn they_are_the_slopes_of_the_surrogates() {
    let lab = Lab::new(2);
    let tasks = lab.env.tasks(Pool::Training, 0, 3).values;
    for mixed in [&[][..], &[3, 0, 2]] {
        let request = lab.request(&tasks, &[0, 1, 2], mixed);
        let found = task_gradients(&request).unwrap();
        let data = meta_data::<f64>(&request).unwrap();
        assert_eq!(found.env_steps, data.support_steps + data.query_steps);
        let mut problem = FusedProblem::with_inner(&lab.spec, &data.data, &lab.meta, data.inner, &lab.pool).unwrap();
        let stream = Stream::new(9, Purpose::Init, 1);
        let along: Vec<f64> = (0..lab.meta.len() as u32).map(|i| stream.normal(0, 0, i, 0)).collect();
        let step = 1e-5;
        let mut at = |sign: f64| {
            let moved: Vec<f64> = lab.meta.iter().zip(&along).map(|(x, d)| x + sign * step * d).collect();
            problem.value(&moved).unwrap().surrogates
        };
        for (task, (up, down)) in at(1.0).iter().zip(at(-1.0)).enumerate() {
            let slope = (up - down) / (2.0 * step);
            let row = &found.gradients[task * lab.meta.len()..][..lab.meta.len()];
            let product: f64 = row.iter().zip(&along).map(|(g, d)| g * d).sum();
            assert!((slope - product).abs() <= 1e-6 * (1.0 + slope.abs()), "task {task}: {slope} and {product}");
            assert!(slope.abs() > 1e-3);
        }
    }
}

#[test]
fn a_task_draws_by_its_number_alone() {
    let (lab, other) = (Lab::new(2), Lab::new(1));
    let tasks = lab.env.tasks(Pool::Training, 0, 35).values;
    let ids: Vec<u32> = (0..35).collect();
    let size = lab.meta.len();
    let all = lab.gradients(&tasks, &ids, &[]);
    assert_eq!(all, other.gradients(&tasks, &ids, &[]));
    // The 34th task lies in the second chunk; alone it has the same gradient.
    let alone = lab.gradients(&tasks[66..68], &ids[33..34], &[]);
    assert_eq!(alone.gradients, all.gradients[33 * size..34 * size]);
    // Common random numbers: one task under one number twice, and under two.
    let twice = [&tasks[..2], &tasks[..2]].concat();
    let [common, apart] = [[7, 7], [7, 8]].map(|ids| lab.gradients(&twice, &ids, &[]).gradients);
    assert_eq!(common[..size], common[size..]);
    assert!(apart[..size] == common[..size] && apart[..size] != apart[size..]);
}

#[test]
fn bad_numbers_of_mixed_flights_are_named() {
    let lab = Lab::new(1);
    let tasks = lab.env.tasks(Pool::Training, 0, 2).values;
    for (mixed, named) in [(&[6, 0][..], "6 of 6 query flights"), (&[1], "mixedEpisodes")] {
        let message = task_gradients(&lab.request(&tasks, &[0, 1], mixed)).unwrap_err().to_string();
        assert!(message.contains(named), "{message}");
    }
}
