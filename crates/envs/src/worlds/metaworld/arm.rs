//! The robot in one room: what moves it, and what is seen of it.

use std::ops::Range;
use std::sync::Arc;

use xmrl_mujoco::{Kind, Model, MujocoError, Room};

use super::facts::Facts;
use super::space::{distance, plus};

/// Numbers of a frame: hand 3, opening, two objects of position 3 and quaternion 4.
pub(super) const FRAME: usize = 18;

/// Steps of the simulator in an env step: 80 Hz.
pub(super) const SUBSTEPS: usize = 5;

/// What every weld's data are set to: the hand hangs on the body that is moved from outside.
pub(super) const WELD: [f64; 11] = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 5.0];

/// Orientation of that body; libmujoco scales it.
const DOWN: [f64; 4] = [1.0, 0.0, 1.0, 0.0];

/// How far apart the claws are at most, m; an opening is a share of it.
const WIDE: f64 = 0.1;

/// Where an observation shows the hand at least and at most, m.
const SEEN_LOW: [f64; 3] = [-0.525, 0.348, -0.0525];
const SEEN_HIGH: [f64; 3] = [0.525, 1.025, 0.7];

/// Numbers of what has a name in the model.
pub(super) struct Ids {
    hand: usize,
    claws: [usize; 2],
    pads: [usize; 2],
    ends: [usize; 2],
    own: Vec<usize>,
}

impl Ids {
    /// Those of the robot, and what the environment asks for itself. Error: something that the model does not have.
    pub(super) fn of(model: &Model, things: &[(Kind, &str)]) -> Result<Self, MujocoError> {
        let body = |name| model.id(Kind::Body, name);
        let own = things.iter().map(|&(kind, name)| {
            let id = model.id(kind, name)?;
            // Of a joint only its place in the position is asked for.
            Ok(if kind == Kind::Joint { model.position_of(id) } else { id })
        });
        Ok(Ids {
            hand: body("hand")?,
            claws: [body("rightclaw")?, body("leftclaw")?],
            pads: [body("leftpad")?, body("rightpad")?],
            ends: [model.id(Kind::Site, "rightEndEffector")?, model.id(Kind::Site, "leftEndEffector")?],
            own: own.collect::<Result<_, MujocoError>>()?,
        })
    }
}

/// A room with the robot in it.
pub(super) struct Arm {
    pub(super) room: Room,
    ids: Arc<Ids>,
}

impl Arm {
    pub(super) fn new(room: Room, ids: Arc<Ids>) -> Self {
        Arm { room, ids }
    }

    /// What the environment's `thing`-th name stands for: a body, geom or site, or where a joint stands in the position.
    pub(super) fn own(&self, thing: usize) -> usize {
        self.ids.own[thing]
    }

    /// Leads the hand to a place and opens or closes the fingers, for one env step.
    pub(super) fn lead(&mut self, to: [f64; 3], [right, left]: [f64; 2]) -> Result<(), MujocoError> {
        self.room.mocap_pos_mut()[..3].copy_from_slice(&to);
        self.room.mocap_quat_mut()[..4].copy_from_slice(&DOWN);
        self.room.ctrl_mut().copy_from_slice(&[right, left]);
        self.room.step(SUBSTEPS)
    }

    /// Puts a state in: position, velocity, where the hand is led, warm start.
    pub(super) fn enter(&mut self, facts: &Facts, state: &[f64]) {
        let (position, rest) = state.split_at(facts.positions);
        let (velocity, rest) = rest.split_at(facts.velocities);
        self.room.qpos_mut().copy_from_slice(position);
        self.room.qvel_mut().copy_from_slice(velocity);
        self.room.mocap_pos_mut()[..3].copy_from_slice(&rest[..3]);
        self.room.mocap_quat_mut()[..4].copy_from_slice(&DOWN);
        self.room.warm_start_mut().copy_from_slice(&rest[3..3 + facts.velocities]);
    }

    /// Takes it out again.
    pub(super) fn leave(&self, facts: &Facts, state: &mut [f64]) {
        let (position, rest) = state.split_at_mut(facts.positions);
        let (velocity, rest) = rest.split_at_mut(facts.velocities);
        position.copy_from_slice(self.room.qpos());
        velocity.copy_from_slice(self.room.qvel());
        rest[..3].copy_from_slice(&self.room.mocap_pos()[..3]);
        rest[3..3 + facts.velocities].copy_from_slice(self.room.warm_start());
    }

    /// The middle between the fingers' ends.
    pub(super) fn fingers(&self) -> [f64; 3] {
        let [right, left] = self.ids.ends.map(|id| self.room.site(id));
        plus(right, left).map(|x| x / 2.0)
    }

    /// Where the hand is, and how far the fingers are open, in [0, 1].
    pub(super) fn robot(&self) -> [f64; 4] {
        let [x, y, z] = self.room.body(self.ids.hand);
        let [right, left] = self.ids.claws.map(|id| self.room.body(id));
        [x, y, z, (distance(right, left) / WIDE).clamp(0.0, 1.0)]
    }

    /// Places an object's free joint, which has the position's numbers from the ninth on: its orientation stays, it does not move.
    pub(super) fn set_object(&mut self, at: [f64; 3]) -> Result<(), MujocoError> {
        self.set(9, &at, 9..15)
    }

    /// Sets a hinge or slide and stops it. All joints of a model with one are of that kind, so velocities stand where positions do.
    pub(super) fn set_joint(&mut self, at: usize, value: f64) -> Result<(), MujocoError> {
        self.set(at, &[value], at..at + 1)
    }

    /// Writes numbers of the position from `at` on, stops what the velocity's numbers in `still` are of, and has everything follow.
    pub(super) fn set(&mut self, at: usize, position: &[f64], still: Range<usize>) -> Result<(), MujocoError> {
        self.room.qpos_mut()[at..at + position.len()].copy_from_slice(position);
        self.room.qvel_mut()[still].fill(0.0);
        self.room.forward()
    }
}

/// A frame as observations show it.
pub(super) fn clipped(mut frame: [f64; FRAME]) -> [f64; FRAME] {
    for k in 0..3 {
        frame[k] = frame[k].clamp(SEEN_LOW[k], SEEN_HIGH[k]);
    }
    frame
}

/// What a step is judged by.
pub(super) struct Seen<'a> {
    /// The robot after the step.
    pub(super) arm: &'a Arm,
    /// The frame after it, as it is observed.
    pub(super) frame: &'a [f64; FRAME],
    /// [`Arm::fingers`].
    pub(super) fingers: [f64; 3],
    /// The action's last number: fingers open below 0, close above.
    pub(super) grip: f64,
    /// What the environment kept of the episode's first step ([`Rules::kept`](super::kinds::Rules::kept)).
    pub(super) kept: f64,
}

impl Seen<'_> {
    /// Where the hand is.
    pub(super) fn hand(&self) -> [f64; 3] {
        [self.frame[0], self.frame[1], self.frame[2]]
    }

    /// How far the fingers are open, in [0, 1].
    pub(super) fn opening(&self) -> f64 {
        self.frame[3]
    }

    /// Where the first object is.
    pub(super) fn object(&self) -> [f64; 3] {
        [self.frame[4], self.frame[5], self.frame[6]]
    }

    /// Where the second object is.
    pub(super) fn second(&self) -> [f64; 3] {
        [self.frame[11], self.frame[12], self.frame[13]]
    }

    /// How the first object is turned, as it is observed.
    pub(super) fn turned(&self) -> [f64; 4] {
        [self.frame[7], self.frame[8], self.frame[9], self.frame[10]]
    }

    /// Where the left pad is.
    pub(super) fn left_pad(&self) -> [f64; 3] {
        self.arm.room.body(self.arm.ids.pads[0])
    }

    /// Where left and right pad are across, y.
    pub(super) fn pads(&self) -> [f64; 2] {
        self.arm.ids.pads.map(|id| self.arm.room.body(id)[1])
    }

    /// How hard the fingers are told to close, in [0, 1].
    pub(super) fn closing(&self) -> f64 {
        self.grip.clamp(0.0, 1.0)
    }

    /// How far the fingers are told to open or close, from 0 (open) to 1.
    pub(super) fn grabbing(&self) -> f64 {
        (self.grip.clamp(-1.0, 1.0) + 1.0) / 2.0
    }

    /// Where a site of the environment's own is.
    pub(super) fn site(&self, thing: usize) -> [f64; 3] {
        self.arm.room.site(self.arm.own(thing))
    }
}

/// A rotation (a matrix row by row) as a quaternion (x, y, z, w), from its largest component: scipy's `from_matrix(..).as_quat()`, which
/// does not choose a sign.
pub(super) fn as_quat(m: [f64; 9]) -> [f64; 4] {
    let at = |row: usize, column: usize| m[3 * row + column];
    let trace = at(0, 0) + at(1, 1) + at(2, 2);
    let decision = [at(0, 0), at(1, 1), at(2, 2), trace];
    // The first of the largest.
    let choice = (1..4).fold(0, |best, k| if decision[k] > decision[best] { k } else { best });
    let mut q = [0.0; 4];
    if choice == 3 {
        q = [at(2, 1) - at(1, 2), at(0, 2) - at(2, 0), at(1, 0) - at(0, 1), 1.0 + trace];
    } else {
        let (i, j, k) = (choice, (choice + 1) % 3, (choice + 2) % 3);
        q[i] = 1.0 - trace + 2.0 * at(i, i);
        q[j] = at(j, i) + at(i, j);
        q[k] = at(k, i) + at(i, k);
        q[3] = at(k, j) - at(j, k);
    }
    let length = q.iter().map(|x| x * x).sum::<f64>().sqrt();
    q.map(|x| x / length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half turns and quarter turns by hand: axis × sine of half the angle, cosine of it, up to sign.
    #[test]
    fn quaternions_of_known_turns() {
        let half = std::f64::consts::FRAC_1_SQRT_2;
        for (matrix, quaternion) in [
            ([1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 1.0]),
            ([0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0], [0.0, 0.0, half, half]),
            ([1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, -1.0], [1.0, 0.0, 0.0, 0.0]),
            ([-1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, -1.0], [0.0, 1.0, 0.0, 0.0]),
            ([0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0], [0.5, 0.5, 0.5, 0.5]),
        ] {
            let found = as_quat(matrix);
            assert!(found.iter().zip(quaternion).all(|(x, y)| (x - y).abs() < 1e-15), "{found:?}");
        }
    }
}
