//! One env step of a planar runner, and what it remembers; compiled once per body and instruction set.

use xmrl_lanes::{Lane, LaneKernel};
use xmrl_physics::Mechanism;

use super::table::{Aim, Model, RunnerRules, Shown, Speed, Workspace};
use crate::rules::Outcome;
use crate::worlds::body;

/// Most motors of a planar body.
const MOST_MOTORS: usize = 8;

/// [`crate::Rules::step`].
pub(super) struct Step<'a, M: Model, L: Lane> {
    pub(super) rules: &'a RunnerRules,
    pub(super) workspace: &'a mut Workspace<M, L>,
    pub(super) task: L,
    pub(super) state: &'a mut [L],
    pub(super) memory: &'a mut [L],
    pub(super) action: &'a [L],
}

impl<M: Model, L: Lane> LaneKernel<L> for Step<'_, M, L> {
    type Output = Outcome<L>;

    #[inline(always)]
    fn run(self) -> Outcome<L> {
        const { assert!(M::MOTORS <= MOST_MOTORS) };
        let Step { rules, workspace, task, state, memory, action } = self;
        let zero = L::splat(0.0);
        let mut control = [zero; MOST_MOTORS];
        let control = &mut control[..M::MOTORS];
        let squares = body::control(&action[..M::MOTORS], rules.action_scale, control);
        let (q, v) = state.split_at_mut(M::Kind::NQ);
        let before = q[0];
        M::MECHANISM.advance(workspace, q, v, control, rules.frame_skip);

        if rules.shown == Shown::LateRoot {
            memory.copy_from_slice(&M::MECHANISM.late_root(workspace));
        }
        let mut speed = (q[0] - before) / L::splat(M::MECHANISM.timestep() * rules.frame_skip as f64);
        if rules.speed == Speed::Centre {
            let centre = M::MECHANISM.centre(workspace, q, v);
            speed = centre.velocity[0];
            if rules.shown == Shown::Centre {
                memory.copy_from_slice(&centre.position);
            }
        }
        let healthy = healthy(rules, q);
        let run = match rules.aim {
            Aim::Velocity => -(speed - task).abs(),
            Aim::Direction => task * speed,
        };
        let reward = run - L::splat(rules.effort) * squares + L::splat(rules.alive) * healthy;
        Outcome { reward, terminated: L::splat(1.0) - healthy, success: zero }
    }
}

/// 1 where the root is inside the preset's ranges, else 0.
#[inline(always)]
fn healthy<L: Lane>(rules: &RunnerRules, q: &[L]) -> L {
    match &rules.healthy {
        None => L::splat(1.0),
        Some(ranges) => {
            body::between(ranges.height.0, q[1], ranges.height.1) * body::between(ranges.angle.0, q[2], ranges.angle.1)
        }
    }
}

/// [`crate::Rules::begin`]: the place shown after a reset, which is never late.
pub(super) struct Begin<'a, M: Model, L: Lane> {
    pub(super) rules: &'a RunnerRules,
    pub(super) workspace: &'a mut Workspace<M, L>,
    pub(super) state: &'a [L],
    pub(super) memory: &'a mut [L],
}

impl<M: Model, L: Lane> LaneKernel<L> for Begin<'_, M, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (q, v) = self.state.split_at(M::Kind::NQ);
        let place = match self.rules.shown {
            Shown::Centre => M::MECHANISM.centre(self.workspace, q, v).position,
            Shown::LateRoot => [L::splat(M::ORIGIN[0]) + q[0], L::splat(0.0), L::splat(M::ORIGIN[1]) + q[1]],
            Shown::Nothing => return,
        };
        self.memory.copy_from_slice(&place);
    }
}
