//! A world behind a host.

use std::sync::{Arc, Mutex};

use crate::block::Block;
use crate::error::EnvError;
use crate::hosted::block::HostedBlock;
use crate::hosted::host::{Errand, Host};
use crate::hosted::inner::{HostedMixing, Hosting, Inner};
use crate::hosted::rows::Rows;
use crate::mix::{Geometry, linear};
use crate::rng::Stream;
use crate::spec::EnvSpec;
use crate::tasks::{Pool, Tasks};
use crate::world::{Abilities, Draw, Start, World, check_entries};

/// A world behind a [`Host`].
pub struct HostedWorld<H>(Arc<Inner<H>>);

impl<H: Host> HostedWorld<H> {
    /// A world of this description.
    ///
    /// # Errors
    /// A description that does not hold together.
    pub fn new(spec: EnvSpec, hosting: Hosting, host: H) -> Result<Self, EnvError> {
        spec.check()?;
        let [low, high] = hosting.action_range;
        if !(low.is_finite() && high.is_finite() && low < high) {
            let fault = format!("action bounds are [{low}, {high}]; they must be finite, the first below the second");
            return Err(EnvError::BadSpec { preset: spec.preset, fault });
        }
        Ok(Self(Arc::new(Inner { spec, hosting, host, unsaid: Mutex::new(None) })))
    }
}

impl<H> HostedWorld<H> {
    /// Whoever runs its rules.
    #[must_use]
    pub fn host(&self) -> &H {
        &self.0.host
    }
}

impl<H: Host> World for HostedWorld<H> {
    fn spec(&self) -> &EnvSpec {
        &self.0.spec
    }

    fn abilities(&self) -> Abilities {
        Abilities {
            mixes: self.0.hosting.mixing != HostedMixing::None,
            // Of every call there are as many rows as can be.
            preferred_width: Some(1 << 24),
            ..Abilities::default()
        }
    }

    /// The default task, again and again: whoever has such a world draws its tasks where its laws are.
    fn tasks(&self, _pool: Pool, _seed: u64, count: usize) -> Tasks {
        Tasks { values: self.0.spec.default_task.repeat(count), rare: None }
    }

    fn check_state(&self, row: usize, state: &[f64]) -> Result<(), EnvError> {
        check_entries(row, state, f64::MAX)
    }

    fn feasible(&self, state: &[f64]) -> bool {
        if self.check_state(0, state).is_err() {
            return false;
        }
        if !self.0.hosting.feasible {
            return true;
        }
        let mut rows = Rows::default();
        rows.resize(&self.0.spec, 1);
        rows.states.copy_from_slice(state);
        match self.0.run(Errand::Feasible, &mut rows, |_| String::new()) {
            Ok(()) => rows.terminated[0] != 0,
            Err(error) => {
                self.0.keep(error);
                false
            }
        }
    }

    fn start(&self, which: Start, task: &[f64], stream: &Stream, task_id: u32, episode: u32, state: &mut [f64]) {
        if let Err(error) = self.starts(which, task, &[Draw { stream: *stream, task_id, episode }], state) {
            self.0.keep(error);
            state.fill(f64::NAN);
        }
    }

    fn starts(&self, which: Start, tasks: &[f64], draws: &[Draw], states: &mut [f64]) -> Result<(), EnvError> {
        let (spec, count, errand) = (&self.0.spec, draws.len(), Errand::Reset(which));
        let mut rows = Rows::default();
        rows.resize(spec, count);
        rows.tasks.copy_from_slice(tasks);
        for (words, draw) in rows.draws.chunks_exact_mut(4).zip(draws) {
            let [k0, k1] = draw.stream.key();
            words.copy_from_slice(&[k0, k1, draw.task_id, draw.episode]);
        }
        let place = |row: usize| format!("row {row}, at the start of its episode");
        self.0.run(errand, &mut rows, place)?;
        self.0.check(errand, count, &[("states", &rows.states, spec.state_size)], place)?;
        states.copy_from_slice(&rows.states);
        Ok(())
    }

    fn mix(&self, _geometry: Geometry, lambda: f64, a: &[f64], b: &[f64], mixed: &mut [f64]) {
        if self.0.hosting.mixing == HostedMixing::Linear || lambda == 0.0 || lambda == 1.0 {
            return linear(lambda, a, b, mixed);
        }
        let size = self.0.spec.state_size;
        let mut rows = Rows::default();
        rows.resize(&self.0.spec, 3);
        rows.states[..size].copy_from_slice(a);
        rows.states[size..2 * size].copy_from_slice(b);
        match self.0.run(Errand::Mix(lambda), &mut rows, |_| format!("lambda {lambda}")) {
            Ok(()) => mixed.copy_from_slice(&rows.states[2 * size..]),
            Err(error) => {
                self.0.keep(error);
                mixed.fill(f64::NAN);
            }
        }
    }

    fn blocks(&self, widths: &[usize]) -> Vec<Box<dyn Block<f64>>> {
        widths
            .iter()
            .map(|&width| Box::new(HostedBlock::new(Arc::clone(&self.0), width)) as Box<dyn Block<f64>>)
            .collect()
    }
}
