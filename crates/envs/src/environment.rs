//! A shared world with checked calls: what everything above this crate holds.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::Arc;

use crate::block::Block;
use crate::crew::Aboard;
use crate::error::EnvError;
use crate::mix::Geometry;
use crate::rng::Stream;
use crate::spec::EnvSpec;
use crate::tasks::{Pool, TaskLaw, Tasks};
use crate::world::{Abilities, Draw, Scene, Start, World};

/// A world with a task law: one preset. Copies share it.
#[derive(Clone)]
pub struct Environment(Arc<dyn World>);

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Environment").field(&self.spec().preset).finish()
    }
}

impl<W: World> From<W> for Environment {
    fn from(world: W) -> Self {
        Environment(Arc::new(world))
    }
}

impl Environment {
    /// Sizes, names and bounds.
    #[must_use]
    pub fn spec(&self) -> &EnvSpec {
        self.0.spec()
    }

    /// What can be asked of it.
    #[must_use]
    pub fn abilities(&self) -> Abilities {
        self.0.abilities()
    }

    /// The world itself, where it is a `W`.
    #[must_use]
    pub fn world<W: World>(&self) -> Option<&W> {
        (&*self.0 as &dyn Any).downcast_ref()
    }

    /// Where its rules are found by whoever flies episodes elsewhere; `None` where that cannot be.
    #[must_use]
    pub fn aboard(&self) -> Option<Aboard<'_>> {
        self.0.aboard()
    }

    /// Blocks of these widths for a caller whose lanes hold `T`, `f64` or `f32`: multiples of the lanes, 8 or 16.
    #[must_use]
    pub fn blocks<T: 'static>(&self, widths: &[usize]) -> Vec<Box<dyn Block<T>>> {
        let blocks: Box<dyn Any> = if TypeId::of::<T>() == TypeId::of::<f32>() {
            Box::new(self.0.single_blocks(widths))
        } else {
            Box::new(self.0.blocks(widths))
        };
        *blocks.downcast().expect("lanes hold f64 or f32")
    }

    /// A frozen pool of tasks. Task `i` does not depend on `count`, except for which training tasks a law makes
    /// rare. Pools of one seed are independent.
    #[must_use]
    pub fn tasks(&self, pool: Pool, seed: u64, count: usize) -> Tasks {
        self.0.tasks(pool, seed, count)
    }

    /// A frozen pool by a law of the caller's choosing; that of the preset gives [`tasks`](Environment::tasks), bit for bit.
    /// Evaluation and held-out tasks are the same under every law, which then tells which of them are rare in training.
    ///
    /// Errors: nothing of this preset's tasks can be rare; a share outside [0, 1], or a part outside [.01, .99].
    pub fn tasks_by(&self, law: TaskLaw, pool: Pool, seed: u64, count: usize) -> Result<Tasks, EnvError> {
        if let TaskLaw::Rare(rare) = law {
            let preset = || self.spec().preset.clone();
            if self.spec().rareness.is_none() {
                return Err(EnvError::NothingRare { preset: preset() });
            }
            if !(0.0..=1.0).contains(&rare.share) {
                return Err(EnvError::BadLaw { key: "share", value: rare.share, needed: "from 0 to 1" });
            }
            // Smaller parts take long to be met by draws that are repeated until one lies there.
            if !(0.01..=0.99).contains(&rare.part) {
                return Err(EnvError::BadLaw { key: "part", value: rare.part, needed: "from 0.01 to 0.99" });
            }
        }
        Ok(self.0.tasks_by(law, pool, seed, count))
    }

    /// Checks task parameters `[n, K]`, any n: length, finite, inside the bounds of the spec, whole where they must be.
    pub fn check_tasks(&self, tasks: &[f64]) -> Result<(), EnvError> {
        let spec = self.spec();
        EnvError::check("tasks", tasks, tasks.len().div_ceil(spec.task_size), spec.task_size)?;
        for (row, task) in tasks.chunks_exact(spec.task_size).enumerate() {
            for (k, &value) in task.iter().enumerate() {
                let (low, high) = (spec.task_low[k], spec.task_high[k]);
                if value < low || value > high {
                    return Err(EnvError::TaskOutside { row, name: spec.task_names[k].clone(), value, low, high });
                }
                if value.fract() != 0.0 && spec.kinds.as_ref().is_some_and(|kinds| kinds.parameter == k) {
                    return Err(EnvError::TaskNotWhole { row, name: spec.task_names[k].clone(), value });
                }
            }
            self.0.check_task(row, task)?;
        }
        Ok(())
    }

    /// [`check_tasks`](Environment::check_tasks) for one task `[K]`.
    pub fn check_task(&self, task: &[f64]) -> Result<(), EnvError> {
        EnvError::check("task", task, 1, self.spec().task_size)?;
        self.check_tasks(task)
    }

    /// Checks states `[n, D]`, any n: every row is one that a world can go on from. The error names the first that is not.
    pub fn check_states(&self, states: &[f64]) -> Result<(), EnvError> {
        let size = self.spec().state_size;
        EnvError::check_shape("states", states, states.len().div_ceil(size), size)?;
        self.check_states_from(0, states)
    }

    /// The same of whole rows, the first of which is called `first`.
    pub(crate) fn check_states_from(&self, first: usize, states: &[f64]) -> Result<(), EnvError> {
        // Every step of a batch asks, and almost always all is well.
        if self.0.accepts_all(states) {
            return Ok(());
        }
        let mut rows = states.chunks_exact(self.spec().state_size).enumerate();
        rows.try_for_each(|(row, state)| self.0.check_state(first + row, state))
    }

    /// That episodes can begin in states of the caller's.
    pub fn check_settable(&self) -> Result<(), EnvError> {
        let fail = || EnvError::NotSettable { preset: self.spec().preset.clone() };
        self.abilities().set_state.then_some(()).ok_or_else(fail)
    }

    /// [`World::feasible`].
    #[must_use]
    pub fn feasible(&self, state: &[f64]) -> bool {
        self.0.feasible(state)
    }

    /// [`World::depth`].
    #[must_use]
    pub fn depth(&self, state: &[f64]) -> f64 {
        self.0.depth(state)
    }

    /// [`World::raise`].
    pub fn raise(&self, state: &mut [f64], height: f64) -> bool {
        self.0.raise(state, height)
    }

    /// [`World::segments`] of every state `[n, D]`: `[n, C, 7]`. Errors as [`check_states`](Environment::check_states).
    pub fn segments(&self, states: &[f64]) -> Result<Vec<f64>, EnvError> {
        self.check_states(states)?;
        Ok(states.chunks_exact(self.spec().state_size).flat_map(|state| self.0.segments(state)).collect())
    }

    /// [`World::scene`].
    #[must_use]
    pub fn scene(&self) -> Option<Scene> {
        self.0.scene()
    }

    /// [`World::goal`] of a task `[K]`. Errors as [`check_task`](Environment::check_task), and of a world that failed where it runs.
    pub fn goal(&self, task: &[f64]) -> Result<Option<[f64; 3]>, EnvError> {
        self.check_task(task)?;
        self.0.goal(task)
    }

    /// [`World::start`].
    pub fn start(&self, which: Start, task: &[f64], stream: &Stream, task_id: u32, episode: u32, state: &mut [f64]) {
        self.0.start(which, task, stream, task_id, episode, state);
    }

    /// [`World::starts`].
    ///
    /// # Errors
    /// A world that failed where it runs.
    pub fn starts(&self, which: Start, tasks: &[f64], draws: &[Draw], states: &mut [f64]) -> Result<(), EnvError> {
        self.0.starts(which, tasks, draws, states)
    }

    /// [`World::mixes_within`].
    #[must_use]
    pub fn mixes_within(&self, state: &[f64]) -> Option<f64> {
        self.0.mixes_within(state)
    }

    /// [`World::mix`].
    pub fn mix(&self, geometry: Geometry, lambda: f64, a: &[f64], b: &[f64], mixed: &mut [f64]) {
        self.0.mix(geometry, lambda, a, b, mixed);
    }
}
