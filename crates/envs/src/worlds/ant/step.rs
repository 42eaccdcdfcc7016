//! One env step of the ant, and what it remembers; compiled once per instruction set.

use xmrl_lanes::{Lane, LaneKernel};
use xmrl_physics::Mechanism;

use super::table::{Aim, AntRules, Body, FORCES, MOTORS, Workspace};
use crate::rules::Outcome;
use crate::worlds::body;

/// [`crate::Rules::step`].
pub(super) struct Step<'a, L: Lane> {
    pub(super) rules: &'a AntRules,
    pub(super) workspace: &'a mut Workspace<L>,
    pub(super) task: &'a [L],
    pub(super) state: &'a mut [L],
    pub(super) memory: &'a mut [L],
    pub(super) action: &'a [L],
}

impl<L: Lane> LaneKernel<L> for Step<'_, L> {
    type Output = Outcome<L>;

    #[inline(always)]
    fn run(self) -> Outcome<L> {
        let Step { rules, workspace, task, state, memory, action } = self;
        let zero = L::splat(0.0);
        let mut control = [zero; MOTORS];
        let squares = body::control(&action[..MOTORS], rules.action_scale, &mut control);
        let (q, v) = state.split_at_mut(Body::NQ);
        rules.body.advance(workspace, q, v, &control, rules.frame_skip);
        if !rules.late {
            rules.body.forward(workspace, q, v, &control);
        }
        let forces = clipped_forces(rules, workspace);
        let (place, speed) = if rules.late {
            (rules.body.late_root(workspace), zero)
        } else {
            let centre = rules.body.centre(workspace, q, v);
            (centre.position, centre.velocity[0])
        };
        remember(rules, &forces, &place, memory);

        let motion = match rules.aim {
            Aim::Velocity => -(speed - task[0]).abs(),
            Aim::Direction => task[0] * speed,
            Aim::Place => -((place[0] - task[0]).abs() + (place[1] - task[1]).abs()),
        };
        let mut impact = zero;
        for &c in &forces {
            impact = c.mul_add(c, impact);
        }
        let cost = L::splat(rules.effort) * squares + L::splat(rules.impact) * impact;
        let over = match rules.healthy {
            None => zero,
            Some((low, high)) => outside(low, q[2], high),
        };
        Outcome { reward: motion + L::splat(rules.bonus) - cost, terminated: over, success: zero }
    }
}

/// 1 where x < low or x > high, else 0.
#[inline(always)]
fn outside<L: Lane>(low: f64, x: L, high: f64) -> L {
    let (zero, one) = (L::splat(0.0), L::splat(1.0));
    L::select_lt(x, L::splat(low), one, L::select_lt(L::splat(high), x, one, zero))
}

/// The clipped contact forces of the workspace's last evaluation.
#[inline(always)]
fn clipped_forces<L: Lane>(rules: &AntRules, workspace: &Workspace<L>) -> [L; FORCES] {
    let one = L::splat(1.0);
    let mut forces = [L::splat(0.0); FORCES];
    rules.body.contact_forces(workspace, &mut forces);
    for force in &mut forces {
        *force = body::clip(*force, one);
    }
    forces
}

/// Keeps what the next observation shows.
#[inline(always)]
fn remember<L: Lane>(rules: &AntRules, forces: &[L; FORCES], place: &[L; 3], memory: &mut [L]) {
    let [shown, _] = rules.shown();
    memory[..shown].copy_from_slice(&forces[..shown]);
    if rules.shows_place {
        memory[shown..].copy_from_slice(place);
    }
}

/// [`crate::Rules::begin`]: forces under no control.
pub(super) struct Begin<'a, L: Lane> {
    pub(super) rules: &'a AntRules,
    pub(super) workspace: &'a mut Workspace<L>,
    pub(super) state: &'a [L],
    pub(super) memory: &'a mut [L],
}

impl<L: Lane> LaneKernel<L> for Begin<'_, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Begin { rules, workspace, state, memory } = self;
        let (q, v) = state.split_at(Body::NQ);
        rules.body.forward(workspace, q, v, &[L::splat(0.0); MOTORS]);
        let forces = clipped_forces(rules, workspace);
        let place = rules.body.centre(workspace, q, v).position;
        remember(rules, &forces, &place, memory);
    }
}
