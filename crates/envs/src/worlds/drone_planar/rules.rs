//! The planar drone as lane code.

use xmrl_lanes::Lane;

use super::constants::*;
use super::{dynamics, reward};
use crate::rules::{Outcome, Rules};

/// The rules of the module's page; the same under every task law.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanarRules;

impl Rules for PlanarRules {
    type Scratch<L: Lane> = ();

    #[inline(always)]
    fn begin<L: Lane>(&self, _scratch: &mut (), _state: &[L], _memory: &mut [L]) {}

    #[inline(always)]
    fn observe<L: Lane>(&self, _scratch: &mut (), state: &[L], _memory: &[L], observation: &mut [L]) {
        let (centre, per_length) = (L::splat(CENTRE), L::splat(1.0 / OBSERVED_LENGTH));
        let per_speed = L::splat(1.0 / MAX_SPEED);
        observation[0] = (state[0] - centre) * per_length;
        observation[1] = (state[1] - centre) * per_length;
        observation[2] = state[2] * per_speed;
        observation[3] = state[3] * per_speed;
    }

    #[inline(always)]
    fn step<L: Lane>(
        &self,
        _scratch: &mut (),
        task: &[L],
        state: &mut [L],
        _memory: &mut [L],
        action: &[L],
    ) -> Outcome<L> {
        let before = [state[0], state[1]];
        let touched = dynamics::advance(state, action);
        reward::judge(task, before, [state[0], state[1]], touched)
    }
}
