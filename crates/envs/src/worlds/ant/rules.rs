//! The ant as lane code.

use xmrl_lanes::Lane;
use xmrl_physics::Mechanism;

use super::step::{Begin, Step};
use super::table::{Aim, AntRules, Body, MOTORS, Workspace};
use crate::crew::Aboard;
use crate::lane_block::Hosted;
use crate::rules::{Outcome, Rules};
use crate::spec::Sizes;
use crate::worlds::body::{self, BodyRules, Coordinates};

impl AntRules {
    /// Sizes of the preset's arrays. The memory is the clipped forces and the centre of mass, where they are shown.
    pub(super) fn sizes(&self) -> Sizes {
        let ([forces, place], of_state) = (self.shown(), Body::NQ + Body::NV);
        let task = if self.aim == Aim::Place { 2 } else { 1 };
        Sizes {
            observation: of_state + forces + place,
            action: MOTORS,
            state: of_state,
            task,
            memory: forces + place / 4,
        }
    }
}

impl Rules for AntRules {
    const LARGEST: Option<f64> = Some(body::LARGEST);

    type Scratch<L: Lane> = Workspace<L>;

    #[inline(always)]
    fn begin<L: Lane>(&self, scratch: &mut Workspace<L>, state: &[L], memory: &mut [L]) {
        L::outlined(Begin { rules: self, workspace: scratch, state, memory });
    }

    #[inline(always)]
    fn observe<L: Lane>(&self, _scratch: &mut Workspace<L>, state: &[L], memory: &[L], observation: &mut [L]) {
        let (of_state, rest) = observation.split_at_mut(Body::NQ + Body::NV);
        of_state.copy_from_slice(state);
        let [forces, _] = self.shown();
        let (shown, place) = rest.split_at_mut(forces);
        shown.copy_from_slice(&memory[..forces]);
        if self.shows_place {
            place[..9].copy_from_slice(Body::root_rotation(state).as_flattened());
            place[9..].copy_from_slice(&memory[forces..]);
        }
    }

    #[inline(always)]
    fn step<L: Lane>(
        &self,
        scratch: &mut Workspace<L>,
        task: &[L],
        state: &mut [L],
        memory: &mut [L],
        action: &[L],
    ) -> Outcome<L> {
        L::outlined(Step { rules: self, workspace: scratch, task, state, memory, action })
    }

    fn capped_solves<L: Lane>(&self, scratch: &Workspace<L>) -> u64 {
        self.body.stats(scratch).capped
    }
}

impl Hosted for AntRules {
    fn scratch<L: Lane>(&self) -> Box<Workspace<L>> {
        self.body.workspace()
    }
}

impl BodyRules for AntRules {
    type Kind = Body;
    const COORDINATES: Coordinates = Coordinates { quaternion: Some(3), first_angle: 7, angles_end: Body::NQ };

    fn mechanism(&self) -> &Body {
        self.body
    }

    fn aboard(&self) -> Option<Aboard<'_>> {
        AntRules::PRESETS.iter().position(|rules| rules == self).map(|preset| Aboard::of("ant", preset))
    }
}
