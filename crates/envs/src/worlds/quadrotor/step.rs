//! One env step: lines 1 to 3 of the specification.

use xmrl_lanes::{Lane, LaneKernel};
use xmrl_physics::quadrotor::{CRAZYFLIE, Conditions, SIZE, Velocity, straighten};

use super::constants::*;
use super::layout::{LOAD, WIND};
use super::{arena, reward};
use crate::rules::Outcome;
use crate::worlds::body::clip;

/// [`crate::Rules::step`].
pub(super) struct Step<'a, L> {
    pub(super) clean: bool,
    pub(super) task: &'a [L],
    pub(super) state: &'a mut [L],
    pub(super) memory: &'a mut [L],
    pub(super) action: &'a [L],
}

impl<L: Lane> LaneKernel<L> for Step<'_, L> {
    type Output = Outcome<L>;

    #[inline(always)]
    fn run(self) -> Outcome<L> {
        let Self { clean, task, state, memory, action } = self;
        let before = [state[0], state[1], state[2]];
        let touched = advance(state, action);
        memory[0] = memory[0].max(touched);
        let spoilt = if clean { memory[0] } else { L::splat(0.0) };
        reward::judge(task, before, [state[0], state[1], state[2]], touched, spoilt)
    }
}

/// Moves every lane by one env step; 1 where contact was met, else 0.
#[inline(always)]
fn advance<L: Lane>(state: &mut [L], action: &[L]) -> L {
    let mut wanted = [L::splat(0.0); 3];
    for axis in 0..3 {
        wanted[axis] = clip(action[axis], L::splat(1.0)) * L::splat(MAX_VELOCITY[axis]);
    }
    let pilot = Velocity(wanted);
    let conditions = Conditions { wind: [state[WIND], state[WIND + 1], L::splat(0.0)], load: state[LOAD] };
    let mut vehicle = [L::splat(0.0); SIZE];
    vehicle.copy_from_slice(&state[..SIZE]);
    straighten(&mut vehicle);
    let mut touched = L::splat(0.0);
    for _ in 0..SUBSTEPS {
        CRAZYFLIE.step(&pilot, &conditions, &mut vehicle, PHYSICS_STEP);
        touched = touched.max(arena::contact(&mut vehicle));
    }
    state[..SIZE].copy_from_slice(&vehicle);
    touched
}
