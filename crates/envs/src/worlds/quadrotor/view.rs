//! What the policy sees: position, velocity, attitude, and how far the way is free to four sides.

use xmrl_lanes::{Lane, LaneKernel};
use xmrl_physics::quadrotor;

use super::constants::*;
use crate::worlds::drone_planar::constants::{CENTRE, DISC_RADIUS, DISCS, FLIGHT_HIGH, FLIGHT_LOW, OBSERVED_LENGTH};

/// [`crate::Rules::observe`].
pub(super) struct Observe<'a, L> {
    pub(super) state: &'a [L],
    pub(super) observation: &'a mut [L],
}

impl<L: Lane> LaneKernel<L> for Observe<'_, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { state, observation } = self;
        let centre = [CENTRE, CENTRE, MIDDLE];
        let length = [OBSERVED_LENGTH, OBSERVED_LENGTH, OBSERVED_HEIGHT];
        for axis in 0..3 {
            observation[axis] = (state[axis] - L::splat(centre[axis])) * L::splat(1.0 / length[axis]);
            observation[3 + axis] = state[3 + axis] * L::splat(1.0 / MAX_VELOCITY[axis]);
        }
        let mut upright = [L::splat(0.0); quadrotor::SIZE];
        upright.copy_from_slice(&state[..quadrotor::SIZE]);
        quadrotor::straighten(&mut upright);
        // q and -q are the same attitude.
        let sign = L::select_lt(upright[6], L::splat(0.0), L::splat(-1.0), L::splat(1.0));
        for axis in 0..3 {
            observation[6 + axis] = sign * upright[7 + axis];
        }
        let [hx, hy] = heading(&upright);
        let at = [state[0], state[1]];
        for (side, direction) in [[hx, hy], [-hy, hx], [-hx, -hy], [hy, -hx]].into_iter().enumerate() {
            observation[9 + side] = free_way(at, direction) * L::splat(1.0 / VIEW);
        }
    }
}

/// The body's forward axis on the ground, a unit vector.
#[inline(always)]
fn heading<L: Lane>(state: &[L]) -> [L; 2] {
    let rotation = quadrotor::rotation(state);
    let (x, y) = (rotation[0][0], rotation[1][0]);
    let length = x.mul_add(x, y * y).sqrt();
    let (least, one, zero) = (L::splat(1e-9), L::splat(1.0), L::splat(0.0));
    [L::select_lt(length, least, one, x / length), L::select_lt(length, least, zero, y / length)]
}

/// Distance from `at` along the unit vector `direction` to a wall or a pillar, at most [`VIEW`].
#[inline(always)]
fn free_way<L: Lane>(at: [L; 2], direction: [L; 2]) -> L {
    let zero = L::splat(0.0);
    let mut way = L::splat(VIEW);
    for axis in 0..2 {
        let (p, u) = (at[axis], direction[axis]);
        let gap = L::select_lt(u, zero, p - L::splat(FLIGHT_LOW), L::splat(FLIGHT_HIGH) - p);
        // Along the wall: infinite, or not a number where it touches; both leave the way as it is.
        way = (gap / u.abs()).min(way);
    }
    for [x, y] in DISCS {
        let (dx, dy) = (L::splat(x) - at[0], L::splat(y) - at[1]);
        let along = dx.mul_add(direction[0], dy * direction[1]);
        let across = dx.mul_add(direction[1], -(dy * direction[0]));
        let half = L::splat(DISC_RADIUS * DISC_RADIUS) - across * across;
        let hit = along - half.max(zero).sqrt();
        let ahead = L::select_lt(zero, along, hit, way);
        way = L::select_lt(zero, half, ahead, way).min(way);
    }
    way.max(zero)
}
