//! The benchmarks on the host: presets, tasks, starts, mixtures.

use std::sync::Arc;

use super::block::{ACTION, OBSERVATION, Worlds};
use super::draw::draw;
use super::facts::Facts;
use super::files::Files;
use super::kinds::rules;
use super::stage::Stage;
use super::table::{ML10_TEST, ML10_TRAIN, TABLE};
use crate::block::Block;
use crate::error::EnvError;
use crate::mix::{Geometry, Repair};
use crate::rng::Stream;
use crate::spec::{EnvSpec, Score, Sizes, View};
use crate::tasks::{Pool, Tasks};
use crate::world::{Start, World, check_entries};
use crate::worlds::body::{Coordinates, mix};

/// Env steps of every episode.
const HORIZON: usize = 500;

/// Largest number of a state, as of libmujoco.
const LARGEST: f64 = 1e10;

/// Numbers of the longest random vector.
const RANDOM: usize = 6;

/// Names of a random vector's numbers.
const PLACES: [&str; RANDOM] =
    ["object x (m)", "object y (m)", "object z (m)", "goal x (m)", "goal y (m)", "goal z (m)"];

/// A preset without its models: one environment, or several by number.
#[derive(Clone)]
pub(super) struct Plan {
    preset: String,
    description: String,
    /// Environments of training tasks, then those of held-out tasks.
    kinds: Vec<&'static Facts>,
    /// How many of them are trained on; 0 for all.
    trained: usize,
}

fn facts(name: &str) -> &'static Facts {
    TABLE.iter().find(|facts| facts.name == name).expect("a name of the table")
}

/// The family's presets: ML10, and every environment that is here, in the order of the table.
pub(super) fn plans() -> Vec<Plan> {
    let ml10 = Plan {
        preset: "metaworld/ml10".to_owned(),
        description:
            "Meta-World ML10: a robot arm at ten kinds of tasks, five others held out; goals hidden, v2 rewards."
                .to_owned(),
        kinds: ML10_TRAIN.iter().chain(ML10_TEST).map(|name| facts(name)).collect(),
        trained: ML10_TRAIN.len(),
    };
    let alone = TABLE.iter().filter(|facts| rules(facts.name).is_some()).map(|facts| Plan {
        preset: format!("metaworld/{}", facts.name),
        description: format!("Meta-World ML1 {}: a robot arm, hidden goal, v2 rewards.", facts.name),
        kinds: vec![facts],
        trained: 0,
    });
    std::iter::once(ml10).chain(alone).collect()
}

impl Plan {
    fn several(&self) -> bool {
        self.kinds.len() > 1
    }

    /// What is known before the models are there.
    pub(super) fn spec(&self) -> EnvSpec {
        let first = usize::from(self.several());
        let most = |of: &dyn Fn(&Facts) -> usize| self.kinds.iter().map(|facts| of(facts)).max().unwrap_or(0);
        let random = most(&|facts| facts.low.len());
        let sizes = Sizes {
            observation: OBSERVATION,
            action: ACTION,
            state: first + most(&Facts::state_size),
            task: first + random,
            memory: OBSERVATION,
        };
        // Shorter vectors are padded with zeros.
        let bound = |k: usize, of: &dyn Fn(&Facts) -> &'static [f64], pick: fn(f64, f64) -> f64| {
            let own = self.kinds.iter().map(|facts| of(facts).get(k).copied().unwrap_or(0.0));
            own.reduce(pick).unwrap_or(0.0)
        };
        let default = self.pool(Pool::Training, 0, 1);
        let mut parameters = Vec::new();
        if self.several() {
            parameters.push(("environment", 0.0, (self.kinds.len() - 1) as f64, default[0]));
        }
        for k in 0..random {
            let (low, high) = (bound(k, &|facts| facts.low, f64::min), bound(k, &|facts| facts.high, f64::max));
            parameters.push((PLACES[k], low, high, default[first + k]));
        }
        let spec = EnvSpec::of(&self.preset, sizes)
            .described(&self.description)
            .horizons(HORIZON, HORIZON)
            .tasks(&parameters)
            .mixed(Geometry::Geodesic, Repair::Reject);
        EnvSpec { scored_by: Score::Success, view: View::Above, needs_files: true, ..spec }
    }

    /// Tasks `[count, K]` of a pool: Meta-World's training and test goals of the seed and, where it has one kind of task, those of
    /// the seed after next; ML10's evaluation pool has the kinds of training with the goals of the next seed.
    fn pool(&self, pool: Pool, seed: u64, count: usize) -> Vec<f64> {
        let (train, test) =
            if self.several() { self.kinds.split_at(self.trained) } else { (&self.kinds[..], &self.kinds[..]) };
        let (first, kinds, seed) = match pool {
            Pool::Training => (0, train, seed),
            Pool::Evaluation => (0, train, seed.wrapping_add(1)),
            Pool::HeldOut if self.several() => (self.trained, test, seed),
            Pool::HeldOut => (0, test, seed.wrapping_add(2)),
        };
        let mut values = Vec::new();
        let longest = self.kinds.iter().map(|facts| facts.low.len()).max().unwrap_or(0);
        for (i, mut random) in draw(kinds, seed, count).into_iter().enumerate() {
            if self.several() {
                values.push((first + i % kinds.len()) as f64);
            }
            random.resize(longest, 0.0);
            values.extend(random);
        }
        values
    }
}

/// A preset with its models.
pub(super) struct Benchmark {
    plan: Plan,
    pub(super) spec: EnvSpec,
    pub(super) stages: Vec<Stage>,
}

/// The world of a preset.
pub(super) struct Metaworld(Arc<Benchmark>);

impl Metaworld {
    /// Opens the library and loads the models: a tenth of a second each. Error: [`EnvError::NoMetaworld`].
    pub(super) fn new(plan: &Plan) -> Result<Self, EnvError> {
        let stages = Files::here().and_then(|files| {
            let stage = |facts: &&'static Facts| {
                let rules = rules(facts.name).ok_or_else(|| format!("there are no rules of {}", facts.name))?;
                Stage::new(&files, facts, rules)
            };
            plan.kinds.iter().map(stage).collect::<Result<Vec<_>, _>>()
        });
        let stages = stages.map_err(|reason| EnvError::NoMetaworld { preset: plan.preset.clone(), reason })?;
        Ok(Metaworld(Arc::new(Benchmark { spec: plan.spec(), plan: plan.clone(), stages })))
    }
}

impl Benchmark {
    /// Numbers before an environment's own in states and tasks: which it is, where there are several.
    fn first(&self) -> usize {
        usize::from(self.plan.several())
    }

    /// Which environment a task or state is of. A number that is none of them is taken for the nearest: it was refused before.
    fn kind(&self, numbers: &[f64]) -> usize {
        if self.plan.several() { (numbers[0].max(0.0) as usize).min(self.stages.len() - 1) } else { 0 }
    }

    /// A task's environment and random vector.
    pub(super) fn task_of<'a>(&self, task: &'a [f64]) -> (usize, &'a [f64]) {
        let kind = self.kind(task);
        (kind, &task[self.first()..][..self.stages[kind].facts.low.len()])
    }

    /// The numbers of a state `[D]` that an environment has.
    pub(super) fn own_state<'a>(&self, kind: usize, state: &'a [f64]) -> &'a [f64] {
        &state[self.first()..][..self.stages[kind].facts.state_size()]
    }

    /// Writes the state `[D]` of an environment's own numbers.
    pub(super) fn whole_state(&self, kind: usize, own: &[f64], state: &mut [f64]) {
        state.fill(0.0);
        state[..self.first()].fill(kind as f64);
        state[self.first()..][..own.len()].copy_from_slice(own);
    }

    fn facts(&self, numbers: &[f64]) -> &'static Facts {
        self.stages[self.kind(numbers)].facts
    }

    /// Where a state's quaternions begin.
    fn quaternions(&self, state: &[f64]) -> impl Iterator<Item = usize> {
        let first = self.first();
        self.facts(state).quaternions.iter().map(move |at| first + at)
    }

    fn check_kind(&self, row: usize, number: f64) -> Result<(), EnvError> {
        let bad = self.plan.several() && (number.fract() != 0.0 || number < 0.0 || number >= self.stages.len() as f64);
        let needed = || format!("an environment, a whole number up to {}", self.stages.len() - 1);
        if bad { Err(EnvError::StateOutside { row, entry: 0, value: number, needed: needed() }) } else { Ok(()) }
    }
}

impl World for Metaworld {
    fn spec(&self) -> &EnvSpec {
        &self.0.spec
    }

    fn tasks(&self, pool: Pool, seed: u64, count: usize) -> Tasks {
        Tasks { values: self.0.plan.pool(pool, seed, count), rare: None }
    }

    fn check_task(&self, row: usize, task: &[f64]) -> Result<(), EnvError> {
        let (benchmark, names) = (&self.0, &self.0.spec.task_names);
        if benchmark.plan.several() && task[0].fract() != 0.0 {
            return Err(EnvError::TaskNotWhole { row, name: names[0].clone(), value: task[0] });
        }
        let (facts, first) = (benchmark.facts(task), benchmark.first());
        for (k, &value) in task[first..].iter().enumerate() {
            let bound = |of: &[f64]| of.get(k).copied().unwrap_or(0.0);
            let (low, high) = (bound(facts.low), bound(facts.high));
            if value < low || value > high {
                return Err(EnvError::TaskOutside { row, name: names[first + k].clone(), value, low, high });
            }
        }
        match facts.too_near(&task[first..]) {
            Some([found, bound]) => Err(EnvError::TaskTooNear { row, environment: facts.name, found, bound }),
            None => Ok(()),
        }
    }

    fn check_state(&self, row: usize, state: &[f64]) -> Result<(), EnvError> {
        check_entries(row, state, LARGEST)?;
        self.0.check_kind(row, state[0])?;
        match self.0.quaternions(state).find(|&at| state[at..at + 4].iter().all(|x| *x == 0.0)) {
            Some(first) => Err(EnvError::ZeroQuaternion { row, first }),
            None => Ok(()),
        }
    }

    // Hand and fingers may be anywhere that the arm is led to; the simulator parts what overlaps.
    fn feasible(&self, state: &[f64]) -> bool {
        if self.check_state(0, state).is_err() {
            return false;
        }
        let facts = self.0.facts(state);
        let led = &state[self.0.first() + facts.led()..][..3];
        led.iter().zip(facts.hand_low.iter().zip(&facts.hand_high)).all(|(x, (low, high))| x >= low && x <= high)
    }

    /// Balls where the hand is led to and where a free object is.
    fn segments(&self, state: &[f64]) -> Vec<f64> {
        const HAND: f64 = 0.04;
        const OBJECT: f64 = 0.02;
        let first = self.0.first();
        let ball = |at: usize, radius: f64| [&state[at..at + 3], &state[at..at + 3], &[radius]].concat();
        let mut balls = ball(first + self.0.facts(state).led(), HAND);
        // As many for every state: without a free object a second ball of the hand's.
        let object = self.0.quaternions(state).next().map(|at| at - 3);
        balls.extend(ball(object.unwrap_or(first + self.0.facts(state).led()), OBJECT));
        balls
    }

    // Every episode of a task begins alike: a start that fails is written as NaN, and whoever begins there is told so.
    fn start(&self, _which: Start, task: &[f64], _stream: &Stream, _task_id: u32, _episode: u32, state: &mut [f64]) {
        let (kind, random) = self.0.task_of(task);
        match self.0.stages[kind].start(random) {
            Ok(start) => self.0.whole_state(kind, &start.state, state),
            Err(_) => state.fill(f64::NAN),
        }
    }

    fn mixes_within(&self, state: &[f64]) -> Option<f64> {
        self.0.plan.several().then_some(state[0])
    }

    fn mix(&self, geometry: Geometry, lambda: f64, a: &[f64], b: &[f64], mixed: &mut [f64]) {
        let quaternion = self.0.quaternions(a).next();
        // Joints turn by less than half a turn: all but orientations is linear.
        mix(Coordinates { quaternion, first_angle: 0, angles_end: 0 }, geometry, lambda, a, b, mixed);
        if self.0.plan.several() && a[0] != b[0] && lambda != 0.0 && lambda != 1.0 {
            mixed[0] = f64::NAN;
        }
    }

    fn blocks(&self, widths: &[usize]) -> Vec<Box<dyn Block<f64>>> {
        widths.iter().map(|&width| Box::new(Worlds::new(&self.0, width)) as Box<dyn Block<f64>>).collect()
    }
}
