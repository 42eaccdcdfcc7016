//! Planar runners as lane code.

use std::marker::PhantomData;

use xmrl_lanes::Lane;
use xmrl_physics::Mechanism;

use super::step::{Begin, Step};
use super::table::{Model, RunnerRules, Shown, Workspace};
use crate::crew::Aboard;
use crate::lane_block::Hosted;
use crate::rules::{Outcome, Rules};
use crate::spec::Sizes;
use crate::worlds::body::{self, BodyRules, Coordinates};

/// A planar body under the rules of a preset. Its memory is the place it shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Runner<M> {
    rules: RunnerRules,
    model: PhantomData<M>,
}

impl<M: Model> Runner<M> {
    /// The body under the rules of a preset.
    pub(crate) const fn new(rules: RunnerRules) -> Self {
        Runner { rules, model: PhantomData }
    }

    /// Sizes of the preset's arrays.
    pub(crate) fn sizes(&self) -> Sizes {
        let (nq, nv) = (M::Kind::NQ, M::Kind::NV);
        let place = if self.rules.shown == Shown::Nothing { 0 } else { 3 };
        Sizes { observation: nq - 1 + nv + place, action: M::MOTORS, state: nq + nv, task: 1, memory: place }
    }
}

impl<M: Model> Rules for Runner<M> {
    const LARGEST: Option<f64> = Some(body::LARGEST);

    type Scratch<L: Lane> = Workspace<M, L>;

    #[inline(always)]
    fn begin<L: Lane>(&self, scratch: &mut Self::Scratch<L>, state: &[L], memory: &mut [L]) {
        if self.rules.shown != Shown::Nothing {
            L::outlined(Begin::<M, L> { rules: &self.rules, workspace: scratch, state, memory });
        }
    }

    #[inline(always)]
    fn observe<L: Lane>(&self, _scratch: &mut Self::Scratch<L>, state: &[L], memory: &[L], observation: &mut [L]) {
        let (positions, velocities) = (M::Kind::NQ - 1, M::Kind::NV);
        observation[..positions + velocities].copy_from_slice(&state[1..]);
        if let Some(bound) = self.rules.velocity_clip {
            for velocity in &mut observation[positions..positions + velocities] {
                *velocity = body::clip(*velocity, L::splat(bound));
            }
        }
        observation[positions + velocities..].copy_from_slice(memory);
    }

    #[inline(always)]
    fn step<L: Lane>(
        &self,
        scratch: &mut Self::Scratch<L>,
        task: &[L],
        state: &mut [L],
        memory: &mut [L],
        action: &[L],
    ) -> Outcome<L> {
        L::outlined(Step::<M, L> { rules: &self.rules, workspace: scratch, task: task[0], state, memory, action })
    }

    fn capped_solves<L: Lane>(&self, scratch: &Self::Scratch<L>) -> u64 {
        M::MECHANISM.stats(scratch).capped
    }
}

impl<M: Model> Hosted for Runner<M> {
    fn scratch<L: Lane>(&self) -> Box<Workspace<M, L>> {
        M::MECHANISM.workspace()
    }
}

impl<M: Model> BodyRules for Runner<M> {
    type Kind = M::Kind;
    const COORDINATES: Coordinates = Coordinates { quaternion: None, first_angle: 2, angles_end: M::Kind::NQ };

    fn mechanism(&self) -> &M::Kind {
        M::MECHANISM
    }

    fn aboard(&self) -> Option<Aboard<'_>> {
        let preset = M::PRESETS.iter().position(|rules| *rules == self.rules);
        preset.map(|preset| Aboard::of(M::FAMILY, preset))
    }
}
