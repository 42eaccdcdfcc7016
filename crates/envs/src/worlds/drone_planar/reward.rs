//! Reward and end of a planar episode: lines 4 and 5 of the specification.

use xmrl_lanes::Lane;

use super::constants::*;
use crate::rules::Outcome;

/// `.5 (d_before - d_after) - .2 touched + 2 arrived`, d the distance to the goal `task`; arrival ends the episode.
#[inline(always)]
pub(super) fn judge<L: Lane>(task: &[L], before: [L; 2], after: [L; 2], touched: L) -> Outcome<L> {
    let (zero, one) = (L::splat(0.0), L::splat(1.0));
    let left = distance(task, after);
    let success = L::select_lt(left, L::splat(GOAL_RADIUS), one, zero);
    let progress = (distance(task, before) - left) * L::splat(PROGRESS_REWARD);
    let reward = progress + touched * L::splat(TOUCH_REWARD) + success * L::splat(ARRIVAL_REWARD);
    Outcome { reward, terminated: success, success }
}

#[inline(always)]
fn distance<L: Lane>(goal: &[L], p: [L; 2]) -> L {
    let (dx, dy) = (p[0] - goal[0], p[1] - goal[1]);
    (dx * dx + dy * dy).sqrt()
}
