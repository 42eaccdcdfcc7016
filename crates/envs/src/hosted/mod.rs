//! Worlds whose rules run elsewhere: in another language, on a thread of its own. What runs there is a function of rows, several at a
//! time ([`Host`]); everything a world is to whoever holds it is made of that here.

mod block;
mod rows;

use std::sync::{Arc, Mutex, PoisonError};

use crate::block::Block;
use crate::error::EnvError;
use crate::mix::{Geometry, linear};
use crate::rng::Stream;
use crate::spec::EnvSpec;
use crate::tasks::{Pool, Tasks};
use crate::world::{Abilities, Draw, Start, World, check_entries};

use block::HostedBlock;
pub use rows::Rows;

/// What a host is asked to do with some rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Errand {
    /// Write start states from tasks and draws.
    Reset(Start),
    /// Write observations from states and tasks.
    Observe,
    /// Read states, tasks and actions; write states, rewards and flags, then observations of the new states.
    Step,
    /// Write into the third row's state the mixture of the first two with this weight of the first.
    Mix(f64),
    /// Set the flag `terminated` of the rows whose states a world may be in.
    Feasible,
}

impl Errand {
    /// What messages call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Errand::Reset(_) => "reset",
            Errand::Observe => "observe",
            Errand::Step => "step",
            Errand::Mix(_) => "mix",
            Errand::Feasible => "feasible",
        }
    }
}

/// What went wrong on the other side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fault {
    /// What happened, such as `step threw TypeError: x is undefined`.
    pub text: String,
    /// Of the rows that were asked about, the one at fault, where it is known.
    pub row: Option<usize>,
    /// Where it happened there: lines of a stack.
    pub stack: String,
}

/// Whoever runs the rules. Rows do not depend on one another: any number of them may be asked about at once, in any order, from any
/// thread.
pub trait Host: Send + Sync + 'static {
    /// Does the errand on all rows.
    ///
    /// # Errors
    /// What the other side said; the rows mean nothing then.
    fn run(&self, errand: Errand, rows: &mut Rows) -> Result<(), Fault>;
}

/// How the states of a hosted world are mixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostedMixing {
    /// Along the straight line.
    Linear,
    /// By the host.
    Own,
    /// Not at all.
    None,
}

/// What there is to say of a hosted world beside its description.
#[derive(Clone, Copy, Debug)]
pub struct Hosting {
    /// How states are mixed.
    pub mixing: HostedMixing,
    /// Whether the host says which mixtures a world may be in.
    pub feasible: bool,
    /// Smallest and largest number that an action may be there: policies' actions are divided by the scale, clipped to [-1, 1] and
    /// mapped to this range.
    pub action_range: [f64; 2],
}

/// A world behind a [`Host`].
pub struct HostedWorld<H>(Arc<Inner<H>>);

pub(crate) struct Inner<H> {
    spec: EnvSpec,
    hosting: Hosting,
    host: H,
    /// A failure of a call that has no way of saying so; the next that has one says it.
    unsaid: Mutex<Option<EnvError>>,
}

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

impl<H: Host> Inner<H> {
    /// Runs an errand; a fault is told with the row and what `place` says of it.
    fn run(&self, errand: Errand, rows: &mut Rows, place: impl Fn(usize) -> String) -> Result<(), EnvError> {
        if let Some(error) = self.unsaid.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Err(error);
        }
        self.host.run(errand, rows).map_err(|fault| {
            let Fault { text, row, stack } = fault;
            let place = row.map_or_else(String::new, |row| format!(" ({})", place(row)));
            let stack = if stack.is_empty() { String::new() } else { format!("\n{stack}") };
            self.failed(format!("{text}{place}{stack}"))
        })
    }

    fn failed(&self, reason: String) -> EnvError {
        EnvError::Failed { preset: self.spec.preset.clone(), reason }
    }

    /// That what the host wrote is finite: `names` says what each of `arrays` is, rows of as many entries as `sizes` says.
    fn check(
        &self,
        errand: Errand,
        count: usize,
        arrays: &[(&str, &[f64], usize)],
        place: impl Fn(usize) -> String,
    ) -> Result<(), EnvError> {
        for (what, values, size) in arrays {
            // x * 0 is NaN for an x that is not finite; a sum tells without a branch a number.
            let sum: f64 = values[..count * size].iter().map(|x| x * 0.0).sum();
            if sum == 0.0 {
                continue;
            }
            let at = values.iter().position(|x| !x.is_finite()).unwrap_or(0);
            let (row, entry, value) = (at / size, at % size, values[at]);
            let entry = if *size > 1 { format!(", entry {entry}") } else { String::new() };
            return Err(self.failed(format!("{} wrote {value} to {what}{entry} ({})", errand.name(), place(row))));
        }
        Ok(())
    }

    fn keep(&self, error: EnvError) {
        self.unsaid.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
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
        let place = |row: usize| format!("row {row} of {count}, at the start of its episode");
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
