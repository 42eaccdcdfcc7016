//! A Python environment as a world.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use xmrl_envs::mix::linear;
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Abilities, Block, EnvError, EnvSpec, Geometry, Pool, Start, Tasks, World};

use crate::block::PythonBlock;
use crate::description::Description;
use crate::layout::RowSizes;
use crate::opened::{Opened, SEEDS, WHOLE, failed};
use crate::process::{Call, Process};
use crate::spawn::Launch;

/// Episodes that a process steps one after another in a roll-out: enough that a byte each way costs little beside their steps.
const ROWS: usize = 16;

/// A world of a factory in Python; copies share its processes, which end with the last of them.
#[derive(Clone)]
pub struct PythonWorld(Arc<Opened>);

impl PythonWorld {
    /// Starts a process, has it call the factory and try an episode (thrice, the last in a second environment), and describes
    /// what came of it. `preset` is the name that the world will have.
    ///
    /// # Errors
    /// [`EnvError::Failed`]: no such Python, no numpy, no such module or factory, an exception of theirs, something that is no
    /// environment with a box of observations and one of actions, tasks and a time limit, or no answer in time.
    /// [`EnvError::BadSpec`] for what cannot be a world: bounds of tasks that the first task does not keep, say.
    pub fn open(preset: &str, launch: Launch) -> Result<Self, EnvError> {
        let started = Process::start(&launch, None);
        let (process, told) = started.map_err(|fault| failed(preset, fault.text))?;
        Self::of(preset, launch, told, vec![process])
    }

    /// A world that was opened before, from what [`told`](PythonWorld::told) gave then; no process is started yet.
    ///
    /// # Errors
    /// As [`open`](PythonWorld::open), without those of Python.
    pub fn reopen(preset: &str, launch: Launch, told: &str) -> Result<Self, EnvError> {
        let told = serde_json::from_str(told);
        let told = told.map_err(|error| failed(preset, format!("its description is no JSON: {error}")))?;
        Self::of(preset, launch, told, Vec::new())
    }

    fn of(preset: &str, launch: Launch, told: Value, idle: Vec<Process>) -> Result<Self, EnvError> {
        let description = Description::read(told.clone()).map_err(|text| failed(preset, text))?;
        let spec = description.spec(preset);
        spec.check()?;
        let sizes = RowSizes {
            tasks: spec.task_size,
            states: description.state_size.unwrap_or(0),
            observations: spec.observation_size,
            actions: spec.action_size,
        };
        Ok(PythonWorld(Arc::new(Opened { launch, sizes, spec, description, told, idle: Mutex::new(idle) })))
    }

    /// What Python told of the environment, as JSON: the keys of [`Description`].
    #[must_use]
    pub fn told(&self) -> String {
        self.0.told.to_string()
    }

    /// What was found out of the environment.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.0.description
    }

    /// Tasks `[count, K]` of a pool, from `sample_tasks` or the list `tasks`: a function of pool and seed as far as the
    /// environment lets it be.
    ///
    /// # Errors
    /// [`EnvError::Failed`] with what Python says.
    pub fn sample(&self, pool: Pool, seed: u64, count: usize) -> Result<Vec<f64>, EnvError> {
        let name = match pool {
            Pool::Training => "training",
            Pool::Evaluation => "evaluation",
            Pool::HeldOut => "heldOut",
        };
        let word = |pool: Pool| Stream::new(seed, Purpose::Tasks, pool as u64).block(0, 0, 0, 0)[0];
        // All pools cut one list, which lies in one order.
        let [word, order] = [word(pool), word(Pool::Training)];
        let wanted = json!({ "pool": name, "count": count, "seed": word % SEEDS, "order": order % SEEDS }).to_string();
        let mut request = vec![b'P'];
        request.extend_from_slice(&u32::try_from(wanted.len()).unwrap_or(u32::MAX).to_le_bytes());
        request.extend_from_slice(wanted.as_bytes());
        let drawn = self.0.any().and_then(|mut process| {
            let rows = process.ask(&request, Call { what: "sample_tasks", limit: self.0.launch.patience })?;
            self.0.give_back(process);
            Ok(rows)
        });
        let rows = drawn.map_err(|fault| self.0.failed(&fault))?;
        let numbers = rows.as_array().into_iter().flatten().filter_map(Value::as_array).flatten();
        Ok(numbers.filter_map(Value::as_f64).collect())
    }
}

impl World for PythonWorld {
    fn spec(&self) -> &EnvSpec {
        &self.0.spec
    }

    fn abilities(&self) -> Abilities {
        let Description { state_size, mixes, deterministic, .. } = &self.0.description;
        Abilities {
            set_state: state_size.is_some(),
            mixes: *mixes,
            deterministic: *deterministic,
            preferred_width: Some(ROWS),
            block_per_thread: true,
        }
    }

    /// Panics where [`sample`](PythonWorld::sample), which whoever can take an error calls, has one.
    fn tasks(&self, pool: Pool, seed: u64, count: usize) -> Tasks {
        match self.sample(pool, seed, count) {
            Ok(values) => Tasks { values, rare: None },
            Err(error) => panic!("{error}"),
        }
    }

    fn check_state(&self, row: usize, state: &[f64]) -> Result<(), EnvError> {
        if let Some(entry) = state.iter().position(|x| !x.is_finite()) {
            return Err(EnvError::BadState { row, entry, value: state[entry], largest: f64::MAX });
        }
        let (entry, value) = (state.len() - 1, state[state.len() - 1]);
        let seed = value >= 0.0 && value < f64::from(SEEDS) && value.fract() == 0.0;
        if seed || (value == WHOLE && entry > 0) {
            return Ok(());
        }
        let needed = format!("-1 (the state says all) or the seed of a start, a whole number below {SEEDS}");
        Err(EnvError::StateOutside { row, entry, value, needed })
    }

    fn start(&self, _which: Start, _task: &[f64], stream: &Stream, task_id: u32, episode: u32, state: &mut [f64]) {
        let [word, ..] = stream.block(task_id, episode, 0, 0);
        state.fill(0.0);
        state[state.len() - 1] = f64::from(word % SEEDS);
    }

    fn mix(&self, _geometry: Geometry, lambda: f64, a: &[f64], b: &[f64], mixed: &mut [f64]) {
        linear(lambda, a, b, mixed);
        if lambda != 0.0 && lambda != 1.0 {
            mixed[a.len() - 1] = WHOLE;
        }
    }

    fn blocks(&self, widths: &[usize]) -> Vec<Box<dyn Block<f64>>> {
        let block = |&width: &usize| Box::new(PythonBlock::new(Arc::clone(&self.0), width)) as Box<dyn Block<f64>>;
        widths.iter().map(block).collect()
    }
}
