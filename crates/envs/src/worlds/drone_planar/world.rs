//! The planar drone on the host: presets, tasks, starts.

use xmrl_lanes::{Lane, PortableF64x1, all_finite};

use super::constants::*;
use super::{PlanarRules, dynamics, tasks};
use crate::block::Block;
use crate::crew::Aboard;
use crate::lane_block::{Hosted, double_blocks, single_blocks};
use crate::mix::{Geometry, Repair};
use crate::rng::Stream;
use crate::spec::{EnvSpec, Score, Sizes, View};
use crate::tasks::{Pool, Rareness, TaskLaw, Tasks};
use crate::world::{Scene, Start, World};

/// The planar drone with one of its task laws.
#[derive(Clone, Debug)]
pub struct DronePlanar {
    spec: EnvSpec,
}

/// What of a goal can be rare: the side of the arena on which it lies.
pub(crate) fn rareness() -> Rareness {
    Rareness::turning("direction of the goal from the centre", 0.5)
}

const SIZES: Sizes = Sizes { observation: 4, action: 2, state: 4, task: 2, memory: 0 };

impl DronePlanar {
    /// The drone whose training goals lie on one side of the arena but for one in ten, or (`uniform`) anywhere.
    #[must_use]
    pub fn new(uniform: bool) -> Self {
        let spec = EnvSpec::of("drone-planar", SIZES)
            .horizons(HORIZON, SUPPORT_HORIZON)
            .tasks(&[("goal x (m)", GOAL_LOW, GOAL_HIGH, 2.0), ("goal y (m)", GOAL_LOW, GOAL_HIGH, 8.0)])
            .mixed(Geometry::Linear, Repair::Reject);
        let spec = EnvSpec {
            scored_by: Score::Success,
            view: View::Plan,
            smooth: true,
            rareness: Some(rareness()),
            knows_rare_tasks: !uniform,
            ..spec
        };
        let spec = if uniform {
            spec.named("drone-planar/uniform")
                .described("Point drone among three pillars, hidden goal; training goals uniform over the arena.")
        } else {
            spec.described(
                "Point drone among three pillars, hidden goal; nine training goals in ten lie on one side of the arena.",
            )
        };
        DronePlanar { spec }
    }

    /// Its rules.
    #[must_use]
    pub fn rules(&self) -> PlanarRules {
        PlanarRules
    }
}

/// The family's presets, default first.
pub(crate) fn presets() -> [DronePlanar; 2] {
    [false, true].map(DronePlanar::new)
}

/// The ground plan of the arena.
pub(crate) fn arena() -> Scene {
    Scene {
        low: [SUPPORT_LOW; 2],
        high: [SUPPORT_HIGH; 2],
        start: [CENTRE; 2],
        goal_radius: GOAL_RADIUS,
        discs: DISCS.map(|[x, y]| [x, y, DISC_RADIUS]).into(),
        heights: None,
    }
}

impl Hosted for PlanarRules {
    fn scratch<L: Lane>(&self) -> Box<()> {
        Box::new(())
    }
}

impl World for DronePlanar {
    fn spec(&self) -> &EnvSpec {
        &self.spec
    }

    fn tasks(&self, pool: Pool, seed: u64, count: usize) -> Tasks {
        self.tasks_by(self.spec.task_law(), pool, seed, count)
    }

    fn tasks_by(&self, law: TaskLaw, pool: Pool, seed: u64, count: usize) -> Tasks {
        tasks::draw(law, pool, seed, count, None)
    }

    fn scene(&self) -> Option<Scene> {
        Some(arena())
    }

    fn accepts_all(&self, states: &[f64]) -> bool {
        all_finite(states)
    }

    fn feasible(&self, state: &[f64]) -> bool {
        let inside = state[..2].iter().all(|p| (FLIGHT_LOW..=FLIGHT_HIGH).contains(p));
        // The very arithmetic of the step, so that no step ends in a state that this refuses.
        let clear =
            dynamics::squared_clearance(PortableF64x1::splat(state[0]), PortableF64x1::splat(state[1])).get(0) >= 0.0;
        inside && clear && state.iter().all(|x| x.is_finite())
    }

    fn start(&self, which: Start, _task: &[f64], stream: &Stream, task_id: u32, episode: u32, state: &mut [f64]) {
        // Number k of an attempt, uniform in [low, high).
        let draw = |attempt, k, low, high| low + (high - low) * stream.uniform(task_id, episode, attempt, k);
        for attempt in 0..u32::MAX {
            match which {
                Start::Query => {
                    state[0] = draw(attempt, 0, CENTRE - QUERY_SPREAD, CENTRE + QUERY_SPREAD);
                    state[1] = draw(attempt, 1, CENTRE - QUERY_SPREAD, CENTRE + QUERY_SPREAD);
                    state[2..4].fill(0.0);
                }
                Start::Support => {
                    state[0] = draw(attempt, 0, SUPPORT_LOW, SUPPORT_HIGH);
                    state[1] = draw(attempt, 1, SUPPORT_LOW, SUPPORT_HIGH);
                    state[2] = draw(attempt, 2, -SUPPORT_SPEED, SUPPORT_SPEED);
                    state[3] = draw(attempt, 3, -SUPPORT_SPEED, SUPPORT_SPEED);
                }
            }
            if self.feasible(state) {
                return;
            }
        }
    }

    fn aboard(&self) -> Option<Aboard<'_>> {
        Some(Aboard::of("drone_planar", 0))
    }

    fn blocks(&self, widths: &[usize]) -> Vec<Box<dyn Block<f64>>> {
        double_blocks(&PlanarRules, SIZES, widths)
    }

    // An episode in single precision computes in single precision, unlike a body's.
    fn single_blocks(&self, widths: &[usize]) -> Vec<Box<dyn Block<f32>>> {
        single_blocks(&PlanarRules, SIZES, widths)
    }
}
