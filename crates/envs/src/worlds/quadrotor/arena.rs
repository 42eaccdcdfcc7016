//! Walls and pillars: contact of the vehicle's ball, and where it may be.

use xmrl_lanes::Lane;

use super::constants::*;
use crate::worlds::drone_planar::constants::{DISC_RADIUS, DISCS, FLIGHT_HIGH, FLIGHT_LOW};

/// Where the centre may be along x, y, z, m.
pub(super) const BOUNDS: [[f64; 2]; 3] = [
    [FLIGHT_LOW + RADIUS, FLIGHT_HIGH - RADIUS],
    [FLIGHT_LOW + RADIUS, FLIGHT_HIGH - RADIUS],
    [RADIUS, CEILING - RADIUS],
];

/// Distance between the centre and a pillar's axis in contact, m.
const REACH: f64 = DISC_RADIUS + RADIUS;

/// Resolves contact of the vehicle whose position and velocity begin `state`: 1 where there was any, else 0.
#[inline(always)]
pub(super) fn contact<L: Lane>(state: &mut [L]) -> L {
    let mut touched = L::splat(0.0);
    for axis in 0..3 {
        touched = touched.max(stop(state, axis));
    }
    for centre in DISCS {
        touched = touched.max(repel(state, centre));
    }
    touched
}

/// Contact with the two walls across an axis.
#[inline(always)]
fn stop<L: Lane>(state: &mut [L], axis: usize) -> L {
    let (zero, one, back) = (L::splat(0.0), L::splat(1.0), L::splat(-RESTITUTION));
    let [low, high] = BOUNDS[axis].map(L::splat);
    let (p, v) = (state[axis], state[3 + axis]);
    let (under, over) = (L::select_lt(p, low, one, zero), L::select_lt(high, p, one, zero));
    let inward = L::select_lt(zero, under, v, L::select_lt(zero, over, -v, zero));
    state[axis] = p.max(low).min(high);
    state[3 + axis] = L::select_lt(inward, zero, back * v, v);
    under.max(over)
}

/// Contact with the pillar about an axis.
#[inline(always)]
fn repel<L: Lane>(state: &mut [L], centre: [f64; 2]) -> L {
    let (zero, one, reach) = (L::splat(0.0), L::splat(1.0), L::splat(REACH));
    let [cx, cy] = centre.map(L::splat);
    let (dx, dy) = (state[0] - cx, state[1] - cy);
    let square = dx.mul_add(dx, dy * dy);
    // What follows changes no lane that is farther: where none is nearer, it need not be computed.
    if !L::any_lt(square, reach * reach) {
        return zero;
    }
    let touched = L::select_lt(square, reach * reach, one, zero);
    let distance = square.sqrt();
    // On the axis itself every direction leads out.
    let inside = L::select_lt(distance, L::splat(1e-9), one, zero);
    let nx = L::select_lt(zero, inside, one, dx / distance);
    let ny = L::select_lt(zero, inside, zero, dy / distance);
    state[0] = L::select_lt(zero, touched, reach.mul_add(nx, cx), state[0]);
    state[1] = L::select_lt(zero, touched, reach.mul_add(ny, cy), state[1]);
    let outward = nx.mul_add(state[3], ny * state[4]);
    let towards = L::select_lt(zero, touched, outward.min(zero), zero);
    let change = L::splat(-1.0 - RESTITUTION) * towards;
    state[3] = L::select_lt(towards, zero, change.mul_add(nx, state[3]), state[3]);
    state[4] = L::select_lt(towards, zero, change.mul_add(ny, state[4]), state[4]);
    touched
}

/// Whether the ball may be at a position: inside the walls, outside the pillars but for [`ROUNDING`].
pub(super) fn free(position: &[f64]) -> bool {
    let inside = position.iter().zip(BOUNDS).all(|(p, [low, high])| (low..=high).contains(p));
    let clear = |[x, y]: [f64; 2]| (position[0] - x).hypot(position[1] - y) >= REACH - ROUNDING;
    inside && DISCS.into_iter().all(clear)
}
