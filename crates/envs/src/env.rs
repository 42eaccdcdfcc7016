//! What a world is: rules written over lanes, and the closed list of worlds that exist.

use xmrl_lanes::Lane;

use crate::drone::DronePlanar;
use crate::error::EnvError;
use crate::rng::Stream;
use crate::task::{EnvSpec, Pool, Tasks};

/// Which law start states are drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The task proper: where a flight that counts begins.
    Query,
    /// Data for adaptation: from a law that does not depend on the policy.
    Support,
}

/// What one step gives, lane by lane.
#[derive(Clone, Copy, Debug)]
pub struct Outcome<L> {
    /// Reward of the step.
    pub reward: L,
    /// 1 where the rules ended the episode (not the horizon), else 0.
    pub terminated: L,
    /// 1 where the task was achieved in this step, else 0.
    pub success: L,
}

/// A world's rules. One lane is one world; lanes never see each other.
///
/// Everything is a function of its arguments: no time, no hidden state. The lane functions are `#[inline(always)]` in
/// every implementation (see `xmrl_lanes`). Slices have the lengths of the constants.
pub trait LaneWorld: Send + Sync {
    /// Observation size S.
    const OBS: usize;
    /// Action size A.
    const ACT: usize;
    /// State size D. The state is complete: setting it continues exactly.
    const STATE: usize;
    /// Task size K.
    const TASK: usize;

    /// What a policy sees, `[S]` from `[D]`. Never the task.
    fn observe<L: Lane>(&self, state: &[L], observation: &mut [L]);

    /// Advances every lane by one env step under `action` `[A]` (clipped to [-1, 1] here).
    ///
    /// Knows nothing of finished episodes: the caller discards the lanes that are over.
    fn step<L: Lane>(&self, task: &[L], state: &mut [L], action: &[L]) -> Outcome<L>;

    /// Whether a world may be in this state `[D]`: finite, inside the walls, outside obstacles.
    fn feasible(&self, state: &[f64]) -> bool;

    /// Writes the start state `[D]` of an episode. Draws from `stream` at (`task_id`, `episode`, attempt); attempts that
    /// are infeasible are drawn again.
    fn start(&self, which: Start, task: &[f64], stream: &Stream, task_id: u32, episode: u32, state: &mut [f64]);

    /// Writes `lambda a + (1 - lambda) b` `[D]`, in the geometry of the state. 0 and 1 give `b` and `a` bit for bit.
    fn mix(&self, lambda: f64, a: &[f64], b: &[f64], mixed: &mut [f64]);
}

/// A computation that is written once for every world; see [`Environment::visit`].
pub trait WorldKernel {
    /// What it returns.
    type Output;
    /// The computation for worlds of type `W`.
    fn run<W: LaneWorld>(self, world: &W) -> Self::Output;
}

/// A world with a task law: one preset.
#[derive(Clone, Debug)]
pub enum Environment {
    /// Planar drone navigation.
    DronePlanar(DronePlanar),
}

impl Environment {
    /// Sizes, names and bounds.
    pub fn spec(&self) -> &'static EnvSpec {
        match self {
            Environment::DronePlanar(world) => world.spec(),
        }
    }

    /// Runs `kernel` with the concrete world, so that its inner loops are compiled for it.
    pub fn visit<K: WorldKernel>(&self, kernel: K) -> K::Output {
        match self {
            Environment::DronePlanar(world) => kernel.run(world),
        }
    }

    /// A frozen pool of tasks. Task `i` does not depend on `count`, except for which training tasks the `imbalanced`
    /// law makes rare. Pools of one seed are independent.
    pub fn tasks(&self, pool: Pool, seed: u64, count: usize) -> Tasks {
        match self {
            Environment::DronePlanar(world) => world.tasks(pool, seed, count),
        }
    }

    /// Checks task parameters `[n, K]`, any n: length, finite, inside the bounds of the spec.
    pub fn check_tasks(&self, tasks: &[f64]) -> Result<(), EnvError> {
        let spec = self.spec();
        EnvError::check("tasks", tasks, tasks.len().div_ceil(spec.task_size), spec.task_size)?;
        for (row, task) in tasks.chunks_exact(spec.task_size).enumerate() {
            for (k, &value) in task.iter().enumerate() {
                let (low, high) = (spec.task_low[k], spec.task_high[k]);
                if value < low || value > high {
                    return Err(EnvError::TaskOutside { row, name: spec.task_names[k], value, low, high });
                }
            }
        }
        Ok(())
    }

    /// [`check_tasks`](Environment::check_tasks) for one task `[K]`.
    pub fn check_task(&self, task: &[f64]) -> Result<(), EnvError> {
        EnvError::check("task", task, 1, self.spec().task_size)?;
        self.check_tasks(task)
    }

    /// [`LaneWorld::feasible`].
    pub fn feasible(&self, state: &[f64]) -> bool {
        match self {
            Environment::DronePlanar(world) => world.feasible(state),
        }
    }

    /// [`LaneWorld::start`].
    pub fn start(&self, which: Start, task: &[f64], stream: &Stream, task_id: u32, episode: u32, state: &mut [f64]) {
        match self {
            Environment::DronePlanar(world) => world.start(which, task, stream, task_id, episode, state),
        }
    }

    /// [`LaneWorld::mix`].
    pub fn mix(&self, lambda: f64, a: &[f64], b: &[f64], mixed: &mut [f64]) {
        match self {
            Environment::DronePlanar(world) => world.mix(lambda, a, b, mixed),
        }
    }
}
