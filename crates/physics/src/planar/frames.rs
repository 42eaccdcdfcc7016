//! Places of the bodies, one state at a time: for pictures and for repairing mixed states.

use super::ROOT;
use crate::model::Planar;

/// A body's place in the world.
#[derive(Clone, Copy, Default)]
pub(super) struct Frame {
    angle: f64,
    origin: [f64; 2],
}

impl Frame {
    /// A point of the body in the world.
    pub(super) fn apply(&self, [x, z]: [f64; 2]) -> [f64; 2] {
        let (sin, cos) = self.angle.sin_cos();
        [self.origin[0] + cos * x + sin * z, self.origin[1] + cos * z - sin * x]
    }
}

impl<const B: usize, const V: usize, const P: usize, const G: usize> Planar<B, V, P, G> {
    /// Every body's frame at `q` `[V]`.
    pub(super) fn frames(&self, q: &[f64]) -> [Frame; B] {
        let mut frames = [Frame::default(); B];
        for b in 0..B {
            let body = &self.bodies[b];
            let own = body.sign * q[ROOT - 1 + b];
            frames[b] = if b == 0 {
                Frame { angle: own, origin: [self.origin[0] + q[0], self.origin[1] + q[1]] }
            } else {
                let parent = frames[body.parent];
                Frame { angle: parent.angle + own, origin: parent.apply(body.anchor) }
            };
        }
        frames
    }
}
