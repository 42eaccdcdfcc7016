//! Reward and end of an episode: lines 2 and 3 of the specification.

use xmrl_lanes::Lane;

use super::constants::*;
use crate::rules::Outcome;
use crate::worlds::drone_planar::constants::{ARRIVAL_REWARD, GOAL_RADIUS, PROGRESS_REWARD};

/// `.5 (d_before - d_after) - .1 touched + 2 arrived`, d the distance to the goal `task`; arrival ends the episode, with success
/// where `spoilt` is 0.
#[inline(always)]
pub(super) fn judge<L: Lane>(task: &[L], before: [L; 3], after: [L; 3], touched: L, spoilt: L) -> Outcome<L> {
    let (zero, one) = (L::splat(0.0), L::splat(1.0));
    let left = distance(task, after);
    let arrived = L::select_lt(left, L::splat(GOAL_RADIUS), one, zero);
    let progress = (distance(task, before) - left) * L::splat(PROGRESS_REWARD);
    let reward = progress + touched * L::splat(TOUCH_REWARD) + arrived * L::splat(ARRIVAL_REWARD);
    Outcome { reward, terminated: arrived, success: arrived * (one - spoilt) }
}

#[inline(always)]
fn distance<L: Lane>(goal: &[L], p: [L; 3]) -> L {
    let mut square = L::splat(0.0);
    for axis in 0..3 {
        let d = p[axis] - goal[axis];
        square = d.mul_add(d, square);
    }
    square.sqrt()
}
