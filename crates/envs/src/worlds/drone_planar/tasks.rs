//! Where goals lie: the uniform law, and that in which a sector about the centre is rare; half a turn of it is one side of the arena.

use core::f64::consts::{PI, TAU};

use super::constants::*;
use super::dynamics;
use crate::rng::{Purpose, Stream};
use crate::tasks::{End, Pool, Rare, TURN, TaskLaw, Tasks, evenly_rare};

/// `count` goals of a pool `[count, 2]`, and which are rare under a law that has such; with `heights` `[low, high]` `[count, 3]`,
/// the same points of the ground plan at heights uniform between them (number 2 of the accepted attempt).
///
/// A goal is uniform over the allowed region: drawn again until it is more than 2 m from the centre, at least .35 m
/// off every disc's edge and, in a training pool of which a part is rare, in the part or outside of it as the task asks for. The rare
/// part is a [`Sector`]. Rare training tasks are spread evenly over the pool ([`evenly_rare`]). In the other pools `rare` tells
/// which goals fell into the sector.
pub(crate) fn draw(law: TaskLaw, pool: Pool, seed: u64, count: usize, heights: Option<[f64; 2]>) -> Tasks {
    let stream = Stream::new(seed, Purpose::Tasks, pool.index());
    let sector = law.rare().map(|rare| Sector::new(rare, seed));
    let (mut values, mut flags) = (Vec::with_capacity(3 * count), Vec::with_capacity(count));
    for i in 0..count {
        let asked = law.rare().filter(|_| pool == Pool::Training).map(|rare| evenly_rare(rare.share, i, count));
        let (goal, is_rare, attempt) = draw_goal(&stream, i as u32, sector, asked);
        values.extend(goal);
        if let Some([low, high]) = heights {
            values.push(low + (high - low) * stream.uniform(i as u32, 0, attempt, 2));
        }
        flags.push(is_rare);
    }
    Tasks { values, rare: sector.map(|_| flags) }
}

/// The goals whose direction from the centre is rare: those within `part` of a turn about the direction opposite to a, where a is
/// uniform in a turn and a function of the seed alone; at the low end, about a itself. Half a turn is the half-plane
/// `(goal - centre) · (cos a, sin a) < 0`.
#[derive(Clone, Copy)]
struct Sector {
    /// Unit vector away from the sector's middle.
    away: [f64; 2],
    /// Cosine of the angle from there at which the sector begins.
    from: f64,
}

impl Sector {
    fn new(Rare { part, end, .. }: Rare, seed: u64) -> Self {
        let angle = TAU * Stream::new(seed, Purpose::Tasks, TURN).uniform(0, 0, 0, 0);
        let sign = if end == End::High { 1.0 } else { -1.0 };
        // Exactly a half-plane, where the cosine of a rounded quarter turn is not 0.
        let from = if part == 0.5 { 0.0 } else { (PI * (1.0 - part)).cos() };
        Sector { away: [sign * angle.cos(), sign * angle.sin()], from }
    }

    /// Of a goal that lies so far from the centre.
    fn holds(self, [dx, dy]: [f64; 2]) -> bool {
        dx * self.away[0] + dy * self.away[1] < self.from * dx.hypot(dy)
    }
}

/// The first draw of task `i` that the law accepts, whether it is rare, and its number.
fn draw_goal(stream: &Stream, i: u32, sector: Option<Sector>, asked: Option<bool>) -> ([f64; 2], bool, u32) {
    let mut attempt = 0;
    loop {
        let draw = |k| GOAL_LOW + (GOAL_HIGH - GOAL_LOW) * stream.uniform(i, 0, attempt, k);
        let goal = [draw(0), draw(1)];
        let (dx, dy) = (goal[0] - CENTRE, goal[1] - CENTRE);
        let rare = sector.is_some_and(|sector| sector.holds([dx, dy]));
        let allowed = dx.hypot(dy) > GOAL_CENTRE_DISTANCE
            && dynamics::disc_clearance(goal[0], goal[1]) >= GOAL_DISC_DISTANCE
            && asked.is_none_or(|asked| asked == rare);
        if allowed {
            return (goal, rare, attempt);
        }
        attempt += 1;
    }
}
