//! The point on the host: presets, tasks, starts.

use xmrl_lanes::Lane;

use super::rules::{ARRIVAL, PointRules};
use crate::block::Block;
use crate::error::EnvError;
use crate::lane_block::{Hosted, double_blocks, single_blocks};
use crate::rng::{Purpose, Stream};
use crate::spec::{EnvSpec, Sizes, View};
use crate::tasks::{End, Pool, Rareness, TaskLaw, Tasks};
use crate::world::{Scene, Start, World, check_entries};

/// Goals lie in this much of the origin along each axis, m.
const HALF: f64 = 0.5;
/// Entries of a state up to this are numbers whose squares are numbers too, in single precision as well.
const LARGEST: f64 = 1e10;

const SIZES: Sizes = Sizes { observation: 2, action: 2, state: 2, task: 2, memory: 0 };

/// The point with one of its presets.
#[derive(Clone, Debug)]
pub(crate) struct PointNav {
    spec: EnvSpec,
    rules: PointRules,
}

impl PointNav {
    /// A preset whose actions are divided by `scale`, and whose own law of tasks has a rare part or not.
    fn new(preset: &str, description: &str, scale: f64, rare: bool) -> Self {
        let spec = EnvSpec::of(preset, SIZES)
            .described(description)
            .horizons(100, 100)
            .tasks(&[("goal x (m)", -HALF, HALF, 0.3), ("goal y (m)", -HALF, HALF, -0.2)]);
        let rareness = Some(Rareness::of("goal x", End::High));
        let spec = EnvSpec { action_scale: scale, view: View::Plan, knows_rare_tasks: rare, rareness, ..spec };
        PointNav { spec, rules: PointRules { scale } }
    }
}

/// The family's presets, default first.
pub(crate) fn presets() -> [PointNav; 3] {
    [
        PointNav::new(
            "point-nav",
            "Point in the plane, hidden goal within half a metre; 100 steps of up to .1 m, as in MAML (rllab).",
            1.0,
            false,
        ),
        PointNav::new(
            "point-nav/gym",
            "`point-nav` whose actions are metres, as in pytorch-maml-rl (gym).",
            0.1,
            false,
        ),
        PointNav::new(
            "point-nav/rare",
            "`point-nav` with one training goal in ten at x of .1 m or more and the others below.",
            1.0,
            true,
        ),
    ]
}

impl Hosted for PointRules {
    fn scratch<L: Lane>(&self) -> Box<()> {
        Box::new(())
    }
}

impl World for PointNav {
    fn spec(&self) -> &EnvSpec {
        &self.spec
    }

    fn tasks(&self, pool: Pool, seed: u64, count: usize) -> Tasks {
        self.tasks_by(self.spec.task_law(), pool, seed, count)
    }

    fn tasks_by(&self, law: TaskLaw, pool: Pool, seed: u64, count: usize) -> Tasks {
        let stream = Stream::new(seed, Purpose::Tasks, pool.index());
        let (mut values, mut rare) = (Vec::with_capacity(2 * count), Vec::with_capacity(count));
        for i in 0..count {
            let [x, y] = [0, 1].map(|k| stream.uniform(i as u32, 0, 0, k));
            let (x, is_rare) = law.rare().map_or((x, false), |rare| rare.place(0.0, pool, (i, count), x));
            values.extend([x, y].map(|number| HALF * (2.0 * number - 1.0)));
            rare.push(is_rare);
        }
        Tasks { values, rare: law.rare().is_some().then_some(rare) }
    }

    fn check_state(&self, row: usize, state: &[f64]) -> Result<(), EnvError> {
        check_entries(row, state, LARGEST)
    }

    fn scene(&self) -> Option<Scene> {
        Some(Scene {
            low: [-HALF; 2],
            high: [HALF; 2],
            start: [0.0; 2],
            goal_radius: ARRIVAL,
            discs: Vec::new(),
            heights: None,
        })
    }

    fn start(&self, _which: Start, _task: &[f64], _stream: &Stream, _task_id: u32, _episode: u32, state: &mut [f64]) {
        state.fill(0.0);
    }

    fn blocks(&self, widths: &[usize]) -> Vec<Box<dyn Block<f64>>> {
        double_blocks(&self.rules, SIZES, widths)
    }

    // Episodes in single precision compute in single precision, as the sources do.
    fn single_blocks(&self, widths: &[usize]) -> Vec<Box<dyn Block<f32>>> {
        single_blocks(&self.rules, SIZES, widths)
    }
}
