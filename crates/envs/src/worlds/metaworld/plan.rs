//! Presets without their models: what is known of them, and their tasks.

use super::arm::FRAME;
use super::draw::draw;
use super::facts::Facts;
use super::table::{ML10_TEST, ML10_TRAIN, ML45_TEST, ML45_TRAIN, TABLE};
use crate::mix::{Geometry, Repair};
use crate::spec::{EnvSpec, Kinds, Score, Sizes, View};
use crate::tasks::Pool;

/// Numbers of an action.
pub(super) const ACTION: usize = 4;

/// Numbers of an observation: the frame, the frame before, and where the goal would stand, zeros.
pub(super) const OBSERVATION: usize = 2 * FRAME + 3;

/// Env steps of every episode.
const HORIZON: usize = 500;

/// Numbers of the longest random vector.
const RANDOM: usize = 6;

/// Names of a random vector's numbers.
const PLACES: [&str; RANDOM] =
    ["object x (m)", "object y (m)", "object z (m)", "goal x (m)", "goal y (m)", "goal z (m)"];

/// A preset without its models: one environment, or several by number.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) preset: String,
    description: String,
    /// Environments of training tasks, then those of held-out tasks.
    pub(super) kinds: Vec<&'static Facts>,
    /// How many of them are trained on; 0 for all.
    trained: usize,
}

fn facts(name: &str) -> &'static Facts {
    TABLE.iter().find(|facts| facts.name == name).expect("a name of the table")
}

/// A benchmark of several environments.
fn benchmark(name: &str, train: &[&str], test: &[&str]) -> Plan {
    let kinds = format!("{} kinds of tasks, {} others held out", train.len(), test.len());
    Plan {
        preset: format!("metaworld/{}", name.to_lowercase()),
        description: format!("Meta-World {name}: a robot arm at {kinds}; goals hidden, v2 rewards."),
        kinds: train.iter().chain(test).map(|name| facts(name)).collect(),
        trained: train.len(),
    }
}

/// The family's presets: ML10, ML45, and every environment alone, in the order of the table.
pub(super) fn plans() -> Vec<Plan> {
    let benchmarks = [benchmark("ML10", ML10_TRAIN, ML10_TEST), benchmark("ML45", ML45_TRAIN, ML45_TEST)];
    let alone = TABLE.iter().map(|facts| Plan {
        preset: format!("metaworld/{}", facts.name),
        description: format!("Meta-World ML1 {}: a robot arm, hidden goal, v2 rewards.", facts.name),
        kinds: vec![facts],
        trained: 0,
    });
    benchmarks.into_iter().chain(alone).collect()
}

impl Plan {
    /// Whether tasks and states say which environment they are of.
    pub(super) fn several(&self) -> bool {
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
            // The frames that are observed, and what an episode keeps of its first step.
            memory: OBSERVATION + 1,
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
        let kinds = self.several().then(|| Kinds {
            parameter: 0,
            names: self.kinds.iter().map(|facts| facts.name.to_owned()).collect(),
            sizes: self.kinds.iter().map(|facts| first + facts.low.len()).collect(),
        });
        EnvSpec { kinds, scored_by: Score::Success, view: View::Hand, needs_files: true, ..spec }
    }

    /// Tasks `[count, K]` of a pool: Meta-World's training and test goals of the seed and, where it has one kind of task, those of
    /// the seed after next; ML10's and ML45's evaluation pools have the kinds of training with the goals of the next seed.
    pub(super) fn pool(&self, pool: Pool, seed: u64, count: usize) -> Vec<f64> {
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
