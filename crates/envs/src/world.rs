//! What a world is to whoever holds it: its description, its tasks, its states, and blocks of it that step.

use std::any::Any;

use crate::block::Block;
use crate::crew::Aboard;
use crate::error::EnvError;
use crate::mix::{Geometry, linear};
use crate::rng::Stream;
use crate::rounded::rounded_blocks;
use crate::spec::EnvSpec;
use crate::tasks::{Pool, TaskLaw, Tasks};

/// Which law start states are drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The task proper: where an episode that counts begins.
    Query,
    /// Data for adaptation: from a law that does not depend on the policy.
    Support,
}

/// What can be asked of a world. Worlds of lane code can do everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// Episodes can begin in any state of the world's, not only in those that its start law draws.
    pub set_state: bool,
    /// Two states can be mixed.
    pub mixes: bool,
    /// The same arguments give the same bits.
    pub deterministic: bool,
    /// Worlds that a block had best hold; `None`: as few as the caller's lanes. A world behind a process wants many.
    pub preferred_width: Option<usize>,
    /// Each block that is used at a time costs a process or the like: a batch has one for each of its threads, however wide, and
    /// none of its worlds is begun but those that are asked for.
    pub block_per_thread: bool,
}

impl Default for Abilities {
    fn default() -> Self {
        Abilities { set_state: true, mixes: true, deterministic: true, preferred_width: None, block_per_thread: false }
    }
}

/// What the random numbers of one start are keyed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// Of the start law.
    pub stream: Stream,
    /// Number of the task in it.
    pub task_id: u32,
    /// Number of the episode in it.
    pub episode: u32,
}

/// A picture's surroundings of episodes among discs, m.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Lower left of the arena in which goals lie.
    pub low: [f64; 2],
    /// Upper right of it.
    pub high: [f64; 2],
    /// Where query episodes start.
    pub start: [f64; 2],
    /// Distance from the goal that counts as arrival.
    pub goal_radius: f64,
    /// Solid discs (x, y, radius); pillars where there are heights.
    pub discs: Vec<[f64; 3]>,
    /// Floor, ceiling and height of query starts; `None` where episodes stay in a plane.
    pub heights: Option<[f64; 3]>,
}

/// One preset: a world with a task law. Host code; what is stepped is made by [`blocks`](World::blocks).
///
/// Slices have the lengths that the [`spec`](World::spec) gives: state D, task K. Adding a world is one implementation and one line
/// of the registry, or [`register`](crate::register) while the program runs.
pub trait World: Any + Send + Sync {
    /// Names, sizes, bounds and every other fact of the preset.
    fn spec(&self) -> &EnvSpec;

    /// What can be asked of it.
    fn abilities(&self) -> Abilities {
        Abilities::default()
    }

    /// A frozen pool of tasks; see [`Environment::tasks`](crate::Environment::tasks).
    fn tasks(&self, pool: Pool, seed: u64, count: usize) -> Tasks;

    /// A frozen pool by a law that the caller chooses: one of [`EnvSpec::task_laws`]. With the preset's own law it is
    /// [`tasks`](World::tasks), bit for bit; a world without another has nothing else.
    fn tasks_by(&self, _law: TaskLaw, pool: Pool, seed: u64, count: usize) -> Tasks {
        self.tasks(pool, seed, count)
    }

    /// Checks one task `[K]` of row `row` that is inside the bounds of the spec.
    fn check_task(&self, _row: usize, _task: &[f64]) -> Result<(), EnvError> {
        Ok(())
    }

    /// Checks one state `[D]` of row `row`: that every entry is a number a world can go on from.
    fn check_state(&self, row: usize, state: &[f64]) -> Result<(), EnvError> {
        check_entries(row, state, f64::MAX)
    }

    /// Whether [`check_state`](World::check_state) surely accepts each of the states `[n, D]`, where that is found faster for all of them
    /// than for one after the other; false says nothing. Whoever does not write `check_state` may look for finite numbers only.
    fn accepts_all(&self, _states: &[f64]) -> bool {
        false
    }

    /// Whether a world may be in this state `[D]`: one that [`check_state`](World::check_state) accepts, inside the walls,
    /// outside solid obstacles.
    fn feasible(&self, state: &[f64]) -> bool {
        self.check_state(0, state).is_ok()
    }

    /// How deep the lowest point is in the floor, m; 0 above it, and where a world has no floor.
    fn depth(&self, _state: &[f64]) -> f64 {
        0.0
    }

    /// Lifts a state by `height`, m; false where a world has no height ([`EnvSpec::liftable`]).
    fn raise(&self, _state: &mut [f64], _height: f64) -> bool {
        false
    }

    /// Capsules that draw the body in a state `[D]`: (x1 y1 z1 x2 y2 z2 radius) each, m, in the world; a ball has both ends
    /// in one place. None where there is no body to draw.
    fn segments(&self, _state: &[f64]) -> Vec<f64> {
        Vec::new()
    }

    /// What stands around episodes; `None` where nothing does.
    fn scene(&self) -> Option<Scene> {
        None
    }

    /// Where a task `[K]` wants the object that a hand handles, or the hand itself, m; `None` where there is no such place. Where a task
    /// is its goal's coordinates, whoever draws it reads them off the task.
    ///
    /// # Errors
    /// A world that failed where it runs.
    fn goal(&self, _task: &[f64]) -> Result<Option<[f64; 3]>, EnvError> {
        Ok(None)
    }

    /// Writes the start state `[D]` of an episode. Draws from `stream` at (`task_id`, `episode`, attempt); attempts that
    /// are infeasible are drawn again.
    fn start(&self, which: Start, task: &[f64], stream: &Stream, task_id: u32, episode: u32, state: &mut [f64]);

    /// [`start`](World::start) of n episodes with tasks `[n, K]` and draws `[n]`: states `[n, D]`. A world that is asked about rows
    /// elsewhere is asked once.
    ///
    /// # Errors
    /// A world that failed where it runs.
    fn starts(&self, which: Start, tasks: &[f64], draws: &[Draw], states: &mut [f64]) -> Result<(), EnvError> {
        let (size, each) = (self.spec().task_size, self.spec().state_size);
        for ((draw, task), state) in draws.iter().zip(tasks.chunks_exact(size)).zip(states.chunks_exact_mut(each)) {
            self.start(which, task, &draw.stream, draw.task_id, draw.episode, state);
        }
        Ok(())
    }

    /// What two states must have in common to be mixed (a day, say); `None` where any two can be.
    fn mixes_within(&self, _state: &[f64]) -> Option<f64> {
        None
    }

    /// Writes `lambda a + (1 - lambda) b` `[D]` in the geometry asked for, or along the straight line where every geometry is
    /// that. 0 and 1 give `b` and `a` bit for bit.
    fn mix(&self, _geometry: Geometry, lambda: f64, a: &[f64], b: &[f64], mixed: &mut [f64]) {
        linear(lambda, a, b, mixed);
    }

    /// Where its rules are found by whoever flies episodes elsewhere; `None` where that cannot be.
    fn aboard(&self) -> Option<Aboard<'_>> {
        None
    }

    /// Blocks of these widths (multiples of 8 where no width is preferred), for callers that compute in double precision.
    fn blocks(&self, widths: &[usize]) -> Vec<Box<dyn Block<f64>>>;

    /// Blocks of these widths, multiples of 16 where no width is preferred, for callers that compute in single precision: those of
    /// [`blocks`](World::blocks), rounded on their way out, where the world itself computes in double.
    fn single_blocks(&self, widths: &[usize]) -> Vec<Box<dyn Block<f32>>> {
        rounded_blocks(self.blocks(widths))
    }
}

/// That every entry of a state is finite and no larger than `largest`.
pub(crate) fn check_entries(row: usize, state: &[f64], largest: f64) -> Result<(), EnvError> {
    match state.iter().position(|x| x.is_nan() || x.abs() > largest) {
        Some(entry) => Err(EnvError::BadState { row, entry, value: state[entry], largest }),
        None => Ok(()),
    }
}
