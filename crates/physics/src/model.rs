//! What a body is made of: the constants of a model, SI units throughout.
//!
//! A model is read once from MuJoCo's compiled model by `scripts/physics/constants.py` and baked in (`models/`). Both
//! kinds are trees of bodies in which a parent stands before its children and body 0 is the root; every further body
//! hangs on one hinge. Body `b` owns degree of freedom `ROOT - 1 + b`, the root owns the first `ROOT` ones.

/// How soft a constraint is: MuJoCo's `solref` and `solimp` with midpoint .5 and power 2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Softness {
    /// Time constant of the restoring motion, s; at least two physics steps are used.
    pub time_constant: f64,
    /// Damping ratio, 1 = critical.
    pub damping_ratio: f64,
    /// Impedance at the surface, in [1e-4, .9999].
    pub d_min: f64,
    /// Impedance at `width` and deeper, in [1e-4, .9999].
    pub d_max: f64,
    /// Depth over which the impedance rises, m or rad.
    pub width: f64,
}

/// A hinge: passive forces, motor and limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hinge {
    /// Spring, N m/rad.
    pub stiffness: f64,
    /// Angle at which the spring rests, rad.
    pub reference: f64,
    /// Damper, N m s/rad.
    pub damping: f64,
    /// Rotor inertia, kg m².
    pub armature: f64,
    /// Torque at full control, N m; 0 = no motor.
    pub gear: f64,
    /// Lower end of the range, rad.
    pub low: f64,
    /// Upper end of the range, rad.
    pub high: f64,
    /// Whether the range is kept.
    pub limited: bool,
    /// Distance from the end of the range at which the limit begins to act, rad.
    pub margin: f64,
    /// Inverse inertia that the joint shows in the rest pose (`dof_invweight0`), 1/(kg m²).
    pub inv_weight: f64,
}

impl Hinge {
    /// A hinge without spring, damper, motor or limits.
    pub const FREE: Hinge = Hinge {
        stiffness: 0.0,
        reference: 0.0,
        damping: 0.0,
        armature: 0.0,
        gear: 0.0,
        low: 0.0,
        high: 0.0,
        limited: false,
        margin: 0.0,
        inv_weight: 0.0,
    };
}

/// A sphere that may touch the floor z = 0: the end of a capsule, or a ball. `S` is 2 (x, z) or 3 (x, y, z).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point<const S: usize> {
    /// The body it sits on.
    pub body: usize,
    /// Centre in the body's frame, m.
    pub at: [f64; S],
    /// Direction of the capsule in the body's frame, along which the first tangent points; zero for a ball (tangent y).
    pub axis: [f64; S],
    /// Radius, m.
    pub radius: f64,
    /// Sliding friction coefficient.
    pub friction: f64,
    /// Inverse mass that the body shows in the rest pose (`body_invweight0`), 1/kg.
    pub inv_weight: f64,
    /// The body's number in MuJoCo's model, where contact forces are added up (welded parts keep their own).
    pub source_body: usize,
}

/// A capsule or ball for pictures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment<const S: usize> {
    /// The body it sits on.
    pub body: usize,
    /// One end in the body's frame, m.
    pub from: [f64; S],
    /// The other end, m; the same for a ball.
    pub to: [f64; S],
    /// Radius, m.
    pub radius: f64,
}

/// How a planar mechanism's equations of motion are integrated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integrator {
    /// Semi-implicit Euler with the dampers implicit.
    Euler,
    /// Runge-Kutta of order 4, dampers explicit.
    RungeKutta,
}

/// A body of a planar tree. Coordinates are (x, z); angles turn about +y: (x, z) → (x cos + z sin, -x sin + z cos).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlanarBody {
    /// Index of the parent; 0 for the root itself.
    pub parent: usize,
    /// The body's origin, which is its hinge, in the parent's frame, m; unused for the root.
    pub anchor: [f64; 2],
    /// +1 where the hinge turns about +y, -1 where about -y.
    pub sign: f64,
    /// Mass, kg.
    pub mass: f64,
    /// Centre of mass in the body's frame, m.
    pub com: [f64; 2],
    /// Moment of inertia about y at the centre of mass, kg m².
    pub inertia: f64,
}

/// A planar mechanism: `B` bodies, `V = B + 2` degrees of freedom (root x, root z, one angle a body), `P` points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Planar<const B: usize, const V: usize, const P: usize, const G: usize> {
    /// Name in MuJoCo's model.
    pub name: &'static str,
    /// Bodies, parents first.
    pub bodies: [PlanarBody; B],
    /// The angle of every body.
    pub hinges: [Hinge; B],
    /// What may touch the floor.
    pub points: [Point<2>; P],
    /// What to draw.
    pub segments: [Segment<2>; G],
    /// Where the root's origin is at q = 0, (x, z) in m.
    pub origin: [f64; 2],
    /// Its integrator.
    pub integrator: Integrator,
    /// Softness of contacts.
    pub contact: Softness,
    /// Softness of limits.
    pub limit: Softness,
    /// Distance from the floor at which contact begins to act, m.
    pub margin: f64,
    /// Physics step, s.
    pub timestep: f64,
    /// Gravity, m/s², downward.
    pub gravity: f64,
}

/// A body of a spatial tree. Coordinates are (x, y, z).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpatialBody {
    /// Index of the parent; 0 for the root itself.
    pub parent: usize,
    /// The hinge in the parent's frame, m; unused for the root.
    pub anchor: [f64; 3],
    /// The body's origin relative to the hinge, in the body's frame, m.
    pub offset: [f64; 3],
    /// Direction of the hinge in the body's frame, unit length.
    pub axis: [f64; 3],
    /// The body's frame in the parent's at hinge angle 0, quaternion (w, x, y, z).
    pub orientation: [f64; 4],
    /// Mass, kg (welded parts included).
    pub mass: f64,
    /// Centre of mass in the body's frame, m.
    pub com: [f64; 3],
    /// Inertia about the centre of mass in the body's frame, (xx, yy, zz, xy, xz, yz), kg m².
    pub inertia: [f64; 6],
}

/// A free-floating spatial mechanism: `B` bodies, `V = B + 5` degrees of freedom (root velocity in the world's frame, root
/// angular velocity in its own, one hinge a further body), `P` points. Runge-Kutta of order 4.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spatial<const B: usize, const V: usize, const P: usize, const G: usize> {
    /// Name in MuJoCo's model.
    pub name: &'static str,
    /// Bodies, parents first.
    pub bodies: [SpatialBody; B],
    /// The hinge of every body; entry 0 unused.
    pub hinges: [Hinge; B],
    /// Which hinge each control drives, `[NU]` in MuJoCo's order of actuators, padded with 0 to B.
    pub motors: [usize; B],
    /// What may touch the floor.
    pub points: [Point<3>; P],
    /// What to draw.
    pub segments: [Segment<3>; G],
    /// MuJoCo's number of bodies, the world included: rows of the contact forces.
    pub source_bodies: usize,
    /// The configuration a reset starts from: position, quaternion and B - 1 hinge angles in the first V + 1 entries.
    pub rest: &'static [f64],
    /// Softness of contacts.
    pub contact: Softness,
    /// Softness of limits.
    pub limit: Softness,
    /// Distance from the floor at which contact begins to act, m.
    pub margin: f64,
    /// Physics step, s.
    pub timestep: f64,
    /// Gravity, m/s², downward.
    pub gravity: f64,
}
