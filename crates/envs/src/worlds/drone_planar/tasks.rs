//! Where goals lie: the uniform law and the imbalanced one.

use core::f64::consts::TAU;

use super::constants::*;
use super::dynamics;
use crate::rng::{Purpose, Stream};
use crate::tasks::{Pool, TURN, TaskLaw, Tasks, evenly_rare};

/// Share of the training goals on the sparse side.
const RARE_SHARE: f64 = 0.1;

/// `count` goals of a pool `[count, 2]`, and which are rare under the imbalanced law; with `heights` `[low, high]` `[count, 3]`,
/// the same points of the ground plan at heights uniform between them (number 2 of the accepted attempt).
///
/// A goal is uniform over the allowed region: drawn again until it is more than 2 m from the centre, at least .35 m
/// off every disc's edge and, in an imbalanced training pool, on its side. Sides are the half-planes
/// `(goal - centre) · (cos a, sin a)`, dense where positive; `a` is uniform in a turn and a function of the seed alone.
/// One training task in ten is rare, and these are spread evenly over the pool ([`evenly_rare`]). In the other pools `rare` tells
/// which goals fell on the sparse side.
pub(crate) fn draw(law: TaskLaw, pool: Pool, seed: u64, count: usize, heights: Option<[f64; 2]>) -> Tasks {
    let stream = Stream::new(seed, Purpose::Tasks, pool.index());
    let direction = dense_direction(seed);
    let (mut values, mut rare) = (Vec::with_capacity(3 * count), Vec::with_capacity(count));
    for i in 0..count {
        let side = match (law, pool) {
            (TaskLaw::Imbalanced, Pool::Training) => Some(evenly_rare(RARE_SHARE, i, count)),
            _ => None,
        };
        let (goal, is_rare, attempt) = draw_goal(&stream, i as u32, direction, side);
        values.extend(goal);
        if let Some([low, high]) = heights {
            values.push(low + (high - low) * stream.uniform(i as u32, 0, attempt, 2));
        }
        rare.push(is_rare);
    }
    Tasks { values, rare: (law == TaskLaw::Imbalanced).then_some(rare) }
}

/// Unit vector from the centre into the dense half-plane of a seed.
fn dense_direction(seed: u64) -> [f64; 2] {
    let angle = TAU * Stream::new(seed, Purpose::Tasks, TURN).uniform(0, 0, 0, 0);
    [angle.cos(), angle.sin()]
}

/// The first draw of task `i` that the law accepts, whether it is on the sparse side, and its number.
fn draw_goal(stream: &Stream, i: u32, direction: [f64; 2], side: Option<bool>) -> ([f64; 2], bool, u32) {
    let mut attempt = 0;
    loop {
        let draw = |k| GOAL_LOW + (GOAL_HIGH - GOAL_LOW) * stream.uniform(i, 0, attempt, k);
        let goal = [draw(0), draw(1)];
        let (dx, dy) = (goal[0] - CENTRE, goal[1] - CENTRE);
        let rare = dx * direction[0] + dy * direction[1] < 0.0;
        let allowed = dx.hypot(dy) > GOAL_CENTRE_DISTANCE
            && dynamics::disc_clearance(goal[0], goal[1]) >= GOAL_DISC_DISTANCE
            && side.is_none_or(|side| side == rare);
        if allowed {
            return (goal, rare, attempt);
        }
        attempt += 1;
    }
}
