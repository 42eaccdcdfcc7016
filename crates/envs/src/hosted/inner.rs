//! What a hosted world and its blocks share: calls of the host, with faults in words.

use std::sync::{Mutex, PoisonError};

use crate::error::EnvError;
use crate::hosted::host::{Errand, Fault, Host};
use crate::hosted::rows::Rows;
use crate::spec::EnvSpec;

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

/// A world, whoever holds it.
pub(super) struct Inner<H> {
    pub(super) spec: EnvSpec,
    pub(super) hosting: Hosting,
    pub(super) host: H,
    /// A failure of a call that has no way of saying so; the next that has one says it.
    pub(super) unsaid: Mutex<Option<EnvError>>,
}

impl<H: Host> Inner<H> {
    /// Runs an errand; a fault is told with the row and what `place` says of it.
    pub(super) fn run(&self, errand: Errand, rows: &mut Rows, place: impl Fn(usize) -> String) -> Result<(), EnvError> {
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

    pub(super) fn failed(&self, reason: String) -> EnvError {
        EnvError::Failed { preset: self.spec.preset.clone(), reason }
    }

    /// That what the host wrote is finite: `names` says what each of `arrays` is, rows of as many entries as `sizes` says.
    pub(super) fn check(
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

    pub(super) fn keep(&self, error: EnvError) {
        self.unsaid.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
}
