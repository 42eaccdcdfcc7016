//! The quadrotor's episodes as lane code.

use xmrl_lanes::Lane;

use super::layout::LOAD;
use super::step::Step;
use super::view::Observe;
use crate::rules::{Outcome, Rules};
use crate::worlds::body;

/// The rules of the module's page. The memory tells whether the episode has met contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuadrotorRules {
    /// Only episodes without contact succeed.
    pub clean: bool,
    /// The task's fourth number is the mass, as a share of the airframe's.
    pub loaded: bool,
}

impl Rules for QuadrotorRules {
    const LARGEST: Option<f64> = Some(body::LARGEST);

    type Scratch<L: Lane> = ();

    #[inline(always)]
    fn begin<L: Lane>(&self, _scratch: &mut (), _state: &[L], memory: &mut [L]) {
        memory[0] = L::splat(0.0);
    }

    #[inline(always)]
    fn observe<L: Lane>(&self, _scratch: &mut (), state: &[L], _memory: &[L], observation: &mut [L]) {
        L::outlined(Observe { state, observation });
    }

    #[inline(always)]
    fn step<L: Lane>(
        &self,
        _scratch: &mut (),
        task: &[L],
        state: &mut [L],
        memory: &mut [L],
        action: &[L],
    ) -> Outcome<L> {
        if self.loaded {
            state[LOAD] = task[3];
        }
        L::outlined(Step { clean: self.clean, task, state, memory, action })
    }
}
