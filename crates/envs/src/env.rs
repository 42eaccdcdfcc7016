//! What a world is: rules written over lanes, and the closed list of worlds that exist.

use xmrl_lanes::Lane;

use crate::ant::Ant;
use crate::cheetah::Cheetah;
use crate::drone::DronePlanar;
use crate::error::EnvError;
use crate::market::Market;
use crate::mixup::Geometry;
use crate::numbers::Numbers;
use crate::quadrotor::DroneQuadrotor;
use crate::rng::Stream;
use crate::runner::Runner;
use crate::task::{EnvSpec, Pool, Tasks};
use crate::walker::Walker;

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

/// How many numbers a world's arrays have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// S.
    pub observation: usize,
    /// A.
    pub action: usize,
    /// D.
    pub state: usize,
    /// K.
    pub task: usize,
    /// [`LaneWorld::MEMORY`].
    pub memory: usize,
}

/// A world's rules. One lane is one world; lanes never see each other.
///
/// Everything is a function of its arguments: no time, no hidden state. The lane functions are `#[inline(always)]` in
/// every implementation (see `xmrl_lanes`), or hand their work to [`Lane::outlined`]; their `L` is the world's own lanes,
/// [`Numbers::Of`] those of the caller. Slices have the lengths that [`sizes`](LaneWorld::sizes) gives.
pub trait LaneWorld: Send + Sync {
    /// Observation size S.
    const OBS: usize;
    /// Action size A.
    const ACT: usize;
    /// State size D. With the memory that [`begin`](LaneWorld::begin) gives it, a state is complete: setting it
    /// continues exactly.
    const STATE: usize;
    /// Task size K.
    const TASK: usize;
    /// Numbers beside the state that the last step left and that the next observation shows (contact forces, positions that
    /// lag) or the episode is judged by (whether it has met contact). Whoever holds the worlds keeps them with the state; they
    /// are never set from outside.
    const MEMORY: usize;
    /// Magnitude beyond which an entry of a state is no number a world can go on from. `None` where no step can lead out of
    /// the numbers, so that nobody need look.
    const LARGEST: Option<f64> = None;

    /// The lanes it computes in.
    type Numbers: Numbers;

    /// Working memory for one block of lanes; its contents mean nothing between calls.
    type Scratch<L: Lane>: Send + 'static;

    /// The sizes of this very world: the constants, which stand for nothing in a world whose sizes follow its data.
    #[inline(always)]
    fn sizes(&self) -> Sizes {
        Sizes { observation: Self::OBS, action: Self::ACT, state: Self::STATE, task: Self::TASK, memory: Self::MEMORY }
    }

    /// Fresh working memory.
    fn scratch<L: Lane>(&self) -> Self::Scratch<L>;

    /// Sizes, names and bounds of the preset.
    fn spec(&self) -> &'static EnvSpec;

    /// A frozen pool of tasks; see [`Environment::tasks`].
    fn tasks(&self, pool: Pool, seed: u64, count: usize) -> Tasks;

    /// Writes the memory `[MEMORY]` of a world that has just been put in `state` `[D]`.
    fn begin<L: Lane>(&self, scratch: &mut Self::Scratch<L>, state: &[L], memory: &mut [L]);

    /// What a policy sees, `[S]` from `[D]` and `[MEMORY]`. Never the task.
    fn observe<L: Lane>(&self, scratch: &mut Self::Scratch<L>, state: &[L], memory: &[L], observation: &mut [L]);

    /// Advances every lane by one env step under `action` `[A]` (divided by the preset's scale and clipped to [-1, 1]
    /// here).
    ///
    /// Knows nothing of finished episodes: the caller discards the lanes that are over.
    fn step<L: Lane>(
        &self,
        scratch: &mut Self::Scratch<L>,
        task: &[L],
        state: &mut [L],
        memory: &mut [L],
        action: &[L],
    ) -> Outcome<L>;

    /// Constraint solves that met the bound on their iterations, in this working memory so far: blocks of lanes, each
    /// counted once however many of its worlds were not done.
    fn capped_solves<L: Lane>(&self, _scratch: &Self::Scratch<L>) -> u64 {
        0
    }

    /// Checks one state `[D]` of row `row`: that every entry is a number a world can go on from.
    fn check_state(&self, row: usize, state: &[f64]) -> Result<(), EnvError> {
        check_entries(row, state, Self::LARGEST.unwrap_or(f64::MAX))
    }

    /// Checks one task `[K]` of row `row` that is inside the bounds of the spec.
    fn check_task(&self, _row: usize, _task: &[f64]) -> Result<(), EnvError> {
        Ok(())
    }

    /// Whether a world may be in this state `[D]`: one that [`check_state`](LaneWorld::check_state) accepts, inside the
    /// walls, outside solid obstacles.
    fn feasible(&self, state: &[f64]) -> bool;

    /// How deep the lowest point is in the floor, m; 0 above it, and where a world has no floor.
    fn depth(&self, _state: &[f64]) -> f64 {
        0.0
    }

    /// Lifts a state by `height`, m; false where a world has no height.
    fn raise(&self, _state: &mut [f64], _height: f64) -> bool {
        false
    }

    /// Capsules that draw the body in a state `[D]`: (x1 y1 z1 x2 y2 z2 radius) each, m, in the world; a ball has both ends
    /// in one place. None where there is no body to draw.
    fn segments(&self, _state: &[f64]) -> Vec<f64> {
        Vec::new()
    }

    /// Writes the start state `[D]` of an episode. Draws from `stream` at (`task_id`, `episode`, attempt); attempts that
    /// are infeasible are drawn again.
    fn start(&self, which: Start, task: &[f64], stream: &Stream, task_id: u32, episode: u32, state: &mut [f64]);

    /// What two states must have in common to be mixed (a day, say); `None` where any two can be.
    fn mixes_within(&self, _state: &[f64]) -> Option<f64> {
        None
    }

    /// Writes `lambda a + (1 - lambda) b` `[D]` in the geometry asked for. 0 and 1 give `b` and `a` bit for bit.
    fn mix(&self, geometry: Geometry, lambda: f64, a: &[f64], b: &[f64], mixed: &mut [f64]);
}

/// That every entry of a state is finite and no larger than `largest`.
pub(crate) fn check_entries(row: usize, state: &[f64], largest: f64) -> Result<(), EnvError> {
    match state.iter().position(|x| x.is_nan() || x.abs() > largest) {
        Some(entry) => Err(EnvError::BadState { row, entry, value: state[entry], largest }),
        None => Ok(()),
    }
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
    /// Quadrotor navigation.
    DroneQuadrotor(DroneQuadrotor),
    /// HalfCheetah that is shown a place: `cheetah-vel/maml`, `cheetah-vel/gym`, `cheetah-dir/gym`.
    Cheetah(Runner<Cheetah, 3>),
    /// HalfCheetah that is not: `cheetah-vel/promp`.
    CheetahWithoutPlace(Runner<Cheetah, 0>),
    /// Walker2d.
    Walker(Runner<Walker, 0>),
    /// Ant with one task number: `ant-vel/maml`, `ant-dir/maml`.
    Ant(Ant<84, 12, 1>),
    /// Ant to a place: `ant-goal/maml`.
    AntToPlace(Ant<84, 12, 2>),
    /// Ant to a place that is not shown its own: `ant-goal/promp`.
    AntWithoutPlace(Ant<84, 0, 2>),
    /// Ant that is not shown its contact forces: `ant-vel/maml-without-forces`.
    AntWithoutForces(Ant<0, 12, 1>),
    /// Stock trading: `stock/synthetic`, `stock/sp20`, `stock/csv`.
    Market(Market),
}

/// `$e` with `$world` the concrete world of an environment.
macro_rules! concrete {
    ($environment:expr, $world:ident => $e:expr) => {
        match $environment {
            Environment::DronePlanar($world) => $e,
            Environment::DroneQuadrotor($world) => $e,
            Environment::Cheetah($world) => $e,
            Environment::CheetahWithoutPlace($world) => $e,
            Environment::Walker($world) => $e,
            Environment::Ant($world) => $e,
            Environment::AntToPlace($world) => $e,
            Environment::AntWithoutPlace($world) => $e,
            Environment::AntWithoutForces($world) => $e,
            Environment::Market($world) => $e,
        }
    };
}

impl Environment {
    /// Sizes, names and bounds.
    pub fn spec(&self) -> &'static EnvSpec {
        concrete!(self, world => world.spec())
    }

    /// Runs `kernel` with the concrete world, so that its inner loops are compiled for it.
    pub fn visit<K: WorldKernel>(&self, kernel: K) -> K::Output {
        concrete!(self, world => kernel.run(world))
    }

    /// [`LaneWorld::MEMORY`].
    pub fn memory_size(&self) -> usize {
        concrete!(self, world => world.sizes().memory)
    }

    /// A frozen pool of tasks. Task `i` does not depend on `count`, except for which training tasks the `imbalanced`
    /// law makes rare. Pools of one seed are independent.
    pub fn tasks(&self, pool: Pool, seed: u64, count: usize) -> Tasks {
        concrete!(self, world => world.tasks(pool, seed, count))
    }

    /// Checks task parameters `[n, K]`, any n: length, finite, inside the bounds of the spec, whole where they must be.
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
            concrete!(self, world => world.check_task(row, task))?;
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
        concrete!(self, world => {
            states.chunks_exact(size).enumerate().try_for_each(|(row, state)| world.check_state(row, state))
        })
    }

    /// [`LaneWorld::feasible`].
    pub fn feasible(&self, state: &[f64]) -> bool {
        concrete!(self, world => world.feasible(state))
    }

    /// [`LaneWorld::depth`].
    pub fn depth(&self, state: &[f64]) -> f64 {
        concrete!(self, world => world.depth(state))
    }

    /// [`LaneWorld::raise`].
    pub fn raise(&self, state: &mut [f64], height: f64) -> bool {
        concrete!(self, world => world.raise(state, height))
    }

    /// [`LaneWorld::segments`] of every state `[n, D]`: `[n, C, 7]`. Errors as [`check_states`](Environment::check_states).
    pub fn segments(&self, states: &[f64]) -> Result<Vec<f64>, EnvError> {
        self.check_states(states)?;
        let size = self.spec().state_size;
        Ok(concrete!(self, world => states.chunks_exact(size).flat_map(|state| world.segments(state)).collect()))
    }

    /// [`LaneWorld::start`].
    pub fn start(&self, which: Start, task: &[f64], stream: &Stream, task_id: u32, episode: u32, state: &mut [f64]) {
        concrete!(self, world => world.start(which, task, stream, task_id, episode, state));
    }

    /// [`LaneWorld::mixes_within`].
    pub fn mixes_within(&self, state: &[f64]) -> Option<f64> {
        concrete!(self, world => world.mixes_within(state))
    }

    /// [`LaneWorld::mix`].
    pub fn mix(&self, geometry: Geometry, lambda: f64, a: &[f64], b: &[f64], mixed: &mut [f64]) {
        concrete!(self, world => world.mix(geometry, lambda, a, b, mixed));
    }
}

impl From<Market> for Environment {
    fn from(market: Market) -> Self {
        Environment::Market(market)
    }
}
