//! Places of the bodies, one state at a time: for pictures and for repairing mixed states.

use crate::model::Spatial;

/// A body's place in the world.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    rotation: [[f64; 3]; 3],
    origin: [f64; 3],
}

impl Frame {
    /// A point or direction of the body, turned.
    fn turn(&self, x: &[f64; 3]) -> [f64; 3] {
        self.rotation.map(|row| row[0] * x[0] + row[1] * x[1] + row[2] * x[2])
    }

    /// A point of the body in the world.
    pub(super) fn apply(&self, x: &[f64; 3]) -> [f64; 3] {
        let turned = self.turn(x);
        [self.origin[0] + turned[0], self.origin[1] + turned[1], self.origin[2] + turned[2]]
    }
}

impl<const B: usize, const V: usize, const P: usize, const G: usize> Spatial<B, V, P, G> {
    /// Every body's frame at `q` `[V + 1]`.
    pub(super) fn frames(&self, q: &[f64]) -> [Frame; B] {
        let root = Frame { rotation: rotation(&[q[3], q[4], q[5], q[6]]), origin: [q[0], q[1], q[2]] };
        let mut frames = [root; B];
        for b in 1..B {
            let body = &self.bodies[b];
            let parent = frames[body.parent];
            let (sin, cos) = (0.5 * q[6 + b]).sin_cos();
            let hinge = rotation(&[cos, sin * body.axis[0], sin * body.axis[1], sin * body.axis[2]]);
            let turned = product(&product(&parent.rotation, &rotation(&body.orientation)), &hinge);
            let at_hinge = Frame { rotation: turned, origin: parent.apply(&body.anchor) };
            frames[b] = Frame { rotation: turned, origin: at_hinge.apply(&body.offset) };
        }
        frames
    }
}

/// The rotation of a quaternion (w, x, y, z) of any length; none for one of no length.
fn rotation(q: &[f64; 4]) -> [[f64; 3]; 3] {
    let norm = q.iter().map(|x| x * x).sum::<f64>().sqrt();
    let [w, x, y, z] = if norm < 1e-15 { [1.0, 0.0, 0.0, 0.0] } else { q.map(|x| x / norm) };
    [
        [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - w * z), 2.0 * (x * z + w * y)],
        [2.0 * (x * y + w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - w * x)],
        [2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)],
    ]
}

fn product(a: &[[f64; 3]; 3], b: &[[f64; 3]; 3]) -> [[f64; 3]; 3] {
    a.map(|row| [0, 1, 2].map(|j| row[0] * b[0][j] + row[1] * b[1][j] + row[2] * b[2][j]))
}
