//! What a model's constants make together, worked out once a workspace.
//!
//! Inside, the frame of every further body sits on its hinge, so that positions carry the body's offset already.

use crate::model::Spatial;
use crate::soft::Spring;
use crate::tree::Tree;

/// Degrees of freedom of the root: three of position, three of turning.
pub(super) const ROOT: usize = 6;

/// Rows of a constant 3 × 3 matrix.
pub(super) type Fixed = [[f64; 3]; 3];

/// A body's constants on its hinge's frame.
#[derive(Clone, Copy)]
pub(super) struct Link {
    pub(super) parent: usize,
    /// The hinge in the parent's frame, m.
    pub(super) anchor: [f64; 3],
    /// Rotation in the parent's frame at hinge angle t: `still + along cos t + across sin t` (Rodrigues).
    pub(super) still: Fixed,
    pub(super) along: Fixed,
    pub(super) across: Fixed,
    /// Direction of the hinge in the parent's frame.
    pub(super) axis: [f64; 3],
    pub(super) mass: f64,
    /// Mass of the body and all that hangs on it, kg.
    pub(super) subtree_mass: f64,
    /// Centre of mass, m.
    pub(super) com: [f64; 3],
    /// Inertia about the centre of mass, kg m².
    pub(super) inertia: [f64; 6],
}

/// A touching candidate on its body's hinge frame.
#[derive(Clone, Copy)]
pub(super) struct Spot {
    pub(super) body: usize,
    pub(super) at: [f64; 3],
    pub(super) axis: [f64; 3],
    /// Whether it is a ball, whose first tangent is y.
    pub(super) ball: bool,
    pub(super) radius: f64,
    pub(super) friction: f64,
    pub(super) inv_weight: f64,
    pub(super) source_body: usize,
}

/// The prepared constants of a model.
pub(super) struct Constants<const B: usize, const V: usize, const P: usize> {
    pub(super) tree: Tree<V, ROOT>,
    pub(super) links: [Link; B],
    pub(super) spots: [Spot; P],
    pub(super) contact: Spring,
    pub(super) limit: Spring,
}

impl<const B: usize, const V: usize, const P: usize> Constants<B, V, P> {
    /// Works them out in place, on zeros.
    pub(super) fn prepare<const G: usize>(&mut self, model: &Spatial<B, V, P, G>) {
        let mut parents = [0; B];
        for body in 0..B {
            parents[body] = model.bodies[body].parent;
            self.links[body].prepare(model, body);
        }
        for body in (0..B).rev() {
            let link = &mut self.links[body];
            link.subtree_mass += link.mass;
            let (parent, mass) = (link.parent, link.subtree_mass);
            if body > 0 {
                self.links[parent].subtree_mass += mass;
            }
        }
        for (spot, point) in self.spots.iter_mut().zip(&model.points) {
            let mut at = point.at;
            for i in 0..3 {
                at[i] += shift(model, point.body)[i];
            }
            *spot = Spot {
                body: point.body,
                at,
                axis: point.axis,
                ball: point.axis == [0.0; 3],
                radius: point.radius,
                friction: point.friction,
                inv_weight: point.inv_weight,
                source_body: point.source_body,
            };
        }
        self.tree = Tree::new(parents);
        self.contact = Spring::new(&model.contact, model.timestep);
        self.limit = Spring::new(&model.limit, model.timestep);
    }
}

impl Link {
    /// The body's own part, on zeros.
    fn prepare<const B: usize, const V: usize, const P: usize, const G: usize>(
        &mut self,
        model: &Spatial<B, V, P, G>,
        body: usize,
    ) {
        let from = &model.bodies[body];
        let base = rotation(&from.orientation);
        self.parent = from.parent;
        for i in 0..3 {
            // Where the frame has moved to the hinge, the body's origin is at `offset`.
            self.anchor[i] = if body == 0 { 0.0 } else { from.anchor[i] + shift(model, from.parent)[i] };
            self.com[i] = from.com[i] + shift(model, body)[i];
            for k in 0..3 {
                self.axis[i] += base[i][k] * from.axis[k];
            }
        }
        let a = from.axis;
        let skew = [[0.0, -a[2], a[1]], [a[2], 0.0, -a[0]], [-a[1], a[0], 0.0]];
        for i in 0..3 {
            for j in 0..3 {
                for k in 0..3 {
                    let projected = a[k] * a[j];
                    let unit = if k == j { 1.0 } else { 0.0 };
                    self.still[i][j] += base[i][k] * projected;
                    self.along[i][j] += base[i][k] * (unit - projected);
                    self.across[i][j] += base[i][k] * skew[k][j];
                }
            }
        }
        self.mass = from.mass;
        self.inertia = from.inertia;
    }
}

/// The body's origin in its hinge frame; the root has no hinge.
fn shift<const B: usize, const V: usize, const P: usize, const G: usize>(
    model: &Spatial<B, V, P, G>,
    body: usize,
) -> [f64; 3] {
    if body == 0 { [0.0; 3] } else { model.bodies[body].offset }
}

/// The rotation of a unit quaternion.
fn rotation(q: &[f64; 4]) -> Fixed {
    let [w, x, y, z] = *q;
    [
        [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - w * z), 2.0 * (x * z + w * y)],
        [2.0 * (x * y + w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - w * x)],
        [2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)],
    ]
}
