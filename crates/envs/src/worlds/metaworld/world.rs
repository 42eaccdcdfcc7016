//! The benchmarks on the host: starts, checks, mixtures.

use std::sync::Arc;

use super::benchmark::Benchmark;
use super::block::Worlds;
use super::plan::Plan;
use super::scene::Loans;
use crate::block::Block;
use crate::error::EnvError;
use crate::mix::Geometry;
use crate::rng::Stream;
use crate::spec::EnvSpec;
use crate::tasks::{Pool, Tasks};
use crate::world::{Abilities, Start, World, check_entries};
use crate::worlds::body::{Coordinates, mix};

/// Largest number of a state, as of libmujoco.
const LARGEST: f64 = 1e10;

/// Worlds of a block.
const WIDTH: usize = 8;

/// The world of a preset.
pub(super) struct Metaworld(Arc<Benchmark>);

impl Metaworld {
    /// Opens the library and loads the models. Error: [`EnvError::NoMetaworld`].
    pub(super) fn new(plan: &Plan) -> Result<Self, EnvError> {
        Ok(Metaworld(Arc::new(Benchmark::new(plan)?)))
    }
}

impl World for Metaworld {
    fn spec(&self) -> &EnvSpec {
        &self.0.spec
    }

    // They step one after the other, each in libmujoco: a block gains nothing from width, and threads share narrow ones more evenly.
    fn abilities(&self) -> Abilities {
        Abilities { preferred_width: Some(WIDTH), ..Abilities::default() }
    }

    fn tasks(&self, pool: Pool, seed: u64, count: usize) -> Tasks {
        Tasks { values: self.0.plan.pool(pool, seed, count), rare: None }
    }

    fn check_task(&self, row: usize, task: &[f64]) -> Result<(), EnvError> {
        let (benchmark, names) = (&self.0, &self.0.spec.task_names);
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

    // Every episode of a task begins alike: a start that fails is written as NaN, and whoever begins there is told so.
    fn start(&self, _which: Start, task: &[f64], _stream: &Stream, _task_id: u32, _episode: u32, state: &mut [f64]) {
        let (kind, random) = self.0.task_of(task);
        match self.0.stages[kind].start(&mut Loans::new(), random) {
            Ok(start) => self.0.whole_state(kind, &start.state, state),
            Err(_) => state.fill(f64::NAN),
        }
    }

    fn goal(&self, task: &[f64]) -> Result<Option<[f64; 3]>, EnvError> {
        let (kind, random) = self.0.task_of(task);
        let start = self.0.stages[kind].start(&mut Loans::new(), random);
        start.map(|start| Some(start.given.target)).map_err(|error| self.0.failed(&error))
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
