//! The quadrotor on the host: presets, tasks, starts.

use xmrl_lanes::Lane;

use super::constants::*;
use super::layout::{COORDINATES, LOAD};
use super::{QuadrotorRules, arena, start};
use crate::block::Block;
use crate::crew::Aboard;
use crate::error::EnvError;
use crate::lane_block::{Hosted, double_blocks};
use crate::mix::{Geometry, Repair};
use crate::rng::{Purpose, Stream};
use crate::spec::{EnvSpec, Score, Sizes, View};
use crate::tasks::{End, Pool, Rareness, TaskLaw, Tasks};
use crate::world::{Scene, Start, World};
use crate::worlds::body;
use crate::worlds::drone_planar::{self, constants as plan};

/// The quadrotor with a task law and one departure from calm episodes at most.
#[derive(Clone, Debug)]
pub struct DroneQuadrotor {
    spec: EnvSpec,
    rules: QuadrotorRules,
    /// Speed of the wind, m/s.
    wind: f64,
    /// Largest deviation of the mass, as a share.
    load: f64,
}

const SIZES: Sizes = Sizes { observation: 13, action: 3, state: 20, task: 3, memory: 1 };

/// A parameter of a task: name, bounds, one to try.
type Parameter = (&'static str, f64, f64, f64);

const GOAL: [Parameter; 3] = [
    ("goal x (m)", plan::GOAL_LOW, plan::GOAL_HIGH, 2.0),
    ("goal y (m)", plan::GOAL_LOW, plan::GOAL_HIGH, 8.0),
    ("goal z (m)", GOAL_LOW, GOAL_HIGH, 2.5),
];
const MASS: Parameter = ("mass (airframes)", TASK_LOAD_LOW, TASK_LOAD_HIGH, 1.0);

/// The family's presets, default first.
pub(crate) fn presets() -> [DroneQuadrotor; 6] {
    let spec = EnvSpec::of("drone-quadrotor", SIZES)
        .described(
            "Quadrotor among three pillars, hidden goal; nine training goals in ten lie on one side of the arena.",
        )
        .horizons(HORIZON, SUPPORT_HORIZON)
        .tasks(&GOAL)
        .mixed(Geometry::Geodesic, Repair::Reject);
    let rareness = Some(drone_planar::rareness());
    let spec = EnvSpec { scored_by: Score::Success, view: View::Arena, rareness, knows_rare_tasks: true, ..spec };
    let rules = QuadrotorRules { clean: false, loaded: false };
    let calm = DroneQuadrotor { spec, rules, wind: 0.0, load: 0.0 };
    let named = |preset: &str, description: &str| calm.spec.clone().named(preset).described(description);
    [
        calm.clone(),
        DroneQuadrotor {
            spec: EnvSpec {
                knows_rare_tasks: false,
                ..named(
                    "drone-quadrotor/uniform",
                    "Quadrotor among three pillars, hidden goal; training goals uniform over the arena.",
                )
            },
            ..calm.clone()
        },
        DroneQuadrotor {
            spec: named("drone-quadrotor/clean", "drone-quadrotor whose episodes succeed only without contact."),
            rules: QuadrotorRules { clean: true, ..rules },
            ..calm.clone()
        },
        DroneQuadrotor {
            spec: named(
                "drone-quadrotor/wind",
                "drone-quadrotor in steady wind of 3 m/s from anywhere, which is not observed.",
            ),
            wind: WIND_SPEED,
            ..calm.clone()
        },
        DroneQuadrotor {
            spec: named("drone-quadrotor/mass", "drone-quadrotor with a mass of 90 to 110 %, which is not observed."),
            load: LOAD_SPREAD,
            ..calm.clone()
        },
        DroneQuadrotor {
            spec: EnvSpec {
                rareness: Some(Rareness::of("mass", End::High)),
                ..named(
                    "drone-quadrotor/loads",
                    "Quadrotor among three pillars, hidden goal and mass of 80 to 120 %; one training task in ten is above 104 %.",
                )
                .tasks(&[&GOAL[..], &[MASS]].concat())
            },
            rules: QuadrotorRules { loaded: true, ..rules },
            ..calm.clone()
        },
    ]
}

/// Tasks `[count, 4]` of these goals `[count, 3]` and a mass each: number 0 of episode 1 of the pool's stream, on which the law acts.
fn with_loads(goals: &[f64], law: TaskLaw, pool: Pool, seed: u64) -> Tasks {
    let stream = Stream::new(seed, Purpose::Tasks, pool.index());
    let count = goals.len() / GOAL.len();
    let (mut values, mut rare) = (Vec::with_capacity(4 * count), Vec::with_capacity(count));
    for (i, goal) in goals.chunks_exact(GOAL.len()).enumerate() {
        let drawn = stream.uniform(i as u32, 1, 0, 0);
        let (number, is_rare) = law.rare().map_or((drawn, false), |law| law.place(0.0, pool, (i, count), drawn));
        values.extend_from_slice(goal);
        values.push(TASK_LOAD_LOW + (TASK_LOAD_HIGH - TASK_LOAD_LOW) * number);
        rare.push(is_rare);
    }
    Tasks { values, rare: law.rare().map(|_| rare) }
}

impl DroneQuadrotor {
    /// Its rules.
    #[must_use]
    pub fn rules(&self) -> QuadrotorRules {
        self.rules
    }
}

impl Hosted for QuadrotorRules {
    fn scratch<L: Lane>(&self) -> Box<()> {
        Box::new(())
    }
}

impl World for DroneQuadrotor {
    fn spec(&self) -> &EnvSpec {
        &self.spec
    }

    fn tasks(&self, pool: Pool, seed: u64, count: usize) -> Tasks {
        self.tasks_by(self.spec.task_law(), pool, seed, count)
    }

    fn tasks_by(&self, law: TaskLaw, pool: Pool, seed: u64, count: usize) -> Tasks {
        let goals = |law| drone_planar::draw_tasks(law, pool, seed, count, Some([GOAL_LOW, GOAL_HIGH]));
        if self.rules.loaded { with_loads(&goals(TaskLaw::Uniform).values, law, pool, seed) } else { goals(law) }
    }

    fn scene(&self) -> Option<Scene> {
        Some(Scene { heights: Some([0.0, CEILING, MIDDLE]), ..drone_planar::arena() })
    }

    fn check_state(&self, row: usize, state: &[f64]) -> Result<(), EnvError> {
        body::check_state(row, state, COORDINATES.quaternion)?;
        match state[LOAD] {
            value if value <= 0.0 => Err(EnvError::NoMass { row, entry: LOAD, value }),
            _ => Ok(()),
        }
    }

    fn accepts_all(&self, states: &[f64]) -> bool {
        let mut masses = states.iter().skip(LOAD).step_by(self.spec().state_size);
        body::accepts_all(states, self.spec().state_size, COORDINATES.quaternion) && masses.all(|&mass| mass > 0.0)
    }

    fn feasible(&self, state: &[f64]) -> bool {
        self.check_state(0, state).is_ok() && arena::free(&state[..3])
    }

    fn start(&self, which: Start, task: &[f64], stream: &Stream, task_id: u32, episode: u32, state: &mut [f64]) {
        for attempt in 0..u32::MAX {
            start::draw(self.wind, self.load, which, |k| stream.uniform(task_id, episode, attempt, k), state);
            if self.rules.loaded {
                state[LOAD] = task[3];
            }
            if self.feasible(state) {
                return;
            }
        }
    }

    fn mix(&self, geometry: Geometry, lambda: f64, a: &[f64], b: &[f64], mixed: &mut [f64]) {
        body::mix(COORDINATES, geometry, lambda, a, b, mixed);
    }
    fn aboard(&self) -> Option<Aboard<'_>> {
        let QuadrotorRules { clean, loaded } = self.rules;
        Some(Aboard::of("drone_quadrotor", usize::from(clean) + 2 * usize::from(loaded)))
    }

    fn blocks(&self, widths: &[usize]) -> Vec<Box<dyn Block<f64>>> {
        double_blocks(&self.rules, self.spec.sizes(), widths)
    }
}
