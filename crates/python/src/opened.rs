//! What a world in Python and its blocks share: how its processes are started, and those that nobody uses.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use xmrl_envs::{EnvError, EnvSpec};

use crate::description::Description;
use crate::layout::RowSizes;
use crate::process::{Fault, Process};
use crate::spawn::Launch;

/// Last entry of a state that says all; a start has its seed there.
pub(crate) const WHOLE: f64 = -1.0;

/// Seeds of `reset` are whole numbers below this.
pub(crate) const SEEDS: u32 = 1 << 31;

/// What blocks share with their world.
pub(crate) struct Opened {
    pub(crate) launch: Launch,
    pub(crate) sizes: RowSizes,
    pub(crate) spec: EnvSpec,
    pub(crate) description: Description,
    /// The description as it was told, for processes that are started later.
    pub(crate) told: Value,
    /// Processes that no block has.
    pub(crate) idle: Mutex<Vec<Process>>,
}

impl Opened {
    /// The error of a fault.
    pub(crate) fn failed(&self, fault: &Fault) -> EnvError {
        failed(&self.spec.preset, fault.text.clone())
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Process>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An idle process, or a new one.
    pub(crate) fn any(&self) -> Result<Process, Fault> {
        let idle = self.idle().pop();
        idle.map_or_else(|| Process::start(&self.launch, Some(&self.told)).map(|(process, _)| process), Ok)
    }

    /// A process with arrays for so many worlds.
    pub(crate) fn take(&self, width: usize) -> Result<Process, EnvError> {
        let ready = self.any().and_then(|mut process| {
            process.open(width, self.sizes, self.launch.limit)?;
            Ok(process)
        });
        ready.map_err(|fault| self.failed(&fault))
    }

    /// Keeps a process for the next block, unless it has not answered yet.
    pub(crate) fn give_back(&self, process: Process) {
        if process.ready() {
            self.idle().push(process);
        }
    }
}

/// The error of a world of this name.
pub(crate) fn failed(preset: &str, reason: String) -> EnvError {
    EnvError::Failed { preset: preset.to_owned(), reason }
}
