//! `metaworld`: the robot arm of Meta-World 3.1.1, all 50 environments, stepped by libmujoco 3.3.0 itself.
//!
//! Models and library are not part of this package: `xmrl data metaworld` fetches them from the wheels of PyPI
//! (Meta-World: MIT; MuJoCo: Apache-2.0). What libmujoco is given is what the Python package gives it, so that states are equal **bit for
//! bit** on x86-64 (`npm run gate:metaworld`). Another version of the library has other dynamics and is refused.
//!
//! | preset | tasks |
//! | --- | --- |
//! | `metaworld/<environment>` | ML1: K = 3 or 6, Meta-World's random vector (object, or object and goal, m) |
//! | `metaworld/ml10` | K = 7: number of the environment (0 to 9 are trained on, 10 to 14 held out), its random vector, zeros |
//! | `metaworld/ml45` | K = 7, the same: 0 to 44 are trained on, 45 to 49 held out |
//!
//! | | |
//! | --- | --- |
//! | state D | (ml10, ml45: number of the environment,) position nq, velocity nv, where the hand is led (3), warm start of the solver nv; ml10, ml45: padded with zeros to the longest |
//! | observation S = 39 | hand (3, m), opening of the fingers in [0, 1], two objects of position 3 and quaternion 4 each (zeros where there is none); the same of the step before; three zeros where Meta-World would show the goal |
//! | action A = 4 | how far the hand is led in x, y, z, in cm; fingers open below 0, close above |
//! | env step | 5 steps of 2.5 ms: 80 Hz; 500 steps an episode, support and query alike |
//!
//! One step, in order (`stage.rs`): the action in single precision; the place that the hand is led to moves by .01 of it, in the
//! environment's box; controls are the last number and its negative; five `mj_step`; `mj_forward`, which also makes the warm start
//! of the next step; the frame; reward and success of it. Nothing ends an episode but the horizon; a success is a step at which the
//! task is achieved, and an episode with one has succeeded.
//!
//! Starts (`start.rs`) are a function of the task: every episode of a task begins in the same state, support and query. They are
//! worked out once a task and kept.
//!
//! Tasks (`draw.rs`) are Meta-World's own: numpy's generator, seeded with the run's seed. ML1: training, evaluation and held-out tasks
//! are the goals of seed, seed + 1 (its test goals) and seed + 2. ML10 and ML45: the training list of seed; the training environments with
//! the goals of seed + 1; the test list of seed. Environments take turns, so that any few tasks are balanced. Meta-World knows 50
//! goals an environment; more are drawn from the same stream.
//!
//! Rewards (`kinds/`) are those called v2, in double precision; Python's are single in some branches, and differ by 1e-6 there. Where
//! Python holds views of the present state in place of what it meant to keep, the present state counts here too. One environment,
//! bin-picking, rewards by how things were after the first step of an episode: whoever sets a state begins that count anew.
//!
//! Mixing: linear, the free object's orientation along the shortest arc; of one environment only. A state is feasible
//! when its numbers are finite and the hand is led to within its box.

mod arm;
mod benchmark;
mod block;
mod draw;
mod facts;
mod files;
mod given;
mod kinds;
mod plan;
mod scene;
mod shaping;
mod space;
mod stage;
mod start;
mod table;
mod world;

use crate::environment::Environment;
use crate::error::EnvError;
use crate::listed::Listed;

pub use files::Files;

/// The family's presets. Each is made when it is first asked for, since its models must be there.
pub(crate) fn presets() -> impl Iterator<Item = Listed> {
    plan::plans().into_iter().map(|plan| {
        let spec = plan.spec();
        let make = move || -> Result<Environment, EnvError> { Ok(world::Metaworld::new(&plan)?.into()) };
        Listed::NeedsFiles(Box::new(spec), Box::new(make), std::sync::OnceLock::new())
    })
}
