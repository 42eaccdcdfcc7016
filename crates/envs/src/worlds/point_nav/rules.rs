//! The point as lane code.

use xmrl_lanes::Lane;

use crate::rules::{Outcome, Rules};

/// Longest displacement of a step along an axis, m.
const REACH: f64 = 0.1;
/// Nearer to the goal than this along both axes is arrival, m.
pub(super) const ARRIVAL: f64 = 0.01;

/// The rules of the module's page.
#[derive(Clone, Copy, Debug)]
pub(super) struct PointRules {
    /// The action that is a displacement of [`REACH`].
    pub(super) scale: f64,
}

impl Rules for PointRules {
    type Scratch<L: Lane> = ();

    #[inline(always)]
    fn begin<L: Lane>(&self, _scratch: &mut (), _state: &[L], _memory: &mut [L]) {}

    #[inline(always)]
    fn observe<L: Lane>(&self, _scratch: &mut (), state: &[L], _memory: &[L], observation: &mut [L]) {
        observation.copy_from_slice(state);
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
        let (one, arrival) = (L::splat(1.0), L::splat(ARRIVAL));
        let mut square = L::splat(0.0);
        let mut arrived = one;
        for axis in 0..2 {
            let share = (action[axis] / L::splat(self.scale)).max(-one).min(one);
            state[axis] = state[axis] + share * L::splat(REACH);
            let left = state[axis] - task[axis];
            square = square + left * left;
            arrived = L::select_lt(left.max(-left), arrival, arrived, L::splat(0.0));
        }
        Outcome { reward: -square.sqrt(), terminated: arrived, success: arrived }
    }
}
