//! What is known of an environment without its model.

/// Facts of an environment of Meta-World.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Facts {
    /// Its name, without the version.
    pub(super) name: &'static str,
    /// The model's file.
    pub(super) xml: &'static str,
    /// nq.
    pub(super) positions: usize,
    /// nv.
    pub(super) velocities: usize,
    /// Where a position's quaternions (w, x, y, z) begin.
    pub(super) quaternions: &'static [usize],
    /// Smallest random vector.
    pub(super) low: &'static [f64],
    /// Largest.
    pub(super) high: &'static [f64],
    /// What a random vector must satisfy beside.
    pub(super) apart: Apart,
    /// Where the hand is led, m: lower left.
    pub(super) hand_low: [f64; 3],
    /// Upper right.
    pub(super) hand_high: [f64; 3],
    /// Where it begins.
    pub(super) hand_start: [f64; 3],
}

/// Which random vectors are drawn again, and refused as tasks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Apart {
    /// None.
    Any,
    /// Those whose halves are nearer than this in the plane, m.
    Halves(f64),
    /// Those whose object is nearer than this to a place in the plane, m.
    From([f64; 2], f64),
}

impl Facts {
    /// Numbers of a state: position, velocity, where the hand is led, warm start.
    pub(super) fn state_size(&self) -> usize {
        self.positions + 2 * self.velocities + 3
    }

    /// Where in a state the place is that the hand is led to.
    pub(super) fn led(&self) -> usize {
        self.positions + self.velocities
    }

    /// How near to each other, m, the two places are that must be apart, and how far they must be; `None` where it is far enough.
    pub(super) fn too_near(&self, random: &[f64]) -> Option<[f64; 2]> {
        let distance = |x: f64, y: f64| ((random[0] - x).powi(2) + (random[1] - y).powi(2)).sqrt();
        let (found, bound) = match self.apart {
            Apart::Any => return None,
            Apart::Halves(bound) => (distance(random[3], random[4]), bound),
            Apart::From([x, y], bound) => (distance(x, y), bound),
        };
        (found < bound).then_some([found, bound])
    }
}
