//! Motion of the planar drone: command, drag, speed limit, walls, pillars.

use xmrl_lanes::Lane;

use super::constants::*;

/// Moves every lane by one env step: lines 1 to 3 of the specification. Returns 1 where a pillar was touched, else 0.
#[inline(always)]
pub(super) fn advance<L: Lane>(state: &mut [L], action: &[L]) -> L {
    let (zero, one) = (L::splat(0.0), L::splat(1.0));
    let velocity = limit_speed([accelerate(state[2], action[0]), accelerate(state[3], action[1])]);
    let (x, vx) = move_between_walls(state[0], velocity[0]);
    let (y, vy) = move_between_walls(state[1], velocity[1]);
    let clearance = squared_clearance(x, y);
    let bounce = L::splat(BOUNCE);
    // On a touch the position stays and the velocity is thrown back.
    state[0] = L::select_lt(clearance, zero, state[0], x);
    state[1] = L::select_lt(clearance, zero, state[1], y);
    state[2] = L::select_lt(clearance, zero, vx * bounce, vx);
    state[3] = L::select_lt(clearance, zero, vy * bounce, vy);
    L::select_lt(clearance, zero, one, zero)
}

/// `v + dt (4 clip(a) - 2 v)`.
#[inline(always)]
fn accelerate<L: Lane>(v: L, action: L) -> L {
    let one = L::splat(1.0);
    let command = action.max(-one).min(one);
    v * L::splat(1.0 - DT * DRAG) + command * L::splat(DT * MAX_ACCELERATION)
}

/// The velocity, shortened to the largest speed where it is longer.
#[inline(always)]
fn limit_speed<L: Lane>(v: [L; 2]) -> [L; 2] {
    let square = v[0] * v[0] + v[1] * v[1];
    let limit = L::splat(MAX_SPEED * MAX_SPEED);
    let scale = L::select_lt(limit, square, L::splat(MAX_SPEED) / square.sqrt(), L::splat(1.0));
    [v[0] * scale, v[1] * scale]
}

/// One coordinate after the step and its velocity: a wall stops both.
#[inline(always)]
fn move_between_walls<L: Lane>(p: L, v: L) -> (L, L) {
    let (low, high, zero) = (L::splat(FLIGHT_LOW), L::splat(FLIGHT_HIGH), L::splat(0.0));
    let free = p + v * L::splat(DT);
    let v = L::select_lt(free, low, zero, L::select_lt(high, free, zero, v));
    (free.max(low).min(high), v)
}

/// Squared distance to the nearest disc's centre less the squared radius: negative inside a disc.
#[inline(always)]
pub(super) fn squared_clearance<L: Lane>(x: L, y: L) -> L {
    let mut nearest = L::splat(f64::INFINITY);
    for [cx, cy] in DISCS {
        let (dx, dy) = (x - L::splat(cx), y - L::splat(cy));
        nearest = nearest.min(dx * dx + dy * dy);
    }
    nearest - L::splat(DISC_RADIUS * DISC_RADIUS)
}

/// Distance in metres from a point to the edge of the nearest disc; negative inside.
pub(super) fn disc_clearance(x: f64, y: f64) -> f64 {
    let centre = |[cx, cy]: [f64; 2]| (x - cx).hypot(y - cy);
    DISCS.into_iter().map(centre).fold(f64::INFINITY, f64::min) - DISC_RADIUS
}
