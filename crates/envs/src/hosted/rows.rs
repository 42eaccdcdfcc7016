//! What crosses between a world and its host.

use crate::spec::EnvSpec;

/// Rows of worlds that do not depend on one another, each array row-major.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// W.
    pub count: usize,
    /// `[W, K]`.
    pub tasks: Vec<f64>,
    /// `[W, D]`.
    pub states: Vec<f64>,
    /// `[W, A]`, in the world's own range.
    pub actions: Vec<f64>,
    /// `[W, S]`.
    pub observations: Vec<f64>,
    /// `[W]`.
    pub rewards: Vec<f64>,
    /// `[W]`, 1 and 0.
    pub terminated: Vec<u8>,
    /// `[W]`, 1 and 0.
    pub success: Vec<u8>,
    /// `[W, 4]`: the two words of the stream's key, the task's number and the episode's.
    pub draws: Vec<u32>,
}

impl Rows {
    /// One of its rows, alone.
    #[must_use]
    pub fn one(&self, row: usize) -> Self {
        fn part<T: Clone>(array: &[T], row: usize, count: usize) -> Vec<T> {
            let size = array.len() / count;
            array[row * size..][..size].to_vec()
        }
        let (numbers, flags) =
            (|array: &[f64]| part(array, row, self.count), |array: &[u8]| part(array, row, self.count));
        Self {
            count: 1,
            tasks: numbers(&self.tasks),
            states: numbers(&self.states),
            actions: numbers(&self.actions),
            observations: numbers(&self.observations),
            rewards: numbers(&self.rewards),
            terminated: flags(&self.terminated),
            success: flags(&self.success),
            draws: part(&self.draws, row, self.count),
        }
    }

    /// Makes it `count` rows of a world, all 0.
    pub fn resize(&mut self, spec: &EnvSpec, count: usize) {
        self.count = count;
        let numbers = [
            (&mut self.tasks, spec.task_size),
            (&mut self.states, spec.state_size),
            (&mut self.actions, spec.action_size),
            (&mut self.observations, spec.observation_size),
            (&mut self.rewards, 1),
        ];
        for (array, size) in numbers {
            array.clear();
            array.resize(count * size, 0.0);
        }
        for flags in [&mut self.terminated, &mut self.success] {
            flags.clear();
            flags.resize(count, 0);
        }
        self.draws.clear();
        self.draws.resize(count * 4, 0);
    }
}
