//! What a model's constants make together, worked out once a workspace.
//!
//! Inside, the frame of every further body sits on its hinge, so that positions carry the body's offset already.

use crate::model::Spatial;
use crate::soft::Spring;
use crate::tree::Tree;

use super::ROOT;

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
#[derive(Clone)]
pub(super) struct Constants<const B: usize, const V: usize, const P: usize> {
    pub(super) tree: Tree<V, ROOT>,
    pub(super) links: [Link; B],
    pub(super) spots: [Spot; P],
    pub(super) contact: Spring,
    pub(super) limit: Spring,
}

impl<const B: usize, const V: usize, const P: usize> Constants<B, V, P> {
    pub(super) fn new<const G: usize>(model: &Spatial<B, V, P, G>) -> Self {
        let mut parents = [0; B];
        for body in 0..B {
            parents[body] = model.bodies[body].parent;
        }
        let mut links = [Link {
            parent: 0,
            anchor: [0.0; 3],
            still: [[0.0; 3]; 3],
            along: [[0.0; 3]; 3],
            across: [[0.0; 3]; 3],
            axis: [0.0; 3],
            mass: 0.0,
            subtree_mass: 0.0,
            com: [0.0; 3],
            inertia: [0.0; 6],
        }; B];
        for body in 0..B {
            let from = &model.bodies[body];
            let base = rotation(&from.orientation);
            let mut link = Link { parent: from.parent, ..links[body] };
            for i in 0..3 {
                // Where the frame has moved to the hinge, the body's origin is at `offset`.
                link.anchor[i] = if body == 0 { 0.0 } else { from.anchor[i] + shift(model, from.parent)[i] };
                link.com[i] = from.com[i] + shift(model, body)[i];
                for k in 0..3 {
                    link.axis[i] += base[i][k] * from.axis[k];
                }
            }
            let a = from.axis;
            let skew = [[0.0, -a[2], a[1]], [a[2], 0.0, -a[0]], [-a[1], a[0], 0.0]];
            for i in 0..3 {
                for j in 0..3 {
                    for k in 0..3 {
                        let projected = a[k] * a[j];
                        let unit = if k == j { 1.0 } else { 0.0 };
                        link.still[i][j] += base[i][k] * projected;
                        link.along[i][j] += base[i][k] * (unit - projected);
                        link.across[i][j] += base[i][k] * skew[k][j];
                    }
                }
            }
            link.mass = from.mass;
            link.inertia = from.inertia;
            links[body] = link;
        }
        for body in (0..B).rev() {
            links[body].subtree_mass += links[body].mass;
            if body > 0 {
                links[links[body].parent].subtree_mass += links[body].subtree_mass;
            }
        }
        let spots = core::array::from_fn(|p| {
            let point = &model.points[p];
            let mut at = point.at;
            for i in 0..3 {
                at[i] += shift(model, point.body)[i];
            }
            Spot {
                body: point.body,
                at,
                axis: point.axis,
                ball: point.axis == [0.0; 3],
                radius: point.radius,
                friction: point.friction,
                inv_weight: point.inv_weight,
                source_body: point.source_body,
            }
        });
        Self {
            tree: Tree::new(parents),
            links,
            spots,
            contact: Spring::new(&model.contact, model.timestep),
            limit: Spring::new(&model.limit, model.timestep),
        }
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
