//! Whoever runs the rules of a world: errands on rows.

use crate::hosted::rows::Rows;
use crate::world::Start;

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
