//! How two states are mixed: data, and the straight line.

use std::ops::AddAssign;

/// Along which line states are mixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Geometry {
    /// Entry by entry; four that are a quaternion are then scaled to unit length.
    Linear,
    /// Along the shorter way round where an entry is an angle, along the shortest arc where four are a quaternion.
    Geodesic,
}

/// What is done about a mixture that no world should start in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// Nothing: it is counted and flown.
    None,
    /// The root is lifted until no point is in the floor.
    Lift,
    /// Another pair is drawn.
    Reject,
}

/// How states are mixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MixRule {
    /// Along which line.
    pub geometry: Geometry,
    /// What is done about infeasible mixtures.
    pub repair: Repair,
}

/// Events of mixing; sums add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MixCounts {
    /// Pairs that were thrown away.
    pub redraws: usize,
    /// Mixtures that were infeasible, whatever was done about them.
    pub infeasible: usize,
    /// Mixtures that were lifted off the floor.
    pub lifted: usize,
    /// Starts at a visited state because no pair was feasible.
    pub gave_up: usize,
}

impl AddAssign for MixCounts {
    fn add_assign(&mut self, o: Self) {
        self.redraws += o.redraws;
        self.infeasible += o.infeasible;
        self.lifted += o.lifted;
        self.gave_up += o.gave_up;
    }
}

/// Writes `lambda a + (1 - lambda) b` entry by entry. `lambda` 1 and 0 copy `a` and `b` bit for bit.
pub fn linear(lambda: f64, a: &[f64], b: &[f64], mixed: &mut [f64]) {
    if lambda == 1.0 {
        mixed.copy_from_slice(a);
    } else if lambda == 0.0 {
        mixed.copy_from_slice(b);
    } else {
        for ((m, a), b) in mixed.iter_mut().zip(a).zip(b) {
            *m = lambda * a + (1.0 - lambda) * b;
        }
    }
}
