//! Meta-gradients task by task.

use crate::lab::Lab;
use xmrl_envs::Pool;
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_meta::{
    DataOptions, DataRequest, Draws, FusedProblem, MetaProblem, TaskGradients, UniformLaw, Usage, meta_data,
    task_gradients,
};

/// A lab at a meta vector, with few episodes.
struct Small {
    lab: Lab,
    meta: Vec<f64>,
    options: DataOptions,
}

impl Small {
    fn new(threads: usize) -> Self {
        let lab = Lab::new(threads);
        let meta = lab.meta(4);
        Self { lab, meta, options: DataOptions { support_episodes: 10, query_episodes: 6, ..DataOptions::default() } }
    }

    fn request<'a>(&'a self, tasks: &'a [f64], task_ids: &'a [u32], mixed_episodes: &'a [usize]) -> DataRequest<'a> {
        DataRequest {
            context: self.lab.context(),
            meta: &self.meta,
            tasks,
            task_ids,
            mixed_episodes,
            law: &UniformLaw,
            options: &self.options,
            draws: Draws::new(2, Usage::Explain, 11),
        }
    }

    fn gradients(&self, tasks: &[f64], task_ids: &[u32]) -> TaskGradients {
        task_gradients(&self.request(tasks, task_ids, &[])).unwrap()
    }
}

/// Central differences of the surrogate with the episodes held fixed, along one direction for every task.
#[test]
fn they_are_the_slopes_of_the_surrogates() {
    let small = Small::new(2);
    let tasks = small.lab.tasks(Pool::Training, 3);
    for mixed in [&[][..], &[3, 0, 2]] {
        let request = small.request(&tasks, &[0, 1, 2], mixed);
        let found = task_gradients(&request).unwrap();
        let data = meta_data::<f64>(&request).unwrap();
        assert_eq!(found.env_steps, data.support_steps + data.query_steps);
        let mut problem =
            FusedProblem::with_inner(&small.lab.spec, &data.data, &small.meta, data.inner, &small.lab.pool).unwrap();
        let stream = Stream::new(9, Purpose::Init, 1);
        let along: Vec<f64> = (0..small.meta.len() as u32).map(|i| stream.normal(0, 0, i, 0)).collect();
        let step = 1e-5;
        let mut at = |sign: f64| {
            let moved: Vec<f64> = small.meta.iter().zip(&along).map(|(x, d)| x + sign * step * d).collect();
            problem.value(&moved).unwrap().surrogates
        };
        for (task, (up, down)) in at(1.0).iter().zip(at(-1.0)).enumerate() {
            let slope = (up - down) / (2.0 * step);
            let row = &found.gradients[task * small.meta.len()..][..small.meta.len()];
            let product: f64 = row.iter().zip(&along).map(|(g, d)| g * d).sum();
            assert!((slope - product).abs() <= 1e-6 * (1.0 + slope.abs()), "task {task}: {slope} and {product}");
            assert!(slope.abs() > 1e-3);
        }
    }
}

#[test]
fn a_task_draws_by_its_number_alone() {
    let (small, other) = (Small::new(2), Small::new(1));
    let tasks = small.lab.tasks(Pool::Training, 35);
    let ids: Vec<u32> = (0..35).collect();
    let size = small.meta.len();
    let all = small.gradients(&tasks, &ids);
    assert_eq!(all, other.gradients(&tasks, &ids));
    // The 34th task lies in the second chunk; alone it has the same gradient.
    let alone = small.gradients(&tasks[66..68], &ids[33..34]);
    assert_eq!(alone.gradients, all.gradients[33 * size..34 * size]);
    // Common random numbers: one task under one number twice, and under two.
    let twice = [&tasks[..2], &tasks[..2]].concat();
    let [common, apart] = [[7, 7], [7, 8]].map(|ids| small.gradients(&twice, &ids).gradients);
    assert_eq!(common[..size], common[size..]);
    assert!(apart[..size] == common[..size] && apart[..size] != apart[size..]);
}

#[test]
fn bad_numbers_of_mixed_episodes_are_named() {
    let small = Small::new(1);
    let tasks = small.lab.tasks(Pool::Training, 2);
    for (mixed, named) in [(&[6, 0][..], "6 of 6 query episodes"), (&[1], "mixedEpisodes")] {
        let message = task_gradients(&small.request(&tasks, &[0, 1], mixed)).unwrap_err().to_string();
        assert!(message.contains(named), "{message}");
    }
}
